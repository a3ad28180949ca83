"""The records behind a figure: the same query sets, row by row, each with what it adds to the figure. The sum
of the rows is the figure, to the last millisecond and fen.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from apps.bookings.models import Booking
from apps.core.errors import NotFound, Text
from apps.core.figures import Figure
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.reports.figures import money, sources
from apps.reports.figures.definitions import DEFINITIONS, PURPOSES
from apps.reports.figures.opening import counted_until, open_ms
from apps.reports.figures.periods import Period
from apps.reports.figures.scopes import Scope
from apps.reports.figures.tables import among_of
from apps.samples.models import Sample
from apps.training.models import Certificate, TrainingPlace
from apps.usage.models import UsageRecord

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Record:
    """One record: when, on which instrument (key), whose (key), what it is in a word, what it adds in the
    unit of the figure, and its public id.
    """

    ulid: str
    at: datetime | None
    instrument: int | None
    person: int | None
    what: Text
    value: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A record as it is shown: instrument and person in words; the person only where the viewer manages the
    instrument, None else.
    """

    record: Record
    instrument: Instrument | None
    person: User | None

    def figure(self, key: str) -> Figure:
        """What it adds, with its unit."""
        return Figure(key, DEFINITIONS[key].unit, self.record.value)


class Records:
    """The records of one figure; pages are cut from it as from a list."""

    def __init__(self, key: str, scope: Scope, period: Period, at: datetime, only: Q | None = None) -> None:
        """`only` narrows a figure in hours to some of its uses. Raises NotFound `figures.no_figure` for a key
        that has no records.
        """
        if key not in DEFINITIONS or key == "use_rate":
            raise NotFound(_("There is no such figure."), code="figures.no_figure")
        self.key, self.scope, self.period, self.at = key, scope, period, at
        self.rows = self._rows() if only is None else self._rows().filter(only)

    def __len__(self) -> int:
        return self.rows.count()

    count = __len__

    def __getitem__(self, cut: slice) -> list[Record]:
        return self._read(list(self.rows[cut]))

    def __iter__(self) -> Iterator[Record]:
        """All of them, in constant memory."""
        rows = self.rows.iterator(chunk_size=_BATCH)
        while batch := list(islice(rows, _BATCH)):
            yield from self._read(batch)

    def pages(self, size: int) -> "Paginator[Any]":
        """The records in pages of so many."""
        cut: Any = self  # it counts and cuts itself, which is all that is asked of it
        return Paginator(cut, size)

    def total(self) -> Figure:
        """The figure itself, from the same rows."""
        return Figure(self.key, DEFINITIONS[self.key].unit, self._sum(), records=len(self))

    def _sum(self) -> int:
        if self.key in sources.TIERS_OF:
            wanted = sources.TIERS_OF[self.key]
            posted = money.sums(self.period, among_of(self.scope))
            return sum(fen for _one, tier, fen, _number in posted if wanted is None or tier in wanted)
        if self.key == "open_hours":
            return sum(record.value for record in self)
        if self.rows.model is UsageRecord:
            column = "powered_ms" if self.key == "maintenance_hours" else "effective_ms"
            return self.rows.aggregate(ms=Sum(column))["ms"] or 0
        return len(self)

    def _rows(self) -> QuerySet[Any, Any]:
        key, period, among = self.key, self.period, among_of(self.scope)
        if key in sources.PURPOSES or key == "external_hours":
            return sources.uses_of(key, period, among).order_by("-started_at", "-id")
        if key in sources.TIERS_OF:
            return money.postings(key, period, among)
        rows, order = self._others()[key]
        return rows.order_by(*order)

    def _others(self) -> Mapping[str, tuple[QuerySet[Any], tuple[str, ...]]]:
        period, among = self.period, among_of(self.scope)
        tested, began = ("-tested_at", "-id"), ("-start", "-id")
        sat = ("-session__starts_at", "-id")
        return {
            "open_hours": (self.scope.instruments(), ("asset_no",)),
            "users": (sources.users(period, among), ("username",)),
            "external_users": (sources.users(period, among, external=True), ("username",)),
            "samples": (sources.samples(period, among).select_related("request"), tested),
            "external_samples": (
                sources.samples(period, among, external=True).select_related("request"),
                tested,
            ),
            "trained_alone": (sources.trained_alone(period, among), ("-valid_from", "-id")),
            "trained_guided": (sources.trained_guided(period, among).select_related("session"), sat),
            "demonstrations": (sources.demonstrations(period, among).select_related("session"), sat),
            "bookings": (sources.bookings(period, among), began),
            "no_shows": (sources.no_shows(period, among), began),
        }

    def _read(self, rows: list[Any]) -> list[Record]:
        if self.key == "open_hours":
            return self._opened(rows)
        read = _posting if self.key in sources.TIERS_OF else _READ[self.rows.model]
        return [read(row, self.key) for row in rows]

    def _opened(self, rows: list[Instrument]) -> list[Record]:
        ms = open_ms(rows, self.period.since, counted_until(self.period, self.at))
        return [Record(row.ulid, None, row.pk, None, "", ms[row.pk]) for row in rows]


