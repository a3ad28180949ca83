"""From the power-off report to the ledger: every use is charged once, or says why it is not."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.billing.models import Charge
from apps.billing.operations import charge_record, release_past_holds
from apps.billing.queries import charges_of, uncharged
from apps.bookings.models import Booking
from apps.core.errors import WrongState
from apps.core.guards import postgres_trigger, sqlite_trigger
from apps.core.ids import new_ulid
from apps.core.models import Delivery, ParameterValue
from apps.core.outbox import WORKER, relay
from apps.fees.models import FeeVersion
from apps.fees.operations import ItemDraft, approve_version, end_version
from apps.funding.models import FundAccount, Spending
from apps.funding.operations import freeze_fund, hold
from apps.funding.queries import available_fen, spent_this_month
from apps.instruments.models import Instrument
from apps.ledger.models import Account, Transaction
from apps.ledger.queries import prove
from apps.people.operations import add_member, create_group, register_user
from apps.usage.models import UsageRecord
from apps.usage.operations import dismiss_held_record, release_held_record
from tests.domain.usage.grants import HOUR, MS, Bench, set_up
from tests.factories.facts import told
from tests.factories.money import funded, priced
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HALF_HOUR_MS = 1_800_000


@pytest.fixture
def bench(db: None, now: datetime) -> Bench:
    return set_up(now)


@pytest.fixture
def fund(bench: Bench, now: datetime) -> FundAccount:
    return money(bench, now)


@pytest.fixture
def fee(bench: Bench, now: datetime) -> FeeVersion:
    return priced(bench.instrument, now)


def money(bench: Bench, now: datetime) -> FundAccount:
    """Alice's group and its fund with 10,000 yuan."""
    unit = bench.instrument.unit
    wang = register_user(username="wang", name_zh="王教授", name_en="Wang", kind="staff", unit=unit, now=now)
    group = create_group(name_zh="王课题组", name_en="Wang group", pi=wang, unit=unit, now=now)
    add_member(group=group, user=bench.user, by=None, now=now)
    return funded(group, now)


def used(bench: Bench, milliseconds: int, *, odo: int = 0, **terms: Any) -> UsageRecord:
    """A use of so many milliseconds that has been reported."""
    session = bench.grant(**terms)
    bench.on(session.gid, odo, at=bench.now)
    record = bench.off(session.gid, odo + milliseconds, at=bench.now + milliseconds * MS)
    assert record is not None
    return record


def codes(charge: Charge) -> list[str]:
    return [line["code"] for line in charge.lines]


def booked(bench: Bench, fund: FundAccount, fee: FeeVersion, end: datetime) -> Booking:
    """A confirmed booking with 520 yuan on hold."""
    ulid = new_ulid()
    held = hold(fund=fund, user=bench.user, purpose=f"booking:{ulid}", amount_fen=520_00, now=bench.now)
    return Booking.objects.create(
        ulid=ulid,
        instrument=bench.instrument,
        user=bench.user,
        fund=fund,
        hold=held,
        fee_version=fee,
        start=bench.now,
        end=end,
        state=Booking.State.CONFIRMED,
        estimated_fen=520_00,
        requested_at=bench.now,
        confirmed_at=bench.now,
    )


