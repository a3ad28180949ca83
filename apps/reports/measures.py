"""The billed time of uses, measured inside the database: whole numbers of milliseconds and of periods, by
integer arithmetic that is the same on both databases. Pure text: every number in it is one of our own.

A use begins at `a` milliseconds of the school's wall clock, counted from a Monday at midnight, and is billed
until `b`. How much of [a, b) lies in a window that comes back every day is the difference of the window's sum
up to each end: a function of the whole days that passed and of the time of day. The school's zone has
kept one offset since 1991. Days off are those of the school's calendar: a list of days, each with the number
of days off before it, is joined to both ends.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from apps.fees.clocktimes import spans
from apps.fees.laying import is_night
from apps.fees.pricing import Block, PriceModel, has_days_off

Windows = tuple[tuple[int, int], ...]

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000
_DAY_MINUTES = 1440
# 1 January 1970 was a Thursday: three days after a Monday.
_MONDAY_MS = 3 * DAY_MS
_MONDAY = date(1969, 12, 29)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The few words in which the databases differ."""

    greatest: str
    least: str
    local: str

    def most(self, one: str, other: str) -> str:
        return f"{self.greatest}({one}, {other})"

    def fewest(self, one: str, other: str) -> str:
        return f"{self.least}({one}, {other})"

    def local_ms(self, column: str, offset_ms: int) -> str:
        """A moment as milliseconds of the wall clock since a Monday at midnight."""
        return self.local.format(column=column, shift=offset_ms + _MONDAY_MS)


DIALECTS = {
    "postgresql": Dialect(
        "GREATEST",
        "LEAST",
        "(CAST(FLOOR(EXTRACT(EPOCH FROM {column}) * 1000) AS bigint) + {shift})",
    ),
    "sqlite": Dialect(
        "MAX",
        "MIN",
        "(CAST(strftime('%s', {column}) AS integer) * 1000"
        " + CAST(substr(strftime('%f', {column}), 4) AS integer) + {shift})",
    ),
}


def billed_ms(model: PriceModel, dialect: Dialect, powered: str) -> str:
    """Whole steps of powered time, at least the minimum; 0 for what was never powered."""
    step = model.step_seconds * 1000
    least = dialect.most(powered, str(model.minimum_ms))
    return f"(CASE WHEN {powered} = 0 THEN 0 ELSE ({least} + {step - 1}) / {step} * {step} END)"


def needs_clock(model: PriceModel) -> bool:
    """Whether it matters when a use ran, and not only for how long."""
    return bool(model.blocks) or model.night_rate != 1 or has_days_off(model)


def measures(model: PriceModel, dialect: Dialect, a: str, b: str) -> dict[str, str]:
    """What is to be known of every use to price it by a model, as expressions by name. `a` and `b` are the
    columns of its beginning and of the end of its billed time. Hours are those outside of the blocks. What
    begins with 'off' needs the calendar joined to both (`calendar_of`).
    """
    hours, nights = hour_windows(model), night_windows(model)
    found = {"hours": _between(lambda t: _up_to(hours, dialect, t), a, b)}
    has_off, has_night = has_days_off(model), model.night_rate != 1
    if has_off:
        found["off"] = _between(lambda t: _off_up_to(hours, dialect, t), a, b)
    if has_night and nights:
        found["night"] = _between(lambda t: _up_to(nights, dialect, t), a, b)
    if has_off and nights and (has_night or model.weekend_night_rate is not None):
        found["off_night"] = _between(lambda t: _off_up_to(nights, dialect, t), a, b)
    if model.periods is not None:
        found["further"] = _further(model.periods.first_ms, model.periods.further_ms, dialect, f"({b} - {a})")
    for number, block in enumerate(model.blocks):
        start, end = _block_ms(block)
        met = f"{_ceil(b, start)} - {_floor(a, end)} - 1"
        running = f"{_ceil(b, start)} - {_floor(a, start)} - 1"
        # ceil((b - start) / day) - floor((a - end) / day) - 1 blocks meet [a, b); a use ran already when
        # those began whose beginning lies inside of it.
        found[f"touched{number}"] = f"CASE WHEN {a} < {b} THEN {met} ELSE 0 END"
        found[f"entered{number}"] = f"CASE WHEN {a} < {b} THEN {running} ELSE 0 END"
    return found


def calendar_of(first: date, last: date, is_day_off: Callable[[date], bool]) -> str:
    """The rows (day, off, before) of a calendar from `first` to `last`: the number of the day since a Monday,
    whether it is off, and how many were off before it.
    """
    rows, before, day = [], 0, first
    while day <= last:
        off = int(is_day_off(day))
        rows.append(f"({number_of(day)}, {off}, {before})")
        before += off
        day += timedelta(days=1)
    return f"VALUES {', '.join(rows)}"


