"""Late cancelling on record, its points, how long they count, and the appeal against them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.bookings.cancelling import price_of_cancelling
from apps.bookings.models import Booking, PointAppeal, PointEntry
from apps.bookings.operations import cancel_booking, note_use
from apps.bookings.points import (
    appeal,
    counting_entries,
    counts_at,
    decide_appeal,
    falls_under,
    give_points,
)
from apps.core.clock import school_time
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.core.outbox import WORKER, relay
from apps.decisions.models import DecisionRecord, RuleSetVersion
from apps.decisions.replay import replay
from apps.instruments.models import HOSTING_ENDED
from apps.instruments.operations import lock_instrument, start_outage
from apps.notices.models import Notice
from apps.people.models import User
from tests import people
from tests.domain.bookings.test_booking import Desk
from tests.factories.facts import audited, told
from tests.factories.money import funded, priced
from tests.factories.refusals import refused
from tests.people import cleared

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
moments = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - hypothesis wants them naive
    max_value=datetime(2028, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(given_at=moments, at=moments, days=st.integers(1, 400))
def test_points_count_from_their_moment_on_for_exactly_the_window(
    given_at: datetime, at: datetime, days: int
) -> None:
    window = days * DAY
    tick = timedelta(microseconds=1)
    assert counts_at(given_at, given_at, window)
    assert counts_at(given_at, given_at + window - tick, window)
    assert not counts_at(given_at, given_at + window, window)
    assert not counts_at(given_at, given_at - tick, window)
    # A longer window never forgives what a shorter one counts.
    assert not counts_at(given_at, at, window) or counts_at(given_at, at, window + DAY)


@given(
    given_at=st.lists(st.tuples(moments, st.integers(1, 5)), max_size=8).map(sorted),
    limit=st.integers(1, 12),
    days=st.integers(1, 400),
)
def test_the_day_from_which_points_fall_under_the_limit_is_the_first_such_moment(
    given_at: list[tuple[datetime, int]], limit: int, days: int
) -> None:
    window = days * DAY
    moment = falls_under(given_at, limit, window)
    total = sum(points for _at, points in given_at)
    assert (moment is None) == (total < limit)
    if moment is not None:
        just_before = moment - timedelta(microseconds=1)
        # Nothing is added any more: only the end of each window counts.
        for at, under in ((just_before, False), (moment, True)):
            left = sum(points for first, points in given_at if at < first + window)
            assert (left < limit) == under


def points_in_force(user: User, now: datetime) -> int:
    """The sum of the points that count now."""
    return sum(entry.points for entry in counting_entries(user, now))


@pytest.fixture
def desk(now: datetime, db: None) -> Desk:
    they = people.gather_with_rules(now)
    before = now - 30 * DAY
    priced(they.sem, before)
    # Booked and cancelled at one moment, which would be a mistake of booking: see the tests of that.
    ParameterValue.objects.create(key="bookings.mistake_minutes", value=0, valid_from=before, reason="tests")
    return Desk(they, funded(they.group, before, amount_fen=1_000_000_00), now)


def _cancel(desk: Desk, booking: Booking, **changes: Any) -> Booking:
    return cancel_booking(**{"booking": booking, "by": desk.they.alice, "now": desk.now, **changes})


def _late(desk: Desk, **changes: Any) -> PointEntry:
    """Alice cancels an hour before the start."""
    booking = desk.book(**changes)
    _cancel(desk, booking, now=changes.get("now", desk.now))
    return PointEntry.objects.get(booking=booking)


def _cancellations() -> QuerySet[DecisionRecord]:
    return DecisionRecord.objects.filter(point="booking.cancellation")


def _answers() -> list[tuple[str, list[str]]]:
    return list(_cancellations().order_by("id").values_list("outcome", "codes"))


def test_a_late_cancellation_is_decided_on_record_and_counts_a_point(desk: Desk) -> None:
    booking = desk.book()
    assert price_of_cancelling(booking, desk.they.alice, desk.now) == 1
    assert not _cancellations().exists()
    _cancel(desk, booking, reason="ill")
    record = _cancellations().get()
    assert (record.point, record.outcome, record.codes) == (
        "booking.cancellation",
        "late",
        ["cancellation.late"],
    )
    assert (record.subject, record.object_ref) == (desk.they.alice, f"booking:{booking.ulid}")
    assert set(record.sources) == set(record.facts)
    assert replay(record).outcome == "late"
    entry = PointEntry.objects.get()
    assert (entry.user, entry.booking, entry.kind) == (desk.they.alice, booking, "late_cancel")
    assert (entry.points, entry.at) == (1, desk.now)
    assert points_in_force(desk.they.alice, desk.now) == 1
    assert audited("bookings.give_points")[0].details == {"kind": "late_cancel", "points": 1}
    assert len(told("bookings.cancelled")) == 1


def test_two_hours_before_is_free_to_the_second_and_the_limit_is_a_dated_parameter(desk: Desk) -> None:
    first = desk.book(start=desk.now + 2 * HOUR, end=desk.now + 3 * HOUR)
    assert price_of_cancelling(first, desk.they.alice, desk.now) == 0
    _cancel(desk, first)
    assert not PointEntry.objects.exists()
    second = desk.book(start=desk.now + 2 * HOUR, end=desk.now + 3 * HOUR)
    _cancel(desk, second, now=desk.now + timedelta(seconds=1))
    assert PointEntry.objects.get().booking == second
    ParameterValue.objects.create(
        key="bookings.late_cancel_minutes", value=30, valid_from=desk.now, reason="kinder"
    )
    third = desk.book()
    _cancel(desk, third)
    assert PointEntry.objects.count() == 1
    assert _answers() == [("free", []), ("late", ["cancellation.late"]), ("free", [])]


def test_a_school_that_gives_no_points_still_has_the_record(desk: Desk) -> None:
    ParameterValue.objects.create(
        key="bookings.late_cancel_points", value=0, valid_from=desk.now, reason="none"
    )
    booking = desk.book()
    assert price_of_cancelling(booking, desk.they.alice, desk.now) == 0
    _cancel(desk, booking)
    assert _answers() == [("late", ["cancellation.late"])]
    assert not PointEntry.objects.exists()


def test_the_second_time_is_told_as_such(desk: Desk) -> None:
    _late(desk)
    _late(desk)
    assert _answers() == [("late", ["cancellation.late"]), ("late", ["cancellation.late_again"])]
    assert points_in_force(desk.they.alice, desk.now) == 2


def test_who_notices_a_mistake_soon_after_booking_is_never_late(desk: Desk) -> None:
    ParameterValue.objects.filter(key="bookings.mistake_minutes").delete()
    first = desk.book()
    _cancel(desk, first, now=desk.now + 15 * MINUTE - timedelta(seconds=1))
    second = desk.book()
    assert price_of_cancelling(second, desk.they.alice, desk.now + 15 * MINUTE) == 1
    _cancel(desk, second, now=desk.now + 15 * MINUTE)
    assert _answers() == [("free", ["cancellation.mistake"]), ("late", ["cancellation.late"])]


def _hear(desk: Desk, user: User, kind: str) -> Notice:
    relay(channel=WORKER, now=desk.now + 3 * DAY, limit=10_000)
    relay(channel=WORKER, now=desk.now + 3 * DAY, limit=10_000)
    found: Notice = user.notices.get(kind=kind)
    return found


def test_points_an_appeal_and_its_decision_are_told_to_whom_they_concern(desk: Desk) -> None:
    entry = _late(desk)
    given = _hear(desk, desk.they.alice, "bookings.points_given")
    assert given.url == reverse("point_appeal", args=[entry.ulid])
    assert given.args["why"] == {"zh": "取消过晚", "en": "Cancelled late"}
    made = appeal(entry=entry, by=desk.they.alice, reason="住院", now=desk.now)
    asked = _hear(desk, desk.they.teng, "bookings.appealed")
    assert asked.url == reverse("appeal_decide", args=[made.ulid])
    assert asked.args["reason"] == "住院"
    assert not desk.they.olga.notices.filter(kind="bookings.appealed").exists()
    decide_appeal(found=made, by=desk.they.teng, uphold=True, why="有证明", now=desk.now)
    assert _hear(desk, desk.they.alice, "bookings.appeal_upheld").args["why"] == "有证明"
    again = _late(desk)
    second = appeal(entry=again, by=desk.they.alice, reason="忘了", now=desk.now)
    decide_appeal(found=second, by=desk.they.teng, uphold=False, why="无理由", now=desk.now)
    # Decided before it was told: the manager is asked for nothing any more.
    assert _hear(desk, desk.they.alice, "bookings.appeal_rejected").args["why"] == "无理由"
    assert desk.they.teng.notices.filter(kind="bookings.appealed").count() == 1


def test_crew_and_system_cancel_freely_for_the_user(desk: Desk) -> None:
    for by in (desk.they.olga, None):
        _cancel(desk, desk.book(), by=by)
    assert _answers() == [("free", ["cancellation.by_others"])] * 2
    assert not PointEntry.objects.exists()


def test_what_the_crew_booked_for_others_costs_nobody_points(desk: Desk) -> None:
    cleared(desk.they.teng, desk.now - DAY, desk.now + DAY)
    booking = desk.book(user=desk.they.teng, by=desk.they.teng, fund=None, purpose="maintenance")
    _cancel(desk, booking, by=desk.they.teng)
    assert _answers() == [("free", ["cancellation.for_others"])]


def test_an_instrument_that_is_out_or_locked_costs_nobody_points(desk: Desk) -> None:
    first, second = desk.book(), desk.book(start=desk.now + 3 * HOUR, end=desk.now + 4 * HOUR)
    start_outage(
        instrument=desk.they.sem,
        starts_at=desk.now + 2 * HOUR,
        ends_at=desk.now + 3 * HOUR,
        reason_zh="换泵",
        by=desk.they.teng,
        now=desk.now,
    )
    _cancel(desk, first)
    lock_instrument(instrument=desk.they.sem, reason="smoke", by=desk.they.teng, now=desk.now + 2 * HOUR)
    _cancel(desk, second, now=desk.now + 2 * HOUR)
    assert _answers() == [("free", ["cancellation.instrument_out"])] * 2


def test_what_was_booked_before_the_hosting_ended_is_cancelled_freely(desk: Desk) -> None:
    booking = desk.book()
    booking.instrument.hosting = HOSTING_ENDED
    booking.instrument.save(update_fields=["hosting"])
    _cancel(desk, booking)
    assert _answers() == [("free", ["cancellation.instrument_out"])]


def test_an_outage_that_is_over_excuses_nothing(desk: Desk) -> None:
    booking = desk.book()
    start_outage(
        instrument=desk.they.sem,
        starts_at=desk.now,
        ends_at=desk.now + HOUR,
        reason_zh="换泵",
        by=desk.they.teng,
        now=desk.now,
    )
    _cancel(desk, booking)
    assert _answers() == [("late", ["cancellation.late"])]


def test_the_rest_of_a_use_is_given_back_freely_but_not_a_slot_that_nobody_used(desk: Desk) -> None:
    used = desk.book()
    note_use(booking_id=used.pk, at=used.start)
    note_use(booking_id=used.pk, at=used.start + MINUTE)
    _cancel(desk, used, now=desk.now + 2 * HOUR)
    used.refresh_from_db()
    assert used.used_at == used.start
    later = desk.now + 2 * HOUR
    unused = desk.book(start=later, end=later + HOUR, now=later)
    _cancel(desk, unused, now=later + 10 * MINUTE)
    assert _answers() == [("free", ["cancellation.used"]), ("late", ["cancellation.late"])]


def test_what_is_over_or_cancelled_is_refused_and_leaves_no_record(desk: Desk) -> None:
    booking = desk.book()
    with refused(WrongState, "bookings.over"):
        _cancel(desk, booking, now=booking.end)
    _cancel(desk, booking)
    with refused(WrongState, "bookings.cancelled"):
        _cancel(desk, booking)
    assert _cancellations().count() == PointEntry.objects.count() == 1
    assert price_of_cancelling(booking, desk.they.alice, desk.now) == 0


def test_without_rules_the_booking_is_cancelled_without_points_and_the_alarm_is_raised(desk: Desk) -> None:
    RuleSetVersion.objects.filter(point="booking.cancellation").update(revoked_at=desk.now)
    booking = _cancel(desk, desk.book())
    assert booking.state == Booking.State.CANCELLED
    assert not PointEntry.objects.exists()
    assert [one["point"] for one in told("decisions.alarm")] == ["booking.cancellation"]


def test_points_are_given_once_and_only_added(desk: Desk) -> None:
    entry = _late(desk)
    assert give_points(booking=entry.booking, kind=entry.kind, points=3, now=desk.now) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        PointEntry.objects.create(
            user=entry.user, booking=entry.booking, kind=entry.kind, points=1, at=desk.now
        )
    for act in (
        lambda: PointEntry.objects.filter(pk=entry.pk).update(points=9),
        lambda: PointEntry.objects.filter(pk=entry.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()
    assert points_in_force(desk.they.alice, desk.now) == 1


def test_points_count_for_a_dated_number_of_days(desk: Desk) -> None:
    entry = _late(desk)
    last = desk.now + 90 * DAY - MINUTE
    assert counting_entries(desk.they.alice, last) == [entry]
    assert points_in_force(desk.they.alice, desk.now + 90 * DAY) == 0
    ParameterValue.objects.create(
        key="bookings.points_days", value=10, valid_from=desk.now + DAY, reason="shorter"
    )
    assert points_in_force(desk.they.alice, last) == 0
    assert points_in_force(desk.they.bob, desk.now) == 0


def test_an_appeal_that_is_upheld_lifts_the_points_and_is_decided_once(desk: Desk) -> None:
    entry = _late(desk)
    made = appeal(entry=entry, by=desk.they.alice, reason=" in hospital ", now=desk.now + DAY)
    assert (made.state, made.reason) == ("open", "in hospital")
    assert points_in_force(desk.they.alice, desk.now + DAY) == 1
    then = desk.now + 2 * DAY
    with refused(Invalid, "core.reason_required"):
        decide_appeal(found=made, by=desk.they.teng, uphold=True, why=" ", now=then)
    found = decide_appeal(found=made, by=desk.they.teng, uphold=True, why="a certificate", now=then)
    assert (found.state, found.decided_by, found.decided_at) == ("upheld", desk.they.teng, then)
    assert points_in_force(desk.they.alice, then) == 0
    with refused(WrongState, "bookings.appeal_decided"):
        decide_appeal(found=made, by=desk.they.office, uphold=False, why="no", now=then)
    assert PointAppeal.objects.get().state == "upheld"
    assert [one.reason for one in audited("bookings.decide_appeal")] == ["a certificate"]


def test_a_rejected_appeal_changes_nothing_and_cannot_be_repeated(desk: Desk) -> None:
    entry = _late(desk)
    made = appeal(entry=entry, by=desk.they.alice, reason="forgot", now=desk.now)
    decide_appeal(found=made, by=desk.they.office, uphold=False, why="no reason", now=desk.now)
    assert points_in_force(desk.they.alice, desk.now) == 1
    with refused(WrongState, "bookings.appealed"):
        appeal(entry=entry, by=desk.they.alice, reason="forgot really", now=desk.now)
    assert PointAppeal.objects.get().reason == "forgot"


def test_only_the_person_appeals_with_a_reason_and_in_time(desk: Desk) -> None:
    entry = _late(desk)
    for other in (desk.they.bob, desk.they.wang, desk.they.office):
        with refused(NotPermitted, "bookings.not_your_points"):
            appeal(entry=entry, by=other, reason="kind", now=desk.now)
    with refused(Invalid, "core.reason_required") as met:
        appeal(entry=entry, by=desk.they.alice, reason="  ", now=desk.now)
    assert met.field == "reason"
    with refused(WrongState, "bookings.appeal_late"):
        appeal(entry=entry, by=desk.they.alice, reason="late", now=desk.now + 14 * DAY)
    appeal(entry=entry, by=desk.they.alice, reason="in time", now=desk.now + 14 * DAY - MINUTE)


def test_only_who_is_responsible_for_the_instrument_decides(desk: Desk) -> None:
    entry = _late(desk)
    made = appeal(entry=entry, by=desk.they.alice, reason="ill", now=desk.now)
    for other in (desk.they.bob, desk.they.wang, desk.they.olga):
        with refused(NotPermitted, "bookings.not_manager"):
            decide_appeal(found=made, by=other, uphold=True, why="friend", now=desk.now)
    assert PointAppeal.objects.get().state == "open"


def test_nobody_decides_about_themselves_whatever_they_are_responsible_for(desk: Desk) -> None:
    cleared(desk.they.teng, desk.now - DAY, desk.now + DAY)
    booking = desk.book(user=desk.they.teng, by=desk.they.teng, fund=None, purpose="maintenance")
    entry = give_points(booking=booking, kind="late_cancel", points=1, now=desk.now)
    assert entry is not None
    made = appeal(entry=entry, by=desk.they.teng, reason="ill", now=desk.now)
    with refused(NotPermitted, "bookings.own_appeal"):
        decide_appeal(found=made, by=desk.they.teng, uphold=True, why="mine", now=desk.now)
    decide_appeal(found=made, by=desk.they.office, uphold=True, why="ill indeed", now=desk.now)
    assert points_in_force(desk.they.teng, desk.now) == 0


def test_with_too_many_points_no_own_use_is_booked_until_they_fall_under(desk: Desk) -> None:
    ParameterValue.objects.create(key="bookings.points_limit", value=2, valid_from=desk.now, reason="strict")
    _late(desk)
    desk.book(start=desk.now + 5 * HOUR, end=desk.now + 6 * HOUR)
    second = _late(desk)
    with refused(WrongState, "bookings.points") as met:
        desk.book()
    until = desk.now + 90 * DAY
    assert met.details == {"points": 2, "limit": 2, "until": until.isoformat(), "mender": "self", "also": []}
    assert f"{school_time(until):%Y-%m-%d}" in met.message
    cleared(desk.they.teng, desk.now - DAY, desk.now + DAY)
    desk.book(user=desk.they.teng, by=desk.they.teng, fund=None, purpose="maintenance")
    made = appeal(entry=second, by=desk.they.alice, reason="ill", now=desk.now)
    decide_appeal(found=made, by=desk.they.teng, uphold=True, why="ill indeed", now=desk.now)
    desk.book(start=desk.now + 3 * HOUR, end=desk.now + 4 * HOUR)
