"""Dated tables: what a tier may be charged, what others publish, hours from before; and what is due."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted
from apps.fees.components import chargeable_at, set_chargeable, table_at
from apps.fees.drafting import create_draft, save_draft
from apps.fees.measuring import record_measured_year
from apps.fees.models import MeasuredYear, OutsidePrice
from apps.fees.operations import approve_version
from apps.fees.outside import record_outside_price
from apps.fees.proposals import (
    coverage,
    due_for_review,
    lapsing_not_open,
    proposals_of,
    without_fee,
)
from apps.fees.submitting import submit
from apps.fees.versioning import item_drafts
from apps.instruments.models import Instrument
from tests.factories.fees import fee_content, sheet
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
OUTSIDE: dict[str, Any] = {
    "institution_zh": "海陵大学",
    "name_zh": "场发射扫描电镜",
    "class6": "010100",
    "grade": "research",
    "function": "SEM",
    "service_mode": "self",
    "unit": "hour",
    "tier": "internal",
    "price_fen": 230_00,
    "source": "公示 2026",
}


def priced(instrument: Instrument, now: datetime, **terms: Any) -> None:
    approve_version(
        instrument=instrument,
        approval_no="QY-1",
        items=item_drafts(sheet(instrument)),
        valid_from=now,
        source_case="import:1",
        now=now,
        **terms,
    )


# ---- components


def test_the_answer_of_a_day_stays_its_answer(people: People, now: datetime) -> None:
    row: dict[str, Any] = {
        "tier": "internal",
        "component": "depreciation",
        "reason": "x",
        "by": people.office,
    }
    assert chargeable_at(now).allows("internal", "depreciation", "self")
    set_chargeable(**row, allowed=False, valid_from=now + DAY, now=now, cites="校发〔2026〕9号")  # noqa: RUF001
    set_chargeable(**row, allowed=True, valid_from=now + 3 * DAY, now=now + 2 * DAY)
    answers = [chargeable_at(now + day * DAY).allows("internal", "depreciation", "self") for day in range(4)]
    assert answers == [True, False, False, True]
    with refused(Invalid, "fees.retroactive_component"):
        set_chargeable(**row, allowed=False, valid_from=now + 3 * DAY, now=now + 3 * DAY)
    with refused(Invalid, "fees.retroactive_component"):
        set_chargeable(**row, allowed=False, valid_from=now, now=now + 5 * DAY)


def test_the_row_of_a_mode_counts_before_the_row_of_all(people: People, now: datetime) -> None:
    row: dict[str, Any] = {"tier": "enterprise", "component": "labour", "reason": "x", "by": people.office}
    set_chargeable(**row, allowed=False, valid_from=now, now=now)
    set_chargeable(**row, allowed=True, valid_from=now, now=now, service_mode="self")
    table = {(tier, part): answers for tier, part, answers in table_at(now)}
    assert table["enterprise", "labour"] == {"self": True, "assisted": False, "sample": False}
    assert table["internal", "labour"] == {"self": False, "assisted": True, "sample": True}
    assert len(table) == 5 * 7


def test_only_the_office_changes_the_table(people: People, now: datetime) -> None:
    row: dict[str, Any] = {"component": "labour", "allowed": True, "valid_from": now, "now": now}
    with refused(NotPermitted, "people.office_only"):
        set_chargeable(**row, tier="internal", reason="x", by=people.teng)
    with refused(Invalid, "core.reason_required"):
        set_chargeable(**row, tier="internal", reason="", by=people.office)
    with refused(Invalid, "fees.component"):
        set_chargeable(**row, tier="friends", reason="x", by=people.office)


# ---- what others publish, and hours from before


def test_a_later_price_of_another_school_takes_the_place_of_the_one_before(
    people: People, now: datetime
) -> None:
    first = record_outside_price(**OUTSIDE, valid_from=now, by=people.office, now=now)
    second = record_outside_price(
        **{**OUTSIDE, "price_fen": 250_00}, valid_from=now + DAY, by=people.office, now=now + DAY
    )
    first.refresh_from_db()
    assert first.valid_until == second.valid_from
    with refused(Invalid, "fees.outside"):
        record_outside_price(**OUTSIDE, valid_from=now, by=people.office, now=now)
    with refused(NotPermitted, "people.office_only"):
        record_outside_price(**OUTSIDE, valid_from=now, by=people.teng, now=now)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("institution_zh", " "),
        ("source", ""),
        ("function", ""),
        ("class6", "01"),
        ("grade", "golden"),
        ("service_mode", "any"),
        ("unit", "year"),
        ("tier", "friends"),
        ("price_fen", -1),
    ],
)
def test_a_published_price_that_cannot_be_is_refused(
    people: People, now: datetime, member: str, value: Any
) -> None:
    with refused(Invalid, "fees.outside") as met:
        record_outside_price(**{**OUTSIDE, member: value}, valid_from=now, by=None, now=now)
    assert met.field == member
    assert not OutsidePrice.objects.exists()


def test_hours_of_a_year_before_are_taken_over_with_their_source(people: People, now: datetime) -> None:
    year: dict[str, Any] = {"instrument": people.sem, "first": date(2025, 9, 1), "last": date(2026, 8, 31)}
    record_measured_year(**year, effective_hours=936, source="旧系统", by=people.office, now=now)
    record_measured_year(**year, effective_hours=940, source="更正", by=people.office, now=now)
    assert [(row.effective_hours, row.source) for row in MeasuredYear.objects.all()] == [(940, "更正")]
    with refused(NotPermitted, "people.office_only"):
        record_measured_year(**year, effective_hours=1, source="x", by=people.teng, now=now)
    for wrong in (
        {"effective_hours": 366 * 24 + 1},
        {"effective_hours": -1},
        {"last": date(2025, 8, 31)},
        {"last": date(2026, 9, 2)},
        {"source": " "},
    ):
        with refused(Invalid, "fees.measured"):
            members = {**year, "effective_hours": 1, "source": "x", **wrong}
            record_measured_year(**members, by=None, now=now)


# ---- coverage and what is due


def test_coverage_counts_open_instruments_with_a_fee_in_force(
    people: People, neighbour: Instrument, now: datetime
) -> None:
    closed = Instrument.objects.get(pk=neighbour.pk)
    Instrument.objects.filter(pk=people.sem.pk).update(opening_level=3)
    Instrument.objects.filter(pk=closed.pk).update(opening_level=1)
    assert (coverage(now).open, coverage(now).priced, coverage(now).percent) == (2, 0, 0)
    priced(people.sem, now + DAY)
    assert coverage(now).priced == 0
    assert (coverage(now + DAY).priced, coverage(now + DAY).percent) == (1, 50)
    assert list(without_fee(now + DAY)) == [neighbour]
    Instrument.objects.filter(pk=neighbour.pk).update(opening_level=0)
    assert coverage(now + DAY).percent == 100
    Instrument.objects.update(retired_at=now)
    assert (coverage(now).open, coverage(now).percent) == (0, 100)


def test_a_version_is_due_on_its_day_unless_a_case_is_open(people: People, now: datetime) -> None:
    priced(people.sem, now, review_by=date(2026, 12, 1))
    assert not due_for_review(now).exists()
    # 1 December at the school begins at 16:00 UTC of 30 November.
    midnight = datetime(2026, 11, 30, 16, 0, tzinfo=now.tzinfo)
    assert not due_for_review(midnight - timedelta(seconds=1)).exists()
    assert [version.instrument for version in due_for_review(midnight)] == [people.sem]
    proposal = create_draft(kind="fee", instruments=[people.sem], by=people.teng, now=now)
    content = fee_content(sheet(people.sem))
    save_draft(proposal=proposal, revision=1, content=content, by=people.teng, now=now)
    submit(proposal=proposal, revision=2, by=people.teng, now=now)
    assert not due_for_review(midnight).exists()
    assert not lapsing_not_open(now, midnight).exists()


def test_who_sees_which_proposals(people: People, neighbour: Instrument, now: datetime) -> None:
    mine = create_draft(kind="fee", instruments=[people.sem], by=people.teng, now=now)
    theirs = create_draft(kind="fee", instruments=[neighbour], by=people.office, now=now + DAY)
    about_mine = create_draft(kind="fee", instruments=[people.sem], by=people.office, now=now + 2 * DAY)
    assert list(proposals_of(people.teng, now)) == [about_mine, mine]
    assert list(proposals_of(people.office, now)) == [about_mine, theirs, mine]
    assert list(proposals_of(people.olga, now)) == []
