"""When an instrument is open: its own week, else its facility's, else round the clock, day by day as of that
day, by the kind of day in the school's calendar. Changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db.models import Q

from apps.bookings.models import OpeningWindow
from apps.bookings.windows import (
    ALL_DAY,
    Minutes,
    Stretch,
    closed_between,
    days_of,
    is_within,
    next_opening,
    open_stretches,
)
from apps.core.clock import school_midnight
from apps.core.workdays import LONGEST_RUN, Calendar, DayType, load_calendar
from apps.instruments.models import Facility, Instrument

_DAY = timedelta(days=1)
LOOK_AHEAD = timedelta(days=31)  # how far the next opening is looked for


@dataclass(frozen=True)
class Week:
    """One owner's windows of one kind of day in [first, last): from a school day until it is replaced."""

    valid_from: datetime
    valid_until: datetime | None
    day_type: str
    minutes: Minutes

    def covers(self, day: date) -> bool:
        midnight = school_midnight(day)
        return self.valid_from <= midnight and (self.valid_until is None or midnight < self.valid_until)


@dataclass(frozen=True)
class OpenDay:
    """One school day: its kind, and when it is open."""

    day: date
    kind: DayType | None
    minutes: tuple[Minutes, ...]


@dataclass(frozen=True)
class Opening:
    """The open time of an instrument or a facility around a period: rows in hand, no query."""

    own: Sequence[Week] = ()
    shared: Sequence[Week] = ()
    calendar: Calendar | None = field(default=None, repr=False)

    @property
    def is_always(self) -> bool:
        """Whether nothing is said at all: open round the clock."""
        return not self.own and not self.shared

    def day(self, day: date) -> OpenDay:
        """When it is open on a day. Which kind of day it is is not asked where nothing depends on it."""
        rows = [week for week in self.own if week.covers(day)]
        rows = rows or [week for week in self.shared if week.covers(day)]
        kind = self.calendar.day_type(day) if self.calendar else None
        if not rows or kind is None:
            return OpenDay(day, kind, ALL_DAY)
        return OpenDay(day, kind, tuple(sorted(week.minutes for week in rows if week.day_type == kind)))

    def stretches(self, start: datetime, end: datetime) -> list[Stretch]:
        """The open time of the days that [start, end) touches, whole days."""
        return open_stretches((day, self.day(day).minutes) for day in days_of(start, end))

    def holds(self, start: datetime, end: datetime) -> bool:
        """Whether it is open for the whole of [start, end)."""
        return self.is_always or is_within(self.stretches(start, end), start, end)

    def closed(self, start: datetime, end: datetime) -> list[Stretch]:
        """What is closed of [start, end)."""
        return [] if self.is_always else closed_between(self.stretches(start, end), start, end)

    def next(self, after: datetime, length: timedelta) -> Stretch | None:
        """The next open time that is long enough (`LOOK_AHEAD` at most), else the next at all."""
        return next_opening(self.stretches(after, after + LOOK_AHEAD), after, length)


def opening_of(instrument: Instrument, start: datetime, end: datetime) -> Opening:
    """The open time of an instrument for questions about [start, end) and `LOOK_AHEAD` after it. One query
    where nothing is said, else two.
    """
    wanted = Q(instrument_id=instrument.pk) | Q(facility_id=instrument.facility_id)
    return _opening(wanted, start, end + LOOK_AHEAD)


def opening_of_facility(facility: Facility, start: datetime, end: datetime) -> Opening:
    """The open time that a facility gives its instruments. One query where nothing is said, else two."""
    return _opening(Q(facility_id=facility.pk), start, end + LOOK_AHEAD)


def drafted(
    owner: Instrument | Facility, week: Mapping[str, Sequence[Minutes]] | None, since: date
) -> Opening:
    """The open time of an owner as it would be if this week counted from `since` on: nothing is written. Two
    queries.
    """
    begins = school_midnight(since)
    owned = isinstance(owner, Instrument)
    found = (
        opening_of(owner, begins, begins)
        if isinstance(owner, Instrument)
        else opening_of_facility(owner, begins, begins)
    )
    kept = [
        replace(one, valid_until=min(one.valid_until or begins, begins))
        for one in (found.own if owned else found.shared)
        if one.valid_from < begins
    ]
    new = [
        Week(begins, None, str(kind), window) for kind, windows in (week or {}).items() for window in windows
    ]
    days = days_of(begins, begins + LOOK_AHEAD)
    calendar = load_calendar(since=days[0] - LONGEST_RUN, until=days[-1] + LONGEST_RUN)
    return Opening(kept + new if owned else (), found.shared if owned else kept + new, calendar)


def windows_in_force(owner: Instrument | Facility, day: date) -> list[OpeningWindow]:
    """The owner's own windows on a school day, by kind of day and time. One query."""
    midnight = school_midnight(day)
    found = OpeningWindow.objects.filter(_touching(midnight, midnight + _DAY), **of_owner(owner))
    return list(found.filter(valid_from__lte=midnight).order_by("day_type", "from_minute"))


def of_owner(owner: Instrument | Facility) -> dict[str, Instrument | Facility]:
    """Whose row it is, as keywords of a filter or of a new row."""
    return {"instrument": owner} if isinstance(owner, Instrument) else {"facility": owner}


def _opening(wanted: Q, start: datetime, end: datetime) -> Opening:
    rows = OpeningWindow.objects.filter(wanted, _touching(start - _DAY, end + _DAY)).values_list(
        "instrument_id", "valid_from", "valid_until", "day_type", "from_minute", "until_minute"
    )
    own: list[Week] = []
    shared: list[Week] = []
    for instrument_id, valid_from, valid_until, kind, first, last in rows:
        week = Week(valid_from, valid_until, kind, (first, last))
        (shared if instrument_id is None else own).append(week)
    if not own and not shared:
        return Opening()
    days = days_of(start, end)
    calendar = load_calendar(since=days[0] - LONGEST_RUN, until=days[-1] + LONGEST_RUN)
    return Opening(own, shared, calendar)


def _touching(start: datetime, end: datetime) -> Q:
    """Rows that counted at some moment of [start, end)."""
    lasting = Q(valid_until__isnull=True) | Q(valid_until__gt=start)
    return lasting & Q(valid_from__lt=end, revoked_at__isnull=True)


def clock_of(minute: int) -> str:
    """A minute of a day as the clock shows it; the last midnight is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
