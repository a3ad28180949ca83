"""The arithmetic of slots and nights, against plain counting."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.bookings.nights import touches_night
from apps.bookings.queries import complement
from apps.core.clock import school_time

T0 = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # midnight at the school
MINUTE = timedelta(minutes=1)

minutes = st.integers(min_value=0, max_value=240)
spans = st.tuples(minutes, minutes).filter(lambda span: span[0] < span[1])


def _at(minute: int) -> datetime:
    return T0 + minute * MINUTE


@given(busy=st.lists(spans, max_size=8), window=spans, at_least=st.integers(min_value=0, max_value=30))
def test_free_slots_are_exactly_the_minutes_that_nothing_takes(
    busy: list[tuple[int, int]], window: tuple[int, int], at_least: int
) -> None:
    free = complement(
        [(_at(a), _at(b)) for a, b in busy], _at(window[0]), _at(window[1]), at_least=at_least * MINUTE
    )
    counted = [m for m in range(*window) if not any(a <= m < b for a, b in busy)]
    runs: list[list[int]] = []
    for minute in counted:
        if runs and runs[-1][-1] == minute - 1:
            runs[-1].append(minute)
        else:
            runs.append([minute])
    expected = [(_at(run[0]), _at(run[-1] + 1)) for run in runs if len(run) >= at_least]
    assert [(slot.start, slot.end) for slot in free] == expected


@given(
    start=st.integers(min_value=0, max_value=72),
    hours=st.integers(min_value=0, max_value=48),
    night_start=st.integers(min_value=0, max_value=23),
    night_end=st.integers(min_value=0, max_value=23),
)
def test_a_period_touches_the_night_when_one_of_its_hours_lies_in_it(
    start: int, hours: int, night_start: int, night_end: int
) -> None:
    def is_night(hour: int) -> bool:
        if night_start <= night_end:
            return night_start <= hour < night_end
        return hour >= night_start or hour < night_end

    begin = T0 + timedelta(hours=start)
    of_day = [school_time(begin + timedelta(hours=n)).hour for n in range(hours)]
    touched = touches_night(
        begin, begin + timedelta(hours=hours), night_start=night_start, night_end=night_end
    )
    assert touched == any(is_night(hour) for hour in of_day)


def test_the_last_second_before_the_night_and_the_first_after_it_do_not_touch_it() -> None:
    dusk, dawn = T0 + timedelta(hours=22), T0 + timedelta(hours=31)
    night = {"night_start": 22, "night_end": 7}
    assert not touches_night(dusk - timedelta(hours=1), dusk, **night)
    assert touches_night(dusk - timedelta(hours=1), dusk + timedelta(microseconds=1), **night)
    assert not touches_night(dawn, dawn + timedelta(hours=1), **night)
    assert touches_night(dawn - timedelta(microseconds=1), dawn + timedelta(hours=1), **night)
