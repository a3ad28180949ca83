"""What the two people of a hand-over are told, and the person of a booking that somebody else changed."""

from datetime import datetime

from django.urls import reverse

from apps.bookings import noticekinds as kinds
from apps.bookings.models import Booking, HandOver
from apps.bookings.telling import tell
from apps.notices.kinds import both, in_both


def tell_offered(row: HandOver, now: datetime) -> None:
    """Somebody offers them a booking."""
    tell(
        kinds.HAND_OVER_OFFERED,
        row.to,
        row.booking,
        now=now,
        url=reverse("hand_over", args=[row.ulid]),
        once=row.ulid,
        end=row.booking.end.isoformat(),
        name=row.booking.user.display_name,
        until=row.until.isoformat(),
    )


def tell_answered(row: HandOver, now: datetime) -> None:
    """What became of it: the giver hears the answer, who was asked that it was taken back."""
    withdrawn = row.state == HandOver.State.WITHDRAWN
    tell(
        kinds.HAND_OVER_ANSWERED,
        row.to if withdrawn else row.booking.user,
        row.booking,
        now=now,
        url=reverse("hand_over", args=[row.ulid]),
        once=f"{row.ulid}:{row.state}",
        name=(row.booking.user if withdrawn else row.to).display_name,
        answer=in_both(HandOver.State(row.state).label),
    )


def tell_changed(old: Booking, made: Booking, now: datetime) -> None:
    """Their booking has another time."""
    tell(
        kinds.CHANGED,
        made.user,
        old,
        now=now,
        url=reverse("booking_list"),
        once=made.ulid,
        new_start=made.start.isoformat(),
        new_end=made.end.isoformat(),
    )


def tell_withdrawn(old: Booking, asked: Booking, now: datetime) -> None:
    """The booking was cancelled, and with it what somebody asked for in its place."""
    tell(
        kinds.CHANGE_WITHDRAWN,
        asked.user,
        old,
        now=now,
        url=reverse("booking_list"),
        once=asked.ulid,
        new_instrument=both(asked.instrument.name_zh, asked.instrument.name_en),
        new_start=asked.start.isoformat(),
        new_end=asked.end.isoformat(),
    )
