"""People who answer, leave, join and book at the same moment over real connections: one of them wins, and the
line is what it would be if they had come one after another.
"""

from datetime import datetime, timedelta

import pytest

from apps.bookings.models import Booking, Waiting
from apps.bookings.offering import serve
from apps.bookings.operations import book, cancel_booking
from apps.bookings.waiting import accept_offer, decline_offer, leave_waiting, waiting_list
from apps.funding.models import FundHold
from tests.factories.queueing import Desk, certified, desk_at, student
from tests.factories.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(now: datetime) -> Desk:
    desk = desk_at(now)
    certified(desk.they, desk.they.bob, now)
    return desk


def _offered(desk: Desk) -> Waiting:
    taken = desk.book(desk.they.alice, 0, 2)
    row = desk.join(desk.they.bob, 0, 2, 2)
    cancel_booking(booking=taken, by=None, now=desk.now)
    serve(instrument=desk.they.sem, now=desk.now, book=book)
    return row


def _again(row: Waiting) -> Waiting:
    return Waiting.objects.select_related("instrument", "user", "fund").get(pk=row.pk)


def test_two_acceptances_at_once_are_one_booking(desk: Desk) -> None:
    row = _offered(desk)
    bob = desk.they.bob

    def accept() -> None:
        accept_offer(waiting=_again(row), by=bob, now=desk.now)

    assert sorted(at_once(accept, accept, accept)) == ["bookings.no_offer", "bookings.no_offer", "done"]
    assert Booking.objects.filter(state="confirmed").count() == 1
    assert FundHold.objects.filter(released_at__isnull=True).count() == 1


def test_accepting_declining_and_leaving_at_once_is_one_of_them(desk: Desk) -> None:
    row = _offered(desk)
    ends = at_once(
        lambda: accept_offer(waiting=_again(row), by=desk.they.bob, now=desk.now),
        lambda: decline_offer(waiting=_again(row), by=desk.they.bob, now=desk.now),
        lambda: leave_waiting(waiting=_again(row), by=desk.they.bob, now=desk.now),
    )
    state = _again(row).state
    booked = Booking.objects.filter(state="confirmed").count()
    assert booked == (state == Waiting.State.TAKEN) == (ends[0] == "done")
    assert not Booking.objects.filter(state="requested").exists()
    assert state in (Waiting.State.TAKEN, Waiting.State.LEFT)


def test_an_answer_and_the_lapse_at_once_are_one_of_them(desk: Desk) -> None:
    row = _offered(desk)
    sem = desk.they.sem
    late = desk.now + 30 * MINUTE
    ends = at_once(
        lambda: accept_offer(waiting=_again(row), by=desk.they.bob, now=late - MINUTE),
        lambda: serve(instrument=sem, now=late, book=book),
        lambda: serve(instrument=sem, now=late, book=book),
    )
    assert ends[1:] == ["done", "done"]
    assert (_again(row).state, ends[0]) in (
        (Waiting.State.TAKEN, "done"),
        (Waiting.State.LAPSED, "bookings.no_offer"),
    )


def test_those_who_join_at_once_stand_in_one_line_and_freed_time_goes_to_its_head(desk: Desk) -> None:
    taken = desk.book(desk.they.alice, 0, 2)
    users = [desk.they.bob, *(student(desk.they, f"s{number}", desk.now) for number in range(3))]
    assert at_once(*(lambda user=user: desk.join(user, 0, 2, 2) for user in users)) == ["done"] * 4
    assert [row.place for row in waiting_list(desk.they.sem)] == [1, 2, 3, 4]
    head = waiting_list(desk.they.sem)[0]
    cancel_booking(booking=taken, by=None, now=desk.now)
    pushy = student(desk.they, "pushy", desk.now)
    ends = at_once(
        lambda: desk.book(pushy, 0, 2),
        lambda: serve(instrument=desk.they.sem, now=desk.now, book=book),
        lambda: desk.book(pushy, 1, 2),
    )
    assert ends == ["bookings.overlap", "done", "bookings.overlap"]
    assert Booking.objects.get(state="requested").user == head.user


def test_the_same_person_joins_once_whatever_they_press(desk: Desk) -> None:
    desk.book(desk.they.alice, 0, 2)
    ends = at_once(*(lambda: desk.join(desk.they.bob, 0, 2, 2) for _click in range(3)))
    assert sorted(ends) == ["bookings.waits_already", "bookings.waits_already", "done"]
