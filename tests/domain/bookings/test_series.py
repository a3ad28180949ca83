"""Bookings that repeat: which days a pattern has, made all or none with every conflict told, stopped from a
day on, and one of them changed without the others.
"""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.bookings.models import Booking, Series
from apps.bookings.moving import change_booking
from apps.bookings.operations import cancel_booking
from apps.bookings.repeating import Pattern, days_in, days_of_pattern, mask_of, period_on
from apps.bookings.series import (
    Occurrence,
    bookings_of,
    make_series,
    my_series,
    preview_series,
    series_for,
    stop_series,
)
from apps.core.clock import school_time
from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.core.workdays import LONGEST_RUN, load_calendar
from apps.funding.models import FundAccount, FundHold
from apps.people.models import User
from tests.factories.facts import audited
from tests.factories.money import HOUR_FEN, funded
from tests.factories.queueing import DAY, HOUR, Desk, certified, desk_at
from tests.factories.refusals import refused
from tests.people import YEAR, cleared

pytestmark = pytest.mark.django_db
TUESDAY, THURSDAY = 1, 3
FIRST = date(2026, 11, 24)


def pattern(*weekdays: int, **changes: object) -> Pattern:
    known: dict[str, object] = {
        "weekdays": mask_of(weekdays or (TUESDAY, THURSDAY)),
        "from_minute": 600,
        "until_minute": 720,
        "first_day": FIRST,
        "last_day": date(2026, 12, 11),
    }
    return Pattern(**{**known, **changes})  # type: ignore[arg-type]


@pytest.fixture
def desk(now: datetime) -> Desk:
    desk = desk_at(now)
    cleared(desk.they.teng, now - DAY, now + YEAR)
    return desk


def make(desk: Desk, user: User | None = None, shape: Pattern | None = None, **changes: object) -> Series:
    who = user or desk.they.alice
    asked: dict[str, object] = {
        "user": who,
        "instrument": desk.they.sem,
        "purpose": "use",
        "fund": desk.fund,
        "pattern": shape or pattern(),
        "by": who,
        "now": desk.now,
    }
    return make_series(**{**asked, **changes})  # type: ignore[arg-type]


def starts(series: Series) -> list[str]:
    live = bookings_of(series).filter(state="confirmed")
    return [f"{school_time(one.start):%m-%d %H:%M}" for one in live]


def test_every_day_is_booked_at_once_with_its_money(desk: Desk) -> None:
    made = make(desk)
    assert starts(made) == [f"{day} 10:00" for day in ("11-24", "11-26", "12-01", "12-03", "12-08", "12-10")]
    held = FundHold.objects.filter(released_at__isnull=True)
    assert sum(held.values_list("amount_fen", flat=True)) == 12 * HOUR_FEN["internal"]
    assert audited("bookings.make_series")[0].object_ref == f"series:{made.ulid}"
    assert [row.coming for row in my_series(desk.they.alice, desk.now)] == [6]


def test_one_day_that_cannot_be_booked_hinders_all_and_each_is_told(desk: Desk) -> None:
    certified(desk.they, desk.they.bob, desk.now)
    desk.book(desk.they.bob, 1, 2)
    desk.book(desk.they.bob, 7 * 24, 7 * 24 + 1)
    with refused(WrongState, "bookings.series_conflicts") as met:
        make(desk)
    assert [(one["day"], one["code"]) for one in met.details["conflicts"]] == [
        ("2026-11-24", "bookings.overlap"),
        ("2026-12-01", "bookings.overlap"),
    ]
    assert not Series.objects.exists()
    assert not Booking.objects.filter(user=desk.they.alice).exists()
    assert not FundHold.objects.filter(user=desk.they.alice).exists()
    rest = pattern(but=frozenset({FIRST, date(2026, 12, 1)}))
    assert starts(make(desk, shape=rest)) == [f"{day} 10:00" for day in ("11-26", "12-03", "12-08", "12-10")]


def preview(desk: Desk, shape: Pattern, fund: FundAccount | None = None) -> list[Occurrence]:
    alice = desk.they.alice
    return preview_series(
        user=alice,
        instrument=desk.they.sem,
        purpose="use",
        fund=fund or desk.fund,
        pattern=shape,
        by=alice,
        now=desk.now,
    )


def test_the_preview_tells_what_making_would_and_writes_nothing(desk: Desk) -> None:
    certified(desk.they, desk.they.bob, desk.now)
    desk.book(desk.they.bob, 1, 2)
    found = preview(desk, pattern())
    assert [one.refusal.code if one.refusal else "" for one in found] == ["bookings.overlap", *[""] * 5]
    assert Booking.objects.count() == 1
    assert not Series.objects.exists()


def test_money_counts_from_day_to_day(desk: Desk) -> None:
    poor = funded(desk.they.group, desk.now, number="QY-F-2", amount_fen=7 * HOUR_FEN["internal"])
    found = preview(desk, pattern(), poor)
    codes = [one.refusal.code if one.refusal else "" for one in found]
    assert codes == ["", "", "", *["funding.insufficient"] * 3]


def test_holidays_of_the_school_are_skipped_where_that_is_wanted(desk: Desk) -> None:
    # New Year's Day 2027 is a Friday.
    days = {"first_day": date(2026, 12, 24), "last_day": date(2027, 1, 9)}
    made = make(desk, desk.they.teng, pattern(4, **days), purpose="teaching", fund=None)
    assert starts(made) == ["12-25 10:00", "01-08 10:00"]
    all_days = make(
        desk,
        desk.they.teng,
        pattern(4, from_minute=780, until_minute=840, skip_holidays=False, **days),
        purpose="teaching",
        fund=None,
    )
    assert starts(all_days) == ["12-25 13:00", "01-01 13:00", "01-08 13:00"]


