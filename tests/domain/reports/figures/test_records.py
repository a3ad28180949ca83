"""Every figure is the sum of the records behind it, for any records: by instrument and for all together, and
against a count that is made by hand of every row there is.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.billing.models import BookingCharge, BookingRefund, Charge, SampleCharge
from apps.bookings.models import Booking
from apps.core.figures import FigureUnit, digest_of
from apps.people.models import OrgUnit
from apps.reports.figures import calendar_year, month_of, of_instruments
from apps.reports.figures.definitions import DEFINITIONS, KEYS
from apps.reports.figures.drilling import Records
from apps.reports.figures.periods import Period
from apps.reports.figures.scopes import Scope
from apps.reports.figures.tables import By, table
from apps.samples.models import RunSession, Sample
from apps.training.models import Certificate, TrainingPlace
from apps.usage.models import UsageRecord
from tests.factories.figures import Years
from tests.people import gather

pytestmark = pytest.mark.django_db
OUTSIDE = ("external_academic", "enterprise")
OWN = ("booking", "walk_in")
EFFECTIVE = (*OWN, "sample_run", "training", "teaching")
DRILLED = tuple(key for key in KEYS if key != "use_rate")
Counts = dict[int, Counter[str]]


@pytest.fixture(params=[1, 2, 3])
def years(request: pytest.FixtureRequest, now: datetime) -> Years:
    they = gather(now)
    period = calendar_year(2025)
    return Years(they, period.since, period.until, seed=request.param).happen()


@pytest.fixture
def period() -> Period:
    return calendar_year(2025)


def _school() -> Scope:
    return Scope("school", OrgUnit.objects.get(kind=OrgUnit.Kind.SCHOOL))


def _of(scope: Any) -> Scope:
    return Scope(f"instrument:{scope.ulid}", scope)


def test_the_records_of_each_instrument_add_up_to_each_figure(
    years: Years, period: Period, now: datetime
) -> None:
    figures = of_instruments([one.pk for one in years.machines], period, at=now)
    for machine in years.machines:
        for key in DRILLED:
            records = Records(key, _of(machine), period, now)
            rows, figure = list(records), figures[machine.pk][key]
            assert (sum(row.value for row in rows), len(rows)) == (figure.value, figure.records), key
            assert records.total().value == figure.value, key
            assert {row.instrument for row in rows} <= {machine.pk, None}, key


def test_the_records_of_the_school_add_up_to_its_figures(years: Years, period: Period, now: datetime) -> None:
    found = table(_school(), period, By.INSTRUMENT, at=now)
    for key in DRILLED:
        rows = list(Records(key, _school(), period, now))
        assert sum(row.value for row in rows) == found.whole.figures[key].value, key
        if DEFINITIONS[key].adds:
            assert sum(row.figures[key].value for row in found.rows) == found.whole.figures[key].value, key


def test_whoever_used_two_instruments_is_one_user(years: Years, period: Period, now: datetime) -> None:
    found = table(_school(), period, By.INSTRUMENT, at=now)
    rows = [row.figures["users"].value for row in found.rows]
    assert found.whole.figures["users"].value < sum(rows)
    assert found.whole.figures["users"].value >= max(rows)


def test_every_figure_is_what_a_count_by_hand_gives(years: Years, period: Period, now: datetime) -> None:
    by_hand = _by_hand(period)
    figures = of_instruments(None, period, at=now)
    for machine in years.machines:
        told = {key: figures[machine.pk][key].value for key in DRILLED if key != "open_hours"}
        assert told == {key: by_hand[machine.pk][key] for key in told}
    assert any(by_hand[machine.pk][key] for machine in years.machines for key in ("external_hours",))


def test_every_key_occurs_in_what_is_tested(years: Years, period: Period) -> None:
    by_hand = _by_hand(period)
    seen = {key for counts in by_hand.values() for key, value in counts.items() if value}
    assert seen == set(DRILLED) - {"open_hours"}


def test_two_halves_of_a_year_make_the_year(years: Years, period: Period, now: datetime) -> None:
    """Nothing at an edge is counted twice or not at all; people count in both halves."""
    from_parts: Counter[str] = Counter()
    for month in range(1, 13):
        for figure in table(_school(), month_of(2025, month), By.INSTRUMENT, at=now).whole.figures.values():
            from_parts[figure.key] += figure.value
    whole = table(_school(), period, By.INSTRUMENT, at=now).whole.figures
    again = {"users", "external_users", "trained_alone", "trained_guided", "use_rate"}
    for key in set(KEYS) - again:
        assert from_parts[key] == whole[key].value, key


def test_no_figure_mixes_units(years: Years, period: Period, now: datetime) -> None:
    for figures in of_instruments(None, period, at=now).values():
        assert {key: one.unit for key, one in figures.items()} == {
            key: definition.unit for key, definition in DEFINITIONS.items()
        }
        rate, used, opened = figures["use_rate"], figures["effective_hours"], figures["open_hours"]
        assert rate.unit is FigureUnit.PERMILLE
        assert abs(rate.value * opened.value - used.value * 1000) * 2 <= opened.value


def test_the_digest_names_the_records(years: Years, period: Period, now: datetime) -> None:
    machine = years.machines[0]
    figures = of_instruments([machine.pk], period, at=now, digests=True)[machine.pk]
    for key in ("effective_hours", "external_hours", "samples", "trained_guided", "no_shows"):
        ids = sorted(row.ulid for row in Records(key, _of(machine), period, now))
        assert figures[key].digest == digest_of(ids), key
    UsageRecord.objects.filter(instrument=machine, purpose="booking", held="").update(held="x", verdict="")
    again = of_instruments([machine.pk], period, at=now, digests=True)[machine.pk]
    assert again["effective_hours"].digest != figures["effective_hours"].digest
    assert again["samples"].digest == figures["samples"].digest


def test_it_asks_the_same_number_of_queries_for_more_records(
    years: Years, period: Period, now: datetime
) -> None:
    with CaptureQueriesContext(connection) as few:
        of_instruments([years.machines[0].pk], period, at=now)
    with CaptureQueriesContext(connection) as all_of_them:
        of_instruments(None, period, at=now)
    assert len(few) == len(all_of_them) <= 19


def _by_hand(period: Period) -> Counts:
    """Every row of every table, looked at one by one."""
    counts: Counts = defaultdict(Counter)
    people: dict[str, set[tuple[int, int]]] = defaultdict(set)
    _hours(counts, people, period)
    _samples(counts, people, period)
    _taught(counts, people, period)
    _booked(counts, period)
    _earned(counts, period)
    for key, pairs in people.items():
        for instrument, _person in pairs:
            counts[instrument][key] += 1
    return counts


def _in(period: Period, at: datetime | None) -> bool:
    return at is not None and period.since <= at < period.until


def _hours(counts: Counts, people: Any, period: Period) -> None:
    for one in UsageRecord.objects.select_related("user", "session"):
        if not _in(period, one.started_at) or one.held or one.verdict == "dismissed":
            continue
        _by_purpose(counts[one.instrument_id], one)
        outer = one.user is not None and one.user.kind in OUTSIDE
        if one.purpose in OWN and one.user is not None:
            people["users"].add((one.instrument_id, one.user.pk))
            if outer:
                people["external_users"].add((one.instrument_id, one.user.pk))
        if (one.purpose in OWN and outer) or (one.purpose == "sample_run" and _ran_for_others(one)):
            counts[one.instrument_id]["external_hours"] += one.effective_ms


def _by_purpose(of: Counter[str], one: UsageRecord) -> None:
    if one.purpose in EFFECTIVE:
        of["effective_hours"] += one.effective_ms
    if one.purpose in ("maintenance", "commissioning"):
        of["maintenance_hours"] += one.powered_ms
    if one.purpose in ("training", "teaching"):
        of["supervised_hours" if one.purpose == "training" else "teaching_hours"] += one.effective_ms


def _ran_for_others(one: UsageRecord) -> bool:
    runs = [row.run for row in RunSession.objects.filter(session=one.session.ulid)]
    samples = [sample for run in runs for sample in run.samples.select_related("request__requester")]
    return bool(samples) and all(sample.request.is_external for sample in samples)


def _samples(counts: Counts, people: Any, period: Period) -> None:
    for one in Sample.objects.select_related("request__requester"):
        if one.state not in ("tested", "checked", "released") or not _in(period, one.tested_at):
            continue
        assert one.instrument_id is not None
        counts[one.instrument_id]["samples"] += 1
        if one.request.is_external:
            counts[one.instrument_id]["external_samples"] += 1
        people["users"].add((one.instrument_id, one.request.requester_id))
        if one.request.requester.kind in OUTSIDE:
            people["external_users"].add((one.instrument_id, one.request.requester_id))


def _taught(counts: Counts, people: Any, period: Period) -> None:
    for one in Certificate.objects.all():
        if one.level in ("basic", "advanced", "trainer") and _in(period, one.valid_from):
            people["trained_alone"].add((one.instrument_id, one.user_id))
    for place in TrainingPlace.objects.select_related("session"):
        held = place.session
        if place.absent_at or held.cancelled_at or not _in(period, held.starts_at):
            continue
        if held.kind == "teaching":
            counts[held.instrument_id]["demonstrations"] += 1
        elif (held.instrument_id, place.user_id) not in people["trained_alone"]:
            people["trained_guided"].add((held.instrument_id, place.user_id))


def _booked(counts: Counts, period: Period) -> None:
    for one in Booking.objects.all():
        if _in(period, one.start) and (one.state == "confirmed" or one.no_show_at):
            counts[one.instrument_id]["bookings"] += 1
            counts[one.instrument_id]["no_shows"] += bool(one.no_show_at and not one.used_at)


def _earned(counts: Counts, period: Period) -> None:
    for instrument, tier, fen, at in _postings():
        if not _in(period, at):
            continue
        keys = {"income", "income_external" if tier in OUTSIDE else "income_internal"}
        keys |= {f"income_{tier}"} if tier != "internal" else set()
        for key in keys:
            counts[instrument][key] += fen


def _postings() -> Iterable[tuple[int, str, int, datetime]]:
    for one in Charge.objects.select_related("record", "replaces"):
        yield one.record.instrument_id, one.tier, one.amount_fen, one.charged_at
        if one.reversal_id is not None and one.replaces is not None:
            yield one.record.instrument_id, one.replaces.tier, -one.replaces.amount_fen, one.charged_at
    for row in SampleCharge.objects.select_related("request"):
        assert row.request.instrument_id is not None
        yield row.request.instrument_id, row.tier, row.amount_fen, row.charged_at
    for part in BookingCharge.objects.select_related("booking__user"):
        yield part.booking.instrument_id, _kind(part), part.amount_fen, part.charged_at
    for back in BookingRefund.objects.select_related("charge__booking__user"):
        yield back.charge.booking.instrument_id, _kind(back.charge), -back.charge.amount_fen, back.at


def _kind(part: BookingCharge) -> str:
    return part.booking.user.kind if part.booking.user.kind in OUTSIDE else "internal"
