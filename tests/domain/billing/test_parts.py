"""A part of the fee for late cancelling and for not coming: by the rule, in whole fen, released holds,
charged once and given back whole when the appeal is upheld.
"""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.billing.models import BookingCharge, BookingRefund
from apps.billing.parts import charge_part, parts_of, refund_part
from apps.bookings.cancelling import cost_of_cancelling, given_back_fen, part_fen
from apps.bookings.models import Booking, PointAppeal, PointEntry
from apps.bookings.moving import change_booking
from apps.bookings.operations import cancel_booking
from apps.bookings.points import appeal, counting_entries, decide_appeal
from apps.core.models import ParameterValue
from apps.core.outbox import WORKER, relay
from apps.decisions.models import DecisionRecord
from apps.funding.models import FundHold
from apps.funding.queries import available_fen, spent_this_month
from apps.ledger.models import Account
from apps.ledger.operations import close_period
from apps.ledger.queries import prove
from apps.notices.models import Notice
from tests import people
from tests.domain.bookings.test_booking import Desk
from tests.factories.facts import told
from tests.factories.money import funded, priced
from tests.factories.races import at_once

pytestmark = pytest.mark.django_db
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def desk(now: datetime, db: None) -> Desk:
    """As for points, with 200 per mille asked for a late cancellation."""
    they = people.gather_with_rules(now)
    before = now - 30 * DAY
    priced(they.sem, before)
    for key, value in (("bookings.mistake_minutes", 0), ("bookings.late_cancel_per_mille", 200)):
        ParameterValue.objects.create(key=key, value=value, valid_from=before, reason="tests")
    return Desk(they, funded(they.group, before, amount_fen=1_000_000_00), now)


def _late(desk: Desk) -> Booking:
    booking = desk.book()
    cancel_booking(booking=booking, by=desk.they.alice, now=desk.now, reason="ill")
    return booking


def _relayed(desk: Desk) -> None:
    for _again in (1, 2, 3):
        relay(channel=WORKER, now=desk.now, limit=500)


@given(base=st.integers(0, 10**12), per_mille=st.integers(-5, 2000), more=st.integers(0, 50))
def test_a_part_is_the_nearest_fen_never_more_than_the_whole_and_never_falls(
    base: int, per_mille: int, more: int
) -> None:
    part = part_fen(base, per_mille)
    used = min(max(per_mille, 0), 1000)
    exact = (Decimal(base) * used / 1000).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert part == exact
    assert 0 <= part <= base
    assert part <= part_fen(base, per_mille + more)
    assert part <= part_fen(base + more, per_mille)


