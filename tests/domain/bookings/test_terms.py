"""Terms and opening hours: who sets them, what counts when, and what a booking hears of them."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.bookings.arranging import set_terms, set_windows
from apps.bookings.calendar import by_day
from apps.bookings.models import Booking, BookingTerms, OpeningWindow
from apps.bookings.opening import opening_of, windows_in_force
from apps.bookings.queries import free_slots
from apps.bookings.terms import Terms, terms_of
from apps.core.clock import school_midnight
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import AuditEntry, CalendarDay, ParameterValue
from apps.people.operations import grant_authorization
from tests import people
from tests.domain.bookings.test_booking import Desk
from tests.factories.money import funded, priced
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MONDAY = date(2026, 11, 23)  # the day of `now`, 10:00
OFFICE_HOURS = {"workday": [(8 * 60, 18 * 60)]}
SCHOOL = Terms(
    grid_minutes=1,
    min_minutes=5,
    max_minutes=1440,
    notice_minutes=0,
    horizon_days=60,
    grace_minutes=30,
    route="auto",
)


@pytest.fixture
def desk(now: datetime) -> Desk:
    they = people.gather(now)
    before = now - 30 * DAY
    priced(they.sem, before)
    return Desk(they, funded(they.group, before, amount_fen=1_000_000_00), now)


def _terms(desk: Desk, **numbers: int | None) -> None:
    set_terms(owner=desk.they.sem, numbers=numbers, by=desk.they.teng, now=desk.now)


def _windows(desk: Desk, week: Any, since: date = MONDAY, **changes: Any) -> list[OpeningWindow]:
    asked = {"owner": desk.they.sem, "by": desk.they.teng, "now": desk.now, **changes}
    return set_windows(week=week, since=since, **asked)


def test_a_number_is_the_instruments_else_the_facilitys_else_the_schools(desk: Desk) -> None:
    sem = desk.they.sem
    assert terms_of(sem, desk.now) == SCHOOL
    ParameterValue.objects.create(key="bookings.max_hours", value=12, valid_from=desk.now, reason="crowded")
    set_terms(
        owner=sem.facility,
        numbers={"grid_minutes": 15, "horizon_days": 30, "notice_minutes": 60},
        by=desk.they.office,
        now=desk.now,
    )
    _terms(desk, horizon_days=14, notice_minutes=0)
    assert terms_of(sem, desk.now) == Terms(
        grid_minutes=15,
        min_minutes=5,
        max_minutes=720,
        notice_minutes=0,
        horizon_days=14,
        grace_minutes=30,
        route="auto",
    )
    assert terms_of(sem, desk.now - MINUTE) == SCHOOL


def test_terms_are_written_anew_and_what_counted_before_stays(desk: Desk) -> None:
    _terms(desk, grid_minutes=30)
    _terms(desk, grid_minutes=30)  # changes nothing
    later = desk.now + DAY
    set_terms(owner=desk.they.sem, numbers={"grid_minutes": 10}, by=desk.they.teng, now=later)
    set_terms(owner=desk.they.sem, numbers={}, by=desk.they.teng, now=later + DAY)
    rows = BookingTerms.objects.order_by("valid_from").values_list(
        "grid_minutes", "valid_from", "valid_until"
    )
    assert list(rows) == [(30, desk.now, later), (10, later, later + DAY)]
    assert [terms_of(desk.they.sem, at).grid_minutes for at in (desk.now, later, later + DAY)] == [30, 10, 1]
    assert AuditEntry.objects.filter(action="bookings.set_terms").count() == 3


def test_two_changes_in_one_moment_leave_the_last(desk: Desk) -> None:
    _terms(desk, grid_minutes=30)
    _terms(desk, grid_minutes=20)
    assert terms_of(desk.they.sem, desk.now).grid_minutes == 20
    assert BookingTerms.objects.filter(revoked_at__isnull=True).count() == 1


def test_the_database_refuses_two_terms_of_one_owner_at_a_time(desk: Desk) -> None:
    _terms(desk, grid_minutes=30)
    with pytest.raises(IntegrityError, match="bookings_terms_of_instrument"), transaction.atomic():
        BookingTerms.objects.create(instrument=desk.they.sem, grid_minutes=5, valid_from=desk.now + DAY)


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        ({"grid_minutes": 0}, "grid_minutes"),
        ({"grid_minutes": 7}, "grid_minutes"),
        ({"grid_minutes": 90}, "grid_minutes"),
        ({"min_minutes": 0}, "min_minutes"),
        ({"max_minutes": 7 * 24 * 60 + 1}, "max_minutes"),
        ({"notice_minutes": -1}, "notice_minutes"),
        ({"horizon_days": 0}, "horizon_days"),
        ({"horizon_days": True}, "horizon_days"),
        ({"min_minutes": 120, "max_minutes": 60}, "max_minutes"),
        ({"grid_minutes": 60, "max_minutes": 30}, "max_minutes"),
        ({"min_minutes": 25 * 60}, "max_minutes"),  # longer than the school allows
        ({"colour": 1}, "colour"),
    ],
)
def test_terms_that_leave_nothing_to_book_are_refused(
    desk: Desk, numbers: dict[str, int], field: str
) -> None:
    with refused(Invalid, "bookings.terms") as met:
        _terms(desk, **numbers)
    assert met.field == field
    assert not BookingTerms.objects.exists()


def test_only_who_manages_the_instrument_or_the_facility_arranges_it(desk: Desk) -> None:
    they = desk.they
    for who in (they.alice, they.olga, they.wang):
        with refused(NotPermitted, "instruments.not_manager"):
            set_terms(owner=they.sem, numbers={"grid_minutes": 5}, by=who, now=desk.now)
        with refused(NotPermitted, "instruments.not_manager"):
            _windows(desk, OFFICE_HOURS, by=who)
    for who in (they.alice, they.teng):
        with refused(NotPermitted, "bookings.not_facility_manager"):
            _windows(desk, OFFICE_HOURS, by=who, owner=they.sem.facility)
    grant_authorization(
        user=they.wang,
        kind="manage",
        scope=f"facility:{they.sem.facility.ulid}",
        grantor=they.office,
        now=desk.now,
    )
    assert len(_windows(desk, OFFICE_HOURS, by=they.wang, owner=they.sem.facility)) == 1


def test_a_booking_hears_of_length_notice_and_grid_at_its_field(desk: Desk) -> None:
    _terms(desk, grid_minutes=15, min_minutes=60, max_minutes=90, notice_minutes=120)
    with refused(Invalid, "bookings.too_long") as met:
        desk.book(start=desk.now + 2 * HOUR, end=desk.now + 4 * HOUR)
    assert (met.details["max_minutes"], met.field) == (90, "end")
    with refused(Invalid, "bookings.too_short") as met:
        desk.book(start=desk.now + 2 * HOUR, end=desk.now + 2.5 * HOUR)
    assert (met.details["min_minutes"], met.field) == (60, "end")
    with refused(Invalid, "bookings.notice") as met:
        desk.book(start=desk.now + 1.75 * HOUR, end=desk.now + 2.75 * HOUR)
    assert (met.details["notice_minutes"], met.field) == (120, "start")
    with refused(Invalid, "bookings.grid") as met:
        desk.book(start=desk.now + 2 * HOUR, end=desk.now + 3 * HOUR + MINUTE)
    assert (met.details["grid_minutes"], met.field) == (15, "end")
    assert not Booking.objects.exists()
    desk.book(start=desk.now + 2 * HOUR, end=desk.now + 3.5 * HOUR)


def test_seconds_are_never_on_the_grid(desk: Desk) -> None:
    with refused(Invalid, "bookings.grid") as met:
        desk.book(start=desk.now + HOUR + timedelta(seconds=1))
    assert met.field == "start"


def test_closed_time_is_not_booked_and_the_next_opening_is_named(desk: Desk) -> None:
    _windows(desk, OFFICE_HOURS)
    evening = desk.now + 7 * HOUR  # 17:00
    desk.book(start=evening - 3 * HOUR, end=evening)
    with refused(WrongState, "bookings.closed") as met:
        desk.book(start=evening, end=evening + 2 * HOUR)
    tuesday = desk.now + 22 * HOUR
    assert met.details["next_start"] == tuesday.isoformat()
    assert met.details["next_end"] == (tuesday + 10 * HOUR).isoformat()
    assert "11-24 08:00" in met.message
    # Closed on rest days: on Friday evening the next opening is on Monday.
    with refused(WrongState, "bookings.closed") as met:
        desk.book(start=evening + 4 * DAY, end=evening + 4 * DAY + 2 * HOUR)
    assert met.details["next_start"] == (tuesday + 6 * DAY).isoformat()


def test_a_window_up_to_midnight_and_one_from_midnight_on_are_one_night(desk: Desk) -> None:
    night = [(0, 8 * 60), (20 * 60, 24 * 60)]
    _windows(desk, {"workday": night, "restday": [(0, 8 * 60)]})
    opening = opening_of(desk.they.sem, desk.now, desk.now + 7 * DAY)
    evening = desk.now + 10 * HOUR
    assert opening.holds(evening, evening + 12 * HOUR)
    assert not opening.holds(evening, evening + 12 * HOUR + MINUTE)
    friday = evening + 4 * DAY
    assert opening.holds(friday, friday + 12 * HOUR)  # into Saturday morning
    assert not opening.holds(friday + DAY, friday + DAY + HOUR)


def test_the_kind_of_day_decides_and_a_weekend_in_a_holiday_is_one(desk: Desk) -> None:
    _windows(desk, {"workday": [(480, 1080)], "restday": [(600, 720)], "holiday": [(660, 720)]})
    CalendarDay.objects.create(day=date(2026, 12, 4), is_working=False, name_zh="校庆", name_en="Anniversary")
    CalendarDay.objects.create(day=date(2026, 12, 12), is_working=True, name_zh="补课", name_en="Made up for")
    opening = opening_of(desk.they.sem, desk.now, desk.now + 60 * DAY)
    kinds = {
        day: opening.day(day).kind
        for day in (
            date(2026, 11, 23),  # Monday
            date(2026, 11, 28),  # Saturday
            date(2026, 12, 4),  # a Friday that the school has off ...
            date(2026, 12, 5),  # ... and the weekend that goes with it
            date(2026, 12, 6),
            date(2026, 12, 7),
            date(2026, 12, 12),  # a Saturday that is worked
            date(2026, 12, 13),
            date(2027, 1, 1),  # New Year
        )
    }
    assert [str(kind) for kind in kinds.values()] == [
        *("workday", "restday", "holiday", "holiday", "holiday", "workday", "workday", "restday", "holiday")
    ]
    assert opening.day(date(2027, 1, 1)).minutes == ((660, 720),)
    assert opening.day(date(2026, 12, 13)).minutes == ((600, 720),)


def test_the_instruments_week_counts_before_the_facilitys(desk: Desk) -> None:
    _windows(desk, {"workday": [(480, 720)]}, owner=desk.they.sem.facility, by=desk.they.office)
    afternoon = {"start": desk.now + 3 * HOUR, "end": desk.now + 4 * HOUR}
    with refused(WrongState, "bookings.closed"):
        desk.book(**afternoon)
    _windows(desk, {"workday": [(780, 1080)]})
    desk.book(**afternoon)
    with refused(WrongState, "bookings.closed"):
        desk.book(start=desk.now + HOUR, end=desk.now + 2 * HOUR)
    _windows(desk, None)
    desk.book(start=desk.now + HOUR, end=desk.now + 2 * HOUR)


def test_a_new_week_begins_on_its_day_and_replaces_what_was_to_come(desk: Desk) -> None:
    sem = desk.they.sem
    _windows(desk, {"workday": [(480, 720)]})
    _windows(desk, {"workday": [(0, 1440)]}, since=MONDAY + 2 * DAY)
    _windows(desk, {"workday": [(600, 660)]}, since=MONDAY + DAY)
    found = [[w.from_minute for w in windows_in_force(sem, MONDAY + n * DAY)] for n in range(4)]
    assert found == [[480], [600], [600], [600]]
    assert OpeningWindow.objects.filter(revoked_at__isnull=False).count() == 1
    opening = opening_of(sem, desk.now, desk.now + 3 * DAY)
    assert [opening.day(MONDAY + n * DAY).minutes for n in range(3)] == [
        ((480, 720),),
        ((600, 660),),
        ((600, 660),),
    ]
    assert OpeningWindow.objects.get(from_minute=480).valid_until == school_midnight(MONDAY + DAY)


@pytest.mark.parametrize(
    ("week", "since", "code", "field"),
    [
        (OFFICE_HOURS, MONDAY - DAY, "bookings.windows_since", "since"),
        (OFFICE_HOURS, date(9999, 12, 31), "bookings.windows_since", "since"),
        ({}, MONDAY, "bookings.windows", None),
        ({"workday": []}, MONDAY, "bookings.windows", None),
        ({"workday": [(600, 600)]}, MONDAY, "bookings.windows", "workday"),
        ({"restday": [(1200, 480)]}, MONDAY, "bookings.windows", "restday"),
        ({"restday": [(1200, 1441)]}, MONDAY, "bookings.windows", "restday"),
        ({"holiday": [(480, 720), (700, 800)]}, MONDAY, "bookings.windows", "holiday"),
        ({"sunday": [(480, 720)]}, MONDAY, "bookings.windows", "sunday"),
    ],
)
def test_hours_that_cannot_be_are_refused_where_they_stand(
    desk: Desk, week: Any, since: date, code: str, field: str | None
) -> None:
    with refused(Invalid, code) as met:
        _windows(desk, week, since)
    assert met.field == field
    assert not OpeningWindow.objects.exists()


def test_free_slots_leave_closed_time_out(desk: Desk, django_assert_num_queries: Any) -> None:
    sem = desk.they.sem
    with django_assert_num_queries(4):
        free_slots(sem, desk.now, desk.now + DAY, now=desk.now)
    _windows(desk, OFFICE_HOURS)
    desk.book()
    with django_assert_num_queries(5):
        free = free_slots(sem, desk.now, desk.now + 2 * DAY, now=desk.now)
    assert [(slot.start - desk.now, slot.end - desk.now) for slot in free] == [
        (0 * HOUR, HOUR),
        (3 * HOUR, 8 * HOUR),
        (22 * HOUR, 32 * HOUR),
        (46 * HOUR, 48 * HOUR),
    ]


def test_proposals_keep_to_the_terms(desk: Desk) -> None:
    sem, now = desk.they.sem, desk.now + 7 * MINUTE
    _windows(desk, OFFICE_HOURS)
    set_terms(
        owner=sem,
        numbers={"grid_minutes": 20, "min_minutes": 60, "max_minutes": 90, "notice_minutes": 30},
        by=desk.they.teng,
        now=now,
    )
    slots = free_slots(sem, now, now + DAY, now=now)
    terms = terms_of(sem, now)
    [monday, tuesday] = by_day(slots, terms=terms, now=now)
    [first] = monday.proposals
    assert (first.start, first.end) == (desk.now + 40 * MINUTE, desk.now + 120 * MINUTE)
    desk.book(start=first.start, end=first.end, now=now)
    assert tuesday.proposals[0].start == desk.now + 22 * HOUR
