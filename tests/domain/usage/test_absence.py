"""Nobody comes to a booking: who is to blame, who never is, and what becomes of the time."""

import pytest

from apps.bookings.absence import Found, grace_of, mark_no_show
from apps.bookings.arranging import set_terms
from apps.bookings.cancelling import Absence
from apps.bookings.models import Booking, PointEntry
from apps.bookings.operations import cancel_booking, note_use
from apps.bookings.queries import free_slots
from apps.core.outbox import WORKER, relay
from apps.decisions.models import DecisionRecord, RuleSetVersion
from apps.funding.queries import available_fen
from apps.instruments.models import HOSTING_ENDED, Instrument, InstrumentLock
from apps.instruments.operations import lock_instrument, release_lock, start_outage
from apps.usage import absence
from apps.usage.absence import note_absences
from apps.usage.meter import power_off, power_on
from apps.usage.models import UsageSession, Wait
from tests.domain.clearances.world import (
    DEV,
    HOUR,
    MINUTE,
    NODE,
    NOW,
    World,
    booked,
    certified,
    open_world,
    set_parameter,
    walk_in,
)
from tests.factories.facts import audited, told
from tests.factories.races import at_once
from tests.people import BOBS_UID


@pytest.fixture
def world(db: None) -> World:
    return open_world(NOW)


def _sweep(world: World, first: int, last: int, *, heard: bool = True) -> int:
    """Every minute of [first, last] after the start; gives how many were marked."""
    found = 0
    for minute in range(first, last + 1):
        found += note_absences(now=world.now + minute * MINUTE, heard={world.sem.pk: heard})
    return found


def _decided() -> list[list[str]]:
    rows = DecisionRecord.objects.filter(point="booking.cancellation").order_by("id")
    return list(rows.values_list("codes", flat=True))


def test_after_the_grace_the_rest_is_freed_and_points_are_given_on_record(world: World) -> None:
    before = available_fen(world.fund)
    assert _sweep(world, 0, 29) == 0
    assert world.booking.state == Booking.State.CONFIRMED
    assert _sweep(world, 30, 40) == 1
    world.booking.refresh_from_db()
    then = world.now + 30 * MINUTE
    assert (world.booking.state, world.booking.no_show_at) == (Booking.State.CANCELLED, then)
    assert available_fen(world.fund) == before + world.booking.estimated_fen
    entry = PointEntry.objects.get()
    assert (entry.user, entry.kind, entry.points, entry.at) == (world.alice, "no_show", 2, then)
    assert _decided() == [["cancellation.no_show"]]
    record = DecisionRecord.objects.get(point="booking.cancellation")
    assert (record.outcome, record.asked_by, set(record.sources)) == ("no_show", "absence", set(record.facts))
    payload = {"booking": world.booking.ulid, "instrument": world.sem.ulid, "user": world.alice.ulid}
    assert told("bookings.no_show") == told("bookings.cancelled") == [payload]
    assert len(audited("bookings.mark_no_show")) == 1
    (slot,) = free_slots(world.sem, then, world.now + 2 * HOUR, now=then)
    assert (slot.start, slot.end) == (then, world.booking.end)


def test_whoever_logs_on_in_the_last_second_has_come(world: World) -> None:
    _sweep(world, 0, 29)
    assert world.swipe(at=world.now + 30 * MINUTE).allowed
    # The fact of the use was not delivered yet, and power is not even on.
    assert _sweep(world, 30, 31) == 0
    assert not DecisionRecord.objects.filter(point="booking.cancellation").exists()


def test_a_use_that_ended_early_counts_even_when_bookings_were_not_told(world: World) -> None:
    _sweep(world, 0, 4)
    at = world.now + 5 * MINUTE
    answer = world.swipe(at=at)
    assert answer.grant is not None
    power_on(dev=DEV, node=NODE, gid=answer.grant.gid, odo=0, busy=0, at=at, now=at)
    end = at + 3 * MINUTE
    power_off(dev=DEV, node=NODE, gid=answer.grant.gid, odo=180_000, busy=0, at=end, why="swipe", now=end)
    world.booking.refresh_from_db()
    assert world.booking.used_at is None
    assert _sweep(world, 9, 110) == 0


def test_a_grant_that_was_never_switched_on_is_no_use(world: World) -> None:
    _sweep(world, 0, 4)
    assert world.swipe(at=world.now + 5 * MINUTE).allowed
    assert _sweep(world, 5, 8) == 0
    UsageSession.objects.update(state="unused")
    assert _sweep(world, 9, 29) == 0
    assert _sweep(world, 30, 30) == 1


