"""Booking while others write: a deadlock is done again, and a wait in vain changes nothing and says so."""

import threading
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction

from apps.bookings.models import Booking
from apps.bookings.moving import change_booking
from apps.bookings.operations import cancel_booking
from apps.core.errors import Busy
from apps.decisions.models import DecisionRecord
from apps.funding.models import FundHold
from apps.instruments.models import Instrument
from tests.factories.queueing import HOUR, Desk, desk_at
from tests.factories.refusals import refused
from tests.fakes.contention import deadlock, locked, meeting

pytestmark = pytest.mark.django_db(transaction=True)
INSERT = 'INSERT INTO "bookings_booking"'
UPDATE = 'UPDATE "bookings_booking"'


@pytest.fixture
def desk(now: datetime) -> Desk:
    return desk_at(now)


def held() -> int:
    return FundHold.objects.filter(released_at__isnull=True).count()


def test_a_deadlock_is_done_again_and_books_once(desk: Desk) -> None:
    with meeting(deadlock, INSERT, times=2) as met:
        made = desk.book(desk.they.alice, 0, 2)
    assert len(met) == 2
    assert Booking.objects.get() == made
    assert held() == 1
    assert DecisionRecord.objects.filter(point="booking.admission").count() == 1


def test_a_wait_in_vain_changes_nothing_and_the_next_attempt_may_succeed(desk: Desk) -> None:
    with meeting(locked, INSERT, times=1), refused(Busy, "core.busy"):
        desk.book(desk.they.alice, 0, 2)
    assert not Booking.objects.exists()
    assert not DecisionRecord.objects.filter(point="booking.admission").exists()
    assert held() == 0
    made = desk.book(desk.they.alice, 0, 2)
    change: dict[str, Any] = {
        "booking": made,
        "start": made.end,
        "end": made.end + HOUR,
        "by": desk.they.alice,
    }
    with meeting(locked, INSERT, times=1), refused(Busy, "core.busy"):
        change_booking(now=desk.now, **change)
    made.refresh_from_db()
    assert (made.state, held()) == ("confirmed", 1)
    with meeting(locked, UPDATE, times=1), refused(Busy, "core.busy"):
        cancel_booking(booking=made, by=desk.they.alice, now=desk.now)
    with meeting(deadlock, UPDATE, times=1):
        cancel_booking(booking=made, by=desk.they.alice, now=desk.now)
    made.refresh_from_db()
    assert (made.state, held()) == ("cancelled", 0)


def test_somebody_who_really_keeps_the_lock_is_waited_for_and_then_told_of(desk: Desk) -> None:
    kept, leave = threading.Event(), threading.Event()

    def keep() -> None:
        try:
            with transaction.atomic():
                Instrument.objects.select_for_update().get(pk=desk.they.sem.pk)
                kept.set()
                leave.wait(timeout=30)
        finally:
            connection.close()

    other = threading.Thread(target=keep)
    other.start()
    assert kept.wait(timeout=30)
    # The database waits for a moment here, instead of 20 s.
    is_sqlite = connection.vendor == "sqlite"
    short, usual = (
        ("PRAGMA busy_timeout = 50", "PRAGMA busy_timeout = 20000")
        if is_sqlite
        else ("SET lock_timeout = '50ms'", "SET lock_timeout = 0")
    )
    with connection.cursor() as cursor:
        cursor.execute(short)
    try:
        with refused(Busy, "core.busy"):
            desk.book(desk.they.alice, 0, 2)
    finally:
        leave.set()
        other.join()
        with connection.cursor() as cursor:
            cursor.execute(usual)
    assert not Booking.objects.exists()
    assert desk.book(desk.they.alice, 0, 2).state == Booking.State.CONFIRMED
