"""What those who decide about a person's registration see: who asked for its end, and why."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop as _

from apps.people.models import User

_STARTERS: Mapping[str, str] = {
    "self": _("the person"),
    "pi": _("the principal investigator"),
    "office": _("somebody in authority"),
    "hr": _("the personnel file"),
    "renewal": _("the renewal that was not confirmed"),
    "unknown": _("unknown"),
}


def reason_section(started_by: str, reason: str, by: User | None) -> dict[str, Any]:
    """Who wants it, as what, and why."""
    rows: list[dict[str, Any]] = [
        {"label": _("Asked by"), "value": _STARTERS.get(started_by, _STARTERS["unknown"]), "type": "choice"},
        {"label": _("Reason"), "value": reason},
    ]
    if by is not None and started_by != "self":
        rows.insert(1, {"label": _("Name"), "value": {"zh": by.name_zh, "en": by.name_en}})
    return {"title": _("What was asked"), "rows": rows}
