"""Free time as a person wants to read it: day by day at the school, in starts that can be typed and that
the terms allow.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from apps.bookings.queries import Slot, free_slots
from apps.bookings.terms import Terms, terms_of
from apps.bookings.windows import down_to_grid, up_to_grid
from apps.core.clock import school_time
from apps.instruments.models import Instrument

STEP = 5  # minutes: coarser than this the proposals are only where the terms want it
USUAL = timedelta(hours=2)


@dataclass(frozen=True)
class Proposal:
    """A free stretch, and the booking that it suggests: from its start on, two hours where they fit and the
    terms allow.
    """

    free: Slot
    start: datetime
    end: datetime

    @property
    def ends_day(self) -> bool:
        """Whether the stretch goes on to midnight, which reads '24:00'."""
        local = school_time(self.free.end)
        return local.hour == local.minute == 0


@dataclass(frozen=True)
class Day:
    """The free stretches that begin on one day at the school."""

    day: date
    proposals: tuple[Proposal, ...]


def proposals(instrument: Instrument, now: datetime, ahead: timedelta) -> list[Day]:
    """What may be booked from now on: the free stretches by day, as the instrument's terms allow. Six
    queries, seven where opening hours are set.
    """
    slots = free_slots(instrument, now, now + ahead, now=now)
    return by_day(slots, terms=terms_of(instrument, now), now=now)


def by_day(slots: Iterable[Slot], *, terms: Terms, now: datetime) -> list[Day]:
    """Free stretches cut at midnight and gathered by school day, those in which the terms allow a booking.
    Starts are rounded up to the grid, five minutes at least.
    """
    grid = terms.grid_minutes * -(-STEP // terms.grid_minutes)
    soonest = now + timedelta(minutes=terms.notice_minutes)
    least = timedelta(minutes=max(terms.min_minutes, grid))
    found: dict[date, list[Proposal]] = {}
    for slot in slots:
        for piece in _cut_at_midnight(slot):
            start = up_to_grid(max(piece.start, soonest), grid)
            end = down_to_grid(min(start + _usual(terms), piece.end), terms.grid_minutes)
            if start + least <= end:
                found.setdefault(school_time(piece.start).date(), []).append(Proposal(piece, start, end))
    return [Day(day, tuple(proposals)) for day, proposals in sorted(found.items())]


def _usual(terms: Terms) -> timedelta:
    longest = timedelta(minutes=terms.max_minutes)
    return min(max(USUAL, timedelta(minutes=terms.min_minutes)), longest)


def _cut_at_midnight(slot: Slot) -> Iterable[Slot]:
    start = slot.start
    while start < slot.end:
        local = school_time(start)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        end = min(slot.end, midnight.astimezone(start.tzinfo))
        yield Slot(start, end)
        start = end
