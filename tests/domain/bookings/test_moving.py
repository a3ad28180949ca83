"""Changing a booking: the old one stands until the new one is confirmed, the money moves and is never needed
twice, and giving time back late is judged as cancelling late.
"""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.bookings.absence import Found, mark_no_show
from apps.bookings.arranging import set_terms
from apps.bookings.cancelling import Absence
from apps.bookings.models import Booking, PointEntry
from apps.bookings.moving import change_booking, settle_change
from apps.bookings.operations import cancel_booking
from apps.bookings.requested import confirm_requested, refuse_requested
from apps.bookings.waiting import accept_offer
from apps.core import outbox
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.decisions.models import DecisionRecord
from apps.funding.models import FundHold
from apps.notices.models import Notice
from apps.people.lifecycle import end_user
from tests.factories.facts import audited, told
from tests.factories.instruments import sister
from tests.factories.money import HOUR_FEN, funded
from tests.factories.queueing import HOUR, Desk, certified, desk_at, offer_of
from tests.factories.races import at_once
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(now: datetime) -> Desk:
    return desk_at(now)


def change(desk: Desk, booking: Booking, first: float, last: float, **asked: object) -> Booking:
    known: dict[str, object] = {"by": desk.they.alice, "now": desk.now}
    return change_booking(
        booking=booking,
        start=desk.start + first * HOUR,
        end=desk.start + last * HOUR,
        **{**known, **asked},  # type: ignore[arg-type]
    )


def held() -> list[int]:
    return list(FundHold.objects.filter(released_at__isnull=True).values_list("amount_fen", flat=True))


