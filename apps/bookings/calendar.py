"""Free time as a person wants to read it: day by day at the school, in starts that can be typed. Pure
arithmetic over `queries.free_slots`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from apps.bookings.queries import Slot
from apps.core.clock import school_time

STEP = timedelta(minutes=5)
USUAL = timedelta(hours=2)


@dataclass(frozen=True)
class Proposal:
    """A free stretch, and the booking that it suggests: from its start on, two hours where they fit."""

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


def by_day(slots: Iterable[Slot]) -> list[Day]:
    """Free stretches cut at midnight and gathered by school day; starts are rounded up to five minutes."""
    found: dict[date, list[Proposal]] = {}
    for slot in slots:
        for piece in _cut_at_midnight(slot):
            start = _round_up(piece.start)
            if start + STEP <= piece.end:
                proposal = Proposal(piece, start, min(start + USUAL, piece.end))
                found.setdefault(school_time(piece.start).date(), []).append(proposal)
    return [Day(day, tuple(proposals)) for day, proposals in sorted(found.items())]


def _cut_at_midnight(slot: Slot) -> Iterable[Slot]:
    start = slot.start
    while start < slot.end:
        local = school_time(start)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        end = min(slot.end, midnight.astimezone(start.tzinfo))
        yield Slot(start, end)
        start = end


def _round_up(at: datetime) -> datetime:
    over = timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
    return at + STEP - over if over else at
