"""What one use costs: pure arithmetic on whole fen, microseconds and exact fractions. It knows no rows, no
clock and no float; every line is rounded once, half up, and the lines add up to the total.

Powered time is what is charged. It is laid out on the school's wall clock from the beginning of the use, so
that each part has the price of its own hour; a use that runs past midnight is one use.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from apps.core.money import round_fen

SCHOOL = ZoneInfo("Asia/Shanghai")
US_PER_MS = 1000
US_PER_SECOND = 1_000_000
US_PER_HOUR = 3600 * US_PER_SECOND
_MICROSECOND = timedelta(microseconds=1)
_ONE = Decimal(1)
# Ten-millionths of an hour are 0.36 ms: a reader can recover every millisecond from the quantity.
_HOURS = Decimal("0.0000001")


@dataclass(frozen=True, slots=True)
class PriceModel:
    """The prices of one tier and service mode under one fee version.

    Prices in fen; `minimum_ms` and `step_seconds` say in which time is billed; `night_rate` is a factor on
    the hour price between `night_start_hour` and `night_end_hour` of the wall clock of `zone` (equal hours
    mean that there is no night).
    """

    hour_fen: int = 0
    sample_fen: int = 0
    startup_fen: int = 0
    minimum_ms: int = 0
    minimum_fen: int = 0
    step_seconds: int = 1
    night_rate: Decimal = _ONE
    night_start_hour: int = 22
    night_end_hour: int = 7
    zone: tzinfo = SCHOOL


@dataclass(frozen=True, slots=True)
class Use:
    """One use: when it was (aware), how long it was effective and powered (ms), how many samples it ran."""

    start: datetime
    end: datetime
    effective_ms: int
    powered_ms: int
    samples: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill. `amount_fen` is exact quantity x price x rate, rounded half up.

    `quantity` is for reading: hours are shown to the ten-millionth, the amount comes from the exact time.
    """

    code: str
    name_zh: str
    name_en: str
    quantity: Decimal
    unit: str
    price_fen: int
    rate: Decimal
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The lines and their sum, in fen."""

    lines: tuple[Line, ...]
    total_fen: int


def planned(start: datetime, end: datetime, *, samples: int = 0) -> Use:
    """The use that a booking of [start, end) promises at most: powered and effective all the time."""
    length = (end - start) // timedelta(milliseconds=1)
    return Use(start=start, end=end, effective_ms=length, powered_ms=length, samples=samples)


def quote(model: PriceModel, use: Use) -> Quote:
    """Price one use. Time is the powered time, at least `minimum_ms`, rounded up once to whole steps; then
    start-up and samples; then what is missing to `minimum_fen`.

    A use that was never powered and ran no sample used nothing and costs nothing, whatever the minimum.
    Raises ValueError for negative time, samples or prices and for a naive start.
    """
    _require_sound(model, use)
    if use.powered_ms == 0 and use.samples == 0:
        return Quote((), 0)
    lines = tuple(_lines(model, use))
    missing = model.minimum_fen - sum(line.amount_fen for line in lines)
    if missing > 0:
        lines = (*lines, _counted("minimum", "最低收费补足", "Up to the minimum fee", 1, "use", missing))
    return Quote(lines, sum(line.amount_fen for line in lines))


def billed_us(model: PriceModel, powered_ms: int) -> int:
    """The time that is billed for so many powered milliseconds, in microseconds: whole steps, rounded up."""
    if powered_ms == 0:
        return 0
    step = model.step_seconds * US_PER_SECOND
    return -(-max(powered_ms, model.minimum_ms) * US_PER_MS // step) * step


def night_us(model: PriceModel, start: datetime, length_us: int) -> int:
    """How much of [start, start + length) lies in the night of the wall clock, in microseconds."""
    if model.night_start_hour == model.night_end_hour:
        return 0
    begin = start.astimezone(UTC)
    end = begin + timedelta(microseconds=length_us)
    night = timedelta(0)
    for first, last in _nights(model, begin, end):
        night += max(min(last, end) - max(first, begin), timedelta(0))
    return night // _MICROSECOND


def _nights(model: PriceModel, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The nights that may touch a period, as UTC; the one that began on the evening before it among them."""
    day = begin.astimezone(model.zone).date() - timedelta(days=1)
    last = end.astimezone(model.zone).date()
    over_midnight = timedelta(days=1 if model.night_start_hour > model.night_end_hour else 0)
    while day <= last:
        yield (
            _at(day, model.night_start_hour, model.zone),
            _at(day + over_midnight, model.night_end_hour, model.zone),
        )
        day += timedelta(days=1)


def _at(day: date, hour: int, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)


def _lines(model: PriceModel, use: Use) -> Iterator[Line]:
    billed = billed_us(model, use.powered_ms)
    night = 0 if model.night_rate == _ONE else night_us(model, use.start, billed)
    if model.hour_fen:
        if billed > night:
            yield _hours("hour", "机时", "Instrument time", billed - night, model.hour_fen, _ONE)
        if night:
            yield _hours(
                "hour.night", "夜间机时", "Instrument time, night", night, model.hour_fen, model.night_rate
            )
    if model.startup_fen and use.powered_ms:
        yield _counted("startup", "开机费", "Start-up", 1, "startup", model.startup_fen)
    if model.sample_fen and use.samples:
        yield _counted("sample", "样品测试", "Samples", use.samples, "sample", model.sample_fen)


def _hours(code: str, name_zh: str, name_en: str, length_us: int, price_fen: int, rate: Decimal) -> Line:
    amount = round_fen(Fraction(length_us, US_PER_HOUR) * price_fen * Fraction(rate))
    quantity = (Decimal(length_us) / US_PER_HOUR).quantize(_HOURS)
    return Line(code, name_zh, name_en, _plain(quantity), "hour", price_fen, rate, amount)


def _counted(code: str, name_zh: str, name_en: str, count: int, unit: str, price_fen: int) -> Line:
    return Line(code, name_zh, name_en, Decimal(count), unit, price_fen, _ONE, count * price_fen)


def _plain(number: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent: 0.5, 10, 1.2345678."""
    short = number.normalize()
    return short.quantize(_ONE) if short == short.to_integral_value() else short


def _require_sound(model: PriceModel, use: Use) -> None:
    whole = (
        model.hour_fen,
        model.sample_fen,
        model.startup_fen,
        model.minimum_ms,
        model.minimum_fen,
        use.powered_ms,
        use.samples,
    )
    if min(whole) < 0 or model.night_rate < 0 or model.step_seconds < 1:
        raise ValueError("time, samples, prices and rates are never negative; a step is a second at least")
    if use.start.tzinfo is None:
        raise ValueError("a use begins at an aware moment")
