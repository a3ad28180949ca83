"""What holds a node now, in small frozen views, for heartbeats and the live wall. Reads only, one query
each.
"""

from typing import Any

from apps.clearances.answers import SessionView
from apps.usage.models import UsageSession

_FIELDS = (
    "gid",
    "dev",
    "node",
    "state",
    "kind",
    "purpose",
    "instrument_id",
    "user_id",
    "user__name_zh",
    "user__name_en",
    "card_digest",
    "not_before",
    "expires_at",
    "opened_at",
    "revoked_at",
    "drain_until",
    "lease_ms",
    "off_ms",
)


def session_view(dev: str, node: int) -> SessionView | None:
    """The live session of a node, or None. One query."""
    rows = UsageSession.objects.filter(dev=dev, node=node, state__in=UsageSession.LIVE)
    found = rows.values_list(*_FIELDS)[:1]
    return next((_view(row) for row in found), None)


def live_views() -> dict[tuple[str, int], SessionView]:
    """The live sessions of all nodes, by (dev, node). One query, however many controllers there are."""
    rows = UsageSession.objects.filter(state__in=UsageSession.LIVE).values_list(*_FIELDS)
    return {(view.dev, view.node): view for view in map(_view, rows)}


def _view(row: tuple[Any, ...]) -> SessionView:
    """The columns above, in the order of the view's fields; a session without a person has no name."""
    values = dict(zip(_FIELDS, row, strict=True))
    names = values.pop("user__name_zh") or "", values.pop("user__name_en") or ""
    card = values.pop("card_digest")
    if values["drain_until"] is not None and values["drain_until"] >= values["expires_at"]:
        # Never cut: the next use is refused, this one goes on as if nothing had happened.
        values["drain_until"] = values["revoked_at"] = None
    return SessionView(card=card, user_zh=names[0], user_en=names[1], **values)
