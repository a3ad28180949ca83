"""Periods for which figures are asked: an academic year, a calendar year, a month, or days from and to, each
of whole days on the school's clock, half-open as moments. Written as a text that stands in addresses.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _

from apps.core.clock import school_midnight, school_time
from apps.core.errors import Invalid
from apps.core.parameters import value

_DAY = timedelta(days=1)
_FIRST, _LAST = 1970, 2200
LONGEST = timedelta(days=3660)
_MONTHS = 12


class PeriodKind(StrEnum):
    """How a period was named."""

    ACADEMIC = "academic"
    YEAR = "year"
    MONTH = "month"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included. `key` is how it is written: '2025-2026' (an academic
    year), '2025', '2025-11', '2025-11-03..2025-12-24'.
    """

    kind: PeriodKind
    key: str
    first: date
    last: date

    @property
    def since(self) -> datetime:
        """The first instant, aware, UTC."""
        return school_midnight(self.first)

    @property
    def until(self) -> datetime:
        """The first instant after it."""
        return school_midnight(self.last + _DAY)

    @property
    def title(self) -> str:
        """The period in the reader's language."""
        if self.kind is PeriodKind.ACADEMIC:
            return _("Academic year %(years)s") % {"years": self.key}
        if self.kind is PeriodKind.YEAR:
            return _("Calendar year %(year)s") % {"year": self.key}
        if self.kind is PeriodKind.MONTH:
            return self.key
        return _("%(first)s to %(last)s") % {"first": self.first, "last": self.last}


def academic_year(first: int, *, month: int) -> Period:
    """The year from the first day of `month` of the year `first` on (`figures.academic_month`)."""
    begins = date(first, month, 1)
    return Period(PeriodKind.ACADEMIC, f"{first}-{first + 1}", begins, begins.replace(year=first + 1) - _DAY)


def calendar_year(year: int) -> Period:
    """January to December."""
    return Period(PeriodKind.YEAR, str(year), date(year, 1, 1), date(year, 12, 31))


def month_of(year: int, month: int) -> Period:
    """One month of the school's calendar."""
    first = date(year, month, 1)
    return Period(PeriodKind.MONTH, f"{year}-{month:02d}", first, _next_month(first) - _DAY)


def days(first: date, last: date) -> Period:
    """From a day to a day, both included. Raises Invalid `figures.period` for an end before the beginning and
    for more than ten years.
    """
    if last < first or last - first > LONGEST or not _FIRST <= first.year <= last.year <= _LAST:
        raise _bad()
    return Period(PeriodKind.DAYS, f"{first}..{last}", first, last)


def academic_month(at: datetime) -> int:
    """The month with which academic years begin."""
    return int(value("figures.academic_month", at=at))


def academic_year_at(at: datetime) -> Period:
    """The academic year in which a moment lies."""
    month, day = academic_month(at), school_time(at).date()
    return academic_year(day.year if day.month >= month else day.year - 1, month=month)


def read_period(text: str, at: datetime) -> Period:
    """A period as it is written in an address; an empty one is the academic year of `at`. Raises Invalid
    `figures.period`.
    """
    if not text:
        return academic_year_at(at)
    for pattern, read in _FORMS:
        if found := pattern.fullmatch(text):
            try:
                return read(found, at)
            except ValueError as error:  # no such month or day
                raise _bad() from error
    raise _bad()


def buckets(period: Period) -> list[Period]:
    """The months of a period for a chart, cut to it; of a month (or less) its days."""
    if (period.last - period.first).days <= _MONTHS * 2 + 7:
        number = (period.last - period.first).days + 1
        found = [period.first + timedelta(days=one) for one in range(number)]
        return [days(day, day) for day in found]
    months, first = [], period.first
    while first <= period.last:
        following = _next_month(first.replace(day=1))
        months.append(days(first, min(following - _DAY, period.last)))
        first = following
    return months


def _next_month(first: date) -> date:
    return date(first.year + first.month // _MONTHS, first.month % _MONTHS + 1, 1)


def _academic(found: re.Match[str], at: datetime) -> Period:
    first, second = int(found[1]), int(found[2])
    if second != first + 1:
        raise _bad()
    return academic_year(_known(first), month=academic_month(at))


def _year(found: re.Match[str], at: datetime) -> Period:
    del at
    return calendar_year(_known(int(found[1])))


def _month(found: re.Match[str], at: datetime) -> Period:
    del at
    return month_of(_known(int(found[1])), int(found[2]))


def _days(found: re.Match[str], at: datetime) -> Period:
    del at
    return days(date.fromisoformat(found[1]), date.fromisoformat(found[2]))


def _known(year: int) -> int:
    if not _FIRST <= year < _LAST:
        raise _bad()
    return year


def _bad() -> Invalid:
    return Invalid(
        _("No such period: write 2025-2026, 2025, 2025-11 or 2025-11-03..2025-12-24."),
        code="figures.period",
        field="period",
    )


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], datetime], Period]], ...] = (
    (re.compile(r"(\d{4})-(\d{4})", re.ASCII), _academic),
    (re.compile(r"(\d{4})", re.ASCII), _year),
    (re.compile(r"(\d{4})-(\d{2})", re.ASCII), _month),
    (re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", re.ASCII), _days),
)