def test_the_new_time_may_overlap_the_old_and_the_money_moves(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    made = change(desk, old, 1, 4)
    old.refresh_from_db()
    assert (old.state, old.moved_at) == ("cancelled", desk.now)
    assert (made.state, made.replaces, made.user) == ("confirmed", old, desk.they.alice)
    assert held() == [3 * HOUR_FEN["internal"]]
    assert [one["booking"] for one in told("bookings.cancelled")] == [old.ulid]
    assert told("bookings.changed")[0]["replaced"] == old.ulid
    assert audited("bookings.change_booking")[0].object_ref == f"booking:{made.ulid}"


def test_the_money_of_both_is_never_needed(desk: Desk) -> None:
    poor = funded(desk.they.group, desk.now, number="QY-F-2", amount_fen=3 * HOUR_FEN["internal"])
    old = desk.book(desk.they.alice, 0, 2, fund=poor)
    made = change(desk, old, 3, 6)
    assert made.fund == poor
    with refused(WrongState, "funding.insufficient"):
        change(desk, made, 3, 7)
    made.refresh_from_db()
    assert made.state == Booking.State.CONFIRMED
    assert held() == [3 * HOUR_FEN["internal"]]


def test_refused_the_old_booking_stands_with_all_that_it_holds(desk: Desk) -> None:
    certified(desk.they, desk.they.bob, desk.now)
    desk.book(desk.they.bob, 3, 4)
    old = desk.book(desk.they.alice, 0, 2)
    with refused(WrongState, "bookings.overlap"):
        change(desk, old, 2, 4)
    with refused(Invalid, "bookings.period"):
        change(desk, old, 2, 1)
    with refused(Invalid, "bookings.unchanged"):
        change(desk, old, 0, 2)
    old.refresh_from_db()
    assert (old.state, old.moved_at, old.hold is not None and old.hold.released_at) == (
        "confirmed",
        None,
        None,
    )
    assert not told("bookings.changed")
    assert not told("bookings.cancelled")


def test_only_the_person_and_the_crew_change_and_the_person_hears_of_it(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    for who in (desk.they.bob, desk.they.wang):
        with refused(NotPermitted, "bookings.not_yours"):
            change(desk, old, 3, 4, by=who)
    made = change(desk, old, 3, 4, by=desk.they.olga)
    assert made.user == desk.they.alice
    assert Notice.objects.filter(user=desk.they.alice, kind="bookings.changed").count() == 1
    change(desk, made, 4, 5)
    assert Notice.objects.filter(kind="bookings.changed").count() == 1


def test_what_is_cancelled_over_or_begun_is_not_changed(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    with refused(WrongState, "bookings.begun"):
        change(desk, old, 0, 3, now=desk.start)
    with refused(WrongState, "bookings.over"):
        change(desk, old, 5, 6, now=desk.start + 2 * HOUR)
    cancel_booking(booking=old, by=desk.they.alice, now=desk.now)
    with refused(WrongState, "bookings.cancelled"):
        change(desk, old, 5, 6)


def test_giving_time_back_late_counts_points_and_only_adding_time_does_not(desk: Desk) -> None:
    late = desk.start - HOUR
    old = desk.book(desk.they.alice, 0, 2)
    longer = change(desk, old, 0, 3, now=late)
    assert not PointEntry.objects.exists()
    assert not DecisionRecord.objects.filter(point="booking.cancellation").exists()
    moved = change(desk, longer, 5, 8, now=late)
    assert PointEntry.objects.get().booking == longer
    assert moved.state == Booking.State.CONFIRMED
    (record,) = DecisionRecord.objects.filter(point="booking.cancellation")
    assert record.asked_by == "change"
    change(desk, moved, 6, 8, now=late)
    assert PointEntry.objects.count() == 1  # six hours ahead is early enough


def test_the_crew_changes_for_somebody_without_points(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    change(desk, old, 4, 5, now=desk.start - MINUTE, by=desk.they.teng)
    assert not PointEntry.objects.exists()


def test_another_instrument_is_asked_for_its_own_certificate_and_leaves_the_old_free(desk: Desk) -> None:
    other = sister(desk.they.sem, "QY900001", desk.now)
    old = desk.book(desk.they.alice, 0, 2)
    with refused(WrongState, "bookings.no_certificate"):
        change(desk, old, 0, 2, instrument=other)
    old.refresh_from_db()
    assert old.state == Booking.State.CONFIRMED


def test_who_waits_has_the_freed_part_and_comes_before_who_moves_into_it(desk: Desk) -> None:
    certified(desk.they, desk.they.bob, desk.now)
    old = desk.book(desk.they.alice, 0, 2)
    row = desk.join(desk.they.bob, 0, 1, 1)
    other = desk.book(desk.they.alice, 4, 5)
    made = change(desk, old, 1, 3)
    with refused(WrongState, "bookings.overlap"):
        change(desk, other, 0, 1)
    outbox.relay(channel=outbox.WORKER, now=desk.now)
    assert offer_of(row).start == old.start
    assert made.start == old.start + HOUR


def asks_the_manager(desk: Desk) -> None:
    set_terms(owner=desk.they.sem, numbers={}, route="manager", by=desk.they.teng, now=desk.now)


def test_where_somebody_is_asked_first_the_old_booking_stands_until_they_agree(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    asks_the_manager(desk)
    new = change(desk, old, 5, 6)
    old.refresh_from_db()
    assert (new.state, old.state, old.moved_at) == ("requested", "confirmed", None)
    assert sorted(held()) == [HOUR_FEN["internal"], 2 * HOUR_FEN["internal"]]
    with refused(WrongState, "bookings.change_pending"):
        change(desk, old, 7, 8)
    confirm_requested(booking=new, by=None, now=desk.now)
    for _twice in range(2):
        outbox.relay(channel=outbox.WORKER, now=desk.now)
        settle_change(made=Booking.objects.get(pk=new.pk), now=desk.now)
    old.refresh_from_db()
    assert (old.state, old.moved_at) == ("cancelled", desk.now)
    assert held() == [HOUR_FEN["internal"]]
    assert len(told("bookings.changed")) == 1


@pytest.mark.parametrize("began", ["the time", "the use"])
def test_nobody_is_stopped_in_the_middle_of_a_use_by_a_yes_that_comes_late(desk: Desk, began: str) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    asks_the_manager(desk)
    new = change(desk, old, 5, 6)
    moment = desk.start
    if began == "the use":
        moment = desk.start - MINUTE
        Booking.objects.filter(pk=old.pk).update(used_at=moment)
    with refused(WrongState, "bookings.begun"):
        confirm_requested(booking=new, by=None, now=moment)
    old.refresh_from_db()
    assert old.state == Booking.State.CONFIRMED


def test_a_use_that_begins_between_the_yes_and_its_news_goes_on(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    asks_the_manager(desk)
    new = confirm_requested(booking=change(desk, old, 5, 6), by=None, now=desk.start - MINUTE)
    Booking.objects.filter(pk=old.pk).update(used_at=desk.start)
    settle_change(made=new, now=desk.start)
    old.refresh_from_db()
    assert (old.state, old.moved_at) == ("confirmed", None)


@pytest.mark.parametrize("who", ["alice", "teng"])
def test_who_gives_a_booking_up_withdraws_the_change_that_was_asked_for(desk: Desk, who: str) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    asks_the_manager(desk)
    new = change(desk, old, 5, 6)
    cancel_booking(booking=old, by=getattr(desk.they, who), now=desk.now)
    new.refresh_from_db()
    assert (new.state, new.cancelled_at, new.refused_at) == ("cancelled", desk.now, None)
    assert held() == []
    assert sorted(one["booking"] for one in told("bookings.cancelled")) == sorted([old.ulid, new.ulid])
    [notice] = Notice.objects.filter(kind="bookings.change_withdrawn")
    assert notice.user == desk.they.alice
    assert not PointEntry.objects.exists()
    with refused(WrongState, "bookings.not_requested"):
        confirm_requested(booking=new, by=None, now=desk.now)


def test_who_does_not_come_loses_the_change_that_was_asked_for_too(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    asks_the_manager(desk)
    new = change(desk, old, 5, 6)
    then = desk.start + 30 * MINUTE
    kept = Absence(since=desk.start, grace=30 * MINUTE, is_out=True)
    assert mark_no_show(booking=old, absence=kept, now=then) is Found.EXCUSED
    new.refresh_from_db()
    assert new.state == Booking.State.REQUESTED
    seen = Absence(since=desk.start, grace=30 * MINUTE)
    assert mark_no_show(booking=old, absence=seen, now=then) is Found.NO_SHOW
    new.refresh_from_db()
    assert (new.state, new.cancelled_at) == ("cancelled", then)
    assert held() == []
    [notice] = Notice.objects.filter(kind="bookings.change_withdrawn")
    assert notice.user == desk.they.alice
    assert [entry.kind for entry in PointEntry.objects.all()] == ["no_show"]


def test_a_cancellation_that_is_refused_withdraws_nothing(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    asks_the_manager(desk)
    new = change(desk, old, 5, 6)
    with refused(NotPermitted, "bookings.not_yours"):
        cancel_booking(booking=old, by=desk.they.bob, now=desk.now)
    new.refresh_from_db()
    assert new.state == Booking.State.REQUESTED
    assert not Notice.objects.filter(kind="bookings.change_withdrawn").exists()


def test_who_gives_up_what_was_asked_for_keeps_the_booking(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    asks_the_manager(desk)
    cancel_booking(booking=change(desk, old, 5, 6), by=desk.they.alice, now=desk.now)
    old.refresh_from_db()
    assert old.state == Booking.State.CONFIRMED
    assert not Notice.objects.filter(kind="bookings.change_withdrawn").exists()


def test_a_change_whose_time_is_over_hinders_no_cancellation(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 4, 6)
    asks_the_manager(desk)
    new = change(desk, old, 0, 1)
    moment = desk.start + 2 * HOUR
    assert cancel_booking(booking=old, by=desk.they.alice, now=moment).state == Booking.State.CANCELLED
    new.refresh_from_db()
    assert new.state == Booking.State.REQUESTED  # its case ends it: nobody answered in time


def test_a_change_to_which_everybody_agreed_stands(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    asks_the_manager(desk)
    new = confirm_requested(booking=change(desk, old, 5, 6), by=None, now=desk.now)
    cancel_booking(booking=old, by=desk.they.alice, now=desk.now)
    new.refresh_from_db()
    assert new.state == Booking.State.CONFIRMED


def test_whose_registration_ends_loses_both_at_once(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    asks_the_manager(desk)
    new = change(desk, old, 5, 6)
    end_user(user=desk.they.alice, reason="left", by=None, now=desk.now)
    outbox.relay(channel=outbox.WORKER, now=desk.now, limit=500)
    assert set(Booking.objects.filter(pk__in=[old.pk, new.pk]).values_list("state", flat=True)) == {
        "cancelled"
    }


def test_a_no_leaves_the_old_booking_as_it_was_and_another_change_may_be_asked_for(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    asks_the_manager(desk)
    with refused(WrongState, "bookings.change_overlaps"):
        change(desk, old, 1, 3)
    new = change(desk, old, 5, 6)
    refuse_requested(booking=new, by=None, now=desk.now, reason="booked out")
    old.refresh_from_db()
    assert old.state == Booking.State.CONFIRMED
    assert held() == [2 * HOUR_FEN["internal"]]
    assert change(desk, old, 7, 8).state == Booking.State.REQUESTED
    with refused(WrongState, "bookings.not_confirmed"):
        change(desk, Booking.objects.get(state="requested"), 9, 10)


def test_what_the_crew_changes_asks_nobody_and_accepted_time_is_asked_about(desk: Desk) -> None:
    certified(desk.they, desk.they.bob, desk.now)
    old = desk.book(desk.they.alice, 0, 2)
    asks_the_manager(desk)
    row = desk.join(desk.they.bob, 0, 2, 2)
    assert change(desk, old, 4, 5, by=desk.they.teng).state == Booking.State.CONFIRMED
    outbox.relay(channel=outbox.WORKER, now=desk.now)
    booking = accept_offer(waiting=row, by=desk.they.bob, now=desk.now)
    assert (booking.state, booking.route) == ("requested", "manager")
    row.refresh_from_db()
    assert (row.state, row.booking) == ("taken", booking)


def test_the_database_knows_one_successor(desk: Desk) -> None:
    old = desk.book(desk.they.alice, 0, 2)
    made = change(desk, old, 1, 3)
    other = desk.book(desk.they.alice, 5, 6)
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.filter(pk=other.pk).update(replaces=old)
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.filter(pk=made.pk).update(moved_at=desk.now)


@pytest.mark.django_db(transaction=True)
def test_changed_twice_at_once_it_is_changed_once(now: datetime) -> None:
    desk = desk_at(now)
    old = desk.book(desk.they.alice, 0, 2)
    ends = at_once(
        lambda: change(desk, old, 3, 4),
        lambda: change(desk, old, 5, 7),
        lambda: cancel_booking(booking=Booking.objects.get(pk=old.pk), by=desk.they.alice, now=desk.now),
    )
    assert sorted(ends) == ["bookings.cancelled", "bookings.cancelled", "done"]
    live = Booking.objects.filter(state=Booking.State.CONFIRMED)
    assert [one.estimated_fen for one in live] == held()
