"""What goes with the mail about a booking: an invitation, or its taking back, as the booking is when it is
sent.
"""

from collections.abc import Mapping
from typing import Any, Literal

from apps.bookings.diary import invitation_to
from apps.bookings.models import Booking
from apps.notices.kinds import Enclosed

_Method = Literal["REQUEST", "CANCEL"]


def told(args: Mapping[str, Any], language: str, to: tuple[str, str]) -> Enclosed | None:
    """The invitation; none where the booking was cancelled before the mail went out."""
    return _enclosed(args, language, to, "REQUEST")


def taken_back(args: Mapping[str, Any], language: str, to: tuple[str, str]) -> Enclosed | None:
    """The cancellation."""
    return _enclosed(args, language, to, "CANCEL")


def _enclosed(
    args: Mapping[str, Any], language: str, to: tuple[str, str], method: _Method
) -> Enclosed | None:
    rows = Booking.objects.select_related("instrument__facility", "user")
    booking = rows.filter(ulid=args["ref"]).first()
    gone = booking is None or booking.state == Booking.State.CANCELLED
    if booking is None or gone != (method == "CANCEL"):
        return None
    content = invitation_to(booking, to=to, language=language, method=method)
    return Enclosed("booking.ics", "text/calendar", content, {"method": method})
