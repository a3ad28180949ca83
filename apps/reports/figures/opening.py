"""How long instruments were open in a period, exactly: opening windows by the kind of each day, less outages,
from commissioning to retirement. A year is counted by kinds of days and not day by day: 2,000 instruments
cost what their weeks and outages cost.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise

from django.db.models import Q

from apps.bookings.models import OpeningWindow
from apps.bookings.opening import Opening, Week
from apps.bookings.windows import Stretch
from apps.core.clock import school_midnight, school_time
from apps.core.workdays import LONGEST_RUN, Calendar, DayType, load_calendar
from apps.instruments.models import Instrument, Outage
from apps.reports.figures.periods import Period

_DAY = timedelta(days=1)
_MS = timedelta(milliseconds=1)
_DAY_MS = _DAY // _MS
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class _Days:
    """How many days of each kind come before each day of a period."""

    first: date
    before: Mapping[str, Sequence[int]]

    def count(self, kind: str, first: date, until: date) -> int:
        """The days of a kind in [first, until)."""
        found = self.before[kind]
        return found[(until - self.first).days] - found[(first - self.first).days]


def counted_until(period: Period, at: datetime | None) -> datetime:
    """Until when open hours of a period are counted: to its end, or while it runs to the beginning of the
    school day of `at`, so that a figure stands still for a day.
    """
    if at is None:
        return period.until
    return min(period.until, max(school_midnight(school_time(at).date()), period.since))


def open_ms(instruments: Iterable[Instrument], since: datetime, until: datetime) -> dict[int, int]:
    """Open milliseconds in [since, until) by the key of the instrument. At most three queries."""
    instruments = list(instruments)
    if until <= since or not instruments:
        return {one.pk: 0 for one in instruments}
    own, shared = _weeks(since, until)
    outages = _outages(since, until)
    calendar = _calendar(since, until) if own or shared else None
    kinds = _kinds(calendar, since, until) if calendar else None
    found = {}
    for one in instruments:
        opening = Opening(own.get(one.pk, ()), shared.get(one.facility_id, ()), calendar)
        begin, end = _in_service(one, since, until)
        found[one.pk] = _open(opening, kinds, begin, end) - sum(
            _open(opening, kinds, max(begin, first), min(end, last))
            for first, last in outages.get(one.pk, ())
        )
    return found


def _in_service(one: Instrument, since: datetime, until: datetime) -> Stretch:
    begin = max(since, school_midnight(one.commissioned))
    return begin, min(until, one.retired_at) if one.retired_at else until


def _open(opening: Opening, kinds: _Days | None, begin: datetime, end: datetime) -> int:
    """What is open of [begin, end): whole days by their number, the days at both ends by their windows."""
    if end <= begin:
        return 0
    if opening.is_always or kinds is None:
        return (end - begin) // _MS
    first, last = school_time(begin).date(), school_time(end).date()
    whole = first if school_midnight(first) == begin else first + _DAY
    if whole > last:  # both on one day
        return _of_day(opening, first, begin, end)
    total = _of_day(opening, first, begin, school_midnight(whole)) if whole != first else 0
    return (
        total + _whole_days(opening, kinds, whole, last) + _of_day(opening, last, school_midnight(last), end)
    )


def _of_day(opening: Opening, day: date, begin: datetime, end: datetime) -> int:
    """What is open of a part of one day."""
    if end <= begin:
        return 0
    return sum(
        max(timedelta(0), min(last, end) - max(first, begin)) // _MS
        for first, last in opening.stretches(school_midnight(day), school_midnight(day + _DAY))
    )


def _whole_days(opening: Opening, kinds: _Days, first: date, until: date) -> int:
    """The days of [first, until), in pieces in which no week begins or ends."""
    edges = {first, until}
    for week in (*opening.own, *opening.shared):
        edges |= {_first_day(edge) for edge in (week.valid_from, week.valid_until) if edge is not None}
    inside = sorted(day for day in edges if first <= day <= until)
    return sum(_piece(opening, kinds, one, other) for one, other in pairwise(inside))


def _first_day(edge: datetime) -> date:
    """The first whole day after a moment: a week counts on days at whose midnight it is in force."""
    day = school_time(edge).date()
    return day if school_midnight(day) == edge else day + _DAY


def _piece(opening: Opening, kinds: _Days, first: date, until: date) -> int:
    weeks = [week for week in opening.own if week.covers(first)]
    weeks = weeks or [week for week in opening.shared if week.covers(first)]
    if not weeks:
        return (until - first).days * _DAY_MS
    return sum(kinds.count(kind.value, first, until) * _minutes(weeks, kind) * _MINUTE_MS for kind in DayType)


def _minutes(weeks: Iterable[Week], kind: DayType) -> int:
    """How long a day of this kind is open: windows that overlap count once."""
    total, edge = 0, 0
    for first, last in sorted(week.minutes for week in weeks if week.day_type == kind):
        total += max(0, last - max(first, edge))
        edge = max(edge, last)
    return total


def _weeks(since: datetime, until: datetime) -> tuple[dict[int, list[Week]], dict[int, list[Week]]]:
    rows = OpeningWindow.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=since - _DAY),
        valid_from__lt=until + _DAY,
        revoked_at__isnull=True,
    ).values_list(
        "instrument_id",
        "facility_id",
        "valid_from",
        "valid_until",
        "day_type",
        "from_minute",
        "until_minute",
    )
    own: dict[int, list[Week]] = defaultdict(list)
    shared: dict[int, list[Week]] = defaultdict(list)
    for instrument, facility, valid_from, valid_until, kind, first, last in rows.iterator():
        week = Week(valid_from, valid_until, kind, (first, last))
        if instrument is not None:
            own[instrument].append(week)
        elif facility is not None:
            shared[facility].append(week)
    return own, shared


def _outages(since: datetime, until: datetime) -> dict[int, list[Stretch]]:
    """The outages of every instrument, put together where they overlap."""
    rows = Outage.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=since), starts_at__lt=until
    ).order_by("instrument_id", "starts_at")
    found: dict[int, list[Stretch]] = defaultdict(list)
    for key, first, last in rows.values_list("instrument_id", "starts_at", "ends_at").iterator():
        begin, end = max(first, since), min(last or until, until)
        merged = found[key]
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return found


def _calendar(since: datetime, until: datetime) -> Calendar:
    first, last = school_time(since).date(), school_time(until).date()
    return load_calendar(since=first - LONGEST_RUN, until=last + LONGEST_RUN)


def _kinds(calendar: Calendar, since: datetime, until: datetime) -> _Days:
    first, last = school_time(since).date(), school_time(until).date()
    days = [calendar.day_type(first + timedelta(days=n)) for n in range((last - first).days + 1)]
    before = {
        kind.value: tuple(accumulate((int(day is kind) for day in days), initial=0)) for kind in DayType
    }
    return _Days(first, before)
