"""The working calendar: which days the school works, and the moment that lies n working days ahead. The only
door to the package `holidays`; it never counts hours and never moves a deadline that was computed before.

Whether a day is worked is asked in this order:

1. the school's own row (`CalendarDay`), whatever it says;
2. the arrangement that the General Office of the State Council announces each November for the next year, as
   `holidays` knows it: statutory holidays, days off moved there by exchange, and the weekend days worked for
   them;
3. in a year without an arrangement yet: the statutory holidays, whose dates the Regulation on Holidays for
   Festivals and Memorial Days fixes (State Council Order 795 of 2024), else Monday to Friday. Which days will
   be exchanged is not known then: `unarranged_years` tells, for the self-check.

Counting follows the Civil Code, article 201 (the day on which a period begins is not counted; the next day
is the first) and article 203 (a period never ends on a day off), and article 82 of the Administrative
Licensing Law (periods in working days leave out holidays).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import chain

import holidays

from apps.core.clock import SCHOOL_ZONE, school_time
from apps.core.models import CalendarDay
from apps.core.prepared import Prepared

_DAY = timedelta(days=1)
_SATURDAY = 5
LONGEST_RUN = timedelta(days=14)  # of days off: a school's vacation may be longer, each of its days is named


class DayType(StrEnum):
    """What kind of day it is at the school. A holiday is every day off of a run of days off in which there is
    one, as it is announced ('1 to 7 October'); days off alone, such as an ordinary weekend, are rest days.
    """

    WORKDAY = "workday"
    RESTDAY = "restday"
    HOLIDAY = "holiday"


@dataclass(frozen=True)
class Calendar:
    """The days from `since` on, with the school's rows already in hand: any number of questions, no query."""

    since: date
    rows: Mapping[date, bool]

    def is_working_day(self, day: date) -> bool:
        """Does the school work on this day? Raises ValueError for a day before `since`."""
        if day < self.since:
            raise ValueError(f"the calendar was loaded from {self.since} on, not for {day}")
        own = self.rows.get(day)
        return _is_worked_nationally(day) if own is None else own

    def day_type(self, day: date) -> DayType:
        """What kind of day it is. Days before `since` are not looked at: load the calendar `LONGEST_RUN`
        earlier. The run of days off is followed at most that far.
        """
        if self.is_working_day(day):
            return DayType.WORKDAY
        run = chain(self._off(day, _DAY), self._off(day - _DAY, -_DAY))
        return DayType.HOLIDAY if any(self._is_named(one) for one in run) else DayType.RESTDAY

    def _off(self, day: date, step: timedelta) -> Iterator[date]:
        for _number in range(LONGEST_RUN.days):
            if day < self.since or self.is_working_day(day):
                return
            yield day
            day += step

    def _is_named(self, day: date) -> bool:
        """Whether the day off is one of its own, not the weekend's."""
        return self.rows.get(day) is False or day in _national(day.year).days_off

    def add_working_days(self, moment: datetime, days: int) -> datetime:
        """The moment `days` working days later at the same time of the school's clock, aware, UTC.

        The day of `moment` itself is not counted. A moment on a day off counts as the first instant of the
        next working day: Saturday + 1 is the end of Monday, 00:00 on Tuesday. `days` is 0 or more (0 is
        `moment` itself on a working day); negative raises ValueError.
        """
        if days < 0:
            raise ValueError("working days are only added")
        day, at = self._start(moment)
        for _counted in range(days):
            day = self._next_working_day(day)
        return _moment(day, at)

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """How many working days have passed in full at `end`: the largest n for which
        `add_working_days(start, n)` is not after `end`, 0 when there is none. With `end` before `start` the
        same backwards, as a negative number: days overdue.
        """
        if end < start:
            return -self.working_days_between(end, start)
        day, at = self._start(start)
        passed = 0
        while _moment(day := self._next_working_day(day), at) <= end:
            passed += 1
        return passed

    def _start(self, moment: datetime) -> tuple[date, time]:
        """The working day and the time of day at which counting begins."""
        if moment.tzinfo is None:
            raise ValueError("a moment has a time zone")
        local = school_time(moment)
        if self.is_working_day(local.date()):
            return local.date(), local.time()
        return self._next_working_day(local.date()), time()

    def _next_working_day(self, day: date) -> date:
        day += _DAY
        while not self.is_working_day(day):
            day += _DAY
        return day


_ROWS = Prepared(
    lambda since, until: CalendarDay.objects.filter(day__gte=since, day__lte=until).values_list(
        "day", "is_working"
    )
)


def load_calendar(*, since: date, until: date | None = None) -> Calendar:
    """The calendar of every day from `since` on, in one query. With `until`, the school's rows after that day
    are not loaded: only for questions that stay before it.
    """
    rows = _ROWS.rows(since=since, until=until or date.max)
    return Calendar(since, {_day(day): bool(is_working) for day, is_working in rows})


def is_working_day(day: date) -> bool:
    """Does the school work on this day? One query."""
    return load_calendar(since=day, until=day).is_working_day(day)


def add_working_days(moment: datetime, days: int) -> datetime:
    """`Calendar.add_working_days` for a single moment, one query."""
    return load_calendar(since=school_time(moment).date()).add_working_days(moment, days)


def working_days_between(start: datetime, end: datetime) -> int:
    """`Calendar.working_days_between` for a single pair of moments, one query."""
    first, last = (school_time(moment).date() for moment in sorted((start, end)))
    return load_calendar(since=first, until=last).working_days_between(start, end)


def unarranged_years(*, first: date, last: date) -> list[int]:
    """The years between two days (both included) for which neither `holidays` nor the school knows which days
    are exchanged, so that deadlines there may fall a day or two off. One query.

    A year is known when at least one of its weekend days is worked: every announcement since 2001 has one.
    """
    years = [year for year in range(first.year, last.year + 1) if not _national(year).worked_weekends]
    if not years:
        return []
    entered = CalendarDay.objects.filter(
        is_working=True, day__gte=date(years[0], 1, 1), day__lte=date(years[-1], 12, 31)
    )
    known = {day.year for day in entered.values_list("day", flat=True) if day.weekday() >= _SATURDAY}
    return [year for year in years if year not in known]


@dataclass(frozen=True)
class _Year:
    days_off: frozenset[date]
    worked_weekends: frozenset[date]


@cache
def _national(year: int) -> _Year:
    """What `holidays` knows of one year. The next year is asked too: its New Year may be exchanged for a
    weekend of this December.
    """
    china = holidays.country_holidays("CN", years=[year, year + 1])

    def of_the_year(days: Iterator[date]) -> frozenset[date]:
        return frozenset(day for day in days if day.year == year)

    return _Year(of_the_year(iter(china)), of_the_year(iter(china.weekend_workdays)))


def _is_worked_nationally(day: date) -> bool:
    year = _national(day.year)
    return day in year.worked_weekends or (day.weekday() < _SATURDAY and day not in year.days_off)


def _day(cell: date | str) -> date:
    return date.fromisoformat(cell) if isinstance(cell, str) else cell


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, SCHOOL_ZONE).astimezone(UTC)
