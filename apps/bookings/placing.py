"""Where so much time fits into what is free: pure arithmetic on the grid and the school's clock."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from apps.bookings.windows import Stretch, days_of, up_to_grid
from apps.core.clock import school_midnight


def placements(
    free: Iterable[Stretch],
    *,
    earliest: datetime,
    latest: datetime,
    length: timedelta,
    grid_minutes: int,
    dawn_hour: int,
) -> Iterator[Stretch]:
    """The periods of this length within the free stretches and [earliest, latest) that are worth trying: in
    each stretch the first that fits the grid, and the first after each end of the night, since who may not
    use the instrument at night may well do so in the morning. In the order of time where `free` is.
    """
    for first, last in free:
        begin, end = max(first, earliest), min(last, latest)
        tried = None
        for edge in (begin, *_dawns(begin, end, dawn_hour)):
            start = up_to_grid(edge, grid_minutes)
            if start != tried and start + length <= end:
                yield start, start + length
            tried = start


def _dawns(start: datetime, end: datetime, hour: int) -> Iterator[datetime]:
    for day in days_of(start, end):
        dawn = school_midnight(day) + timedelta(hours=hour)
        if start < dawn < end:
            yield dawn
