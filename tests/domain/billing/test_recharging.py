"""A corrected use: the charge goes back whole and another is made in its place, in the month that is open."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.billing.models import Charge
from apps.billing.operations import charge_in_force, charge_record, foreseen_fen, recharge_record
from apps.billing.queries import charges_of, uncharged
from apps.core.outbox import WORKER, relay
from apps.fees.models import FeeVersion
from apps.fees.operations import ItemDraft, approve_version, end_version
from apps.funding.models import FundAccount, FundHold
from apps.funding.operations import freeze_fund
from apps.funding.queries import spent_this_month
from apps.instruments.models import CrewMember
from apps.ledger.models import Account, Transaction
from apps.ledger.operations import close_period
from apps.ledger.queries import prove
from apps.notices.models import Notice
from apps.people.models import User
from apps.people.operations import register_user
from apps.usage.correcting import decide_correction, propose_correction
from apps.usage.models import UsageRecord
from tests.domain.billing.test_charging import booked, money, used
from tests.domain.usage.grants import HOUR, MS, Bench, set_up
from tests.factories.facts import told
from tests.factories.money import priced
from tests.factories.races import at_once

pytestmark = pytest.mark.django_db
HOUR_MS = 3_600_000


@pytest.fixture
def bench(db: None, now: datetime) -> Bench:
    return set_up(now)


@pytest.fixture
def fund(bench: Bench, now: datetime) -> FundAccount:
    return money(bench, now)


@pytest.fixture
def fee(bench: Bench, now: datetime) -> FeeVersion:
    return priced(bench.instrument, now)


def manager(bench: Bench) -> User:
    found = User.objects.filter(username="mia").first()
    if found is not None:
        return found
    user = register_user(
        username="mia", name_zh="米娅", name_en="Mia", kind="staff", unit=None, now=bench.now
    )
    CrewMember.objects.create(
        instrument=bench.instrument, user=user, role=CrewMember.Role.MANAGER, valid_from=bench.now
    )
    return user


def corrected(bench: Bench, record: UsageRecord, ms: int, *, now: datetime | None = None) -> None:
    """The record ends so many milliseconds after its start, confirmed."""
    at = now or bench.now + 3 * HOUR
    made = propose_correction(
        record=record, end=record.started_at + ms * MS, reason="forgot", by=bench.user, now=at
    )
    decide_correction(correction=made, by=manager(bench), confirm=True, why="so it was", now=at)


def test_the_first_charge_goes_back_and_the_second_counts(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    record = used(bench, 2 * HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    first = charge_record(record=record, now=bench.now + 2 * HOUR)
    corrected(bench, record, HOUR_MS // 2)
    expected = foreseen_fen(
        record=UsageRecord.objects.get(pk=record.pk),
        end=record.started_at + HOUR / 2,
        powered_ms=HOUR_MS // 2,
        effective_ms=0,
    )
    relay(channel=WORKER, now=bench.now + 3 * HOUR, limit=100)
    second = charge_in_force(record)
    assert second is not None
    assert (first.amount_fen, second.amount_fen, second.amount_fen) == (520_00, 130_00, expected)
    assert (second.replaces, second.change) == (first, record.changes.get())
    assert second.reversal is not None
    assert second.reversal.reverses == first.transaction
    balances = dict(Account.objects.values_list("code", "balance_fen"))
    assert balances[f"fund:{fund.number}"] == 9_870_00
    assert balances[f"income:{bench.instrument.facility.code}"] == 130_00
    assert spent_this_month(fund, bench.user, bench.now + 3 * HOUR) == 130_00
    assert list(charges_of(bench.user)) == [second]
    assert Charge.objects.filter(record=record).count() == 2
    assert prove().ok
    [fact] = told("billing.recharged")
    assert fact == {"charge": second.ulid, "replaced": first.ulid, "record": record.ulid}
    relay(channel=WORKER, now=bench.now + 3 * HOUR, limit=100)
    [notice] = Notice.objects.filter(user=bench.user, kind="billing.recharged")
    assert (notice.args["before"], notice.args["fen"]) == (520_00, 130_00)
    kinds = set(Notice.objects.values_list("kind", flat=True))
    # The manager answered before anybody asked: nobody is asked about what is answered.
    assert kinds == {"usage.correction_confirmed", "billing.recharged"}


def test_it_is_made_once_however_often_it_is_told(bench: Bench, fund: FundAccount, fee: FeeVersion) -> None:
    record = used(bench, 2 * HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    charge_record(record=record, now=bench.now + 2 * HOUR)
    corrected(bench, record, HOUR_MS)
    second = recharge_record(record=record, now=bench.now + 3 * HOUR)
    assert recharge_record(record=record, now=bench.now + 4 * HOUR) == second
    assert charge_record(record=record, now=bench.now + 4 * HOUR) == second
    assert Charge.objects.count() == 2
    assert Transaction.objects.count() == 4  # money in, charge, reversal, charge


def test_a_record_that_was_corrected_before_it_was_charged_is_charged_once_as_it_says(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    record = used(bench, 2 * HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    corrected(bench, record, HOUR_MS)
    assert list(uncharged()) == [record]
    charge = recharge_record(record=record, now=bench.now + 3 * HOUR)
    assert charge == charge_record(record=record, now=bench.now + 3 * HOUR)
    assert (charge.amount_fen, charge.replaces) == (260_00, None)
    assert recharge_record(record=record, now=bench.now + 3 * HOUR) == charge
    assert not told("billing.recharged")
    assert not uncharged()


def test_what_became_free_has_no_second_transaction(bench: Bench, fund: FundAccount) -> None:
    record = used(bench, 2 * HOUR_MS, fund_id=fund.pk)
    first = charge_record(record=record, now=bench.now + 2 * HOUR)
    assert first.transaction is None
    corrected(bench, record, HOUR_MS)
    second = recharge_record(record=record, now=bench.now + 3 * HOUR)
    assert (second.amount_fen, second.transaction, second.reversal) == (0, None, None)


def test_a_closed_month_stays_and_the_correction_lies_in_the_present_one(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    record = used(bench, 2 * HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    first = charge_record(record=record, now=bench.now + 2 * HOUR)
    later = bench.now + timedelta(days=20)
    assert first.transaction is not None
    old = first.transaction.period
    close_period(key=old.key, by=None, now=later)
    before = Transaction.objects.filter(period=old).aggregate(n=Sum("id"))
    corrected(bench, record, HOUR_MS, now=later)
    end_version(version=fee, reason="dearer", by=None, now=later - HOUR)
    approve_version(
        instrument=bench.instrument,
        approval_no="X-2",
        items=[ItemDraft("HOUR", "机时", "Hour", "self", "hour", "internal", 1_000_00)],
        valid_from=later - HOUR,
        source_case="fees:2",
        now=later - HOUR,
    )
    freeze_fund(fund=fund, by=None, now=later, reason="audit")
    second = recharge_record(record=record, now=later)
    assert second.amount_fen == 260_00  # at the price of the day of the use, on a frozen fund too
    assert second.transaction is not None
    assert second.reversal is not None
    assert second.transaction.period_id == second.reversal.period_id != old.key
    assert Transaction.objects.filter(period=old).aggregate(n=Sum("id")) == before
    assert prove().ok


def test_charges_stay_append_only_and_in_one_line(bench: Bench, fund: FundAccount, fee: FeeVersion) -> None:
    record = used(bench, 2 * HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    first = charge_record(record=record, now=bench.now + 2 * HOUR)
    with pytest.raises(DatabaseError), transaction.atomic():
        Charge.objects.filter(pk=first.pk).update(amount_fen=1)
    free = {"record": record, "tier": "internal", "lines": [], "amount_fen": 0, "charged_at": bench.now}
    Charge.objects.create(**free, replaces=first)
    for twin in (None, first):
        with pytest.raises(DatabaseError), transaction.atomic():
            Charge.objects.create(**free, replaces=twin)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(ends=st.lists(st.integers(1, 4 * HOUR_MS - 1), min_size=1, max_size=4, unique=True))
def test_after_any_corrections_the_fund_has_paid_what_counts_and_holds_what_is_open(
    ends: list[int], bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    with transaction.atomic():
        booking = booked(bench, fund, fee, bench.now + 6 * HOUR)
        record = used(bench, 4 * HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk, booking_id=booking.pk)
        charge_record(record=record, now=bench.now + 4 * HOUR)
        for number, end in enumerate(ends):
            record = UsageRecord.objects.get(pk=record.pk)
            corrected(bench, record, end, now=bench.now + (5 + number) * HOUR)
            charge = recharge_record(record=record, now=bench.now + (5 + number) * HOUR)
            fund.refresh_from_db()
            opened = FundHold.objects.filter(fund=fund, released_at__isnull=True)
            assert fund.held_fen == sum(opened.values_list("amount_fen", flat=True))
            counting = Charge.objects.filter(replaced_by__isnull=True)
            paid = sum(counting.values_list("amount_fen", flat=True))
            assert paid == charge.amount_fen
            assert Account.objects.get(pk=fund.account_id).balance_fen == 10_000_00 - paid
            assert spent_this_month(fund, bench.user, bench.now + 12 * HOUR) == paid
            whole = Charge.objects.filter(replaces__isnull=True).get().amount_fen
            assert 0 <= paid <= whole
            assert prove().ok
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_one_charge_in_its_place(bench: Bench, fund: FundAccount, fee: FeeVersion) -> None:
    record = used(bench, 2 * HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    charge_record(record=record, now=bench.now + 2 * HOUR)
    corrected(bench, record, HOUR_MS)
    act = lambda: recharge_record(record=record, now=bench.now + 3 * HOUR)  # noqa: E731
    assert at_once(act, act, act) == ["done", "done", "done"]
    assert Charge.objects.count() == 2
