"""Billed time laid out on the school's wall clock: which part of it lies in which block, in the night, on
days off. Pure: no rows, no clock, no float; microseconds.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from apps.fees.clocktimes import DAY_MINUTES, spans

MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_SATURDAY = 5


def weekend(day: date) -> bool:
    """Saturday or Sunday: the days off of who knows no calendar."""
    return day.weekday() >= _SATURDAY


@dataclass(frozen=True, slots=True)
class Clock:
    """What the wall clock means: its zone, when the night is (equal hours: never), which days are off, and
    the blocks of the day by their code (first and last minute; none of them meet).
    """

    zone: tzinfo
    night_start_hour: int
    night_end_hour: int
    is_day_off: Callable[[date], bool] = weekend
    blocks: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of time in which nothing changes. `block` is the code of its block, or empty."""

    length_us: int
    block: str
    is_night: bool
    is_off: bool


def lay_out(clock: Clock, start: datetime, length_us: int) -> Iterator[Piece]:
    """The pieces of [start, start + length), in order; together they are as long as the whole."""
    begin = start.astimezone(UTC)
    end = begin + timedelta(microseconds=length_us)
    for first, last in pairwise(_boundaries(clock, begin, end)):
        local = first.astimezone(clock.zone)
        yield Piece(
            length_us=(last - first) // MICROSECOND,
            block=_block_at(clock, local.hour * 60 + local.minute),
            is_night=is_night(clock.night_start_hour, clock.night_end_hour, local.hour),
            is_off=clock.is_day_off(local.date()),
        )


def is_night(first: int, last: int, hour: int) -> bool:
    """Whether an hour of the wall clock lies in the night from `first` to `last`."""
    return first <= hour < last if first <= last else hour >= first or hour < last


def _boundaries(clock: Clock, begin: datetime, end: datetime) -> list[datetime]:
    """The beginning, the end, and every moment between them at which something may change."""
    minutes = {0, clock.night_start_hour * 60, clock.night_end_hour * 60}
    minutes |= {minute % DAY_MINUTES for _code, first, last in clock.blocks for minute in (first, last)}
    inside = {
        moment
        for day in _days(begin.astimezone(clock.zone).date(), end.astimezone(clock.zone).date())
        for moment in (_at(day, minute, clock.zone) for minute in minutes)
        if begin < moment < end
    }
    return [begin, *sorted(inside), end] if begin < end else []


def _days(first: date, last: date) -> Iterable[date]:
    while first <= last:
        yield first
        first += _DAY


def _at(day: date, minute: int, zone: tzinfo) -> datetime:
    hour, rest = divmod(minute, 60)
    return datetime.combine(day, time(hour, rest), tzinfo=zone).astimezone(UTC)


def _block_at(clock: Clock, minute: int) -> str:
    for code, start, end in clock.blocks:
        if any(first <= minute < last for first, last in spans(start, end)):
            return code
    return ""