def number_of(day: date) -> int:
    """Whole days since a Monday: what a moment's milliseconds give when they are divided by a day's."""
    return (day - _MONDAY).days


def hour_windows(model: PriceModel) -> Windows:
    """The parts of a day that are paid by the hour, in minutes: all of it but the blocks."""
    return _windows(minute for minute in range(_DAY_MINUTES) if not _in_a_block(model, minute))


def night_windows(model: PriceModel) -> Windows:
    """The parts of these that lie in the night."""
    first, last = model.night_start_hour, model.night_end_hour
    return _windows(
        minute
        for minute in range(_DAY_MINUTES)
        if is_night(first, last, minute // 60) and not _in_a_block(model, minute)
    )


def limits(model: PriceModel, dialect: Dialect, a: str, b: str) -> dict[str, str]:
    """How far uses by the hour stay below the minimum and go beyond the cap, as time at the ordinary rate."""
    found = {}
    short, over = time_for(model, model.minimum_fen), time_for(model, model.cap_fen)
    if model.minimum_fen and short is not None:
        found["short"] = f"CASE WHEN {a} < {b} THEN {dialect.most('0', f'{short} - ({b} - {a})')} ELSE 0 END"
    if over is not None:
        found["over"] = dialect.most("0", f"({b} - {a}) - {over}")
    return found


def time_for(model: PriceModel, fen: int | None) -> int | None:
    """The billed time, in milliseconds, that costs so much by the hour with its start-up; None where time has
    no price by the hour.
    """
    hour = Fraction(model.hour_fen) * Fraction(model.tier_rate)
    if fen is None or not hour or model.periods is not None:
        return None
    rest = max(fen - Fraction(model.startup_fen) * Fraction(model.tier_rate), Fraction(0))
    return int(rest / hour * _HOUR_MS)


def _in_a_block(model: PriceModel, minute: int) -> bool:
    return any(
        first <= minute < last for block in model.blocks for first, last in spans(block.start, block.end)
    )


def _windows(minutes: Iterable[int]) -> Windows:
    """Minutes in order as windows [first, last)."""
    found: list[tuple[int, int]] = []
    for minute in minutes:
        if found and found[-1][1] == minute:
            found[-1] = (found[-1][0], minute + 1)
        else:
            found.append((minute, minute + 1))
    return tuple(found)


def _between(up_to: Callable[[str], str], a: str, b: str) -> str:
    return f"{up_to(b)} - {up_to(a)}"


def _up_to(windows: Windows, dialect: Dialect, t: str) -> str:
    """Milliseconds of the windows of every day up to `t`."""
    if windows == ((0, _DAY_MINUTES),):
        return f"({t})"
    return f"({t} / {DAY_MS} * {_length(windows)} + {_today(windows, dialect, t)})"


def _off_up_to(windows: Windows, dialect: Dialect, t: str) -> str:
    """Milliseconds of the windows of days off up to `t`, a column to which the calendar is joined."""
    return f"({t}_before * {_length(windows)} + {t}_off * {_today(windows, dialect, t)})"


def _length(windows: Windows) -> int:
    return sum(last - first for first, last in windows) * _MINUTE_MS


def _today(windows: Windows, dialect: Dialect, t: str) -> str:
    """Milliseconds of the windows of the day of `t` up to it."""
    x = f"{t} % {DAY_MS}"
    parts = [
        dialect.most("0", f"{dialect.fewest(x, str(last * _MINUTE_MS))} - {first * _MINUTE_MS}")
        for first, last in windows
    ]
    return f"({' + '.join(parts)})"


def _further(first_ms: int, further_ms: int, dialect: Dialect, billed: str) -> str:
    """How many started periods come after the first one."""
    step = further_ms or first_ms
    return f"(({dialect.most('0', f'{billed} - {first_ms}')} + {step - 1}) / {step})"


def _block_ms(block: Block) -> tuple[int, int]:
    start, end = block.start % _DAY_MINUTES * _MINUTE_MS, block.end * _MINUTE_MS
    return start, end if end > start else end + DAY_MS


def _floor(t: str, minus: int) -> str:
    # A week is added and taken away again, so that no whole division of something below zero rounds up.
    return f"(({t} - {minus} + {WEEK_MS}) / {DAY_MS} - 7)"


def _ceil(t: str, minus: int) -> str:
    return f"(({t} - {minus} + {WEEK_MS} + {DAY_MS - 1}) / {DAY_MS} - 7)"