def test_half_an_hour_costs_half_the_hours_price_and_moves_it_by_double_entry(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    record = used(bench, HALF_HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    charge = charge_record(record=record, now=bench.now + HOUR)
    assert (charge.amount_fen, charge.fund, charge.fee_version) == (130_00, fund, fee)
    [line] = charge.lines
    assert (line["code"], line["quantity"], line["unit"], line["price_fen"]) == (
        "hour",
        "0.5",
        "hour",
        260_00,
    )
    facility = bench.instrument.facility.code
    balances = dict(Account.objects.values_list("code", "balance_fen"))
    assert balances[f"fund:{fund.number}"] == 9_870_00
    assert balances[f"income:{facility}"] == 130_00
    assert charge.transaction is not None
    assert charge.transaction.source == f"charge:{record.ulid}"
    assert spent_this_month(fund, bench.user, bench.now + HOUR) == 130_00
    assert told("billing.charged") == [{"charge": charge.ulid, "record": record.ulid}]
    assert list(charges_of(bench.user)) == [charge]
    assert prove().ok


def test_a_record_is_charged_once_however_often_it_is_asked(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    record = used(bench, HALF_HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    first = charge_record(record=record, now=bench.now + HOUR)
    assert charge_record(record=record, now=bench.now + 2 * HOUR) == first
    assert Transaction.objects.filter(kind="charge").count() == 1
    assert len(told("billing.charged")) == 1


def test_the_price_is_the_one_in_force_when_the_use_began(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    record = used(bench, HALF_HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    end_version(version=fee, reason="dearer", by=None, now=bench.now + HOUR / 4)
    approve_version(
        instrument=bench.instrument,
        approval_no="X-2",
        items=[ItemDraft("HOUR", "机时", "Hour", "self", "hour", "internal", 1_000_00)],
        valid_from=bench.now + HOUR / 4,
        source_case="fees:2",
        now=bench.now + HOUR / 4,
    )
    assert charge_record(record=record, now=bench.now + HOUR).amount_fen == 130_00


def test_an_external_user_pays_the_external_price(bench: Bench, fund: FundAccount, fee: FeeVersion) -> None:
    record = used(bench, HALF_HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk, tier="enterprise")
    assert charge_record(record=record, now=bench.now + HOUR).amount_fen == 450_00


def test_the_worker_charges_what_it_hears_of(bench: Bench, fund: FundAccount, fee: FeeVersion) -> None:
    record = used(bench, HALF_HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    assert list(uncharged()) == [record]
    assert relay(channel=WORKER, now=bench.now + HOUR) >= 1
    assert Charge.objects.get(record=record).amount_fen == 130_00
    assert not uncharged().exists()
    assert set(Delivery.objects.filter(channel=WORKER).values_list("state", flat=True)) == {"done"}


def test_what_was_used_becomes_a_debt_even_on_a_frozen_and_empty_fund(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    freeze_fund(fund=fund, by=None, now=bench.now, reason="audit")
    record = used(bench, 80 * 2 * HALF_HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    assert charge_record(record=record, now=bench.now + 81 * HOUR).amount_fen == 20_800_00
    assert available_fen(fund) == -10_800_00


def held_use(bench: Bench, fund: FundAccount, fee: FeeVersion) -> UsageRecord:
    """Half an hour that the meter reports in no time at all."""
    session = bench.grant(fund_id=fund.pk, fee_version_id=fee.pk)
    bench.on(session.gid, 0, at=bench.now)
    record = bench.off(session.gid, HALF_HOUR_MS, at=bench.now + 100 * MS)
    assert record is not None
    return record


def test_an_impossible_reading_is_not_charged_while_it_is_held(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    record = held_use(bench, fund, fee)
    with refused(WrongState, "billing.held"):
        charge_record(record=record, now=bench.now + HOUR)
    assert relay(channel=WORKER, now=bench.now + HOUR) >= 1
    assert set(Delivery.objects.filter(channel=WORKER).values_list("state", flat=True)) == {"done"}
    assert not Charge.objects.exists()
    assert available_fen(fund) == 10_000_00
    assert list(uncharged()) == [record]


def test_a_released_record_is_charged_as_measured_and_once(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    record = held_use(bench, fund, fee)
    release_held_record(record=record, by=None, now=bench.now, reason="the server's clock stood still")
    relay(channel=WORKER, now=bench.now + HOUR)
    assert Charge.objects.get().amount_fen == 130_00
    assert available_fen(fund) == 10_000_00 - 130_00
    assert not uncharged().exists()
    assert prove().ok


def test_a_dismissed_record_costs_nothing_and_says_so(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    record = held_use(bench, fund, fee)
    dismiss_held_record(record=record, by=None, now=bench.now, reason="broken meter")
    relay(channel=WORKER, now=bench.now + HOUR)
    charge = Charge.objects.get()
    assert (charge.amount_fen, charge.transaction, codes(charge)) == (0, None, ["billing.dismissed"])
    assert available_fen(fund) == 10_000_00
    assert told("billing.alarm") == []
    assert not uncharged().exists()


@pytest.mark.parametrize("purpose", ["maintenance", "commissioning", "emergency", "training", "teaching"])
def test_the_facilitys_own_work_is_free_and_says_so(
    bench: Bench, fund: FundAccount, fee: FeeVersion, purpose: str
) -> None:
    record = used(bench, HALF_HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk, purpose=purpose)
    charge = charge_record(record=record, now=bench.now + HOUR)
    assert (charge.amount_fen, charge.transaction, codes(charge)) == (0, None, ["billing.free_purpose"])
    assert told("billing.alarm") == []


def test_an_instrument_that_is_not_charged_says_so(bench: Bench) -> None:
    Instrument.objects.filter(pk=bench.instrument.pk).update(use_charged=False)
    charge = charge_record(record=used(bench, HALF_HOUR_MS), now=bench.now + HOUR)
    assert (charge.amount_fen, codes(charge)) == (0, ["billing.not_charged"])


def test_in_the_transition_a_use_without_a_fee_is_free_and_otherwise_an_alarm(bench: Bench) -> None:
    charge = charge_record(record=used(bench, HALF_HOUR_MS), now=bench.now + HOUR)
    assert codes(charge) == ["billing.no_fee"]
    ParameterValue.objects.create(key="access.fee_transition", value=True, valid_from=bench.now)
    later = used(bench, HALF_HOUR_MS, odo=HALF_HOUR_MS)
    assert codes(charge_record(record=later, now=bench.now + HOUR)) == ["billing.fee_transition"]
    assert [fact["code"] for fact in told("billing.alarm")] == ["billing.no_fee"]


def test_power_by_the_manual_key_is_charged_to_nobody_and_told_aloud(bench: Bench) -> None:
    bench.on("", 0, instrument_id=bench.instrument.pk)
    record = bench.off("", 5_000)
    assert record is not None
    charge = charge_record(record=record, now=bench.now + HOUR)
    assert (charge.amount_fen, charge.fund, codes(charge)) == (0, None, ["billing.no_fund"])
    assert told("billing.alarm") == [
        {"charge": charge.ulid, "record": record.ulid, "code": "billing.no_fund"}
    ]


def test_a_use_that_no_fund_pays_is_told_aloud(bench: Bench, fee: FeeVersion) -> None:
    charge = charge_record(record=used(bench, HALF_HOUR_MS, fee_version_id=fee.pk), now=bench.now + HOUR)
    assert (charge.amount_fen, codes(charge)) == (0, ["billing.no_fund"])
    assert len(told("billing.alarm")) == 1


def test_a_kind_of_user_without_a_price_is_told_aloud(bench: Bench, fund: FundAccount) -> None:
    fee = approve_version(
        instrument=bench.instrument,
        approval_no="X-1",
        items=[ItemDraft("HOUR", "机时", "Hour", "self", "hour", "internal", 100)],
        valid_from=bench.now,
        source_case="fees:1",
        now=bench.now,
    )
    record = used(bench, HALF_HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk, tier="enterprise")
    assert codes(charge_record(record=record, now=bench.now + HOUR)) == ["billing.no_price"]
    assert len(told("billing.alarm")) == 1


def test_where_there_is_only_an_assisted_price_it_is_charged(bench: Bench, fund: FundAccount) -> None:
    fee = priced(bench.instrument, bench.now, service_mode="assisted")
    record = used(bench, HALF_HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    assert charge_record(record=record, now=bench.now + HOUR).amount_fen == 130_00


def test_an_empty_use_costs_nothing(bench: Bench, fund: FundAccount, fee: FeeVersion) -> None:
    record = used(bench, 0, fund_id=fund.pk, fee_version_id=fee.pk)
    charge = charge_record(record=record, now=bench.now + HOUR)
    assert (charge.amount_fen, codes(charge)) == (0, ["billing.nothing_used"])


def test_the_hold_goes_back_when_the_booking_is_over_and_not_before(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    booking = booked(bench, fund, fee, bench.now + 2 * HOUR)
    terms = {"fund_id": fund.pk, "fee_version_id": fee.pk, "booking_id": booking.pk}
    charge_record(record=used(bench, HALF_HOUR_MS, **terms), now=bench.now + HOUR)
    assert available_fen(fund) == 10_000_00 - 130_00 - 520_00
    second = used(bench, HALF_HOUR_MS, odo=HALF_HOUR_MS, **terms)
    charge_record(record=second, now=bench.now + 2 * HOUR)
    assert available_fen(fund) == 10_000_00 - 260_00


def test_a_hold_for_a_booking_that_nobody_used_goes_back_too(
    bench: Bench, fund: FundAccount, fee: FeeVersion
) -> None:
    booking = booked(bench, fund, fee, bench.now + HOUR)
    session = bench.grant(booking_id=booking.pk)
    assert release_past_holds(now=bench.now + HOUR - MS) == 0
    assert release_past_holds(now=bench.now + HOUR) == 0
    bench.on(session.gid, 0)
    bench.off(session.gid, 1)
    assert release_past_holds(now=bench.now + HOUR) == 1
    assert release_past_holds(now=bench.now + HOUR) == 0
    assert available_fen(fund) == 10_000_00


def test_a_charge_is_never_changed_or_deleted(bench: Bench, fund: FundAccount, fee: FeeVersion) -> None:
    charge_record(
        record=used(bench, HALF_HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk), now=bench.now + HOUR
    )
    for sql in ("UPDATE billing_charge SET amount_fen = 0", "DELETE FROM billing_charge"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
def test_two_workers_charge_one_record_once(now: datetime) -> None:
    bench = set_up(now)
    fund, fee = money(bench, now), priced(bench.instrument, now)
    records = [
        used(bench, HALF_HOUR_MS, odo=odo, fund_id=fund.pk, fee_version_id=fee.pk)
        for odo in range(0, 3 * HALF_HOUR_MS, HALF_HOUR_MS)
    ]
    gate = threading.Barrier(2)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            gate.wait(timeout=30)
            for record in records:
                charge_record(record=record, now=now + HOUR)
        except BaseException as problem:
            failed.append(problem)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _worker in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failed == []
    assert Charge.objects.count() == Spending.objects.count() == 3
    assert available_fen(fund) == 10_000_00 - 3 * 130_00
    assert prove().ok


@contextmanager
def no_charge_can_be_written() -> Iterator[None]:
    """The database breaks at the last step: the money is posted by then, the charge is not written yet."""
    make = {"sqlite": sqlite_trigger, "postgresql": postgres_trigger}[connection.vendor]
    with connection.cursor() as cursor:
        for statement in make("test_breaks", "BEFORE INSERT", "billing_charge", "test.broken"):
            cursor.execute(statement)
        yield
        on = " ON billing_charge" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER test_breaks{on}")


@pytest.mark.django_db(transaction=True)
def test_a_charge_that_breaks_half_way_leaves_nothing_and_the_next_attempt_charges(now: datetime) -> None:
    bench = set_up(now)
    fund, fee = money(bench, now), priced(bench.instrument, now)
    record = used(bench, HALF_HOUR_MS, fund_id=fund.pk, fee_version_id=fee.pk)
    with no_charge_can_be_written():  # the others who want to know of the use hear of it
        relay(channel=WORKER, now=now + HOUR)
    assert not Charge.objects.exists()
    assert available_fen(fund) == 10_000_00
    charging = Delivery.objects.get(subscriber__startswith="billing.charge_record")
    assert "test.broken" in charging.last_error
    relay(channel=WORKER, now=now + HOUR + timedelta(minutes=1))
    charging.refresh_from_db()
    assert charging.state == Delivery.State.DONE
    assert Charge.objects.get().record == record
    assert available_fen(fund) == 10_000_00 - 130_00
    assert prove().ok