def test_what_was_noted_as_used_is_not_even_looked_at(world: World) -> None:
    note_use(booking_id=world.booking.pk, at=world.now)
    assert _sweep(world, 0, 60) == 0
    assert not Wait.objects.exists()


@pytest.mark.parametrize("heard_from", [10, 29])
def test_an_instrument_that_was_offline_excuses_and_the_wait_begins_anew(
    world: World, heard_from: int
) -> None:
    _sweep(world, 0, heard_from - 1, heard=False)
    assert _sweep(world, heard_from, 30) == 0
    assert _decided() == [["cancellation.instrument_offline"]]
    assert not PointEntry.objects.exists()
    assert _sweep(world, 31, 59) == 0
    assert _sweep(world, 60, 60) == 1
    assert _decided()[1:] == [["cancellation.no_show"]]


def test_an_instrument_that_stays_offline_is_excused_once_on_record_and_never_blamed(world: World) -> None:
    assert _sweep(world, 0, 119, heard=False) == 0
    assert _decided() == [["cancellation.instrument_offline"]]
    world.booking.refresh_from_db()
    assert world.booking.state == Booking.State.CONFIRMED


def test_an_outage_or_a_lock_at_any_moment_of_the_wait_excuses(world: World) -> None:
    _sweep(world, 0, 9)
    start_outage(
        instrument=world.sem,
        starts_at=world.now + 10 * MINUTE,
        ends_at=world.now + 12 * MINUTE,
        reason_zh="换泵",
        by=world.people.teng,
        now=world.now + 10 * MINUTE,
    )
    assert _sweep(world, 10, 30) == 0
    lock_instrument(instrument=world.sem, reason="smoke", by=world.people.teng, now=world.now + 35 * MINUTE)
    release_lock(lock=InstrumentLock.objects.get(), by=world.people.teng, now=world.now + 40 * MINUTE)
    assert _sweep(world, 31, 89) == 0
    assert _decided() == [["cancellation.instrument_out"]]
    assert _sweep(world, 90, 90) == 1


def test_whoever_booked_what_opens_for_nobody_any_more_is_not_blamed(world: World) -> None:
    Instrument.objects.filter(pk=world.sem.pk).update(hosting=HOSTING_ENDED)
    assert _sweep(world, 0, 119) == 0
    assert _decided() == [["cancellation.instrument_out"]]
    assert not PointEntry.objects.exists()


def test_somebody_who_does_not_leave_is_not_the_fault_of_who_waits(world: World) -> None:
    walk_in(world)
    certified(world, world.people.bob)
    cancel_booking(booking=world.booking, by=world.people.olga, now=world.now)
    assert world.swipe(BOBS_UID).allowed
    mine = booked(world.alice, world.sem, world.now + MINUTE, world.now + 2 * HOUR, world.fund, world.now)
    power_on(
        dev=DEV,
        node=NODE,
        gid=UsageSession.objects.get().gid,
        odo=0,
        busy=0,
        at=world.now,
        now=world.now,
    )
    assert _sweep(world, 1, 31) == 0
    assert _decided()[-1] == ["cancellation.instrument_taken"]
    mine.refresh_from_db()
    assert mine.state == Booking.State.CONFIRMED


def test_time_in_which_nobody_looked_does_not_count(world: World) -> None:
    """The sweep, the server or its clock was away: the wait begins when somebody looks again."""
    assert _sweep(world, 0, 10) == 0
    assert _sweep(world, 45, 74) == 0
    assert _sweep(world, 75, 75) == 1


def test_a_sweep_that_comes_late_to_the_start_waits_from_then_on(world: World) -> None:
    assert _sweep(world, 40, 69) == 0
    assert _sweep(world, 70, 70) == 1


def test_a_clock_that_jumps_ahead_or_back_blames_nobody(world: World) -> None:
    _sweep(world, 0, 5)
    assert _sweep(world, 100, 100) == 0
    # Back again: what was written by the wrong clock begins anew.
    assert _sweep(world, 6, 35) == 0
    assert _sweep(world, 36, 36) == 1
    assert _decided() == [["cancellation.no_show"]]


def test_sweeping_twice_in_a_minute_is_sweeping_once(world: World) -> None:
    for minute in range(31):
        for _ in range(2):
            note_absences(now=world.now + minute * MINUTE, heard={world.sem.pk: True})
    assert PointEntry.objects.count() == len(told("bookings.no_show")) == 1
    assert Wait.objects.count() == 1


