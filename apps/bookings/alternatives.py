"""Where else a booking could be had: the sisters of its instrument, of the same class, that are free at its
time and that its person may use, with what they would cost more or less. Changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.bookings.choosing import Choice, chosen
from apps.bookings.finder import Hit, Wanted, find
from apps.bookings.models import Booking
from apps.core.errors import Refusal
from apps.instruments.models import Instrument

_MINUTE = timedelta(minutes=1)
MOST = 8


@dataclass(frozen=True)
class Alternative:
    """A sister and a time on it. `fen` is the price in force at that time, None where it costs nothing or no
    price is known; `more_fen` what that is more (or, negative, less) than the booking that would go.
    """

    instrument: Instrument
    start: datetime
    end: datetime
    fen: int | None
    more_fen: int


@dataclass(frozen=True)
class Alternatives:
    """`same_time` are free at the very time, those of the same facility first; where there is none, `later`
    names the next times of the two weeks after.
    """

    same_time: tuple[Alternative, ...] = ()
    later: tuple[Alternative, ...] = ()


def alternatives(
    booking: Booking, *, now: datetime, start: datetime | None = None, end: datetime | None = None
) -> Alternatives:
    """For an own use, at its own time or at another one; for what else the crew books, and for a period that
    nobody could book, none. As many queries as one search (`finder.find`), whatever there is.

    Points, hours of the group and money are the change's own to say, as after any search.
    """
    start, end = start or booking.start, end or booking.end
    if booking.purpose != Booking.Purpose.USE or end <= start or start < now:
        return Alternatives()
    wanted = Wanted(
        minutes=(end - start) // _MINUTE,
        start=start,
        end=end,
        choice=Choice(class6=booking.instrument.class6, certified=True),
    )
    try:
        found = find(wanted, booking.user, now)
    except Refusal:
        return Alternatives()
    others = [hit for hit in found.usable if hit.instrument.pk != booking.instrument_id]
    others = [hit for hit in others if (hit.start, hit.end) == (start, end)]
    others.sort(key=lambda hit: hit.instrument.facility_id != booking.instrument.facility_id)
    later = [hit for hit in found.later if hit.instrument.pk != booking.instrument_id]
    return Alternatives(
        tuple(_told(hit, booking) for hit in others[:MOST]),
        () if others else tuple(_told(hit, booking) for hit in later),
    )


def sisters(booking: Booking, *, now: datetime) -> list[Instrument]:
    """The instruments among which its person may choose: its own first, then those of its class that they are
    certified for, by asset number. What the crew books for others stays where it is. One query.
    """
    if booking.purpose != Booking.Purpose.USE:
        return [booking.instrument]
    found = chosen(Choice(class6=booking.instrument.class6, certified=True), booking.user, now)
    return [booking.instrument, *found.exclude(pk=booking.instrument_id)]


def _told(hit: Hit, booking: Booking) -> Alternative:
    fen = hit.price.total_fen if hit.price is not None else None
    return Alternative(hit.instrument, hit.start, hit.end, fen, (fen or 0) - booking.estimated_fen)