def test_the_crew_plans_a_course_beyond_the_horizon_and_it_costs_nobody(desk: Desk) -> None:
    days = {"first_day": date(2027, 3, 1), "last_day": date(2027, 5, 28)}
    made = make(desk, desk.they.teng, pattern(0, **days), purpose="teaching", fund=None)
    assert len(starts(made)) > 8
    assert not FundHold.objects.exists()
    with refused(WrongState, "bookings.series_conflicts") as met:
        make(desk, shape=pattern(1, **days))
    assert {one["code"] for one in met.details["conflicts"]} == {"bookings.too_far"}
    with refused(WrongState, "bookings.series_conflicts") as met:
        make(desk, purpose="teaching", fund=None)
    assert {one["code"] for one in met.details["conflicts"]} == {"bookings.crew_only"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"weekdays": 0}, "bookings.series_weekdays"),
        ({"weekdays": 128}, "bookings.series_weekdays"),
        ({"until_minute": 600}, "bookings.series_minutes"),
        ({"until_minute": 1441}, "bookings.series_minutes"),
        ({"last_day": date(2026, 11, 23)}, "bookings.series_days"),
        ({"last_day": date(2028, 11, 23)}, "bookings.series_days"),
        ({"first_day": date.min, "last_day": date(1, 1, 8)}, "core.day"),
        ({"first_day": date(9999, 12, 24), "last_day": date.max}, "core.day"),
        ({"weekdays": mask_of([0]), "last_day": date(2026, 11, 25)}, "bookings.series_empty"),
        ({"weekdays": 127, "last_day": date(2027, 3, 1)}, "bookings.series_most"),
    ],
)
def test_an_impossible_pattern_is_refused(desk: Desk, changes: dict[str, object], code: str) -> None:
    with refused(Invalid, code):
        make(desk, shape=pattern(**changes))
    assert not Series.objects.exists()


def test_it_is_stopped_from_a_day_on_and_what_was_before_stays(desk: Desk) -> None:
    made = make(desk)
    alice, bob, olga = desk.they.alice, desk.they.bob, desk.they.olga
    with refused(NotPermitted, "bookings.not_yours"):
        stop_series(series=made, from_day=date(2026, 12, 3), by=bob, now=desk.now)
    assert stop_series(series=made, from_day=date(2026, 12, 3), by=alice, now=desk.now, reason="论文") == 3
    assert starts(made) == [f"{day} 10:00" for day in ("11-24", "11-26", "12-01")]
    made.refresh_from_db()
    assert made.stopped_from == date(2026, 12, 3)
    with refused(WrongState, "bookings.series_over"):
        stop_series(series=made, from_day=date(2026, 12, 3), by=alice, now=desk.now)
    begun = desk.start + HOUR
    assert stop_series(series=made, from_day=FIRST, by=olga, now=begun) == 2  # the first has begun
    assert starts(made) == ["11-24 10:00"]


def test_one_of_them_is_changed_or_cancelled_without_the_others(desk: Desk) -> None:
    made = make(desk)
    first, second, *_rest = bookings_of(made)
    moved = change_booking(
        booking=first,
        start=first.start + HOUR,
        end=first.end + HOUR,
        by=desk.they.alice,
        now=desk.now,
    )
    cancel_booking(booking=second, by=desk.they.alice, now=desk.now)
    assert moved.series == made
    rest = [f"{day} 10:00" for day in ("12-01", "12-03", "12-08", "12-10")]
    assert starts(made) == ["11-24 11:00", *rest]
    assert stop_series(series=made, from_day=FIRST, by=desk.they.alice, now=desk.now) == 5


def test_only_its_person_and_the_crew_see_it(desk: Desk) -> None:
    made = make(desk)
    assert series_for(desk.they.alice, made.ulid, desk.now) == made
    assert series_for(desk.they.olga, made.ulid, desk.now) == made
    with refused(NotFound, "bookings.no_series"):
        series_for(desk.they.bob, made.ulid, desk.now)
    with refused(NotPermitted, "bookings.not_yours"):
        make(desk, by=desk.they.bob)


def test_the_longest_series_is_a_dated_parameter(desk: Desk) -> None:
    ParameterValue.objects.create(key="bookings.series_most", value=5, valid_from=desk.now, reason="x")
    with refused(Invalid, "bookings.series_most") as met:
        make(desk)
    assert met.details["count"] == 6


def test_the_database_knows_no_series_without_a_weekday_or_of_no_time(desk: Desk) -> None:
    made = make(desk)
    for wrong in ({"weekdays": 0}, {"until_minute": 600}, {"last_day": date(2026, 11, 1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Series.objects.filter(pk=made.pk).update(**wrong)


@settings(deadline=None, max_examples=40)  # the first look into a year's holidays takes its time
@given(
    mask=st.integers(1, 127),
    first=st.dates(date(2026, 1, 1), date(2027, 12, 1)),
    length=st.integers(0, 60),
    skip=st.booleans(),
)
def test_a_pattern_has_exactly_its_weekdays_within_its_days(
    mask: int, first: date, length: int, *, skip: bool
) -> None:
    last = first + timedelta(days=length)
    calendar = load_calendar(since=first - LONGEST_RUN, until=last + LONGEST_RUN)
    shape = Pattern(mask, 600, 720, first, last, skip_holidays=skip)
    found = list(days_of_pattern(shape, calendar))
    everything = [first + timedelta(days=number) for number in range(length + 1)]
    wanted = [day for day in everything if day.weekday() in days_in(mask)]
    assert found == [day for day in wanted if not skip or calendar.day_type(day) != "holiday"]
    assert all(school_time(period_on(shape, day)[0]).date() == day for day in found)
    assert mask_of(days_in(mask)) == mask
