"""A group's hours: what counts, what is left, who sets it, and that two members at once cannot exceed it."""

import threading
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.bookings.arranging import set_quota
from apps.bookings.models import Booking, GroupQuota
from apps.bookings.operations import book, cancel_booking
from apps.bookings.quotas import allowances, period_of, periods_of, quotas_of
from apps.core.clock import school_midnight, school_time
from apps.core.errors import Invalid, NotPermitted, Refusal, WrongState
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.operations import add_member
from apps.training.operations import issue_certificate
from tests import people
from tests.domain.bookings.test_booking import Desk
from tests.factories.instruments import sister
from tests.factories.money import funded, priced
from tests.factories.refusals import refused

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
moments = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - hypothesis wants them naive
    max_value=datetime(2029, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(kind=st.sampled_from(["week", "month"]), start=moments, hours=st.integers(1, 24 * 100))
def test_weeks_and_months_part_time_without_gap_or_overlap(kind: str, start: datetime, hours: int) -> None:
    end = start + hours * HOUR
    found = periods_of(kind, start, end)
    assert found[0][0] <= start < found[0][1]
    assert found[-1][0] < end <= found[-1][1]
    assert all(first[1] == second[0] for first, second in pairwise(found))
    for first, last in found:
        assert period_of(kind, first) == period_of(kind, last - timedelta(microseconds=1)) == (first, last)
        local = school_time(first)
        assert (local.hour, local.minute) == (0, 0)
        assert local.isoweekday() == 1 if kind == "week" else local.day == 1


def test_the_iso_week_goes_over_the_years_end() -> None:
    first, last = period_of("week", school_midnight(date(2027, 1, 1)))
    assert (school_time(first).date(), school_time(last).date()) == (date(2026, 12, 28), date(2027, 1, 4))


@pytest.fixture
def desk(now: datetime, db: None) -> Desk:
    return _desk(now)


def _desk(now: datetime) -> Desk:
    they = people.gather(now)
    before = now - 30 * DAY
    priced(they.sem, before)
    return Desk(they, funded(they.group, before, amount_fen=1_000_000_00), now)


def _certified(desk: Desk, user: User, machine: Instrument) -> None:
    issue_certificate(
        user=user,
        instrument=machine,
        level="basic",
        valid_from=desk.now,
        valid_until=desk.now + 365 * DAY,
        issued_by=None,
        source_case=f"training:{user.username}:{machine.asset_no}",
        now=desk.now,
    )


def _quota(desk: Desk, hours: int | None, **changes: Any) -> GroupQuota | None:
    asked: dict[str, Any] = {
        "owner": desk.they.sem,
        "group": None,
        "period": "week",
        "by": desk.they.teng,
        "now": desk.now,
    }
    return set_quota(hours=hours, **{**asked, **changes})


def _left(desk: Desk) -> list[int]:
    sem = desk.they.sem
    found = allowances(quotas_of(sem, desk.now), sem, desk.they.group.pk, desk.now, desk.now + HOUR)
    return [one.left_minutes for one in found]


def test_a_group_books_its_hours_of_the_week_and_no_more(desk: Desk) -> None:
    _certified(desk, desk.they.bob, desk.they.sem)
    _quota(desk, 5)
    first = desk.book()  # two hours
    assert first.group == desk.they.group
    bobs = {"user": desk.they.bob, "by": desk.they.bob}
    desk.book(start=desk.now + 4 * HOUR, end=desk.now + 6 * HOUR, **bobs)
    assert _left(desk) == [60]
    tomorrow = desk.now + DAY
    with refused(WrongState, "bookings.quota") as met:
        desk.book(start=tomorrow, end=tomorrow + 1.5 * HOUR)
    assert (met.details["hours"], met.details["left_minutes"], met.field) == (5, 60, "end")
    assert "11-23" in met.message
    assert "11-29" in met.message
    desk.book(start=tomorrow, end=tomorrow + HOUR)
    assert _left(desk) == [0]
    desk.book(start=desk.now + 7 * DAY, end=desk.now + 7 * DAY + 5 * HOUR)  # next week
    cancel_booking(booking=first, by=desk.they.alice, now=desk.now)
    assert _left(desk) == [120]


def test_a_booking_over_the_end_of_a_week_counts_in_both(desk: Desk) -> None:
    from_sunday = school_midnight(date(2026, 11, 30)) - 2 * HOUR
    _quota(desk, 3)
    sem, group = desk.they.sem, desk.they.group.pk
    found = allowances(quotas_of(sem, desk.now), sem, group, from_sunday, from_sunday + 4 * HOUR)
    assert [one.is_exceeded_by(from_sunday, from_sunday + 4 * HOUR) for one in found] == [False, False]
    assert [one.is_exceeded_by(from_sunday, from_sunday + 6 * HOUR) for one in found] == [False, True]


def test_a_fair_share_is_exceeded_only_shortly_before(desk: Desk) -> None:
    _quota(desk, 2, beyond_hours=24)
    desk.book()
    later = desk.now + 2 * DAY
    with refused(WrongState, "bookings.fair_share") as met:
        desk.book(start=later, end=later + HOUR)
    assert (met.details["beyond_hours"], met.field) == (24, "start")
    desk.book(start=desk.now + 24 * HOUR, end=desk.now + 25 * HOUR)


def test_a_groups_own_quota_counts_instead_of_that_of_every_group(desk: Desk) -> None:
    _quota(desk, 1)
    _quota(desk, 10, group=desk.they.group)
    desk.book()
    assert _left(desk) == [480]
    _quota(desk, None, group=desk.they.group)
    assert _left(desk) == [0]


def test_facility_and_instrument_week_and_month_all_hold(desk: Desk) -> None:
    facility = {"owner": desk.they.sem.facility, "by": desk.they.office}
    machine = sister(desk.they.sem, "QY900007", desk.now)
    priced(machine, desk.now - DAY)
    _certified(desk, desk.they.alice, machine)
    _quota(desk, 3, **facility)
    _quota(desk, 100, period="month")
    desk.book()
    with refused(WrongState, "bookings.quota") as met:
        desk.book(instrument=machine)  # the other machine of the facility
    assert met.details["left_minutes"] == 60
    desk.book(instrument=machine, end=desk.now + 2 * HOUR)
    assert sorted(_left(desk)) == [0, 98 * 60]


def test_what_the_crew_does_for_others_counts_for_nobody(desk: Desk) -> None:
    _quota(desk, 1)
    people.cleared(desk.they.teng, desk.now - DAY, desk.now + 30 * DAY)
    add_member(group=desk.they.group, user=desk.they.teng, by=desk.they.wang, now=desk.now)
    made = desk.book(user=desk.they.teng, by=desk.they.teng, fund=None, purpose="teaching")
    assert made.group is None
    assert _left(desk) == [60]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"hours": 0}, "bookings.quota_hours", "hours"),
        ({"hours": 169}, "bookings.quota_hours", "hours"),
        ({"hours": True}, "bookings.quota_hours", "hours"),
        ({"hours": 5, "beyond_hours": -1}, "bookings.quota_hours", "beyond_hours"),
        ({"hours": 5, "period": "year"}, "bookings.quota_period", "period"),
    ],
)
def test_a_quota_that_cannot_be_is_refused_at_its_field(
    desk: Desk, changes: dict[str, Any], code: str, field: str
) -> None:
    with refused(Invalid, code) as met:
        _quota(desk, **changes)
    assert met.field == field
    assert not GroupQuota.objects.exists()


