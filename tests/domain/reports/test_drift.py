"""Which standards drift: the real hours come from the records, or from the figure of the year before them."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.fees.drafting import create_draft, save_draft
from apps.fees.measuring import record_measured_year
from apps.fees.operations import approve_version
from apps.fees.submitting import submit
from apps.fees.versioning import item_drafts
from apps.instruments.models import Instrument
from apps.reports.drift import drifting, real_hours
from tests.factories.fees import fee_content, sheet
from tests.factories.instruments import many
from tests.factories.usage import Past, past_uses
from tests.people import People, gather

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR_MS = 3_600_000


@pytest.fixture
def people(now: datetime) -> People:
    return gather(now)


def figure(instrument: Instrument, now: datetime, hours: int, **members: Any) -> None:
    year: dict[str, Any] = {
        "first": date(2025, 9, 1),
        "last": date(2026, 8, 31),
        "source": "旧系统",
        "by": None,
    }
    record_measured_year(instrument=instrument, effective_hours=hours, now=now, **{**year, **members})


def priced(instrument: Instrument, now: datetime, planned: int | None) -> None:
    approve_version(
        instrument=instrument,
        approval_no="QY-1",
        items=item_drafts(sheet(instrument)),
        planned_hours_year=planned,
        valid_from=now - 30 * DAY,
        source_case="import:1",
        now=now - 30 * DAY,
    )


def test_records_of_a_year_count_and_before_that_the_figure(people: People, now: datetime) -> None:
    other, third = many(people.sem, 2)
    assert real_hours([people.sem], now) == {people.sem.ulid: None}
    figure(people.sem, now, 936)
    assert real_hours([people.sem], now) == {people.sem.ulid: 936}
    past_uses(people.sem, [Past(now - 10 * DAY, 5 * HOUR_MS, people.alice)])
    assert real_hours([people.sem], now) == {people.sem.ulid: 936}  # ten days of records are no year
    past_uses(
        people.sem,
        [
            Past(now - 365 * DAY, 7 * HOUR_MS + 1, people.alice),
            Past(now - 366 * DAY, 90 * HOUR_MS, people.alice),
            Past(now - DAY, 3 * HOUR_MS, people.alice, held="odometer"),
            Past(now - DAY, 3 * HOUR_MS, people.alice, verdict="dismissed"),
            Past(now, 3 * HOUR_MS, people.alice),
        ],
    )
    figure(other, now, 500)
    with CaptureQueriesContext(connection) as queries:
        assert real_hours([people.sem, other, third], now) == {
            people.sem.ulid: 12,
            other.ulid: 500,
            third.ulid: None,
        }
    assert len(queries) == 1


def test_a_figure_of_half_a_year_is_a_year_of_its_double_and_an_old_one_none(
    people: People, now: datetime
) -> None:
    figure(people.sem, now, 100, first=date(2026, 3, 1), last=date(2026, 4, 30))
    assert real_hours([people.sem], now) == {people.sem.ulid: 100 * 365 // 61}
    assert real_hours([people.sem], now + 3 * 365 * DAY) == {people.sem.ulid: None}
    assert real_hours([people.sem], now - 365 * DAY) == {people.sem.ulid: None}


def test_hours_outside_the_band_drift_unless_a_case_is_open(people: People, now: datetime) -> None:
    low, high, fits, unplanned = many(people.sem, 4)
    for instrument, hours in ((people.sem, 699), (low, 700), (high, 1301), (fits, 1300), (unplanned, 1)):
        figure(instrument, now, hours)
        priced(instrument, now, None if instrument == unplanned else 1000)
    drifts = {drift.version.instrument: (drift.kind, drift.planned, drift.real) for drift in drifting(now)}
    assert drifts == {people.sem: ("hours", 1000, 699), high: ("hours", 1000, 1301)}
    proposal = create_draft(kind="fee", instruments=[people.sem], by=people.teng, now=now)
    content = fee_content(sheet(people.sem))
    save_draft(proposal=proposal, revision=1, content=content, by=people.teng, now=now)
    submit(proposal=proposal, revision=2, by=people.teng, now=now)
    with CaptureQueriesContext(connection) as queries:
        assert [drift.version.instrument for drift in drifting(now)] == [high]
    assert len(queries) <= 6
    assert drifting(now - 40 * DAY) == []


@pytest.mark.parametrize(
    ("fen", "drifts"), [(30_000_00, False), (36_000_00, False), (36_001_00, True), (23_999_00, True)]
)
def test_consumables_that_moved_by_more_than_a_fifth_drift(
    people: People,
    now: datetime,
    fen: int,
    drifts: bool,  # noqa: FBT001
) -> None:
    figure(people.sem, now, 1000, consumables_fen=fen)  # 30 yuan an hour were approved
    priced(people.sem, now, 1000)
    found = drifting(now)
    assert [drift.kind for drift in found] == (["consumables"] if drifts else [])
    if drifts:
        assert found[0].planned == 300_000
        assert found[0].part == Fraction(found[0].real, 300_000)
