"""Waiting for time: the order is kept, an offer is answered or lapses, and who may not book is told why."""

from datetime import datetime, timedelta

import pytest
from django.utils import translation

from apps.bookings.arranging import set_terms
from apps.bookings.models import Booking, Waiting
from apps.bookings.offering import serve
from apps.bookings.operations import book, cancel_booking
from apps.bookings.queries import my_bookings, upcoming
from apps.bookings.waiting import (
    accept_offer,
    decline_offer,
    leave_waiting,
    serve_all,
    standing_offer,
    waiting_for,
)
from apps.core import outbox
from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.funding.models import FundHold
from apps.funding.operations import freeze_fund
from apps.instruments.operations import start_outage
from apps.instruments.states import end_outage
from apps.notices.models import Notice
from apps.training.operations import withdraw_certificate
from tests.factories.facts import audited, told
from tests.factories.money import HOUR_FEN, funded
from tests.factories.queueing import HOUR, Line, certified, heard, line_at, offer_of
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def line(now: datetime) -> Line:
    return line_at(now)


def terms(line: Line, **numbers: int | None) -> None:
    set_terms(owner=line.desk.they.sem, numbers=numbers, by=line.desk.they.teng, now=line.desk.now)


def test_freed_time_is_offered_to_the_first_in_line_and_kept_for_them(line: Line) -> None:
    first = line.desk.join(line.bob, 0, 2, 2)
    second = line.desk.join(line.carla, 0, 2, 2)
    line.free()
    offer = offer_of(first)
    assert (offer.start, offer.end, offer.user) == (line.taken.start, line.taken.end, line.bob)
    assert offer.offered_until == line.desk.now + 30 * MINUTE
    assert (offer.state, offer.hold, offer.estimated_fen) == ("requested", None, 2 * HOUR_FEN["internal"])
    assert standing_offer(second) is None
    with refused(WrongState, "bookings.overlap"):
        line.desk.book(line.carla, 0, 2)
    assert [one["state"] for one in told("bookings.waiting_changed")] == ["waiting", "waiting", "offered"]
    (words,) = heard(line.bob, "bookings.offered")
    assert "11-24 10:00" in words


def test_accepting_books_it_as_any_booking_and_holds_the_money_once(line: Line) -> None:
    row = line.desk.join(line.bob, 0, 2, 2)
    line.free()
    booking = accept_offer(waiting=row, by=line.bob, now=line.desk.now + 29 * MINUTE)
    assert (booking.state, booking.user, booking.start) == ("confirmed", line.bob, line.taken.start)
    row.refresh_from_db()
    assert (row.state, row.booking) == ("taken", booking)
    held = FundHold.objects.filter(released_at__isnull=True)
    assert [one.amount_fen for one in held] == [booking.estimated_fen]
    assert list(upcoming(line.bob, line.desk.now)) == list(my_bookings(line.bob)) == [booking]
    assert not Notice.objects.filter(user=line.bob, read_at__isnull=True, kind="bookings.offered").exists()
    assert audited("bookings.accept_offer")[0].object_ref == f"waiting:{row.ulid}"
    with refused(WrongState, "bookings.no_offer"):
        accept_offer(waiting=row, by=line.bob, now=line.desk.now + 29 * MINUTE)


def test_nobody_answers_for_another(line: Line) -> None:
    row = line.desk.join(line.bob, 0, 2, 2)
    line.free()
    for who in (line.carla, line.desk.they.teng):
        with refused(NotPermitted, "bookings.not_your_offer"):
            accept_offer(waiting=row, by=who, now=line.desk.now)
        with refused(NotPermitted, "bookings.not_your_offer"):
            decline_offer(waiting=row, by=who, now=line.desk.now)
    with refused(NotPermitted, "bookings.not_yours"):
        leave_waiting(waiting=row, by=line.carla, now=line.desk.now)
    with refused(NotFound, "bookings.no_waiting"):
        waiting_for(line.carla, row.ulid, line.desk.now)
    with refused(NotPermitted, "bookings.not_yours"):
        line.desk.join(line.carla, 3, 4, 1, by=line.bob)
    assert waiting_for(line.desk.they.olga, row.ulid, line.desk.now) == row