def _use(row: UsageRecord, key: str) -> Record:
    ms = row.powered_ms if key == "maintenance_hours" else row.effective_ms
    what = PURPOSES.get(row.purpose, row.purpose)
    return Record(row.ulid, row.started_at, row.instrument_id, row.user_id, what, ms)


def _posting(row: tuple[Any, ...], key: str) -> Record:
    del key
    kind, ulid, at, fen, _tier, instrument, person = row
    return Record(ulid, at, instrument, person, money.TITLES[kind], fen)


def _person(row: User, key: str) -> Record:
    del key
    return Record(row.ulid, None, None, row.pk, row.get_kind_display(), 1)


def _sample(row: Sample, key: str) -> Record:
    del key
    return Record(row.ulid, row.tested_at, row.instrument_id, row.request.requester_id, row.code, 1)


def _certificate(row: Certificate, key: str) -> Record:
    del key
    return Record(row.ulid, row.valid_from, row.instrument_id, row.user_id, row.get_level_display(), 1)


def _place(row: TrainingPlace, key: str) -> Record:
    del key
    held = row.session
    return Record(row.ulid, held.starts_at, held.instrument_id, row.user_id, held.get_kind_display(), 1)


def _booking(row: Booking, key: str) -> Record:
    del key
    return Record(row.ulid, row.start, row.instrument_id, row.user_id, row.get_purpose_display(), 1)


_READ: Mapping[type[Model], Callable[[Any, str], Record]] = {
    UsageRecord: _use,
    User: _person,
    Sample: _sample,
    Certificate: _certificate,
    TrainingPlace: _place,
    Booking: _booking,
}


def listed(
    records: Iterable[Record], shown: frozenset[int] | None, seen: QuerySet[Instrument]
) -> list[Listed]:
    """Records as the viewer sees them: each is asked for itself whether its instrument is among those of
    which they may see figures (`seen`), else it is left out; and its person is named only on instruments in
    `shown` (None means all). A person who stands for several instruments is named to who sees all of them by
    name. Three queries at most.
    """
    found = list(records)
    named = _widened(found, shown, seen)
    instruments = seen.in_bulk({one.instrument for one in found if one.instrument is not None})
    people = User.objects.in_bulk(
        {one.person for one in found if one.person is not None and _named(one, named)}
    )
    return [
        Listed(_nameless(one, named), instruments.get(one.instrument or 0), people.get(one.person or 0))
        for one in found
        if one.instrument is None or one.instrument in instruments
    ]


def _nameless(one: Record, shown: frozenset[int | None] | None) -> Record:
    """A record that is a person has no identifier either for who does not see the name: it would tell the
    same person from figure to figure.
    """
    return (
        one
        if one.instrument is not None or _named(one, shown) or one.person is None
        else replace(one, ulid="")
    )


def _widened(
    found: list[Record], shown: frozenset[int] | None, seen: QuerySet[Instrument]
) -> frozenset[int | None] | None:
    """What is shown, with None among it where people who stand for several instruments are named."""
    if shown is None or all(one.instrument is not None for one in found):
        return None if shown is None else frozenset(shown)
    everything = frozenset(seen.values_list("pk", flat=True))
    return frozenset({None, *shown}) if everything <= shown else frozenset(shown)


def _named(one: Record, shown: frozenset[int | None] | None) -> bool:
    return shown is None or one.instrument in shown
