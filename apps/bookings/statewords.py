"""In which state a booking is, as people read it: one word, one sign, one weight, wherever it is shown."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.bookings.models import Booking
from apps.core.errors import Text
from rules.points.booking_route import ASKED


@dataclass(frozen=True)
class StateWord:
    """`look` is on, warn, stop or off; `icon` names a sign of the sprite. `asked`: who is asked, in words."""

    look: str
    icon: str
    text: Text
    asked: tuple[Text, ...] = ()


_ASKED: dict[str, Text] = {
    "pi": _("principal investigator"),
    "manager": _("manager"),
    "lab_head": _("head of the lab"),
}
_NO_SHOW = StateWord("warn", "alert-triangle", _("Did not come"))
_CAME = StateWord("on", "check", _("Had come, told late"))
_MOVED = StateWord("off", "arrow-right", _("Moved or handed over"))
_REFUSED = StateWord("stop", "circle-x", _("Refused"))
_CANCELLED = StateWord("off", "x", _("Cancelled"))
_OVER = StateWord("off", "check", _("Over"))
_NOW = StateWord("on", "player-play", _("now"))
_CONFIRMED = StateWord("on", "check", _("Confirmed"))


def state_word(booking: Booking, now: datetime) -> StateWord:
    """What became of it, or where it stands: the first that holds."""
    if booking.no_show_at is not None:
        return _NO_SHOW if booking.used_at is None else _CAME
    if booking.moved_at is not None:
        return _MOVED
    if booking.refused_at is not None:
        return _REFUSED
    if booking.state == Booking.State.CANCELLED:
        return _CANCELLED
    if booking.end <= now:
        return _OVER
    if booking.state == Booking.State.REQUESTED:
        asked = tuple(_ASKED[one] for one in ASKED.get(booking.route, ()))
        return StateWord("warn", "clock", _("Requested"), asked)
    return _NOW if booking.start <= now else _CONFIRMED