def test_declined_time_goes_to_the_next_and_the_place_is_kept_for_other_time(line: Line) -> None:
    later = line.desk.book(line.desk.they.alice, 2, 4)
    first = line.desk.join(line.bob, 0, 4, 2)
    second = line.desk.join(line.carla, 0, 2, 2)
    line.free()
    row = decline_offer(waiting=first, by=line.bob, now=line.desk.now + MINUTE)
    assert row.state == Waiting.State.WAITING
    assert offer_of(second).start == line.taken.start
    leave_waiting(waiting=second, by=line.carla, now=line.desk.now + 2 * MINUTE)
    assert standing_offer(first) is None  # not the same time again
    cancel_booking(booking=later, by=later.user, now=line.desk.now + 3 * MINUTE)
    outbox.relay(channel=outbox.WORKER, now=line.desk.now + 3 * MINUTE)
    assert offer_of(first).start == later.start


def test_an_offer_that_nobody_answers_lapses_at_its_moment_and_the_next_is_asked(line: Line) -> None:
    first, second = line.desk.join(line.bob, 0, 2, 2), line.desk.join(line.carla, 0, 2, 2)
    line.free()
    assert serve_all(now=line.desk.now + 30 * MINUTE - timedelta(microseconds=1)) == 0
    assert serve_all(now=line.desk.now + 30 * MINUTE) == 1
    assert serve_all(now=line.desk.now + 30 * MINUTE) == 0
    first.refresh_from_db()
    assert first.state == Waiting.State.LAPSED
    assert offer_of(second).offered_until == line.desk.now + 60 * MINUTE
    assert len(heard(line.bob, "bookings.offer_lapsed")) == 1
    with refused(WrongState, "bookings.no_offer"):
        accept_offer(waiting=first, by=line.bob, now=line.desk.now + 31 * MINUTE)


def test_who_answers_late_before_any_clock_came_round_hands_on_and_is_told(line: Line) -> None:
    first, second = line.desk.join(line.bob, 0, 2, 2), line.desk.join(line.carla, 0, 2, 2)
    line.free()
    with refused(WrongState, "bookings.offer_lapsed"):
        accept_offer(waiting=first, by=line.bob, now=line.desk.now + 30 * MINUTE)
    first.refresh_from_db()
    assert first.state == Waiting.State.LAPSED
    assert offer_of(second).user == line.carla


def test_a_lapsed_offer_is_in_nobodys_way_when_no_one_else_waits(line: Line) -> None:
    line.desk.join(line.bob, 0, 2, 2)
    line.free()
    late = line.desk.now + 31 * MINUTE
    booking = line.desk.book(line.carla, 0, 2, now=late)
    assert booking.state == Booking.State.CONFIRMED
    assert Waiting.objects.get().state == Waiting.State.LAPSED


def test_a_clock_that_jumps_back_or_far_ahead_changes_nothing_but_what_is_over(line: Line) -> None:
    row = line.desk.join(line.bob, 0, 2, 2)
    line.free()
    assert serve_all(now=line.desk.now - HOUR) == 0
    assert offer_of(row).offered_until == line.desk.now + 30 * MINUTE
    assert serve_all(now=line.desk.now + timedelta(days=400)) == 0
    row.refresh_from_db()
    assert row.state == Waiting.State.LAPSED
    assert not Booking.objects.filter(state=Booking.State.REQUESTED).exists()


def test_the_same_news_twice_is_one_offer_and_one_notice(line: Line) -> None:
    line.desk.join(line.bob, 0, 2, 2)
    line.free()
    for _again in range(3):
        assert serve(instrument=line.desk.they.sem, now=line.desk.now, book=book) == []
    assert Booking.objects.filter(waiting__isnull=False).count() == 1
    assert len(heard(line.bob, "bookings.offered")) == 1


def test_nobody_books_past_the_line_even_before_it_was_served(line: Line) -> None:
    row = line.desk.join(line.bob, 0, 2, 2)
    cancel_booking(booking=line.taken, by=line.taken.user, now=line.desk.now)  # nobody has told it yet
    with refused(WrongState, "bookings.overlap"):
        line.desk.book(line.carla, 1, 2)
    assert line.desk.book(line.carla, 3, 4).user == line.carla
    outbox.relay(channel=outbox.WORKER, now=line.desk.now)
    assert offer_of(row).user == line.bob


