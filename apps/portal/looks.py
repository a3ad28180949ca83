"""How a node looks on the wall and on its instrument's page: one word, one icon, one colour, one place in
the order of urgency. Presentation of what devices and rows say; it decides nothing.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.instruments.models import Instrument, local_name
from apps.portal.watchers import Reach
from devices.queries import Tile


@dataclass(frozen=True)
class Look:
    """`tone` is one of on, warn, stop, off; the lower `urgency`, the earlier on the wall."""

    word: Text
    icon: str
    tone: str
    urgency: int


LOCKED = Look(_("Instrument locked"), "lock", "stop", 2)
_LOOKS = {
    "estop": Look(_("Emergency stop"), "alert-triangle", "stop", 0),
    "fault": Look(_("Fault"), "alert-triangle", "stop", 1),
    "override": Look(_("Manual key"), "key", "warn", 3),
    "warn": Look(_("Ends soon"), "clock", "warn", 4),
    "drain": Look(_("Finishing safely"), "player-stop", "warn", 5),
    "pending": Look(_("Being unlocked"), "clock", "warn", 6),
    "await_second": Look(_("Waits for the second person"), "users", "warn", 6),
    "unlocked": Look(_("In use"), "bolt", "on", 7),
    "offline": Look(_("Not connected"), "plug-connected-x", "off", 8),
    "unknown": Look(_("No contact yet"), "help-circle", "off", 9),
    "boot": Look(_("Starting"), "refresh", "off", 10),
    "locked": Look(_("Off, ready"), "power", "off", 11),
    "disabled": Look(_("Out of service"), "ban", "off", 12),
}
_STRANGE = _LOOKS["unknown"]


@dataclass(frozen=True)
class Shown:
    """A tile as one watcher sees it. `who` is empty where nobody uses it or the name is not theirs to see;
    `is_unanswered` when an order to switch off was not answered, so that the power may still be on.
    """

    key: str
    dev: str
    node: int
    instrument: Instrument
    look: Look
    who: str
    is_used: bool
    since: datetime | None
    until: datetime | None
    may_act: bool
    is_locked: bool
    is_silent: bool
    is_unanswered: bool
    seen_at: datetime | None


def look_of(tile: Tile, *, is_locked: bool) -> Look:
    """The look of a node; a locked instrument reads as locked unless its power is still on or the device is
    in trouble.
    """
    look = _LOOKS.get("estop" if tile.estop else tile.state, _STRANGE)
    return LOCKED if is_locked and look.urgency > _LOOKS["unlocked"].urgency else look


def show(tile: Tile, reach: Reach, locked: frozenset[int]) -> Shown:
    """The tile for one watcher."""
    session = tile.session
    is_locked = tile.instrument.pk in locked
    seen = session is not None and reach.may_see(tile.instrument.pk)
    return Shown(
        key=f"{tile.dev}-{tile.node}",
        dev=tile.dev,
        node=tile.node,
        instrument=tile.instrument,
        look=look_of(tile, is_locked=is_locked),
        who=local_name(session.user_zh, session.user_en) if session and seen else "",
        is_used=session is not None,
        since=(session.opened_at or session.not_before) if session else tile.state_at,
        until=(session.drain_until or session.expires_at) if session else None,
        may_act=reach.may_act(tile.instrument.pk),
        is_locked=is_locked,
        is_silent=tile.state in ("offline", "unknown", "disabled"),
        is_unanswered=tile.unanswered,
        seen_at=tile.last_seen_at,
    )


def by_urgency(tiles: Iterable[Shown]) -> list[Shown]:
    """What needs eyes first, then by asset number."""
    return sorted(tiles, key=_urgency)


def digest(tiles: Iterable[Shown]) -> str:
    """The same for the same picture in the same language: the wall's ETag. Times tick in the browser, so
    they change nothing.
    """
    told = hashlib.sha256((get_language() or "").encode())
    for tile in tiles:
        # A silent controller shows when it was last heard of; a talking one is heard all the time.
        heard = tile.seen_at if tile.is_silent else None
        parts = (tile.key, tile.look.tone, tile.look.icon, tile.who, tile.is_used, tile.since, tile.until)
        told.update(repr((parts, tile.may_act, tile.is_locked, tile.is_unanswered, heard)).encode())
    return f'"{told.hexdigest()[:32]}"'


def _urgency(tile: Shown) -> tuple[int, str, str]:
    # Power that nobody could switch off needs eyes as a fault does, whatever the tile says otherwise.
    urgency = min(tile.look.urgency, _LOOKS["fault"].urgency) if tile.is_unanswered else tile.look.urgency
    return urgency, tile.instrument.asset_no, tile.key
