"""Open hours are what a count minute by minute of the windows gives, less outages, for any windows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.bookings.models import OpeningWindow
from apps.bookings.opening import opening_of
from apps.core.clock import school_midnight, school_time
from apps.core.models import CalendarDay
from apps.core.workdays import DayType
from apps.instruments.models import Instrument, Outage
from apps.reports.figures import calendar_year, of_instruments
from apps.reports.figures.opening import open_ms
from tests.factories.instruments import imported, sister

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
BEGIN = datetime(2025, 9, 24, 16, 0, tzinfo=UTC)  # the school's midnight, a week before National Day
moments = st.integers(0, 20 * 24 * 60).map(lambda minutes: BEGIN + minutes * MINUTE)
windows = st.lists(
    st.tuples(
        st.sampled_from(list(DayType)),
        st.integers(0, 1380),
        st.integers(1, 1440),
        st.integers(-5, 20),
        st.one_of(st.none(), st.integers(1, 15)),
        st.booleans(),
    ),
    max_size=6,
)


@pytest.fixture
def sem(now: datetime) -> Instrument:
    return imported("QY000004", now - 365 * DAY)


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(windows, st.lists(st.tuples(moments, st.integers(1, 5000)), max_size=3), moments, moments)
def test_any_windows_and_outages_give_what_counting_minutes_gives(
    sem: Instrument,
    drawn: list[tuple[DayType, int, int, int, int | None, bool]],
    outages: list[tuple[datetime, int]],
    since: datetime,
    until: datetime,
) -> None:
    OpeningWindow.objects.all().delete()
    Outage.objects.all().delete()
    for kind, first, length, day, lasting, own in drawn:
        begun = BEGIN + day * DAY
        OpeningWindow.objects.create(
            instrument=sem if own else None,
            facility=None if own else sem.facility,
            day_type=kind,
            from_minute=first,
            until_minute=min(first + length, 1440),
            valid_from=begun,
            valid_until=None if lasting is None else begun + lasting * DAY,
        )
    for start, minutes in outages:
        Outage.objects.create(
            instrument=sem, starts_at=start, ends_at=start + minutes * MINUTE, reason_zh="修"
        )
    since, until = min(since, until), max(since, until)
    assert open_ms([sem], since, until)[sem.pk] == _minutes(sem, since, until) * 60_000


def _minutes(sem: Instrument, since: datetime, until: datetime) -> int:
    """Minute by minute: open by its windows and not out of service."""
    stretches = opening_of(sem, since, until).stretches(since, until) if until > since else []
    out = list(Outage.objects.values_list("starts_at", "ends_at"))
    return sum(
        any(first <= at < last for first, last in stretches)
        and not any(first <= at and (last is None or at < last) for first, last in out)
        for at in (since + number * MINUTE for number in range((until - since) // MINUTE))
    )


def test_nothing_said_is_round_the_clock(sem: Instrument) -> None:
    year = calendar_year(2025)
    assert open_ms([sem], year.since, year.until)[sem.pk] == 365 * 24 * 3_600_000


def test_it_is_open_from_commissioning_to_retirement(sem: Instrument) -> None:
    year = calendar_year(2025)
    bought = sister(sem, "NEW00001", year.since, commissioned=date(2025, 12, 1))
    gone = sister(sem, "OLD00001", year.since, retired_at=year.since + 10 * DAY)
    found = open_ms([bought, gone], year.since, year.until)
    assert found == {bought.pk: 31 * 24 * 3_600_000, gone.pk: 10 * 24 * 3_600_000}


def test_a_running_year_is_counted_up_to_the_beginning_of_the_day(sem: Instrument, now: datetime) -> None:
    year = calendar_year(2026)
    whole = of_instruments([sem.pk], year)[sem.pk]["open_hours"].value
    so_far = of_instruments([sem.pk], year, at=now)[sem.pk]["open_hours"].value
    today = school_midnight(school_time(now).date())
    assert whole - so_far == (year.until - today) // timedelta(milliseconds=1)


def test_the_schools_own_days_count_as_the_school_says(sem: Instrument) -> None:
    """Only workdays are open; one of them is made a holiday."""
    OpeningWindow.objects.create(
        instrument=sem,
        day_type=DayType.WORKDAY,
        from_minute=480,
        until_minute=1020,
        valid_from=school_midnight(date(2020, 1, 1)),
    )
    year = calendar_year(2025)
    before = open_ms([sem], year.since, year.until)[sem.pk]
    CalendarDay.objects.create(day=date(2025, 3, 12), is_working=False)
    assert before - open_ms([sem], year.since, year.until)[sem.pk] == 9 * 3_600_000


def test_it_costs_three_queries_for_any_number(
    sem: Instrument, django_assert_num_queries: pytest.FixtureRequest, now: datetime
) -> None:
    many = [sem, *(sister(sem, f"MANY{number:04d}", now) for number in range(5))]
    OpeningWindow.objects.create(
        facility=sem.facility, day_type=DayType.WORKDAY, from_minute=0, until_minute=600, valid_from=BEGIN
    )
    year = calendar_year(2025)
    with django_assert_num_queries(3):  # type: ignore[operator]
        open_ms(many, year.since, year.until)
