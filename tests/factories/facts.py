"""Reading what was told: the names and payloads of the facts that an act has published."""

from typing import Any

from apps.core.models import AuditEntry, Fact


def told(name: str) -> list[dict[str, Any]]:
    """The payloads of all facts of one name, in the order of telling."""
    return list(Fact.objects.filter(name=name).order_by("id").values_list("payload", flat=True))


def audited(action: str) -> list[AuditEntry]:
    """The audit entries of one action, in their order."""
    return list(AuditEntry.objects.filter(action=action).order_by("id"))
