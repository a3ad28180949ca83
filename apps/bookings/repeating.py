"""The days on which something repeats by the week: pure arithmetic on the school's calendar."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from apps.core.clock import school_midnight
from apps.core.workdays import Calendar, DayType

_DAY = timedelta(days=1)
WEEK = range(7)


@dataclass(frozen=True)
class Pattern:
    """The same minutes of a day on the same weekdays (a bit each, Monday's is 1) from a first to a last day,
    both included; without `but`, and without holidays where they are skipped.
    """

    weekdays: int
    from_minute: int
    until_minute: int
    first_day: date
    last_day: date
    skip_holidays: bool = True
    but: frozenset[date] = field(default_factory=frozenset)


def mask_of(days: Iterable[int]) -> int:
    """The bits of weekdays, 0 for Monday to 6 for Sunday."""
    return sum(1 << day for day in set(days))


def days_in(mask: int) -> list[int]:
    """The weekdays of a mask, 0 for Monday, in order."""
    return [day for day in WEEK if mask & (1 << day)]


def days_of_pattern(pattern: Pattern, calendar: Calendar | None) -> Iterator[date]:
    """The days on which it takes place, in order. The calendar is asked only where holidays are skipped."""
    wanted = set(days_in(pattern.weekdays))
    day = pattern.first_day
    while day <= pattern.last_day:
        if day.weekday() in wanted and day not in pattern.but:
            holiday = pattern.skip_holidays and calendar is not None
            if not (holiday and calendar is not None and calendar.day_type(day) == DayType.HOLIDAY):
                yield day
        day += _DAY


def period_on(pattern: Pattern, day: date) -> tuple[datetime, datetime]:
    """When it begins and ends on a day, aware, UTC."""
    midnight = school_midnight(day)
    return (
        midnight + timedelta(minutes=pattern.from_minute),
        midnight + timedelta(minutes=pattern.until_minute),
    )
