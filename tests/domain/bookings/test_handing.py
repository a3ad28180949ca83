"""Handing a booking over: it stays theirs until the other takes it, on their own certificate and money."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.bookings.handing import (
    decline_hand_over,
    hand_over_for,
    lapse_hand_overs,
    offer_hand_over,
    offered_by,
    offered_to,
    take_over,
    takers,
    withdraw_hand_over,
)
from apps.bookings.models import Booking, HandOver, PointEntry
from apps.bookings.operations import cancel_booking
from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.funding.models import FundHold
from apps.people.operations import suspend_user
from tests.factories.facts import audited
from tests.factories.money import funded
from tests.factories.queueing import DAY, HOUR, Desk, certified, desk_at, heard
from tests.factories.races import at_once
from tests.factories.refusals import refused
from tests.people import cleared

pytestmark = pytest.mark.django_db
FROM = re.compile(r'SELECT .* FROM "(\w+)"')


@pytest.fixture
def desk(now: datetime) -> Desk:
    return desk_at(now)


def offered(desk: Desk) -> HandOver:
    booking = desk.book(desk.they.alice, 0, 2)
    return offer_hand_over(booking=booking, to=desk.they.bob, by=desk.they.alice, now=desk.now)


def test_taken_over_it_is_theirs_paid_from_their_fund_and_nobody_has_points(desk: Desk) -> None:
    certified(desk.they, desk.they.bob, desk.now)
    theirs = funded(desk.they.group, desk.now, number="QY-F-2")
    row = offered(desk)
    assert "艾丽" in heard(desk.they.bob, "bookings.hand_over_offered")[0]
    late = desk.start - HOUR
    made = take_over(hand_over=row, by=desk.they.bob, fund=theirs, now=late - timedelta(hours=1))
    assert (made.user, made.start, made.fund, made.replaces) == (
        desk.they.bob,
        row.booking.start,
        theirs,
        row.booking,
    )
    (hold,) = FundHold.objects.filter(released_at__isnull=True)
    assert (hold.fund, hold.user, hold.amount_fen) == (theirs, desk.they.bob, made.estimated_fen)
    row.refresh_from_db()
    assert (row.state, row.taken) == ("taken", made)
    assert not PointEntry.objects.exists()
    assert "已接手" in heard(desk.they.alice, "bookings.hand_over_answered")[0]
    assert audited("bookings.take_over")[0].object_ref == f"hand_over:{row.ulid}"
    with refused(WrongState, "bookings.hand_over_gone"):
        take_over(hand_over=row, by=desk.they.bob, fund=theirs, now=late)


def test_who_may_not_use_it_does_not_take_it_and_it_stays_whose_it_is(desk: Desk) -> None:
    row = offered(desk)
    with refused(WrongState, "bookings.no_certificate"):
        take_over(hand_over=row, by=desk.they.bob, fund=desk.fund, now=desk.now)
    certified(desk.they, desk.they.bob, desk.now)
    with refused(Invalid, "bookings.no_fund"):
        take_over(hand_over=row, by=desk.they.bob, fund=None, now=desk.now)
    row.booking.refresh_from_db()
    assert (row.booking.state, row.booking.user) == ("confirmed", desk.they.alice)
    assert FundHold.objects.get(released_at__isnull=True).user == desk.they.alice
    assert HandOver.objects.get().state == "offered"


def test_only_its_person_offers_and_only_who_is_asked_answers(desk: Desk) -> None:
    row = offered(desk)
    they = desk.they
    for who in (they.bob, they.teng):
        with refused(NotPermitted, "bookings.not_yours"):
            offer_hand_over(booking=row.booking, to=they.wang, by=who, now=desk.now)
    for who in (they.alice, they.teng):
        with refused(NotPermitted, "bookings.not_your_hand_over"):
            take_over(hand_over=row, by=who, fund=desk.fund, now=desk.now)
        with refused(NotPermitted, "bookings.not_your_hand_over"):
            decline_hand_over(hand_over=row, by=who, now=desk.now)
    with refused(NotPermitted, "bookings.not_yours"):
        withdraw_hand_over(hand_over=row, by=they.bob, now=desk.now)
    assert hand_over_for(they.alice, row.ulid) == hand_over_for(they.bob, row.ulid) == row
    with refused(NotFound, "bookings.no_hand_over"):
        hand_over_for(they.teng, row.ulid)


def test_it_is_offered_to_one_at_a_time_who_is_somebody_else_and_may_act(desk: Desk) -> None:
    row = offered(desk)
    alice, wang = desk.they.alice, desk.they.wang
    with refused(WrongState, "bookings.handed_already"):
        offer_hand_over(booking=row.booking, to=wang, by=alice, now=desk.now)
    with refused(Invalid, "bookings.own_hand_over"):
        offer_hand_over(booking=row.booking, to=alice, by=alice, now=desk.now)
    suspend_user(user=desk.they.charlie, reason="x", by=desk.they.office, now=desk.now)
    with refused(Invalid, "bookings.no_taker"):
        offer_hand_over(booking=row.booking, to=desk.they.charlie, by=alice, now=desk.now)
    assert set(takers(alice, desk.now)) == {desk.they.bob, wang}
    withdraw_hand_over(hand_over=row, by=alice, now=desk.now)
    assert "已收回" in heard(desk.they.bob, "bookings.hand_over_answered")[0]
    again = offer_hand_over(booking=row.booking, to=wang, by=alice, now=desk.now)
    assert offered_by(alice, desk.now) == {row.booking_id: again}
    assert list(offered_to(wang, desk.now)) == [again]
    decline_hand_over(hand_over=again, by=wang, now=desk.now)
    assert not offered_to(wang, desk.now).exists()


def test_what_nobody_answers_lapses_at_its_moment_or_with_its_booking(desk: Desk) -> None:
    row = offered(desk)
    assert row.until == row.booking.start  # a day ahead, which is the limit, too
    certified(desk.they, desk.they.bob, desk.now)
    with refused(WrongState, "bookings.hand_over_gone"):
        take_over(hand_over=row, by=desk.they.bob, fund=desk.fund, now=row.until)
    assert lapse_hand_overs(now=row.until - timedelta(microseconds=1)) == 0
    assert lapse_hand_overs(now=row.until) == 1
    assert lapse_hand_overs(now=row.until) == 0
    other = desk.book(desk.they.alice, 4, 5)
    gone = offer_hand_over(booking=other, to=desk.they.bob, by=desk.they.alice, now=desk.now)
    cancel_booking(booking=other, by=desk.they.alice, now=desk.now)
    with refused(WrongState, "bookings.cancelled"):
        take_over(hand_over=gone, by=desk.they.bob, fund=desk.fund, now=desk.now)
    assert not offered_to(desk.they.bob, desk.now).exists()
    assert lapse_hand_overs(now=desk.now) == 1
    assert set(HandOver.objects.values_list("state", flat=True)) == {"lapsed"}


def test_what_has_begun_or_is_for_a_course_is_not_handed_over(desk: Desk) -> None:
    booking = desk.book(desk.they.alice, 0, 2)
    with refused(WrongState, "bookings.begun"):
        offer_hand_over(booking=booking, to=desk.they.bob, by=desk.they.alice, now=desk.start)
    cleared(desk.they.teng, desk.now - DAY, desk.now + 30 * DAY)
    course = desk.book(desk.they.teng, 4, 6, purpose="teaching", fund=None)
    with refused(WrongState, "bookings.hand_over_purpose"):
        offer_hand_over(booking=course, to=desk.they.bob, by=desk.they.teng, now=desk.now)


@pytest.mark.django_db(transaction=True)
def test_taking_and_taking_back_at_once_is_one_of_them(now: datetime) -> None:
    desk = desk_at(now)
    certified(desk.they, desk.they.bob, now)
    row = offered(desk)
    ends = at_once(
        lambda: take_over(hand_over=row, by=desk.they.bob, fund=desk.fund, now=now),
        lambda: withdraw_hand_over(hand_over=row, by=desk.they.alice, now=now),
        lambda: take_over(hand_over=row, by=desk.they.bob, fund=desk.fund, now=now),
    )
    assert sorted(ends) == ["bookings.hand_over_gone", "bookings.hand_over_gone", "done"]
    assert Booking.objects.filter(state="confirmed").count() == 1
    assert FundHold.objects.filter(released_at__isnull=True).count() == 1


def test_the_person_is_locked_before_the_instrument_as_by_who_begins_to_wait(desk: Desk) -> None:
    """In two orders at once, two requests of one person would wait for each other."""
    certified(desk.they, desk.they.bob, desk.now)
    theirs = funded(desk.they.group, desk.now, number="QY-F-2")
    row = offered(desk)
    with CaptureQueriesContext(connection) as asked:
        take_over(hand_over=row, by=desk.they.bob, fund=theirs, now=desk.now)
    tables = [match[1] for one in asked if (match := FROM.search(one["sql"]))]
    assert tables.index("people_user") < tables.index("instruments_instrument")
