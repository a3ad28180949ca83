"""What another price would have meant: one statement inside the database agrees with pricing every use by
itself.
"""

import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.core.clock import SCHOOL_ZONE
from apps.core.models import CalendarDay
from apps.fees.assembling import model_of_sheet
from apps.fees.content import Item, Sheet, Terms
from apps.fees.pricing import Use, quote
from apps.fees.queries import days_off
from apps.funding.models import FundAccount
from apps.people.operations import create_group
from apps.reports.measures import DIALECTS
from apps.reports.whatif import WhatIf, statement, what_if
from apps.usage.models import UsageRecord
from tests.factories.fees import SEM_ITEM, priced_at, sheet
from tests.factories.money import funded
from tests.factories.usage import Past, past_uses
from tests.people import People, gather

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOUR_MS = 3_600_000


@pytest.fixture
def people(now: datetime) -> People:
    return gather(now)


@pytest.fixture
def fund(people: People, now: datetime) -> FundAccount:
    return funded(people.group, now - 400 * DAY)


def year_of_use(people: People, fund: FundAccount, now: datetime, number: int = 60) -> list[Past]:
    """Uses of every length, at every hour of every day; the same ones every time."""
    drawn = random.Random(20261123)  # noqa: S311 - reproducible, nothing secret
    tiers = {"internal": people.alice, "external_academic": people.bob, "enterprise": people.charlie}
    uses = []
    for _use in range(number):
        tier = drawn.choice(sorted(tiers))
        start = now - timedelta(milliseconds=drawn.randrange(360 * 86_400_000) + 4 * 86_400_000)
        length = drawn.choice([drawn.randrange(1, 120_000), drawn.randrange(1, 60 * HOUR_MS)])
        uses.append(Past(start, length, tiers[tier], fund if tier == "internal" else None, tier))
    return uses


def one_by_one(uses: list[Past], proposed: Sheet) -> int:
    """What the uses cost, each priced for itself with its own rounding."""
    total = 0
    for use in uses:
        model = model_of_sheet(
            proposed, use.tier, "self", is_day_off=days_off(min(one.start for one in uses))
        )
        assert model is not None
        end = use.start + timedelta(milliseconds=use.powered_ms)
        total += quote(model, Use(use.start, end, use.powered_ms, use.powered_ms)).total_fen
    return total


def asked(people: People, now: datetime, before: Sheet | None, proposed: Sheet) -> WhatIf:
    return what_if(instrument=people.sem, before=before, sheet=proposed, at=now, days=365)


PLAIN = Terms(billing_step_seconds=1)
EVENING = Item("E", "傍晚", "E", "self", "block", SEM_ITEM.prices, block_start="17:30", block_end="20:30")
LATE = replace(EVENING, code="L", block_start="20:30", block_end="24:00", follows="E", following_rate="0.5")
SMALL = replace(EVENING, code="S", block_start="24:00", block_end="07:00", follows="L")
PERIOD = replace(SEM_ITEM, code="P", unit="period", unit_minutes=240)
FURTHER = replace(PERIOD, code="F", unit="further", unit_minutes=120)
STARTUP = Item("U", "开机", "U", "self", "startup", SEM_ITEM.prices)


@pytest.mark.parametrize(
    ("items", "terms"),
    [
        ((SEM_ITEM,), PLAIN),
        ((SEM_ITEM,), replace(PLAIN, billing_step_seconds=1800, minimum_minutes=45)),
        ((SEM_ITEM, STARTUP), replace(PLAIN, night_rate="0.5")),
        ((SEM_ITEM,), replace(PLAIN, night_rate="1.5", night_start_hour=8, night_end_hour=12)),
        ((SEM_ITEM,), replace(PLAIN, weekend_rate="0.8")),
        ((SEM_ITEM,), replace(PLAIN, night_rate="0.5", weekend_rate="1.2", weekend_night_rate="0.3")),
        ((SEM_ITEM,), replace(PLAIN, weekend_night_rate="0.3")),
        ((SEM_ITEM,), replace(PLAIN, weekend_rate="1.2")),
        ((PERIOD,), PLAIN),
        ((PERIOD, FURTHER), replace(PLAIN, billing_step_seconds=60)),
        ((SEM_ITEM, EVENING), PLAIN),
        ((SEM_ITEM, EVENING, LATE, SMALL), replace(PLAIN, night_rate="0.5", weekend_rate="0.7")),
        ((SEM_ITEM, STARTUP), replace(PLAIN, minimum_fen=1500_00)),
        ((SEM_ITEM,), replace(PLAIN, cap_fen=4000_00)),
    ],
)
def test_the_statement_agrees_with_pricing_every_use_by_itself(
    people: People, fund: FundAccount, now: datetime, items: tuple[Item, ...], terms: Terms
) -> None:
    uses = year_of_use(people, fund, now)
    past_uses(people.sem, uses)
    proposed = sheet(people.sem, *items, terms=terms)
    answer = asked(people, now, sheet(people.sem), proposed)
    assert answer.uses == len(uses)
    assert answer.powered_ms == sum(use.powered_ms for use in uses)
    # Every line of every use rounds by half a fen at most; thresholds are whole milliseconds.
    assert abs(answer.new_fen - one_by_one(uses, proposed)) <= len(uses) * 4
    assert abs(answer.old_fen - one_by_one(uses, sheet(people.sem))) <= len(uses) * 4
    assert answer.unpriced == 0


