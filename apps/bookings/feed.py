"""What stands in a timetable: the bookings of instruments in a period, what they are closed or out of service
in, and the guided sessions. Four queries at most, whatever the number of instruments and bookings.

One's own bookings say what they are for, those of others only which group has the time; the crew of an
instrument reads who. External people read no group.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from apps.bookings.bulk import closed_of_many
from apps.bookings.choosing import run_by
from apps.bookings.models import Booking
from apps.bookings.priority import name_of, stretches, windows_between
from apps.core.errors import Invalid, NotFound
from apps.core.periods import overlaps
from apps.core.prepared import Prepared
from apps.instruments.models import HOSTED, Instrument, Outage, local_name
from apps.people.models import User
from apps.training.models import GuidedSession

MOST_INSTRUMENTS = 40
LONGEST = timedelta(days=42)  # a month, with the weeks that it touches
_BOOKING, _OUTAGE, _SESSION = "b", "o", "g"
_PURPOSES = dict(Booking.Purpose.choices)
_NOTHING = Value("")
_OFFERED = "offered"
_STATE = Case(
    When(state=Booking.State.REQUESTED, offered_until__isnull=False, then=Value(_OFFERED)),
    default=F("state"),
    output_field=CharField(),
)


class Row(NamedTuple):
    """An instrument of the timetable. `is_run`: the reader is of its crew, and reads who has a booking."""

    pk: int
    facility_id: int
    asset_no: str
    name_zh: str
    name_en: str
    facility_zh: str
    facility_en: str
    is_run: bool
    hosting: str = ""

    @property
    def name(self) -> str:
        return local_name(self.name_zh, self.name_en)

    @property
    def facility(self) -> str:
        return local_name(self.facility_zh, self.facility_en)


_ROW = (
    *("pk", "facility_id", "asset_no", "name_zh", "name_en"),
    *("facility__name_zh", "facility__name_en", "is_run", "hosting"),
)


def rows_of(
    found: QuerySet[Instrument], user: User, at: datetime, *, first: int = 0, most: int = MOST_INSTRUMENTS
) -> list[Row]:
    """So many of the instruments as rows of a timetable, from a place on. One query."""
    told = found.annotate(is_run=run_by(user, at)).values_list(*_ROW)
    return [Row(*one) for one in told[first : first + most]]


_ONE = Prepared(
    lambda asset_no, user, at: (
        Instrument.objects.filter(asset_no=asset_no).annotate(is_run=run_by(user, at)).values_list(*_ROW)
    )
)


def row_of(asset_no: str, user: User, at: datetime) -> Row:
    """One instrument as a row of a timetable. One query. Raises NotFound `bookings.no_instrument`."""
    for cells in _ONE.rows(asset_no=asset_no, user=user.pk, at=at):
        return Row._make(cells)._replace(is_run=bool(cells[-2]))
    raise NotFound(_("There is no such instrument."), code="bookings.no_instrument")


def require_period(start: datetime, end: datetime) -> None:
    """Raises Invalid `bookings.period` for an end that is not after the beginning, `bookings.period_long`
    for more than 42 days.
    """
    if end <= start:
        raise Invalid(
            gettext_lazy("The end must be after the beginning."), code="bookings.period", field="end"
        )
    if end - start > LONGEST:
        raise Invalid(
            gettext_lazy("At most %(days)d days are told at once.") % {"days": LONGEST.days},
            code="bookings.period_long",
            field="end",
            max_days=LONGEST.days,
        )


def told(rows: Sequence[Row], user: User, start: datetime, end: datetime) -> dict[str, Any]:
    """Everything of the instruments that meets [start, end), ready for JSON, times in UTC. At most three
    queries.

    `items`: `kind` is mine, taken, block (what the crew does for others), session (guided) or outage;
    `title` is in the reader's language; `pending` is said of what is asked for and not confirmed, `offered`
    of what is offered to who waits first; `ulid` of what the reader may open. `closed`: hours that are
    shared, with the instruments they count for. `kept`: hours in which the owner of a hosted instrument
    comes first, with who that is and from how many hours before others may book (0: never); one query more
    where an instrument is hosted.

    Raises Invalid `bookings.period`, `bookings.period_long`.
    """
    require_period(start, end)
    if not rows:
        return {"instruments": [], "items": [], "closed": [], "kept": []}
    known = {row.pk: row for row in rows}
    reader = _Reader(user, known, stamp(end))
    items = [reader.item(cells) for cells in _rows(tuple(sorted(known)), start, end)]
    closed = closed_of_many([(row.pk, row.facility_id) for row in rows], start, end)
    return {
        "instruments": [
            {"asset_no": row.asset_no, "name": row.name, "facility": row.facility} for row in rows
        ],
        "items": items,
        "closed": [
            {
                "instruments": [known[pk].asset_no for pk in instruments],
                "periods": [[stamp(first), stamp(last)] for first, last in periods],
            }
            for instruments, periods in closed
        ],
        "kept": _kept(known, start, end),
    }


def _kept(known: dict[int, Row], start: datetime, end: datetime) -> list[dict[str, Any]]:
    hosted = [pk for pk, row in known.items() if row.hosting == HOSTED]
    return [
        {
            "instruments": [known[window.instrument_id].asset_no],
            "periods": [[stamp(first), stamp(last)] for first, last in stretches(window, start, end)],
            "title": _("Kept for %(group)s") % {"group": name_of(window)},
            "others_hours": window.others_hours,
        }
        for window in (windows_between(hosted, start, end) if hosted else ())
    ]


def stamp(cell: datetime) -> str:
    """A moment as JSON has it, '2026-11-26T06:00:00Z', from a cell as the database gives it (`moment`)."""
    utc = cell if cell.tzinfo is None else cell.astimezone(UTC)
    return f"{utc.isoformat()[:19]}Z"


class _Reader:
    """How one person reads the rows."""

    def __init__(self, user: User, known: dict[int, Row], end: str) -> None:
        self._user, self._known, self._end = user.pk, known, end
        english = (get_language() or "zh").startswith("en")
        self._zh, self._en = (1, 0) if english else (0, 1)
        self._groups = not user.is_external
        self._purposes = {value: str(label) for value, label in _PURPOSES.items()}
        self._words = {
            "mine": _("My booking"),
            "taken": _("Booked"),
            _OUTAGE: _("Out of service"),
            _SESSION: _("Guided session"),
        }

    def item(self, cells: tuple[Any, ...]) -> dict[str, Any]:
        """One row as JSON."""
        what, instrument, start, end, user, purpose, state, ulid, *names = cells
        row = self._known[instrument]
        item: dict[str, Any] = {
            "instrument": row.asset_no,
            "start": stamp(start),
            "end": self._end if end is None else stamp(end),
        }
        if what != _BOOKING:
            item["kind"] = "outage" if what == _OUTAGE else "session"
            item["title"] = self._words[what]
            if what == _OUTAGE:
                item["detail"] = names[self._zh] or names[0]
            return item
        own_use = purpose == Booking.Purpose.USE
        if user == self._user:
            item["kind"] = "mine"
            item["title"] = self._words["mine"] if own_use else self._purposes[purpose]
        else:
            item["kind"] = "taken" if own_use else "block"
            item["title"] = self._title(names) if own_use else self._purposes[purpose]
        if row.is_run:
            item["detail"] = names[2 + self._zh] or names[2]
        if state in (Booking.State.REQUESTED, _OFFERED):
            item["pending"] = True
        if state == _OFFERED:
            item["offered"] = True
        if row.is_run or user == self._user:
            item["ulid"] = ulid
        return item

    def _title(self, names: list[str]) -> str:
        group = (names[self._zh] or names[0]) if self._groups else ""
        return group or self._words["taken"]


def _all(instruments: Any, start: Any, end: Any) -> QuerySet[Any, Any]:
    """Bookings, outages and guided sessions in one statement, in the order of the cells of `_Reader.item`."""
    bookings = Booking.objects.filter(
        overlaps(start, end), instrument_id__in=instruments, state__in=Booking.LIVE
    ).values_list(
        Value(_BOOKING),
        *("instrument_id", "start", "end", "user_id", "purpose", _STATE, "ulid"),
        *("group__name_zh", "group__name_en", "user__name_zh", "user__name_en"),
    )
    outages = Outage.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=start), instrument_id__in=instruments, starts_at__lt=end
    ).values_list(
        Value(_OUTAGE),
        *("instrument_id", "starts_at", "ends_at", "instrument_id", _NOTHING, _NOTHING, "ulid"),
        *("reason_zh", "reason_en", _NOTHING, _NOTHING),
    )
    sessions = GuidedSession.objects.filter(
        overlaps(start, end, first="starts_at", last="ends_at"),
        instrument_id__in=instruments,
        cancelled_at__isnull=True,
    ).values_list(
        Value(_SESSION),
        *("instrument_id", "starts_at", "ends_at", "instrument_id", _NOTHING, _NOTHING, "ulid"),
        *(_NOTHING, _NOTHING, _NOTHING, _NOTHING),
    )
    return bookings.union(outages, sessions, all=True)


_ALL = Prepared(_all)


def _rows(instruments: tuple[int, ...], start: datetime, end: datetime) -> list[tuple[Any, ...]]:
    return _ALL.rows(instruments=instruments, start=start, end=end)
