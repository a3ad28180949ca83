"""Open time, against counting its minutes one by one: over midnight, over the year's end, several days."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apps.bookings.windows import (
    ALL_DAY,
    Minutes,
    closed_between,
    days_of,
    is_within,
    next_opening,
    on_grid,
    open_stretches,
    up_to_grid,
)
from apps.core.clock import school_midnight, school_time

FIRST = date(2026, 12, 30)  # the year ends in the middle of the drawn days
MINUTE = timedelta(minutes=1)
STEP = 30  # minutes: the drawn ends of windows and periods

ticks = st.integers(min_value=0, max_value=24 * 60 // STEP)
windows = st.tuples(ticks, ticks).filter(lambda w: w[0] < w[1]).map(lambda w: (w[0] * STEP, w[1] * STEP))
weeks = st.lists(st.lists(windows, max_size=3), min_size=1, max_size=4)
periods = st.tuples(
    st.integers(min_value=0, max_value=4 * 48), st.integers(min_value=1, max_value=3 * 48)
).map(lambda p: (p[0] * STEP, (p[0] + p[1]) * STEP))


def _at(minute: int) -> datetime:
    return school_midnight(FIRST) + minute * MINUTE


def _dated(week: list[list[Minutes]]) -> list[tuple[date, list[Minutes]]]:
    return [(FIRST + timedelta(days=number), day) for number, day in enumerate(week)]


def _counted(week: list[list[Minutes]]) -> set[int]:
    """Every half hour that is open, as the minute in which it begins."""
    return {
        number * 1440 + minute
        for number, day in enumerate(week)
        for first, last in day
        for minute in range(first, last, STEP)
    }


@given(week=weeks)
def test_stretches_are_the_minutes_of_the_windows_put_together(week: list[list[Minutes]]) -> None:
    stretches = open_stretches(_dated(week))
    said = {
        minute
        for start, end in stretches
        for minute in range((start - _at(0)) // MINUTE, (end - _at(0)) // MINUTE, STEP)
    }
    assert said == _counted(week)
    # In order, and with a gap between them: nothing that touches is left in two.
    assert all(a[1] < b[0] for a, b in pairwise(stretches))
    assert all(start < end for start, end in stretches)


@given(week=weeks, period=periods)
def test_a_period_is_within_when_every_minute_of_it_is_open(
    week: list[list[Minutes]], period: tuple[int, int]
) -> None:
    open_ = _counted(week)
    expected = all(minute in open_ for minute in range(*period, STEP))
    assert is_within(open_stretches(_dated(week)), _at(period[0]), _at(period[1])) == expected


@given(week=weeks, period=periods)
def test_closed_time_and_open_time_make_up_the_whole(
    week: list[list[Minutes]], period: tuple[int, int]
) -> None:
    closed = closed_between(open_stretches(_dated(week)), _at(period[0]), _at(period[1]))
    said = [
        minute
        for start, end in closed
        for minute in range((start - _at(0)) // MINUTE, (end - _at(0)) // MINUTE, STEP)
    ]
    open_ = _counted(week)
    assert said == [minute for minute in range(*period, STEP) if minute not in open_]


@given(week=weeks, after=ticks.map(lambda t: t * STEP), length=st.integers(min_value=1, max_value=20))
def test_the_next_opening_is_the_first_that_is_long_enough(
    week: list[list[Minutes]], after: int, length: int
) -> None:
    found = next_opening(open_stretches(_dated(week)), _at(after), length * STEP * MINUTE)
    open_ = _counted(week)
    coming = sorted(minute for minute in open_ if minute >= after)
    fits = [m for m in coming if all(m + n * STEP in open_ for n in range(length))]
    if not coming:
        assert found is None
        return
    assert found is not None
    assert found[0] == _at((fits or coming)[0])
    assert ((found[1] - _at(0)) // MINUTE) not in open_


@given(
    start=st.datetimes(min_value=datetime(2026, 12, 28), max_value=datetime(2027, 1, 4)),  # noqa: DTZ001
    minutes=st.integers(min_value=0, max_value=5000),
)
def test_the_days_of_a_period_are_those_whose_midnight_to_midnight_it_meets(
    start: datetime, minutes: int
) -> None:
    begin = start.replace(tzinfo=UTC)
    end = begin + minutes * MINUTE
    expected = [
        day
        for day in (date(2026, 12, 27) + timedelta(days=n) for n in range(14))
        if school_midnight(day) < end and begin < school_midnight(day + timedelta(days=1)) and begin < end
    ]
    assert days_of(begin, end) == expected


def test_round_the_clock_over_the_years_end_is_one_stretch() -> None:
    days = days_of(_at(12 * 60), _at(60 * 60))
    assert days == [date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1)]
    [only] = open_stretches((day, ALL_DAY) for day in days)
    assert only == (_at(0), _at(3 * 1440))


@given(minute=st.integers(min_value=0, max_value=1439), second=st.integers(0, 59), grid=st.integers(1, 60))
def test_up_to_the_grid_is_the_first_moment_on_it(minute: int, second: int, grid: int) -> None:
    moment = _at(minute) + timedelta(seconds=second)
    up = up_to_grid(moment, grid)
    assert on_grid(up, grid)
    assert moment <= up < moment + grid * MINUTE
    assert on_grid(moment, grid) == (up == moment)
    assert school_time(up).date() <= FIRST + timedelta(days=1)