@pytest.mark.parametrize(
    "terms", [replace(PLAIN, weekend_rate="1.5"), replace(PLAIN, weekend_night_rate="0.3", night_rate="0.5")]
)
def test_days_off_are_those_of_the_school(
    people: People, fund: FundAccount, now: datetime, terms: Terms
) -> None:
    # 1 October is a holiday, Saturday 10 October is worked for it, and the school has a day of its own.
    school_day = date(2026, 9, 16)
    CalendarDay.objects.create(day=school_day, is_working=False, name_zh="校庆日", name_en="Anniversary")
    proposed = sheet(people.sem, terms=terms)
    whole = replace(PLAIN, weekend_rate="1.5")
    for day, off in ((date(2026, 10, 1), True), (date(2026, 10, 10), False), (school_day, True)):
        start = datetime.combine(day, time(10), SCHOOL_ZONE)
        use = Past(start, HOUR_MS, people.alice, fund)
        records = past_uses(people.sem, [use])
        dear = asked(people, now, None, sheet(people.sem, terms=whole))
        assert dear.new_fen == (390_00 if off else 260_00), day
        UsageRecord.objects.filter(pk__in=[one.pk for one in records]).update(held="done")
    uses = year_of_use(people, fund, now)
    past_uses(people.sem, uses)
    answer = asked(people, now, sheet(people.sem), proposed)
    assert abs(answer.new_fen - one_by_one(uses, proposed)) <= len(uses) * 4


def test_only_uses_that_are_charged_in_the_year_before_count(
    people: People, fund: FundAccount, now: datetime
) -> None:
    counted = Past(now - DAY, HOUR_MS, people.alice, fund)
    past_uses(
        people.sem,
        [
            counted,
            replace(counted, start=now),
            replace(counted, start=now - 366 * DAY),
            replace(counted, purpose="maintenance"),
            replace(counted, held="odometer"),
            replace(counted, verdict="dismissed"),
            replace(counted, powered_ms=0),
        ],
    )
    answer = asked(people, now, None, sheet(people.sem, terms=PLAIN))
    assert (answer.uses, answer.new_fen, answer.old_fen, answer.unpriced) == (1, 260_00, 0, 1)


def test_groups_and_funds_have_their_own_bills(people: People, fund: FundAccount, now: datetime) -> None:
    other = create_group(name_zh="赵组", name_en="Zhao", pi=people.teng, unit=people.lab, now=now - 300 * DAY)
    purse = funded(other, now - 300 * DAY, number="QY-F-2", amount_fen=500_00)
    second = funded(people.group, now - 400 * DAY, number="QY-F-3")
    uses = [(fund, 1), (fund, 2), (second, 1), (purse, 5)]
    past_uses(
        people.sem,
        [
            Past(now - day * DAY, hours * HOUR_MS, people.alice, pays)
            for day, (pays, hours) in enumerate(uses, 1)
        ],
    )
    dearer = sheet(people.sem, priced_at(SEM_ITEM, internal=300_00), terms=PLAIN)
    answer = asked(people, now, sheet(people.sem, terms=PLAIN), dearer)
    assert [(bill.name_zh, bill.uses, bill.old_fen, bill.new_fen) for bill in answer.groups] == [
        ("赵组", 1, 1300_00, 1500_00),
        ("王课题组", 3, 1040_00, 1200_00),
    ]
    assert [(bill.key, bill.new_fen, bill.balance_fen) for bill in answer.funds] == [
        ("QY-F-2", 1500_00, 500_00),
        ("QY-F-1001", 900_00, 10_000_00),
        ("QY-F-3", 300_00, 10_000_00),
    ]
    assert (answer.old_fen, answer.new_fen, answer.change_fen) == (2340_00, 2700_00, 360_00)
    assert [bill.key for bill in answer.tiers] == ["internal"]
    assert sum(bill.new_fen for bill in answer.funds) == answer.new_fen
    assert answer.without_fund is None


