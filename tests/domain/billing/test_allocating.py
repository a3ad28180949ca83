"""The income of a hosted instrument is divided to the last fen; corrections lead to correcting rows."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.billing.allocating import (
    Part,
    allocate,
    allocate_month,
    bounds,
    divide_income,
    divided,
    end_division,
    income_under,
    percent,
    split_of,
)
from apps.billing.models import Allocation, IncomeSplit
from apps.billing.operations import charge_record, recharge_record
from apps.core.clock import school_month
from apps.core.errors import Invalid
from apps.fees.models import FeeVersion
from apps.funding.models import FundAccount
from tests.domain.billing.test_charging import money, used
from tests.domain.billing.test_recharging import corrected
from tests.domain.usage.grants import HOUR, Bench, set_up
from tests.factories.money import priced
from tests.factories.races import at_once
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR_MS = 3_600_000
SOURCE = "hosting:01TEST"


@pytest.fixture
def bench(db: None, now: datetime) -> Bench:
    return set_up(now)


@pytest.fixture
def fund(bench: Bench, now: datetime) -> FundAccount:
    return money(bench, now)


@pytest.fixture
def fee(bench: Bench, now: datetime) -> FeeVersion:
    return priced(bench.instrument, now)


def parts(*permille: int) -> list[Part]:
    names = ("owner", "host", "school", "repair", "department")
    return [Part(name, name, name, share) for name, share in zip(names, permille, strict=False)]


def split(bench: Bench, *permille: int, at: datetime | None = None) -> IncomeSplit:
    return divide_income(
        instrument=bench.instrument, parts=parts(*permille), source=SOURCE, now=at or bench.now - HOUR
    )


def amounts() -> list[tuple[int, str, int]]:
    rows = Allocation.objects.order_by("run", "share__place")
    return [(row.run, row.share.party, row.amount_fen) for row in rows]


def test_a_hundred_and_one_per_cent_are_refused_with_their_sum(bench: Bench) -> None:
    with refused(Invalid, "billing.shares") as met:
        split(bench, 500, 510)
    assert met.field == "shares"
    assert met.details["total_permille"] == 1010
    assert "101" in str(met.message)
    assert not IncomeSplit.objects.exists()
    assert (percent(1000), percent(333)) == ("100", "33.3")


def test_a_use_is_divided_by_the_split_to_the_last_fen(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    found = split(bench, 333, 333, 334)
    record = used(bench, HOUR_MS // 7, fund_id=fund.pk, fee_version_id=fee.pk)
    charge = charge_record(record=record, now=bench.now + HOUR)
    month = school_month(charge.charged_at)
    allocate(split=found, month=month, now=bench.now + HOUR)
    assert income_under(found, month) == charge.amount_fen
    assert sum(fen for _run, _party, fen in amounts()) == charge.amount_fen
    assert {row.base_fen for row in Allocation.objects.all()} == {charge.amount_fen}
    assert allocate(split=found, month=month, now=bench.now + HOUR) == []
    assert [one.amount_fen for one in divided(SOURCE, month)] == [fen for _run, _party, fen in amounts()]


def test_a_corrected_charge_leads_to_a_correcting_run(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    split(bench, 200, 600, 200)
    record = used(bench, 2 * HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    first = charge_record(record=record, now=bench.now + 2 * HOUR)
    month = school_month(first.charged_at)
    allocate_month(month=month, now=bench.now + 2 * HOUR)
    corrected(bench, record, HOUR_MS)
    record.refresh_from_db()
    second = recharge_record(record=record, now=bench.now + 4 * HOUR)
    assert allocate_month(month=month, now=bench.now + 4 * HOUR) == 3
    assert allocate_month(month=month, now=bench.now + 5 * HOUR) == 0
    back = second.amount_fen - first.amount_fen
    assert back < 0
    assert [fen for run, _party, fen in amounts() if run == 2] == [
        back * 2 // 10,
        back * 6 // 10,
        back * 2 // 10,
    ]
    assert Allocation.objects.aggregate(fen=Sum("amount_fen"))["fen"] == second.amount_fen


def test_what_began_before_the_agreement_is_not_divided_and_what_is_charged_after_it_is(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    record = used(bench, HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    late = split(bench, 1000, at=record.started_at + timedelta(seconds=1))
    charge = charge_record(record=record, now=bench.now + HOUR)
    assert income_under(late, school_month(charge.charged_at)) == 0
    IncomeSplit.objects.filter(pk=late.pk).update(valid_from=record.started_at)
    end_division(source=SOURCE, now=record.started_at + timedelta(minutes=1))
    late.refresh_from_db()
    assert split_of(bench.instrument, bench.now + HOUR) is None
    assert income_under(late, school_month(charge.charged_at)) == charge.amount_fen


def test_rows_are_only_added_and_one_split_counts_at_a_time(bench: Bench) -> None:
    found = split(bench, 500, 500)
    assert split(bench, 500, 500) == found
    other = split(bench, 600, 400, at=bench.now)
    assert split_of(bench.instrument, bench.now) == other
    with pytest.raises(DatabaseError), transaction.atomic():
        found.shares.update(permille=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        IncomeSplit.objects.create(instrument=bench.instrument, source="x", valid_from=bench.now + HOUR)


def test_what_is_no_month_is_refused() -> None:
    for wrong in ("2026-13", "2026", "", "x"):
        with refused(Invalid, "billing.month"):
            bounds(wrong)
    first, last = bounds("2026-02")
    assert (last - first).days == 28


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    lengths=st.lists(st.integers(1, 3 * HOUR_MS), min_size=1, max_size=3),
    cut=st.integers(0, 1000),
    again=st.integers(0, 3 * HOUR_MS),
)
def test_whatever_is_used_and_corrected_the_rows_sum_to_the_income(
    bench: Bench, fund: FundAccount, fee: FeeVersion, lengths: list[int], cut: int, again: int
) -> None:
    with transaction.atomic():
        found = split(bench, cut, (1000 - cut) // 2, 1000 - cut - (1000 - cut) // 2)
        month, total, odo = "", 0, 0
        for number, length in enumerate(lengths):
            record = used(bench, length, odo=odo, fund_id=fund.pk, fee_version_id=fee.pk)
            odo += length
            charge = charge_record(record=record, now=bench.now + (4 + number) * HOUR)
            month = school_month(charge.charged_at)
            allocate(split=found, month=month, now=bench.now + (4 + number) * HOUR)
            total += charge.amount_fen
        if 0 < again < lengths[-1]:
            corrected(bench, record, again, now=bench.now + 8 * HOUR)
            record.refresh_from_db()
            total += recharge_record(record=record, now=bench.now + 9 * HOUR).amount_fen - charge.amount_fen
        allocate(split=found, month=month, now=bench.now + 10 * HOUR)
        assert income_under(found, month) == total
        assert (Allocation.objects.aggregate(fen=Sum("amount_fen"))["fen"] or 0) == total
        for run in set(Allocation.objects.values_list("run", flat=True)):
            rows = Allocation.objects.filter(run=run)
            assert rows.aggregate(fen=Sum("amount_fen"))["fen"] == rows[0].base_fen
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_allocate_once(now: datetime) -> None:
    bench = set_up(now)
    fund, fee = money(bench, now), priced(bench.instrument, now)
    found = split(bench, 300, 700)
    record = used(bench, HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    charge = charge_record(record=record, now=bench.now + HOUR)
    month = school_month(charge.charged_at)
    at_once(*[lambda: allocate(split=found, month=month, now=bench.now + HOUR)] * 2)
    assert Allocation.objects.aggregate(fen=Sum("amount_fen"))["fen"] == charge.amount_fen
    assert Allocation.objects.count() == 2