def test_nobody_is_missed_where_no_controller_watches_or_the_crew_leads(world: World) -> None:
    for minute in range(0, 60, 4):
        assert note_absences(now=world.now + minute * MINUTE, heard={}) == 0
    Booking.objects.update(purpose="teaching")
    assert _sweep(world, 60, 100) == 0
    assert not Wait.objects.exists()


def test_the_grace_is_the_instruments_then_the_schools_and_at_most_half_of_what_was_booked(
    world: World,
) -> None:
    set_terms(owner=world.sem, numbers={"grace_minutes": 10}, by=world.people.teng, now=world.now)
    assert _sweep(world, 0, 9) == 0
    assert _sweep(world, 10, 10) == 1
    short = Booking(start=world.now, end=world.now + 20 * MINUTE)
    assert grace_of(short, 30) == 10 * MINUTE
    assert grace_of(world.booking, 30) == 30 * MINUTE
    assert grace_of(world.booking, 0) is None


def test_a_school_may_wait_for_ever_or_give_no_points(world: World) -> None:
    set_parameter("bookings.grace_minutes", 0, world.now)
    assert _sweep(world, 0, 60) == 0
    assert not Wait.objects.exists()
    set_parameter("bookings.grace_minutes", 30, world.now + 61 * MINUTE)
    set_parameter("bookings.no_show_points", 0, world.now + 61 * MINUTE)
    assert _sweep(world, 62, 92) == 1
    assert not PointEntry.objects.exists()
    world.booking.refresh_from_db()
    assert world.booking.no_show_at is not None


def test_a_rule_that_fails_takes_nothing_from_anybody(world: World) -> None:
    RuleSetVersion.objects.filter(point="booking.cancellation").update(revoked_at=world.now)
    assert _sweep(world, 0, 59) == 0
    world.booking.refresh_from_db()
    assert world.booking.state == Booking.State.CONFIRMED
    assert [one["point"] for one in told("decisions.alarm")] == ["booking.cancellation"]
    assert not PointEntry.objects.exists()


def test_what_was_used_cancelled_or_marked_meanwhile_is_left_alone(world: World) -> None:
    then = world.now + 30 * MINUTE
    seen = Absence(since=world.now, grace=30 * MINUTE)
    note_use(booking_id=world.booking.pk, at=world.now)
    assert mark_no_show(booking=world.booking, absence=seen, now=then) is Found.GONE
    Booking.objects.update(used_at=None)
    assert mark_no_show(booking=world.booking, absence=seen, now=then) is Found.NO_SHOW
    assert mark_no_show(booking=world.booking, absence=seen, now=then) is Found.GONE
    assert PointEntry.objects.count() == 1


def test_batches_reach_everybody_however_small_they_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absence, "BATCH", 1)
    assert _sweep(world, 0, 30) == 1


def test_the_person_hears_of_it_with_the_way_to_an_appeal(world: World) -> None:
    _sweep(world, 0, 30)
    relay(channel=WORKER, now=world.now + 30 * MINUTE, limit=10_000)
    notices = {one.kind: one for one in world.alice.notices.filter(kind__startswith="bookings.")}
    assert set(notices) == {"bookings.no_show", "bookings.points_given"}
    entry = PointEntry.objects.get()
    assert entry.ulid in notices["bookings.points_given"].url
    assert notices["bookings.points_given"].args["points"] == 2


@pytest.fixture
def real_world(transactional_db: None) -> World:
    return open_world(NOW)


def test_the_sweep_and_a_log_on_in_the_same_second_never_both_have_the_booking(real_world: World) -> None:
    """Twenty times over real connections: either the person is let in and keeps the booking, or the booking
    is freed and nothing is granted on it.
    """
    world = real_world
    seen = Absence(since=world.now, grace=30 * MINUTE)
    then = world.now + 30 * MINUTE
    for _round in range(20):
        answers: list[bool] = []

        def swipe(answers: list[bool] = answers) -> None:
            answers.append(world.swipe(at=then).allowed)

        def sweep() -> None:
            absence._mark(world.booking, seen, then)

        at_once(swipe, sweep)
        booking = Booking.objects.get(pk=world.booking.pk)
        assert answers == [booking.state == Booking.State.CONFIRMED]
        assert UsageSession.objects.filter(booking=booking, state="granted").exists() == answers[0]
        UsageSession.objects.update(state="unused")
        Booking.objects.update(state="confirmed", no_show_at=None, cancelled_at=None)