def test_with_the_uses_that_no_fund_is_known_of_the_bills_sum_to_the_whole(
    people: People, fund: FundAccount, now: datetime
) -> None:
    past_uses(
        people.sem,
        [
            Past(now - DAY, HOUR_MS, people.alice, fund),
            Past(now - 2 * DAY, 2 * HOUR_MS, people.alice, None),
            Past(now - 3 * DAY, HOUR_MS, people.charlie, None, "enterprise"),
        ],
    )
    dearer = sheet(people.sem, priced_at(SEM_ITEM, internal=300_00), terms=PLAIN)
    answer = asked(people, now, sheet(people.sem, terms=PLAIN), dearer)
    rest = answer.without_fund
    assert rest is not None
    assert (rest.uses, rest.old_fen, rest.new_fen) == (2, 520_00 + 900_00, 600_00 + 900_00)
    for bills in (answer.groups, answer.funds):
        assert sum(bill.uses for bill in (*bills, rest)) == answer.uses
        assert sum(bill.old_fen for bill in (*bills, rest)) == answer.old_fen
        assert sum(bill.new_fen for bill in (*bills, rest)) == answer.new_fen


def test_uses_that_a_standard_does_not_price_are_counted_and_cost_nothing(
    people: People, now: datetime
) -> None:
    past_uses(people.sem, [Past(now - DAY, HOUR_MS, people.charlie, None, "enterprise")])
    closed = sheet(people.sem, priced_at(SEM_ITEM, enterprise=None), terms=PLAIN)
    answer = asked(people, now, sheet(people.sem, terms=PLAIN), closed)
    assert (answer.old_fen, answer.new_fen, answer.unpriced) == (900_00, 0, 1)
    assert answer.groups == answer.funds == ()


def test_nothing_used_is_nothing_paid(people: People, now: datetime) -> None:
    answer = asked(people, now, sheet(people.sem), sheet(people.sem))
    assert (answer.uses, answer.old_fen, answer.new_fen, answer.tiers) == (0, 0, 0, ())


def test_a_few_queries_however_many_uses(people: People, fund: FundAccount, now: datetime) -> None:
    for number in (5, 300):
        past_uses(people.sem, year_of_use(people, fund, now, number))
        with CaptureQueriesContext(connection) as queries:
            what_if(instrument=people.sem, before=sheet(people.sem), sheet=sheet(people.sem), at=now)
        assert len(queries) == 3  # how many days, the measures, the funds
    with CaptureQueriesContext(connection) as queries:
        dear = sheet(people.sem, terms=replace(PLAIN, weekend_rate="1.5"))
        what_if(instrument=people.sem, before=sheet(people.sem), sheet=dear, at=now)
    assert len(queries) == 4  # and the calendar


def test_the_uses_of_one_instrument_are_found_by_the_index(
    people: People, fund: FundAccount, now: datetime
) -> None:
    for until, number in ((now, 200), (now - 400 * DAY, 800)):
        past_uses(people.sem, year_of_use(people, fund, until, number))
    models: Any = {"old": {}, "new": {}}
    sql = statement(models, DIALECTS[connection.vendor], 0).sql
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Planned for the rows of this test, whatever an autovacuum saw before they were there.
            cursor.execute("ANALYZE usage_usagerecord, usage_usagesession")
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN " + sql, [people.sem.pk, now - 365 * DAY, now])
        else:
            cursor.execute("EXPLAIN QUERY PLAN " + sql, [people.sem.pk, now - 365 * DAY, now])
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert "usage_usage_instrum" in plan
    assert "SCAN usage_usagerecord" not in plan
    assert "Seq Scan on usage_usagerecord" not in plan


@given(
    start=st.integers(0, 60 * 86_400_000),
    length=st.integers(1, 80 * HOUR_MS),
    night=st.tuples(st.integers(0, 23), st.integers(0, 23)),
    edges=st.sets(st.integers(0, 1439), min_size=2, max_size=4),
)
@hypothesis_settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_use_is_measured_as_it_is_laid_out(
    people: People, now: datetime, start: int, length: int, night: tuple[int, int], edges: set[int]
) -> None:
    times = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in sorted(edges)]
    end = times[1] if times[1] != "00:00" else "24:00"
    block = replace(EVENING, block_start=times[0], block_end=end)
    terms = replace(
        PLAIN,
        night_rate="0.5",
        weekend_rate="1.3",
        night_start_hour=night[0],
        night_end_hour=night[1],
    )
    use = Past(now - timedelta(milliseconds=start) - 5 * DAY, length, people.alice)
    records = past_uses(people.sem, [use])
    for items in ((SEM_ITEM,), (SEM_ITEM, block)):
        proposed = sheet(people.sem, *items, terms=terms)
        answer = what_if(
            instrument=people.sem, before=None, sheet=proposed, at=now + timedelta(milliseconds=1), days=90
        )
        assert abs(answer.new_fen - one_by_one([use], proposed)) <= 4
    UsageRecord.objects.filter(pk__in=[record.pk for record in records]).update(held="done")  # one at a time
