"""Who may join the line and where they stand, who leaves it, and what the database itself refuses."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.bookings.models import Booking, PointEntry, Waiting
from apps.bookings.operations import cancel_booking
from apps.bookings.queries import booking_for
from apps.bookings.tasks import serve_waiting
from apps.bookings.waiting import (
    leave_waiting,
    my_waiting,
    serve_all,
    standing_offer,
    waiting_list,
)
from apps.core.errors import Invalid, WrongState
from apps.core.models import ParameterValue
from apps.funding.operations import freeze_fund, unfreeze_fund
from apps.notices.models import Notice
from apps.people.operations import end_user, suspend_user
from apps.training.operations import withdraw_certificate
from tests.factories.facts import told
from tests.factories.instruments import sister
from tests.factories.queueing import HOUR, Line, line_at, offer_of, student
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def line(now: datetime) -> Line:
    return line_at(now)


def test_joining_is_refused_where_time_is_free_and_offers_nothing(line: Line) -> None:
    with refused(WrongState, "bookings.still_free") as met:
        line.desk.join(line.bob, 1, 4, 1)
    assert met.details["start"] == (line.desk.start + 2 * HOUR).isoformat()
    assert not Waiting.objects.exists()
    assert Booking.objects.count() == 1
    assert not Notice.objects.filter(user=line.bob).exists()


def test_nobody_waits_twice_for_the_same_time_nor_for_too_many(line: Line) -> None:
    line.desk.book(line.desk.they.alice, 2, 4)
    line.desk.join(line.bob, 0, 2, 2)
    with refused(WrongState, "bookings.waits_already"):
        line.desk.join(line.bob, 1, 4, 2)
    line.desk.join(line.bob, 2, 4, 2)
    ParameterValue.objects.create(key="bookings.waiting_most", value=2, valid_from=line.desk.now, reason="x")
    line.desk.book(line.desk.they.alice, 4, 5)
    with refused(WrongState, "bookings.waiting_most"):
        line.desk.join(line.bob, 4, 5, 1)


def test_a_line_at_an_instrument_is_no_longer_than_the_school_says(line: Line) -> None:
    now, desk = line.desk.now, line.desk
    desk.book(desk.they.alice, 2, 4)
    ParameterValue.objects.create(key="bookings.waiting_line", value=2, valid_from=now, reason="x")
    first = desk.join(line.bob, 0, 2, 2)
    desk.join(line.carla, 0, 2, 2)
    Waiting.objects.filter(pk=first.pk).update(instrument=sister(desk.they.sem, "ZZ1", now))
    first = desk.join(line.bob, 0, 2, 2)  # each instrument has its own line
    dora = student(desk.they, "dora", now)
    with refused(WrongState, "bookings.waiting_line") as met:
        desk.join(dora, 0, 2, 2)
    assert met.details == {"most": 2}
    assert Waiting.objects.filter(user=dora).count() == 0
    leave_waiting(waiting=first, by=line.bob, now=now)
    assert desk.join(dora, 0, 2, 2).state in Waiting.OPEN


def test_who_could_never_book_it_does_not_wait_for_it(line: Line) -> None:
    stranger = student(line.desk.they, "dora", line.desk.now)
    certificate = stranger.certificates.get()
    withdraw_certificate(certificate=certificate, reason="x", by=line.desk.they.teng, now=line.desk.now)
    with refused(WrongState, "bookings.no_certificate"):
        line.desk.join(stranger, 0, 2, 2)
    with refused(Invalid, "bookings.too_long") as met:
        line.desk.join(line.bob, 0, 40, 30)
    assert met.field == "minutes"
    with refused(Invalid, "bookings.no_fund"):
        line.desk.join(line.bob, 0, 2, 2, fund=None)
    with refused(Invalid, "bookings.waiting_window"):
        line.desk.join(line.bob, 0, 1, 2)


def test_places_count_only_those_whose_windows_meet(line: Line) -> None:
    line.desk.book(line.desk.they.alice, 2, 4)
    line.desk.join(line.bob, 0, 2, 2)
    line.desk.join(line.carla, 2, 4, 2)
    dora = student(line.desk.they, "dora", line.desk.now)
    line.desk.join(dora, 0, 4, 1)
    assert [row.place for row in waiting_list(line.desk.they.sem)] == [1, 1, 3]
    leave_waiting(waiting=my_waiting(line.bob)[0], by=line.bob, now=line.desk.now)
    assert [row.place for row in my_waiting(dora)] == [2]


def test_cancelling_an_offer_declines_it_and_costs_nobody_points(line: Line) -> None:
    row = line.desk.join(line.bob, 0, 2, 2)
    line.free(line.taken.start - HOUR)
    points = PointEntry.objects.count()  # Alice's
    offer = booking_for(line.bob, offer_of(row).ulid, line.desk.now)
    cancel_booking(booking=offer, by=line.bob, now=line.taken.start - HOUR)
    row.refresh_from_db()
    assert row.state == Waiting.State.WAITING
    assert PointEntry.objects.count() == points
    assert len(told("bookings.cancelled")) == 1


def test_who_leaves_the_school_waits_nowhere_and_who_is_suspended_keeps_the_place(line: Line) -> None:
    rows = [line.desk.join(line.bob, 0, 2, 2), line.desk.join(line.carla, 0, 2, 2)]
    suspend_user(user=line.bob, reason="x", by=line.desk.they.office, now=line.desk.now)
    end_user(user=line.carla, reason="left", by=line.desk.they.office, now=line.desk.now)
    line.free(line.desk.now + MINUTE)
    for row in rows:
        row.refresh_from_db()
    assert [row.state for row in rows] == ["waiting", "left"]
    assert rows[0].passed_code == "bookings.suspended"


def test_the_clock_serves_those_first_whom_it_looked_at_longest_ago(line: Line) -> None:
    row = line.desk.join(line.bob, 0, 2, 2)
    cancel_booking(booking=line.taken, by=line.taken.user, now=line.desk.now)
    assert serve_all(now=line.desk.now, limit=0) == 0
    assert serve_all(now=line.desk.now, limit=1) == 1
    assert Waiting.objects.get(pk=row.pk).looked_at == line.desk.now
    assert serve_waiting() == 0  # long after: nothing is left to offer


def _offer_past_every_operation(offer: Booking) -> None:
    """A second offer for the same row, of the hour after the first."""
    Booking.objects.create(
        instrument=offer.instrument,
        user=offer.user,
        start=offer.end,
        end=offer.end + HOUR,
        state="requested",
        requested_at=offer.requested_at,
        waiting=offer.waiting,
        offered_until=offer.offered_until,
    )


def test_the_database_knows_one_open_offer_for_a_row_and_no_offer_that_holds_or_is_confirmed(
    line: Line,
) -> None:
    row = line.desk.join(line.bob, 0, 2, 1)
    line.free()
    offer = offer_of(row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.filter(pk=offer.pk).update(state="confirmed")
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.filter(pk=offer.pk).update(offered_until=offer.start + MINUTE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.filter(pk=offer.pk).update(offered_until=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        _offer_past_every_operation(offer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiting.objects.filter(pk=row.pk).update(state="taken", ended_at=line.desk.now)


def test_a_frozen_fund_that_thaws_serves_by_the_clock(line: Line) -> None:
    row = line.desk.join(line.bob, 0, 2, 2)
    freeze_fund(fund=line.desk.fund, reason="audit", by=line.desk.they.office, now=line.desk.now)
    line.free()
    assert standing_offer(row) is None
    unfreeze_fund(fund=line.desk.fund, reason="ok", by=line.desk.they.office, now=line.desk.now)
    assert serve_all(now=line.desk.now + MINUTE) == 1


def test_nobody_waits_for_centuries(line: Line) -> None:
    for latest in (line.desk.now + timedelta(days=367), datetime(9998, 12, 31, tzinfo=UTC)):
        with refused(Invalid, "bookings.waiting_window") as met:
            line.desk.join(line.bob, 0, 2, 1, latest=latest)
        assert met.field == "latest"
