"""A journal that comes late proves that somebody had come: points and the part of the fee are gone, once,
whatever comes twice or in the wrong order; what proves nothing changes nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from apps.billing.models import BookingCharge, BookingRefund
from apps.bookings.absence import lift_no_show
from apps.bookings.models import Booking, PointEntry
from apps.bookings.operations import note_use
from apps.bookings.points import appeal, appeals_for, counting_entries
from apps.core.errors import WrongState
from apps.core.outbox import WORKER, relay
from apps.ledger.models import Account
from apps.ledger.queries import prove
from apps.notices.models import Notice
from apps.usage.absence import note_absences
from apps.usage.meter import end_overdue, power_off, power_on
from apps.usage.models import UsageRecord, UsageSession
from tests.domain.clearances.world import (
    DAY,
    DEV,
    HOUR,
    MINUTE,
    NODE,
    NOW,
    World,
    open_world,
    set_parameter,
    walk_in,
)
from tests.factories.facts import audited, told
from tests.factories.races import at_once
from tests.factories.refusals import refused
from tests.people import BOBS_UID

LATE = 90 * MINUTE  # when the journal arrives, after the start
ON = 6 * MINUTE
OFF = 50 * MINUTE


@pytest.fixture
def world(db: None) -> World:
    found = open_world(NOW)
    set_parameter("bookings.no_show_per_mille", 500, NOW - 30 * DAY)
    return found


def _missed(world: World) -> str:
    """Alice swipes, power goes on and off; nobody hears of it, and she is marked. Gives the grant."""
    answer = world.swipe(at=world.now + 5 * MINUTE)
    assert answer.grant is not None
    end_overdue(now=world.now + 8 * MINUTE)  # never heard to be switched on: unused
    for minute in range(9, 60):
        note_absences(now=world.now + minute * MINUTE, heard={world.sem.pk: True})
    world.booking.refresh_from_db()
    assert world.booking.no_show_at is not None
    relay(channel=WORKER, now=world.now + HOUR, limit=500)
    return answer.grant.gid


def _reports(world: World, gid: str, *, shift: int = 0) -> tuple[Callable[[], object], Callable[[], object]]:
    start, now = world.now, world.now + LATE
    said: dict[str, Any] = {"dev": DEV, "node": NODE, "gid": gid, "now": now}

    def on() -> object:
        return power_on(**said, odo=0, busy=0, at=start + ON + shift * MINUTE)

    def off() -> object:
        return power_off(**said, odo=44 * 60_000, busy=0, at=start + OFF + shift * MINUTE, why="swipe_out")

    return on, off


def _settled(world: World) -> None:
    for _again in (1, 2, 3):
        relay(channel=WORKER, now=world.now + LATE, limit=500)


def test_a_late_journal_takes_the_points_and_the_part_of_the_fee_back(world: World) -> None:
    before = Account.objects.get(pk=world.fund.account_id).balance_fen
    gid = _missed(world)
    entry = PointEntry.objects.get()
    charge = BookingCharge.objects.get()
    assert (entry.kind, charge.amount_fen) == ("no_show", (world.booking.estimated_fen * 500 + 500) // 1000)
    assert Account.objects.get(pk=world.fund.account_id).balance_fen == before - charge.amount_fen
    for report in _reports(world, gid):
        report()
    _settled(world)
    world.booking.refresh_from_db()
    assert (world.booking.used_at, world.booking.state) == (world.now + ON, Booking.State.CANCELLED)
    assert not counting_entries(world.alice, world.now + LATE)
    refund = BookingRefund.objects.get()
    assert (refund.charge, refund.why) == (charge, "came")
    assert refund.transaction.reverses == charge.transaction
    paid = UsageRecord.objects.get().charges.get().amount_fen
    assert Account.objects.get(pk=world.fund.account_id).balance_fen == before - paid
    kinds = list(Notice.objects.filter(user=world.alice).values_list("kind", flat=True))
    for kind in ("usage.no_show_lifted", "billing.part_charged", "billing.part_refunded"):
        assert kinds.count(kind) == 1
    assert len(audited("bookings.lift_no_show")) == 1
    assert prove().ok


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0, 1), (1, 1, 0, 0), (1, 0, 1, 0, 0)])
def test_messages_that_come_twice_and_out_of_order_lift_it_once(order: tuple[int, ...], world: World) -> None:
    gid = _missed(world)
    reports = _reports(world, gid)
    for number in order:
        reports[number]()
        relay(channel=WORKER, now=world.now + LATE, limit=500)
    _settled(world)
    world.booking.refresh_from_db()
    assert world.booking.used_at == world.now + ON
    assert len(told("bookings.no_show_lifted")) == 1
    assert BookingRefund.objects.count() == 1
    assert Notice.objects.filter(kind="usage.no_show_lifted").count() == 1
    assert UsageRecord.objects.get().charges.count() == 1
    assert prove().ok


def test_what_began_after_the_no_show_is_no_proof(world: World) -> None:
    gid = _missed(world)
    for report in _reports(world, gid, shift=60):
        report()
    _settled(world)
    world.booking.refresh_from_db()
    assert world.booking.used_at is None
    assert counting_entries(world.alice, world.now + LATE)
    assert not BookingRefund.objects.exists()


def test_a_device_without_a_clock_and_a_reading_that_nobody_believes_prove_nothing(world: World) -> None:
    gid = _missed(world)
    on, off = _reports(world, gid)
    on()
    off()
    UsageRecord.objects.update(held="usage.implausible")
    _settled(world)
    world.booking.refresh_from_db()
    assert world.booking.used_at is None
    assert not lift_no_show(
        booking=world.booking, used_at=world.now + LATE, session="x", now=world.now + LATE
    )


def test_the_use_of_somebody_else_is_not_theirs(world: World) -> None:
    _missed(world)
    walk_in(world)
    at = world.now + HOUR
    answer = world.swipe(BOBS_UID, at=at)
    if answer.grant is not None:
        power_on(dev=DEV, node=NODE, gid=answer.grant.gid, odo=0, busy=0, at=at, now=at)
    UsageSession.objects.create(
        ulid="0" * 26,
        gid="",
        dev=DEV,
        node=2,
        instrument=world.sem,
        kind="override",
        state="ended",
        purpose="override",
        not_before=world.now,
        expires_at=world.now + HOUR,
        lease_ms=0,
        granted_at=world.now,
        opened_at=world.now + ON,
    )
    _settled(world)
    world.booking.refresh_from_db()
    assert world.booking.used_at is None


def test_after_it_nobody_appeals_and_nobody_decides(world: World) -> None:
    gid = _missed(world)
    entry = PointEntry.objects.get()
    appeal(entry=entry, by=world.alice, reason="I was there", now=world.now + HOUR)
    teng = world.people.teng
    assert appeals_for(teng, world.now + LATE).count() == 1
    for report in _reports(world, gid):
        report()
    _settled(world)
    assert not appeals_for(teng, world.now + LATE)
    entry.booking.refresh_from_db()
    with refused(WrongState, "bookings.points_lifted"):
        appeal(entry=PointEntry.objects.get(), by=world.alice, reason="again", now=world.now + LATE)


def test_a_word_from_below_does_not_pass_for_it(world: World) -> None:
    _missed(world)
    note_use(booking_id=world.booking.pk, at=world.now + ON)
    world.booking.refresh_from_db()
    assert world.booking.used_at is None


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_lifts_it(world: World) -> None:
    _missed(world)
    booking, at = world.booking, world.now + LATE

    def act() -> object:
        return lift_no_show(booking=booking, used_at=world.now + ON, session="x", now=at)

    assert at_once(act, act, act) == ["done"] * 3
    assert len(told("bookings.no_show_lifted")) == 1


def _moment(world: World, minutes: int) -> datetime:
    return world.now + minutes * MINUTE


@pytest.mark.parametrize(("minutes", "proves"), [(-11, False), (-10, True), (0, True), (30, False)])
def test_only_within_the_booking_and_before_it_was_marked(
    minutes: int,
    proves: bool,  # noqa: FBT001
    world: World,
) -> None:
    _missed(world)
    marked = world.booking.no_show_at
    assert marked is not None
    at = marked if minutes == 30 else _moment(world, minutes)
    told_now = lift_no_show(booking=world.booking, used_at=at, session="x", now=_moment(world, 90))
    assert told_now is proves
