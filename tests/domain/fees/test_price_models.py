"""From a version to the prices of somebody: own tiers and their rates, days off by the school's calendar,
several samples, and items that cannot stand beside each other.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.core.clock import SCHOOL_ZONE
from apps.core.errors import Invalid, NotFound
from apps.core.models import CalendarDay
from apps.fees.assembling import model_of_sheet
from apps.fees.content import Terms
from apps.fees.models import FeeVersion
from apps.fees.operations import ItemDraft, approve_version
from apps.fees.pricing import planned, quote
from apps.fees.queries import price_model, version_in_force
from apps.fees.versioning import item_drafts
from apps.instruments.models import Instrument
from tests.factories.fees import SEM_ITEM, priced_at, sheet
from tests.factories.instruments import sister
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = ItemDraft("H", "机时", "Hour", "self", "hour", "internal", 100_00)
PERIOD = replace(HOUR, code="P", unit="period", unit_minutes=240)
FURTHER = replace(PERIOD, code="F", unit="further", unit_minutes=120)
EVENING = replace(HOUR, code="E", unit="block", block_start="17:30", block_end="20:30")
LATE = replace(EVENING, code="L", block_start="20:30", block_end="24:00", follows="E", following_rate="0.5")
SAMPLE = replace(HOUR, code="S1", unit="sample", service_mode="sample")
ELEMENT = replace(SAMPLE, code="EL", unit="component", price_fen=20_00)


def approve(people: People, now: datetime, *items: ItemDraft, **terms: Any) -> FeeVersion:
    return approve_version(
        instrument=people.sem,
        approval_no="QY-1",
        items=items,
        terms=Terms(**terms),
        valid_from=now,
        source_case="import:1",
        now=now,
    )


def test_a_version_without_the_new_shapes_has_the_digest_that_it_always_had(
    people: People, now: datetime
) -> None:
    version = approve_version(
        instrument=people.sem,
        approval_no="QY-1",
        items=[ItemDraft("HOUR", "自主上机", "Self-operated", "self", "hour", "internal", 260_00)],
        valid_from=now,
        source_case="x",
        now=now,
    )
    # Computed before versions could say more.
    assert version.digest == "0bcd55855007bab7bf86281b0898904a5e5c291f32e35d7f2aea42884ba9bdf3"
    richer = approve(people, now + DAY, HOUR, rush_rate="1.5")
    assert len({version.digest, richer.digest, approve(people, now + 2 * DAY, HOUR).digest}) == 3


def test_own_group_and_hosted_owner_pay_their_part_of_the_internal_price(
    people: People, now: datetime
) -> None:
    version = approve(people, now, HOUR, own_group_rate="0.8", hosted_owner_rate="0.5")
    hour = planned(now, now + timedelta(hours=1))
    tiers = ("internal", "own_group", "hosted_owner")
    totals = [quote(price_model(version, tier), hour).total_fen for tier in tiers]
    assert totals == [100_00, 80_00, 50_00]
    own = replace(HOUR, tier="own_group", price_fen=70_00)
    later = approve(people, now + DAY, HOUR, own, own_group_rate="0.8")
    assert quote(price_model(later, "own_group"), hour).total_fen == 70_00


def test_days_off_are_those_of_the_schools_calendar(people: People, now: datetime) -> None:
    CalendarDay.objects.create(day=date(2026, 11, 28), is_working=True, name_zh="调休", name_en="Worked")
    CalendarDay.objects.create(day=date(2026, 11, 26), is_working=False, name_zh="校庆", name_en="Fair")
    version = approve(people, now, HOUR, weekend_rate="2")
    model = price_model(version, "internal")
    morning = datetime(2026, 11, 26, 9, 0, tzinfo=SCHOOL_ZONE)
    prices = [
        quote(model, planned(morning + day * DAY, morning + day * DAY + timedelta(hours=1))).total_fen
        // 100_00
        for day in range(5)
    ]
    assert prices == [2, 1, 1, 2, 1]  # Thursday off, Saturday worked


def test_several_sample_tests_are_told_apart_by_their_code(people: People, now: datetime) -> None:
    other = replace(SAMPLE, code="S2", price_fen=200_00)
    version = approve(people, now, SAMPLE, other, ELEMENT)
    assert price_model(version, "internal", "sample", item="S2").sample_fen == 200_00
    assert [extra.code for extra in price_model(version, "internal", "sample", item="S1").extras] == ["EL"]
    with refused(NotFound, "fees.which_item") as met:
        price_model(version, "internal", "sample")
    assert met.details["items"] == ["S1", "S2"]


def test_every_shape_comes_back_from_its_rows(people: People, now: datetime) -> None:
    version = approve(people, now, HOUR, EVENING, LATE, cap_fen=500_00, weekend_night_rate="0.4")
    model = price_model(version, "internal")
    assert [(block.code, block.start, block.end, block.follows) for block in model.blocks] == [
        ("E", 1050, 1230, ""),
        ("L", 1230, 1440, "E"),
    ]
    assert (model.cap_fen, model.weekend_night_rate, model.blocks[1].following_rate) == (
        500_00,
        Decimal("0.4"),
        Decimal("0.5"),
    )
    later = approve(people, now + DAY, PERIOD, FURTHER)
    periods = price_model(later, "internal").periods
    assert periods is not None
    assert (periods.first_ms, periods.further_ms) == (240 * 60_000, 120 * 60_000)


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([PERIOD, HOUR], "fees.item_shape"),
        ([PERIOD, EVENING], "fees.item_shape"),
        ([FURTHER], "fees.item_shape"),
        ([replace(PERIOD, unit_minutes=0)], "fees.item_shape"),
        ([replace(HOUR, unit_minutes=60)], "fees.item_shape"),
        ([replace(HOUR, block_start="17:30")], "fees.item_shape"),
        ([replace(EVENING, block_end="17:30")], "fees.item_shape"),
        ([replace(EVENING, block_start="25:00")], "fees.item_shape"),
        ([replace(EVENING, block_end="00:00")], "fees.item_shape"),
        ([EVENING, replace(LATE, block_start="20:29")], "fees.blocks_meet"),
        ([LATE], "fees.block_follows"),
        ([EVENING, replace(LATE, block_start="21:00")], "fees.block_follows"),
        ([replace(EVENING, following_rate="x")], "fees.price"),
        ([PERIOD, replace(PERIOD, code="P2")], "fees.item_twice"),
        (
            [replace(SAMPLE, service_mode="assisted", code=code) for code in ("S3", "S4")],
            "fees.item_twice",
        ),
    ],
)
def test_shapes_that_cannot_be_are_refused(
    people: People, now: datetime, items: list[ItemDraft], code: str
) -> None:
    with refused(Invalid, code):
        approve(people, now, *items)
    assert not FeeVersion.objects.exists()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("cap_fen", -1),
        ("cap_fen", 99),
        ("weekend_rate", "Infinity"),
        ("weekend_night_rate", "x"),
        ("rush_rate", "-1"),
        ("own_group_rate", "1.01"),
        ("hosted_owner_rate", "2"),
        ("department_rate", "1.5"),
        ("prepaid_rate", "12345678901"),
        ("prepaid_from_fen", -1),
    ],
)
def test_terms_that_cannot_be_are_refused(people: People, now: datetime, member: str, value: Any) -> None:
    with refused(Invalid, "fees.terms") as met:
        approve(people, now, HOUR, **{"minimum_fen": 100, member: value})
    assert met.field == member


def test_a_sheet_is_priced_as_its_version_will_be(people: People, now: datetime) -> None:
    proposed = sheet(people.sem, priced_at(SEM_ITEM, own_group=None))
    version = approve_version(
        instrument=people.sem,
        approval_no="QY-1",
        items=item_drafts(proposed),
        terms=proposed.terms,
        valid_from=now,
        source_case="x",
        now=now,
    )
    for tier in ("internal", "external_academic", "enterprise", "own_group"):
        assert model_of_sheet(proposed, tier, "self") == price_model(version, tier)
    assert model_of_sheet(proposed, "internal", "sample") is None
    bare = sheet(people.sem, priced_at(SEM_ITEM, enterprise=None))
    assert model_of_sheet(bare, "enterprise", "self") is None


# ---- never two prices, never none between versions


@given(
    offsets=st.lists(st.integers(1, 10_000), min_size=1, max_size=6, unique=True),
    asked=st.integers(-10, 12_000),
)
@hypothesis_settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_after_the_first_version_there_is_exactly_one_at_every_moment(
    people: People, now: datetime, offsets: list[int], asked: int
) -> None:
    starts = [now + timedelta(minutes=offset) for offset in sorted(offsets)]
    instrument = sister(people.sem, f"QZ{Instrument.objects.count():06d}", now)
    for start in starts:
        approve_version(
            instrument=instrument,
            approval_no="QY-1",
            items=[HOUR],
            valid_from=start,
            source_case="x",
            now=now,
        )
    moment = now + timedelta(minutes=asked)
    versions = [
        version
        for version in FeeVersion.objects.filter(instrument=instrument)
        if version.valid_from <= moment and (version.valid_until is None or moment < version.valid_until)
    ]
    assert len(versions) == (moment >= starts[0])
    found = version_in_force(instrument.pk, moment)
    assert ([found] if found else []) == versions
    for start in starts[1:]:
        just_before, then = (
            version_in_force(instrument.pk, at) for at in (start - timedelta(microseconds=1), start)
        )
        assert just_before is not None
        assert then is not None
        assert just_before.valid_until == then.valid_from == start
