"""Which days the school works and where a period of n working days ends. The dates of 2025 and 2026 are those
that the General Office of the State Council announced (notices of November 2024 and November 2025).
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.core.clock import SCHOOL_ZONE, school_time
from apps.core.models import CalendarDay
from apps.core.workdays import (
    Calendar,
    add_working_days,
    is_working_day,
    load_calendar,
    unarranged_years,
    working_days_between,
)

CountQueries = Callable[[int], AbstractContextManager[Any]]
FIRST = date(2001, 1, 1)
DAY = timedelta(days=1)

moments = st.datetimes(
    min_value=datetime(2001, 1, 1, 0, 0),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime(2040, 12, 31, 0, 0),  # noqa: DTZ001
    timezones=st.just(UTC),
)
counts = st.integers(0, 40)
schools = st.dictionaries(st.dates(FIRST, date(2041, 12, 31)), st.booleans(), max_size=30).map(
    lambda rows: Calendar(since=FIRST - DAY, rows=rows)
)
once = pytest.mark.once


def at(text: str) -> datetime:
    """A moment of the school's wall clock: '2026-02-13 15:00'."""
    return datetime.fromisoformat(text).replace(tzinfo=SCHOOL_ZONE)


def enter(day: date, *, is_working: bool) -> None:
    CalendarDay.objects.create(day=day, is_working=is_working, name_zh="校历", name_en="School calendar")


def span(first: date, last: date) -> Iterator[date]:
    return (first + n * DAY for n in range((last - first).days + 1))


# ---- which days are worked


@pytest.mark.parametrize(
    ("first", "last", "worked"),
    [
        # Spring Festival: 15 to 23 February off; Saturdays 14 and 28 February worked.
        (date(2026, 2, 13), date(2026, 3, 1), {13, 14, 24, 25, 26, 27, 28}),
        # National Day: 1 to 7 October off; Saturday 10 October worked.
        (date(2026, 10, 1), date(2026, 10, 13), {8, 9, 10, 12, 13}),
        # ... and Sunday 20 September, before the Mid-Autumn Festival of 25 to 27 September.
        (date(2026, 9, 18), date(2026, 9, 28), {18, 20, 21, 22, 23, 24, 28}),
        # New Year: 1 to 3 January off; Sunday 4 January worked.
        (date(2026, 1, 1), date(2026, 1, 11), {4, 5, 6, 7, 8, 9}),
        # Labour Day: 1 to 5 May off; Saturday 9 May worked.
        (date(2026, 5, 1), date(2026, 5, 10), {6, 7, 8, 9}),
        # An ordinary week.
        (date(2026, 11, 23), date(2026, 11, 29), {23, 24, 25, 26, 27}),
    ],
)
@once
def test_the_announced_holidays_and_the_weekends_worked_for_them(
    first: date, last: date, worked: set[int]
) -> None:
    calendar = Calendar(since=first, rows={})
    assert {day.day for day in span(first, last) if calendar.is_working_day(day)} == worked


@once
def test_a_december_weekend_worked_for_the_next_new_year_is_known() -> None:
    calendar = Calendar(since=FIRST, rows={})
    assert calendar.is_working_day(date(2011, 12, 31))  # a Saturday, for Tuesday 3 January 2012
    assert not calendar.is_working_day(date(2012, 1, 3))


@once
def test_half_days_for_some_are_worked() -> None:
    """Women's Day and Youth Day are half days for a part of the staff, never days off for a deadline."""
    calendar = Calendar(since=FIRST, rows={})
    assert calendar.is_working_day(date(2027, 3, 8))
    assert calendar.is_working_day(date(2028, 5, 4))


@once
def test_a_year_without_an_arrangement_keeps_its_statutory_holidays_and_the_ordinary_week() -> None:
    """1 and 2 October of any year are holidays by the regulation itself; what is exchanged is not known."""
    calendar = Calendar(since=FIRST, rows={})
    assert not calendar.is_working_day(date(2040, 10, 1))
    assert not calendar.is_working_day(date(2040, 10, 2))
    assert calendar.is_working_day(date(2040, 10, 8))
    assert not calendar.is_working_day(date(2040, 10, 14))


@once
def test_beyond_every_calendar_there_is_the_ordinary_week() -> None:
    calendar = Calendar(since=FIRST, rows={})
    week = span(date(2150, 9, 28), date(2150, 10, 4))  # Monday to Sunday, National Day among them
    assert [calendar.is_working_day(day) for day in week] == [True] * 5 + [False] * 2


@pytest.mark.django_db
def test_the_schools_calendar_wins_in_both_directions(django_assert_num_queries: CountQueries) -> None:
    assert not is_working_day(date(2026, 10, 2))
    assert is_working_day(date(2026, 10, 10))
    enter(date(2026, 10, 2), is_working=True)
    enter(date(2026, 10, 10), is_working=False)
    with django_assert_num_queries(2):
        assert is_working_day(date(2026, 10, 2))
        assert not is_working_day(date(2026, 10, 10))


