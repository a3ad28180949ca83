"""Opening hours and terms of many instruments at once, as `opening` and `terms` resolve them for one: a query
for the rows of all, and one more for the school's calendar. Changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Q

from apps.bookings.models import BookingTerms, OpeningWindow
from apps.bookings.opening import Opening, Week
from apps.bookings.terms import PARAMETERS, Terms, resolved
from apps.bookings.windows import Stretch, days_of
from apps.core import parameters
from apps.core.periods import in_force
from apps.core.prepared import Prepared
from apps.core.workdays import LONGEST_RUN, Calendar, DayType, load_calendar

_DAY = timedelta(days=1)
Place = tuple[int, int]  # the primary keys of an instrument and of its facility


@dataclass(frozen=True)
class Hours:
    """Instruments that share their opening hours, and those hours: what all of them are closed in is worked
    out once.
    """

    instruments: tuple[int, ...]
    opening: Opening


class _Remembered(Calendar):
    """A calendar that works out each day's kind once."""

    def day_type(self, day: date) -> DayType:
        """What kind of day it is."""
        known: dict[date, DayType] = self.__dict__.setdefault("_kinds", {})
        if day not in known:
            known[day] = super().day_type(day)
        return known[day]


_WINDOWS = Prepared(
    lambda instruments, facilities, start, end: OpeningWindow.objects.filter(
        Q(instrument_id__in=instruments) | Q(facility_id__in=facilities),
        Q(valid_until__isnull=True) | Q(valid_until__gt=start),
        valid_from__lt=end,
        revoked_at__isnull=True,
    ).values_list(
        *("instrument_id", "facility_id", "valid_from", "valid_until"),
        *("day_type", "from_minute", "until_minute"),
    )
)


def windows_of_many(places: Sequence[Place], start: datetime, end: datetime) -> list[Hours]:
    """The opening hours of instruments for questions about [start, end), those with the same hours together.
    One query where nothing is said for any of them, else two.
    """
    if not places:
        return []
    own, shared = _weeks(places, start, end)
    calendar = _calendar(start, end) if own or shared else None
    together: dict[tuple[Any, Any], list[int]] = {}
    for instrument, facility in places:
        hours = tuple(own.get(instrument, ())), tuple(shared.get(facility, ()))
        together.setdefault(hours, []).append(instrument)
    return [
        Hours(tuple(instruments), Opening(mine, theirs, calendar if mine or theirs else None))
        for (mine, theirs), instruments in together.items()
    ]


def closed_of_many(
    places: Sequence[Place], start: datetime, end: datetime
) -> list[tuple[tuple[int, ...], list[Stretch]]]:
    """What instruments are closed in of [start, end), those with the same hours together; those that are open
    all the time are left out. Two queries at most.
    """
    found = ((one.instruments, one.opening.closed(start, end)) for one in windows_of_many(places, start, end))
    return [(instruments, closed) for instruments, closed in found if closed]


def terms_of_many(
    places: Sequence[Place], at: datetime, *, school: dict[str, Any] | None = None
) -> dict[int, Terms]:
    """The terms of instruments at a moment, by their primary keys. One query, and one more for the school's
    parameters where the caller does not bring them (`terms.PARAMETERS`).
    """
    known = parameters.values(PARAMETERS, at=at) if school is None else school
    own: dict[int, list[BookingTerms]] = {}
    shared: dict[int, list[BookingTerms]] = {}
    wanted = Q(instrument_id__in=[instrument for instrument, _facility in places]) | Q(
        facility_id__in={facility for _instrument, facility in places}
    )
    for row in BookingTerms.objects.filter(wanted, in_force(at)).order_by("valid_from"):
        if row.instrument_id is not None:
            own.setdefault(row.instrument_id, []).append(row)
        elif row.facility_id is not None:
            shared.setdefault(row.facility_id, []).append(row)
    return {
        instrument: resolved([*shared.get(facility, ()), *own.get(instrument, ())], known)
        for instrument, facility in places
    }


def _weeks(
    places: Sequence[Place], start: datetime, end: datetime
) -> tuple[Mapping[int, list[Week]], Mapping[int, list[Week]]]:
    own: dict[int, list[Week]] = {}
    shared: dict[int, list[Week]] = {}
    rows = _WINDOWS.rows(
        instruments=tuple(instrument for instrument, _facility in places),
        facilities=tuple(sorted({facility for _instrument, facility in places})),
        start=start - _DAY,
        end=end + _DAY,
    )
    for instrument, facility, valid_from, valid_until, kind, first, last in rows:
        week = Week(moment(valid_from), moment(valid_until) if valid_until else None, kind, (first, last))
        if instrument is None:
            shared.setdefault(facility, []).append(week)
        else:
            own.setdefault(instrument, []).append(week)
    return own, shared


def _calendar(start: datetime, end: datetime) -> Calendar:
    days = days_of(start, end)
    loaded = load_calendar(since=days[0] - LONGEST_RUN, until=days[-1] + LONGEST_RUN)
    return _Remembered(loaded.since, loaded.rows)


def moment(cell: datetime) -> datetime:
    """A moment from a cell as the database gives it: SQLite's are in UTC and do not say so."""
    return cell.replace(tzinfo=UTC) if cell.tzinfo is None else cell


def places(rows: Iterable[Any]) -> list[Place]:
    """The places of instruments in hand."""
    return [(row.pk, row.facility_id) for row in rows]