@given(
    fen=st.integers(0, 10**9),
    length=st.integers(5, 24 * 60),
    first=st.integers(-2000, 2000),
    new=st.integers(5, 24 * 60),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
def test_what_a_change_gives_back_is_its_share_of_the_estimate(
    fen: int, length: int, first: int, new: int, now: datetime
) -> None:
    old = Booking(start=now, end=now + length * MINUTE, estimated_fen=fen, hold_id=1, fund_id=1)
    start = now + first * MINUTE
    lost = given_back_fen(old, start, start + new * MINUTE, elsewhere=False)
    kept = len(set(range(length)) & set(range(first, first + new)))
    assert lost == (Decimal(fen) * (length - kept) / length).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert 0 <= lost <= fen
    assert given_back_fen(old, start, start + new * MINUTE, elsewhere=True) == fen


def test_a_late_cancellation_costs_a_part_and_releases_the_hold(desk: Desk) -> None:
    before = available_fen(desk.fund)
    booking = desk.book()
    held = booking.estimated_fen
    assert held > 0
    price = cost_of_cancelling(booking, desk.they.alice, desk.now)
    assert (price.points, price.per_mille, price.fen) == (1, 200, part_fen(held, 200))
    cancel_booking(booking=booking, by=desk.they.alice, now=desk.now, reason="ill")
    assert available_fen(desk.fund) == before
    record = DecisionRecord.objects.get(point="booking.cancellation")
    assert (record.outcome, record.codes) == ("late_charged", ["cancellation.late_charged"])
    assert set(record.sources) == set(record.facts)
    _relayed(desk)
    charge = BookingCharge.objects.get()
    assert (charge.amount_fen, charge.base_fen, charge.per_mille) == (price.fen, held, 200)
    assert available_fen(desk.fund) == before - price.fen
    assert not FundHold.objects.filter(released_at__isnull=True).exists()
    assert spent_this_month(desk.fund, desk.they.alice, desk.now) == price.fen
    assert list(parts_of(desk.they.alice)) == [charge]
    assert Notice.objects.filter(user=desk.they.alice, kind="billing.part_charged").count() == 1
    assert len(told("billing.part_charged")) == 1
    assert prove().ok


def test_an_upheld_appeal_gives_it_back_in_the_present_month(desk: Desk) -> None:
    before = available_fen(desk.fund)
    _late(desk)
    _relayed(desk)
    entry = PointEntry.objects.get()
    made = appeal(entry=entry, by=desk.they.alice, reason="ambulance", now=desk.now)
    later = desk.now + 20 * DAY
    close_period(key=BookingCharge.objects.get().transaction.period.key, by=None, now=later)
    decide_appeal(found=made, by=desk.they.teng, uphold=True, why="a paper", now=later)
    for _again in (1, 2, 3):
        relay(channel=WORKER, now=later, limit=500)
    refund = BookingRefund.objects.get()
    assert refund.why == "upheld"
    assert refund.transaction.period != refund.charge.transaction.period
    assert available_fen(desk.fund) == before
    assert refund_part(entry=entry, why="upheld", now=later) == refund
    assert Notice.objects.filter(user=desk.they.alice, kind="billing.part_refunded").count() == 1
    assert prove().ok


def test_a_rejected_appeal_leaves_it(desk: Desk) -> None:
    _late(desk)
    made = appeal(entry=PointEntry.objects.get(), by=desk.they.alice, reason="x", now=desk.now)
    decide_appeal(found=made, by=desk.they.teng, uphold=False, why="no", now=desk.now)
    _relayed(desk)
    assert BookingCharge.objects.count() == 1
    assert not BookingRefund.objects.exists()


def test_points_that_were_lifted_before_anybody_charged_cost_nothing(desk: Desk) -> None:
    _late(desk)
    made = appeal(entry=PointEntry.objects.get(), by=desk.they.alice, reason="x", now=desk.now)
    decide_appeal(found=made, by=desk.they.teng, uphold=True, why="ok", now=desk.now)
    assert PointAppeal.objects.get().state == "upheld"
    _relayed(desk)
    assert not BookingCharge.objects.exists()
    assert not counting_entries(desk.they.alice, desk.now)


@pytest.mark.parametrize(
    ("key", "value"), [("bookings.late_cancel_points", 0), ("bookings.late_cancel_per_mille", 0)]
)
def test_without_points_or_without_a_part_nothing_is_charged(desk: Desk, key: str, value: int) -> None:
    ParameterValue.objects.create(key=key, value=value, valid_from=desk.now - DAY, reason="tests")
    booking = desk.book()
    assert cost_of_cancelling(booking, desk.they.alice, desk.now).fen == 0
    cancel_booking(booking=booking, by=desk.they.alice, now=desk.now)
    _relayed(desk)
    assert not BookingCharge.objects.exists()
    assert not told("bookings.part_due")


def test_the_crew_cancels_for_nothing_and_early_is_free(desk: Desk) -> None:
    booking = desk.book()
    assert cost_of_cancelling(booking, desk.they.teng, desk.now).fen == 0
    cancel_booking(booking=booking, by=desk.they.teng, now=desk.now)
    far = desk.book(start=desk.now + 3 * DAY, end=desk.now + 3 * DAY + HOUR)
    assert cost_of_cancelling(far, desk.they.alice, desk.now).fen == 0
    _relayed(desk)
    assert not BookingCharge.objects.exists()


def test_a_change_that_gives_time_back_costs_the_part_of_that_time(desk: Desk) -> None:
    booking = desk.book()
    half = booking.start + (booking.end - booking.start) / 2
    change_booking(booking=booking, start=booking.start, end=half, by=desk.they.alice, now=desk.now)
    _relayed(desk)
    charge = BookingCharge.objects.get()
    assert charge.base_fen == (booking.estimated_fen + 1) // 2
    assert charge.amount_fen == part_fen(charge.base_fen, 200)


def test_it_is_append_only(desk: Desk) -> None:
    _late(desk)
    _relayed(desk)
    charge = BookingCharge.objects.get()
    refund_part(entry=charge.entry, why="upheld", now=desk.now)
    for rows in (BookingCharge.objects.all(), BookingRefund.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        BookingCharge.objects.update(amount_fen=1)


@pytest.mark.django_db(transaction=True)
def test_charging_and_giving_back_at_once_end_with_nothing_paid(desk: Desk) -> None:
    before = Account.objects.get(pk=desk.fund.account_id).balance_fen
    _late(desk)
    entry = PointEntry.objects.get()
    made = appeal(entry=entry, by=desk.they.alice, reason="x", now=desk.now)
    decide_appeal(found=made, by=desk.they.teng, uphold=True, why="ok", now=desk.now)
    act = lambda: charge_part(entry=entry, per_mille=200, base_fen=1000, fen=200, now=desk.now)  # noqa: E731
    back = lambda: refund_part(entry=entry, why="upheld", now=desk.now)  # noqa: E731
    assert at_once(act, back, act, back) == ["done"] * 4
    assert Account.objects.get(pk=desk.fund.account_id).balance_fen == before
    assert prove().ok