@once
def test_a_calendar_answers_no_day_before_it_begins() -> None:
    """The school's rows before that day are not in hand, so that an answer might be wrong."""
    with pytest.raises(ValueError, match="loaded from 2026-11-23 on"):
        Calendar(since=date(2026, 11, 23), rows={}).is_working_day(date(2026, 11, 22))


# ---- adding


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-23 10:00", 0, "2026-11-23 10:00"),
        ("2026-11-23 10:00", 1, "2026-11-24 10:00"),
        ("2026-11-23 10:00", 5, "2026-11-30 10:00"),
        ("2026-11-27 15:00", 1, "2026-11-30 15:00"),
        # A day off counts as the beginning of the next working day.
        ("2026-11-28 15:00", 0, "2026-11-30 00:00"),
        ("2026-11-28 15:00", 1, "2026-12-01 00:00"),
        ("2026-11-30 00:00", 1, "2026-12-01 00:00"),
        # Midnight belongs to the day that it begins.
        ("2026-11-27 23:59:59.999999", 1, "2026-11-30 23:59:59.999999"),
        ("2026-11-28 00:00", 1, "2026-12-01 00:00"),
        # Spring Festival: Friday, the worked Saturday, then nine days off.
        ("2026-02-13 15:00", 1, "2026-02-14 15:00"),
        ("2026-02-13 15:00", 2, "2026-02-24 15:00"),
        ("2026-02-17 09:00", 1, "2026-02-25 00:00"),
        ("2026-02-27 09:00", 1, "2026-02-28 09:00"),
        # October: from the last day of September over the seven days off into the worked Saturday.
        ("2026-09-30 17:00", 1, "2026-10-08 17:00"),
        ("2026-09-30 17:00", 3, "2026-10-10 17:00"),
        ("2026-09-30 17:00", 4, "2026-10-12 17:00"),
        # September: the worked Sunday is a working day like any other.
        ("2026-09-19 12:00", 0, "2026-09-20 00:00"),
        ("2026-09-20 08:30", 1, "2026-09-21 08:30"),
        ("2026-09-18 08:30", 1, "2026-09-20 08:30"),
        # The end of the year: 1 to 3 January 2026 off, Sunday 4 January worked.
        ("2025-12-31 16:00", 1, "2026-01-04 16:00"),
        ("2026-12-31 16:00", 1, "2027-01-04 16:00"),
    ],
)
@pytest.mark.django_db
def test_where_a_period_of_working_days_ends(start: str, days: int, end: str) -> None:
    assert add_working_days(at(start), days) == at(end)


@pytest.mark.parametrize("offset", [-12, -8, 0, 8, 14])
@pytest.mark.django_db
def test_the_day_is_the_schools_on_either_side_of_the_date_line(offset: int) -> None:
    """17:30 on Friday in London is Saturday in Shanghai; the same instant gives the same end in any zone."""
    moment = datetime(2026, 11, 27, 17, 30, tzinfo=UTC).astimezone(timezone(timedelta(hours=offset)))
    assert school_time(moment).isoweekday() == 6
    assert add_working_days(moment, 1) == at("2026-12-01 00:00")
    assert working_days_between(moment, at("2026-12-01 00:00").astimezone(moment.tzinfo)) == 1


@pytest.mark.django_db
def test_the_schools_rows_move_the_end(django_assert_num_queries: CountQueries) -> None:
    start = at("2026-11-26 09:00")
    enter(date(2026, 11, 27), is_working=False)  # the school's sports day
    enter(date(2026, 11, 28), is_working=True)
    for day in span(date(2027, 1, 18), date(2027, 2, 28)):
        enter(day, is_working=False)  # the winter vacation
    with django_assert_num_queries(1):
        assert add_working_days(start, 1) == at("2026-11-28 09:00")
    with django_assert_num_queries(1):
        assert add_working_days(at("2027-01-15 09:00"), 1) == at("2027-03-01 09:00")
    with django_assert_num_queries(1):
        assert working_days_between(start, at("2026-11-30 09:00")) == 2
    with django_assert_num_queries(1):
        calendar = load_calendar(since=date(2026, 11, 1))
        assert calendar.add_working_days(start, 2) == at("2026-11-30 09:00")
        assert calendar.working_days_between(at("2027-01-15 09:00"), at("2027-03-01 08:59")) == 0


@once
def test_days_are_not_taken_away_and_a_moment_has_a_zone() -> None:
    calendar = Calendar(since=FIRST, rows={})
    with pytest.raises(ValueError, match="only added"):
        calendar.add_working_days(at("2026-11-23 10:00"), -1)
    with pytest.raises(ValueError, match="time zone"):
        calendar.add_working_days(datetime(2026, 11, 23, 10, 0), 1)  # noqa: DTZ001


