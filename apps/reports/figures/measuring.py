"""The figures of instruments in a period, in a bounded number of queries whatever the number of records: uses
come back as one row for each instrument, purpose and person, everything else as one for each instrument.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, IntegerField, QuerySet, Sum, Value, When
from django.urls import reverse

from apps.core.figures import Figure, ratio
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.reports.figures import money, sources
from apps.reports.figures.definitions import DEFINITIONS, KEYS
from apps.reports.figures.digests import digests_of
from apps.reports.figures.opening import counted_until, open_ms
from apps.reports.figures.periods import Period
from apps.reports.figures.sources import Among

SOURCES: Mapping[str, str] = {
    **dict.fromkeys(KEYS, "usage.records"),
    **dict.fromkeys(sources.TIERS_OF, "billing.postings"),
    "open_hours": "bookings.opening_windows",
    "use_rate": "figures.ratio",
    "users": "usage.users",
    "external_users": "usage.users",
    "samples": "samples.tested",
    "external_samples": "samples.tested",
    "trained_alone": "training.certificates",
    "trained_guided": "training.places",
    "demonstrations": "training.places",
    "bookings": "bookings.bookings",
    "no_shows": "bookings.bookings",
}
_HOURS = tuple(sources.PURPOSES)


@dataclass(slots=True)
class Tally:
    """What was counted of some instruments: value and records by key, and who used them."""

    values: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    records: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    users: set[int] = field(default_factory=set)
    outsiders: set[int] = field(default_factory=set)

    def add(self, key: str, value: int, records: int) -> None:
        """More of one figure."""
        self.values[key] += value
        self.records[key] += records

    def take_in(self, other: "Tally") -> None:
        """The instruments of another one too; people who are in both count once."""
        for key, value in other.values.items():
            self.add(key, value, other.records[key])
        self.users |= other.users
        self.outsiders |= other.outsiders


def of_instruments(
    instruments: Collection[int] | None,
    period: Period,
    *,
    at: datetime | None = None,
    digests: bool = False,
) -> dict[int, dict[str, Figure]]:
    """Every figure of every instrument (all of them for None), by its key and the figure's; an instrument of
    which nothing is known has noughts. With `at`, open hours are counted until the beginning of that day:
    for a period that still runs. With `digests`, each figure carries the digest of its records: one more pass
    over the records for each kind of them. At most 19 queries without.
    """
    rows = _instruments(instruments)
    tallies = tally(rows, instruments, period, at=at)
    signed = digests_of(period, instruments) if digests else {}
    return {
        one.pk: figures_of(tallies[one.pk], period, f"instrument:{one.ulid}", signed.get(one.pk, {}))
        for one in rows
    }


def tally(
    instruments: Iterable[Instrument], among: Among, period: Period, *, at: datetime | None = None
) -> dict[int, Tally]:
    """What was counted of each of the instruments; `among` narrows the records to them, None to none."""
    found: dict[int, Tally] = {one.pk: Tally() for one in instruments}
    for key, ms in open_ms(instruments, period.since, counted_until(period, at)).items():
        found[key].add("open_hours", ms, 1)
    outside = frozenset(User.objects.filter(kind__in=sources.OUTSIDE).values_list("pk", flat=True))
    _uses(found, outside, period, among)
    _samples(found, outside, period, among)
    _money(found, period, among)
    _training(found, period, among)
    _bookings(found, period, among)
    return found


def figures_of(
    counted: Tally,
    period: Period,
    scope: str,
    digests: Mapping[str, str] | None = None,
    *,
    part: str | None = "",
) -> dict[str, Figure]:
    """The figures of what was counted, each with the address of its records: those of a scope, of a part of
    it where one is named, and no address for None.
    """
    signed = digests or {}

    def link(key: str) -> str:
        return "" if part is None else records_link(key, scope, period, part)

    counted.values["users"], counted.values["external_users"] = len(counted.users), len(counted.outsiders)
    for key in ("users", "external_users"):
        counted.records[key] = counted.values[key]
    found = {
        key: Figure(
            key,
            DEFINITIONS[key].unit,
            counted.values.get(key, 0),
            SOURCES[key],
            counted.records.get(key, 0),
            signed.get(key, ""),
            link(key),
        )
        for key in KEYS
        if key != "use_rate"
    }
    rate = ratio("use_rate", found["effective_hours"], found["open_hours"])
    digest = signed.get("effective_hours", "")
    return found | {"use_rate": replace(rate, digest=digest, link=link("use_rate"))}


def records_link(key: str, scope: str, period: Period, part: str = "") -> str:
    """The page that lists the records behind a figure: of a scope, or of what lies in a part of it too."""
    asked = {"scope": scope, "period": period.key} | ({"part": part} if part and part != scope else {})
    return f"{reverse('figure_records', args=[key])}?{urlencode(asked)}"


def _instruments(keys: Collection[int] | None) -> list[Instrument]:
    rows = Instrument.objects.order_by("asset_no")
    rows = rows if keys is None else rows.filter(pk__in=keys)
    return list(rows.only("pk", "ulid", "facility_id", "commissioned", "retired_at"))


def _uses(found: Mapping[int, Tally], outside: frozenset[int], period: Period, among: Among) -> None:
    rows = (
        sources.uses(period, among)
        .order_by()
        .values("instrument_id", "purpose", "user_id")
        .annotate(effective=Sum("effective_ms"), powered=Sum("powered_ms"), number=Count("pk"))
        .values_list("instrument_id", "purpose", "user_id", "effective", "powered", "number")
    )
    keys = {
        purpose: tuple(key for key in _HOURS if purpose in sources.PURPOSES[key])
        for purpose in (*sources.EFFECTIVE, *sources.MAINTENANCE)
    }
    for instrument, purpose, user, effective, powered, number in rows.iterator(chunk_size=5000):
        counted = found.get(instrument)
        if counted is None:
            continue
        for key in keys.get(purpose, ()):
            counted.add(key, powered if key == "maintenance_hours" else effective, number)
        if purpose in sources.OWN_USE and user is not None:
            counted.users.add(user)
            if user in outside:
                counted.outsiders.add(user)
                counted.add("external_hours", effective, number)
    runs = sources.external_runs(period, among).order_by().values("instrument_id")
    summed = runs.annotate(ms=Sum("effective_ms"), number=Count("pk"))
    for instrument, ms, number in summed.values_list("instrument_id", "ms", "number"):
        if instrument in found:
            found[instrument].add("external_hours", ms, number)


def _samples(found: Mapping[int, Tally], outside: frozenset[int], period: Period, among: Among) -> None:
    external = Case(
        When(sources.EXTERNAL_SAMPLE, then=Value(1)), default=Value(0), output_field=IntegerField()
    )
    rows = (
        sources.samples(period, among)
        .order_by()
        .values("instrument_id", "request__requester_id", outer=external)
        .annotate(number=Count("pk"))
        .values_list("instrument_id", "request__requester_id", "outer", "number")
    )
    for instrument, requester, outer, number in rows.iterator():
        counted = found.get(instrument)
        if counted is None:
            continue
        counted.add("samples", number, number)
        if outer:
            counted.add("external_samples", number, number)
        counted.users.add(requester)
        if requester in outside:
            counted.outsiders.add(requester)


def _money(found: Mapping[int, Tally], period: Period, among: Among) -> None:
    keys: dict[str, list[str]] = defaultdict(list)
    for key, tiers in sources.TIERS_OF.items():
        for tier in tiers or ():
            keys[tier].append(key)
    for instrument, tier, fen, number in money.sums(period, among):
        if instrument in found:
            for key in ("income", *keys[tier]):
                found[instrument].add(key, fen, number)


def _training(found: Mapping[int, Tally], period: Period, among: Among) -> None:
    _count(found, "trained_alone", sources.trained_alone(period, among), "instrument")
    _count(found, "trained_guided", sources.trained_guided(period, among), "session__instrument")
    _count(found, "demonstrations", sources.demonstrations(period, among), "session__instrument")


def _count(found: Mapping[int, Tally], key: str, rows: QuerySet[Any], path: str) -> None:
    for instrument, number in rows.order_by().values_list(path).annotate(number=Count("pk")):
        if instrument in found:
            found[instrument].add(key, number, number)


def _bookings(found: Mapping[int, Tally], period: Period, among: Among) -> None:
    rows = sources.bookings(period, among).order_by().values("instrument_id")
    counted = rows.annotate(number=Count("pk"), missed=Count("pk", filter=sources.NOT_COME))
    for instrument, number, missed in counted.values_list("instrument_id", "number", "missed"):
        if instrument in found:
            found[instrument].add("bookings", number, number)
            found[instrument].add("no_shows", missed, missed)