def test_only_who_manages_sets_quotas(desk: Desk) -> None:
    for who in (desk.they.alice, desk.they.olga, desk.they.wang):
        with refused(NotPermitted, "instruments.not_manager"):
            _quota(desk, 5, by=who)
    with refused(NotPermitted, "bookings.not_facility_manager"):
        _quota(desk, 5, owner=desk.they.sem.facility)


def test_a_new_quota_ends_the_old_and_the_database_keeps_one_at_a_time(desk: Desk) -> None:
    for group in (None, desk.they.group):
        _quota(desk, 5, group=group)
        _quota(desk, 6, group=group, now=desk.now + HOUR)
        rows = GroupQuota.objects.filter(group=group).order_by("valid_from")
        assert [(row.hours, row.valid_until) for row in rows] == [(5, desk.now + HOUR), (6, None)]
        with pytest.raises(IntegrityError, match="bookings_quota_of"), transaction.atomic():
            GroupQuota.objects.create(
                instrument=desk.they.sem, group=group, period="week", hours=1, valid_from=desk.now + DAY
            )


@pytest.mark.django_db(transaction=True)
def test_two_members_at_two_instruments_at_once_never_exceed_what_is_left(now: datetime) -> None:
    desk = _desk(now)
    machine = sister(desk.they.sem, "QY900008", now)
    priced(machine, now - DAY)
    _certified(desk, desk.they.bob, machine)
    rounds = 20
    set_quota(owner=desk.they.sem.facility, group=None, period="month", hours=rounds, by=None, now=now)
    gate = threading.Barrier(2)
    answers: list[list[str]] = [[], []]

    def run(number: int, user: User, instrument: Instrument) -> None:
        try:
            for round_ in range(rounds + 5):
                gate.wait(timeout=60)
                answers[number].append(_try(desk, user, instrument, now + (round_ + 1) * HOUR / 2))
        finally:
            gate.abort() if len(answers[number]) < rounds + 5 else None
            connection.close()

    racers = [
        threading.Thread(target=run, args=(0, desk.they.alice, desk.they.sem)),
        threading.Thread(target=run, args=(1, desk.they.bob, machine)),
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    # Half an hour each: forty fit into the hours of the month, and not one more.
    assert [len(mine) for mine in answers] == [rounds + 5] * 2
    told = answers[0] + answers[1]
    assert set(told) == {"booked", "bookings.quota"}
    assert told.count("booked") == Booking.objects.count() == 2 * rounds


def _try(desk: Desk, user: User, instrument: Instrument, start: datetime) -> str:
    try:
        book(
            user=user,
            instrument=instrument,
            start=start,
            end=start + HOUR / 2,
            fund=desk.fund,
            by=user,
            now=desk.now,
        )
    except Refusal as refusal:
        return refusal.code
    return "booked"