# ---- between


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:00", 0),
        ("2026-11-23 10:00", "2026-11-24 09:59", 0),
        ("2026-11-23 10:00", "2026-11-24 10:00", 1),
        ("2026-11-27 10:00", "2026-11-30 09:59", 0),
        ("2026-11-27 10:00", "2026-11-30 10:00", 1),
        ("2026-11-28 10:00", "2026-11-30 23:59", 0),
        ("2026-11-28 10:00", "2026-12-01 00:00", 1),
        ("2026-02-13 15:00", "2026-02-24 15:00", 2),
        ("2026-09-30 17:00", "2026-10-10 17:00", 3),
        # Backwards: three working days overdue.
        ("2026-11-26 10:00", "2026-11-23 10:00", -3),
    ],
)
@pytest.mark.django_db
def test_how_many_working_days_lie_between(start: str, end: str, days: int) -> None:
    assert working_days_between(at(start), at(end)) == days


# ---- laws that hold for every calendar


@once
@given(calendar=schools, start=moments, days=counts)
def test_between_is_the_inverse_of_add(calendar: Calendar, start: datetime, days: int) -> None:
    end = calendar.add_working_days(start, days)
    assert calendar.working_days_between(start, end) == days
    assert calendar.working_days_between(start, end - timedelta(microseconds=1)) == max(0, days - 1)


@once
@given(calendar=schools, start=moments, later=st.timedeltas(timedelta(0), 20 * DAY), days=counts)
def test_who_starts_later_never_ends_earlier(
    calendar: Calendar, start: datetime, later: timedelta, days: int
) -> None:
    first, second = (calendar.add_working_days(moment, days) for moment in (start, start + later))
    assert first <= second


@once
@given(calendar=schools, start=moments, days=counts, more=counts)
def test_periods_add_up_and_more_days_end_later(
    calendar: Calendar, start: datetime, days: int, more: int
) -> None:
    end = calendar.add_working_days(start, days)
    assert calendar.add_working_days(end, more) == calendar.add_working_days(start, days + more)
    assert calendar.add_working_days(start, days + 1) > end >= start


@once
@given(calendar=schools, start=moments, days=counts)
def test_a_period_ends_on_a_working_day_at_the_time_at_which_it_began(
    calendar: Calendar, start: datetime, days: int
) -> None:
    begun, end = school_time(start), school_time(calendar.add_working_days(start, days))
    assert calendar.is_working_day(end.date())
    if calendar.is_working_day(begun.date()):
        assert end.time() == begun.time()
        worked = sum(calendar.is_working_day(day) for day in span(begun.date() + DAY, end.date()))
    else:
        assert end.time() == datetime.min.time()
        worked = sum(calendar.is_working_day(day) for day in span(begun.date() + DAY, end.date())) - 1
    assert worked == days


@given(rows=st.dictionaries(st.dates(date(2026, 9, 1), date(2026, 12, 31)), st.booleans(), max_size=8))
@hypothesis_settings(max_examples=25, deadline=None)
@pytest.mark.django_db
def test_the_rows_in_the_database_and_the_calendar_in_hand_agree(rows: dict[date, bool]) -> None:
    CalendarDay.objects.all().delete()
    for day, is_working in rows.items():
        enter(day, is_working=is_working)
    calendar = Calendar(since=date(2026, 9, 1), rows=rows)
    start = at("2026-09-17 11:00")
    end = calendar.add_working_days(start, 15)
    assert add_working_days(start, 15) == end
    assert working_days_between(start, end) == 15
    for day in (date(2026, 9, 20), date(2026, 10, 1), *rows):
        assert is_working_day(day) is calendar.is_working_day(day)


# ---- what is not known yet


@pytest.mark.django_db
def test_years_without_an_arrangement_are_told_until_the_school_enters_a_worked_weekend(
    django_assert_num_queries: CountQueries,
) -> None:
    first, last = date(2025, 12, 1), date(2041, 2, 1)
    with django_assert_num_queries(1):
        unknown = unarranged_years(first=first, last=last)
    assert {2040, 2041} <= set(unknown)
    assert not {2025, 2026} & set(unknown)
    with django_assert_num_queries(0):
        assert unarranged_years(first=first, last=date(2026, 12, 31)) == []
    enter(date(2041, 1, 2), is_working=False)  # a sports day is no arrangement
    enter(date(2041, 1, 4), is_working=True)  # nor is a Friday that is worked
    assert unarranged_years(first=last, last=last) == [2041]
    enter(date(2041, 1, 5), is_working=True)  # a Saturday worked for a day off
    assert unarranged_years(first=last, last=last) == []
