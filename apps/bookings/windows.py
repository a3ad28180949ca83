"""When something is open: minutes of a school day as moments, stretches put together, the next one that is
long enough. Pure arithmetic; the school's clock has no summer time, so a minute of a day is always a moment.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from apps.core.clock import school_midnight, school_time

Minutes = tuple[int, int]  # [from, until) since midnight at the school, 0 <= from < until <= 1440
Stretch = tuple[datetime, datetime]  # [start, end), aware, UTC

ALL_DAY: tuple[Minutes, ...] = ((0, 24 * 60),)
_DAY = timedelta(days=1)


def days_of(start: datetime, end: datetime) -> list[date]:
    """The school days that [start, end) touches; none for an empty period."""
    if end <= start:
        return []
    first = school_time(start).date()
    last = school_time(end - timedelta(microseconds=1)).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def open_stretches(days: Iterable[tuple[date, Sequence[Minutes]]]) -> list[Stretch]:
    """The open time of days, the earliest first. Windows that touch or overlap are one stretch, also over
    midnight.
    """
    pieces = sorted(
        (midnight + timedelta(minutes=first), midnight + timedelta(minutes=last))
        for midnight, windows in ((school_midnight(day), windows) for day, windows in days)
        for first, last in windows
    )
    merged: list[Stretch] = []
    for start, end in pieces:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def is_within(stretches: Iterable[Stretch], start: datetime, end: datetime) -> bool:
    """Whether the whole of [start, end) lies in one stretch."""
    return any(first <= start and end <= last for first, last in stretches)


def closed_between(stretches: Sequence[Stretch], start: datetime, end: datetime) -> list[Stretch]:
    """What is not open of [start, end). `stretches` are merged and in order, as `open_stretches` gives
    them.
    """
    closed = []
    edge = start
    for first, last in stretches:
        if edge >= end:
            break
        if first > edge:
            closed.append((edge, min(first, end)))
        edge = max(edge, last)
    if edge < end:
        closed.append((edge, end))
    return closed


def next_opening(stretches: Iterable[Stretch], after: datetime, length: timedelta) -> Stretch | None:
    """The first open time from `after` on that is at least so long; where none is, the first at all."""
    coming = [(max(first, after), last) for first, last in stretches if last > after]
    return next((one for one in coming if one[1] - one[0] >= length), coming[0] if coming else None)


def on_grid(moment: datetime, minutes: int) -> bool:
    """Whether a moment is a multiple of so many minutes after midnight at the school."""
    return not (moment - school_midnight(school_time(moment).date())) % timedelta(minutes=minutes)


def up_to_grid(moment: datetime, minutes: int) -> datetime:
    """The first moment on the grid that is not before this one; the grid begins anew at midnight."""
    midnight = school_midnight(school_time(moment).date())
    over = (moment - midnight) % timedelta(minutes=minutes)
    return min(moment + timedelta(minutes=minutes) - over, midnight + _DAY) if over else moment


def down_to_grid(moment: datetime, minutes: int) -> datetime:
    """The last moment on the grid that is not after this one."""
    midnight = school_midnight(school_time(moment).date())
    return moment - (moment - midnight) % timedelta(minutes=minutes)
