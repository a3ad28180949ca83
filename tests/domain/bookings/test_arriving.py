"""Saying at the instrument that one is here: who, when, once; and what it means for a no-show."""

from datetime import datetime, timedelta

import pytest

from apps.bookings.absence import Found, mark_no_show
from apps.bookings.arriving import booking_at, check_in
from apps.bookings.cancelling import Absence
from apps.bookings.models import Booking, PointEntry
from apps.bookings.operations import cancel_booking
from apps.core.errors import NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.usage.absence import note_absences
from tests import people
from tests.domain.bookings.test_booking import Desk
from tests.factories.facts import audited, told
from tests.factories.money import funded, priced
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(now: datetime) -> Desk:
    they = people.gather_with_rules(now)
    before = now - 30 * 24 * HOUR
    priced(they.sem, before)
    return Desk(they, funded(they.group, before), now)


def test_the_first_time_counts_and_is_told_once(desk: Desk) -> None:
    booking = desk.book()
    at = booking.start - 5 * MINUTE
    check_in(booking=booking, by=desk.they.alice, now=at)
    check_in(booking=booking, by=desk.they.alice, now=at + HOUR)
    booking.refresh_from_db()
    assert booking.checked_in_at == at
    payload = {"booking": booking.ulid, "instrument": desk.they.sem.ulid, "user": desk.they.alice.ulid}
    assert told("bookings.checked_in") == [payload]
    assert len(audited("bookings.check_in")) == 1


def test_only_the_person_and_only_while_it_may_be_used(desk: Desk) -> None:
    booking, alice = desk.book(), desk.they.alice
    for other in (desk.they.bob, desk.they.teng):
        with refused(NotPermitted, "bookings.not_yours"):
            check_in(booking=booking, by=other, now=booking.start)
    with refused(WrongState, "bookings.too_early"):
        check_in(booking=booking, by=alice, now=booking.start - 11 * MINUTE)
    with refused(WrongState, "bookings.over"):
        check_in(booking=booking, by=alice, now=booking.end)
    cancel_booking(booking=booking, by=alice, now=desk.now)
    with refused(WrongState, "bookings.not_confirmed"):
        check_in(booking=booking, by=alice, now=booking.start)
    booking.refresh_from_db()
    assert booking.checked_in_at is None


def _absence(booking: Booking) -> Absence:
    return Absence(since=booking.start, grace=30 * MINUTE, is_out=False, is_offline=False, is_taken=False)


@pytest.mark.parametrize(("counts", "points"), [(True, 0), (False, 1)])
def test_who_checked_in_is_no_no_show_where_the_school_says_so(
    desk: Desk, *, counts: bool, points: int
) -> None:
    ParameterValue.objects.create(
        key="bookings.check_in_counts", value=counts, valid_from=desk.now, reason="test"
    )
    booking = desk.book()
    check_in(booking=booking, by=desk.they.alice, now=booking.start)
    for minute in range(45):
        note_absences(now=booking.start + minute * MINUTE, heard={desk.they.sem.pk: True})
    assert PointEntry.objects.count() == points
    booking.refresh_from_db()
    assert (booking.no_show_at is None) == counts


def test_who_checks_in_while_the_wait_is_judged_has_come(desk: Desk) -> None:
    booking = desk.book()
    stale = Booking.objects.select_related("instrument", "user").get(pk=booking.pk)
    check_in(booking=booking, by=desk.they.alice, now=booking.start + 29 * MINUTE)
    found = mark_no_show(booking=stale, absence=_absence(stale), now=booking.start + 30 * MINUTE)
    assert found is Found.GONE


def test_the_booking_that_is_meant_is_the_one_now_else_the_next_of_the_day(desk: Desk) -> None:
    alice, sem = desk.they.alice, desk.they.sem
    assert booking_at(alice, sem.pk, desk.now) is None
    later = desk.book(start=desk.now + 5 * HOUR, end=desk.now + 6 * HOUR)
    sooner = desk.book()
    assert booking_at(alice, sem.pk, desk.now) == sooner
    assert booking_at(alice, sem.pk, sooner.end) == later
    assert booking_at(desk.they.bob, sem.pk, desk.now) is None
    assert booking_at(alice, sem.pk, later.end) is None