def test_who_lost_the_certificate_is_passed_over_told_why_and_asked_again_when_it_is_mended(
    line: Line,
) -> None:
    first, second = line.desk.join(line.bob, 0, 2, 2), line.desk.join(line.carla, 0, 2, 2)
    certificate = line.bob.certificates.get()
    withdraw_certificate(certificate=certificate, reason="x", by=line.desk.they.teng, now=line.desk.now)
    line.free()
    first.refresh_from_db()
    assert (first.state, first.passed_code) == ("waiting", "bookings.no_certificate")
    (words,) = heard(line.bob, "bookings.passed_over")
    assert "操作证" in words
    with translation.override("en"):
        assert "certificate" in heard(line.bob, "bookings.passed_over")[0]
    assert offer_of(second).user == line.carla
    certified(line.desk.they, line.bob, line.desk.now, source="training:again")
    decline_offer(waiting=second, by=line.carla, now=line.desk.now + MINUTE)
    assert offer_of(first).user == line.bob
    assert len(heard(line.bob, "bookings.passed_over")) == 1


def test_who_has_no_money_left_is_passed_over_and_may_accept_from_another_fund(line: Line) -> None:
    poor = funded(line.desk.they.group, line.desk.now, number="QY-F-2", amount_fen=0)
    first = line.desk.join(line.bob, 0, 2, 2, fund=poor)
    second = line.desk.join(line.carla, 0, 2, 2)
    line.free()
    first.refresh_from_db()
    assert first.passed_code == "funding.insufficient"
    freeze_fund(fund=line.desk.fund, reason="audit", by=line.desk.they.office, now=line.desk.now)
    with refused(NotPermitted, "funding.not_usable"):
        accept_offer(waiting=second, by=line.carla, now=line.desk.now)
    assert offer_of(second).user == line.carla  # refused, the offer stands
    rich = funded(line.desk.they.group, line.desk.now, number="QY-F-3")
    assert accept_offer(waiting=second, by=line.carla, now=line.desk.now, fund=rich).fund == rich


def test_an_offer_is_answered_before_the_notice_period_begins(line: Line) -> None:
    terms(line, notice_minutes=60)
    row = line.desk.join(line.bob, 0, 2, 1)
    near = line.taken.start - 75 * MINUTE
    line.free(near)
    offer = offer_of(row)
    assert (offer.start, offer.offered_until) == (line.taken.start, line.taken.start - HOUR)
    assert accept_offer(waiting=row, by=line.bob, now=line.taken.start - HOUR - MINUTE).start == offer.start


def test_time_that_begins_too_soon_is_offered_from_later_on_or_not_at_all(line: Line) -> None:
    terms(line, notice_minutes=60, grid_minutes=15)
    row = line.desk.join(line.bob, 0, 2, 1)
    line.free(line.taken.start - 65 * MINUTE)
    assert offer_of(row).start == line.taken.start + 15 * MINUTE
    leave_waiting(waiting=row, by=line.bob, now=line.taken.start - 60 * MINUTE)
    with refused(Invalid, "bookings.waiting_window"):
        line.desk.join(line.bob, 0, 2, 1, now=line.taken.start)


def test_one_piece_of_time_serves_several_who_fit_into_it(line: Line) -> None:
    rows = [line.desk.join(line.bob, 0, 2, 1), line.desk.join(line.carla, 0, 2, 1)]
    line.free()
    assert [offer_of(row).start - line.taken.start for row in rows] == [timedelta(), HOUR]


def test_who_needs_more_than_is_free_waits_while_a_later_one_fits(line: Line) -> None:
    line.desk.book(line.desk.they.alice, 2, 4)
    long, short = line.desk.join(line.bob, 0, 4, 4), line.desk.join(line.carla, 0, 4, 2)
    line.free()
    assert standing_offer(long) is None
    assert offer_of(short).user == line.carla
    long.refresh_from_db()
    assert (long.state, long.passed_code) == ("waiting", "")


def test_the_end_of_an_outage_frees_time_too(line: Line) -> None:
    outage = start_outage(
        instrument=line.desk.they.sem,
        starts_at=line.desk.start + 3 * HOUR,
        ends_at=line.desk.start + 5 * HOUR,
        reason_zh="保养",
        by=line.desk.they.teng,
        now=line.desk.now,
    )
    row = line.desk.join(line.bob, 3, 5, 2)
    outbox.relay(channel=outbox.WORKER, now=line.desk.now)
    assert standing_offer(row) is None
    end_outage(outage=outage, by=line.desk.they.teng, now=line.desk.now)
    outbox.relay(channel=outbox.WORKER, now=line.desk.now)
    assert offer_of(row).start == line.desk.start + 3 * HOUR
