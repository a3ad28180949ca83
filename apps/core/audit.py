"""The audit log's one door: who did what to which object, when and why."""

from datetime import datetime
from typing import Any

from apps.core.models import AuditEntry


def record(
    *, action: str, object_ref: str, now: datetime, actor: Any = None, reason: str = "", **details: Any
) -> AuditEntry:
    """Append an entry. `object_ref` is 'noun:ulid'; `actor` is a user, or None for the system itself."""
    return AuditEntry.objects.create(
        action=action, object_ref=object_ref, at=now, actor=actor, reason=reason, details=details
    )
