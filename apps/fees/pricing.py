"""What one use costs: pure arithmetic on whole fen, microseconds and exact fractions. It knows no rows, no
clock and no float; every line is rounded once, half up, and the lines add up to the total.

Powered time is what is charged. It is laid out on the school's wall clock from the beginning of the use, so
that each part has the price of its own hour; a use that runs past midnight is one use.

The shapes of a price (`price_shapes.py`) are those of public price lists of universities: per hour, sample,
extra component, temperature point, started period (half a day, a day, 30 days; up to 4 h, then per 2 h),
block of the day with a price for who comes from the block before it; start-up, minimum, cap; rates for night,
days off, rush and repetition; reductions for one's own group, a hosted owner, a department, who prepaid.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Context, Decimal
from fractions import Fraction

from apps.core.money import round_fen
from apps.fees.laying import MICROSECOND, Clock, lay_out
from apps.fees.price_shapes import Block, Extra, Line, Periods, PriceModel, Quote, Use

__all__ = [
    "Block",
    "Extra",
    "Line",
    "Periods",
    "PriceModel",
    "Quote",
    "Use",
    "billed_us",
    "has_days_off",
    "night_us",
    "planned",
    "quote",
]

US_PER_MS = 1000
US_PER_SECOND = 1_000_000
US_PER_HOUR = 3600 * US_PER_SECOND
_ONE = Decimal(1)
# Ten-millionths of an hour are 0.36 ms: a reader can recover every millisecond from the quantity.
_HOURS = Decimal("0.0000001")
# Rates have ten digits at most: their product fits exactly.
_EXACT = Context(prec=120)


def planned(start: datetime, end: datetime, *, samples: int = 0) -> Use:
    """The use that a booking of [start, end) promises at most: powered and effective all the time."""
    length = (end - start) // timedelta(milliseconds=1)
    return Use(start=start, end=end, effective_ms=length, powered_ms=length, samples=samples)


def quote(model: PriceModel, use: Use) -> Quote:
    """Price one use. Time is the powered time, at least `minimum_ms`, rounded up once to whole steps; then
    start-up, samples, extras and core-hours; then what is missing to `minimum_fen`, or is above `cap_fen`.

    A use that was never powered and ran nothing used nothing and costs nothing, whatever the minimum. Raises
    ValueError for negative time, counts or prices, for an extra that has no price and for a naive start.
    """
    _require_sound(model, use)
    if use.powered_ms == 0 and not (use.samples or use.core_ms or any(count for _code, count in use.extras)):
        return Quote((), 0)
    lines = tuple(_lines(model, use))
    total = sum(line.amount_fen for line in lines)
    if total < model.minimum_fen:
        lines = (*lines, _rest("minimum", "最低收费补足", "Up to the minimum fee", model.minimum_fen - total))
    elif model.cap_fen is not None and total > model.cap_fen:
        lines = (*lines, _rest("cap", "封顶减免", "Above the most that a use costs", model.cap_fen - total))
    return Quote(lines, sum(line.amount_fen for line in lines))


def has_days_off(model: PriceModel) -> bool:
    """Whether days off have a price of their own. Where they have none, they are days like any other."""
    return model.weekend_rate != _ONE or model.weekend_night_rate is not None


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
    return night // MICROSECOND


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
    reduced = _reductions(model, use)
    worked = _times(reduced, model.rush_rate if use.rush else _ONE, model.repeat_rate if use.repeat else _ONE)
    billed = billed_us(model, use.powered_ms)
    if model.periods is not None:
        yield from _periods(model.periods, billed, worked)
    elif model.hour_fen or model.blocks:
        yield from _clock_lines(model, use.start, billed, worked)
    if model.core_hour_fen and use.core_ms:
        yield _hours(
            "core_hour",
            "核时",
            "Core-hours",
            use.core_ms * US_PER_MS,
            model.core_hour_fen,
            worked,
            "core_hour",
        )
    if model.startup_fen and use.powered_ms:
        yield _counted("startup", "开机费", "Start-up", 1, "startup", model.startup_fen, reduced)
    if model.sample_fen and use.samples:
        yield _counted("sample", "样品测试", "Samples", use.samples, "sample", model.sample_fen, worked)
    counts = dict(use.extras)
    for extra in model.extras:
        if extra.price_fen and counts.get(extra.code):
            code = f"{extra.unit}.{extra.code}"
            count = counts[extra.code]
            yield _counted(code, extra.name_zh, extra.name_en, count, extra.unit, extra.price_fen, worked)


# The kinds of time by the hour: night, day off.
_KINDS = {
    (False, False): ("hour", "机时", "Instrument time"),
    (True, False): ("hour.night", "夜间机时", "Instrument time, night"),
    (False, True): ("hour.weekend", "休息日机时", "Instrument time, day off"),
    (True, True): ("hour.weekend_night", "休息日夜间机时", "Instrument time, night of a day off"),
}


def _clock_lines(model: PriceModel, start: datetime, billed: int, worked: Decimal) -> Iterator[Line]:
    """Blocks, each paid whole, and what lies outside of them by the hour."""
    days_off = has_days_off(model)
    if not model.blocks and not days_off:
        night = 0 if model.night_rate == _ONE else night_us(model, start, billed)
        yield from _hour_lines(model, {(False, False): billed - night, (True, False): night}, worked)
        return
    by_kind: dict[tuple[bool, bool], int] = {}
    touched: dict[tuple[str, bool], int] = {}
    following = {block.code: block.follows for block in model.blocks}
    before = ""
    for piece in lay_out(_clock(model), start, billed):
        if piece.block and piece.block != before:
            key = (piece.block, before != "" and following[piece.block] == before)
            touched[key] = touched.get(key, 0) + 1
        elif not piece.block:
            off = piece.is_off and days_off
            priced = model.night_rate != _ONE or (off and model.weekend_night_rate is not None)
            kind = (piece.is_night and priced, off)
            by_kind[kind] = by_kind.get(kind, 0) + piece.length_us
        before = piece.block
    yield from _block_lines(model, touched, worked)
    yield from _hour_lines(model, by_kind, worked)


def _block_lines(model: PriceModel, touched: dict[tuple[str, bool], int], worked: Decimal) -> Iterator[Line]:
    for block in model.blocks:
        for followed in (False, True):
            count = touched.get((block.code, followed), 0)
            if count and block.price_fen:
                rate = _times(worked, block.following_rate) if followed else worked
                code = f"block.{block.code}"
                yield _counted(code, block.name_zh, block.name_en, count, "block", block.price_fen, rate)


def _hour_lines(model: PriceModel, by_kind: dict[tuple[bool, bool], int], worked: Decimal) -> Iterator[Line]:
    for kind, (code, name_zh, name_en) in _KINDS.items():
        length = by_kind.get(kind, 0)
        if length and model.hour_fen:
            rate = _times(worked, _rate_of(model, *kind))
            yield _hours(code, name_zh, name_en, length, model.hour_fen, rate)


def _rate_of(model: PriceModel, night: bool, off: bool) -> Decimal:  # noqa: FBT001 - a key of _KINDS
    if night and off:
        both = model.weekend_night_rate
        return min(model.night_rate, model.weekend_rate) if both is None else both
    return model.night_rate if night else model.weekend_rate if off else _ONE


def _clock(model: PriceModel) -> Clock:
    blocks = tuple((block.code, block.start, block.end) for block in model.blocks)
    return Clock(model.zone, model.night_start_hour, model.night_end_hour, model.is_day_off, blocks)


def _periods(periods: Periods, billed: int, worked: Decimal) -> Iterator[Line]:
    first_us, further_us = periods.first_ms * US_PER_MS, periods.further_ms * US_PER_MS
    if billed == 0:
        return
    if not further_us:
        count = -(-billed // first_us)
        yield _counted("period", "计费时段", "Started periods", count, "period", periods.first_fen, worked)
        return
    yield _counted("period", "首个时段", "First period", 1, "period", periods.first_fen, worked)
    further = -(-max(billed - first_us, 0) // further_us)
    if further:
        yield _counted(
            "further", "后续时段", "Further periods", further, "further", periods.further_fen, worked
        )


def _reductions(model: PriceModel, use: Use) -> Decimal:
    prepaid = 0 < model.prepaid_from_fen <= use.prepaid_fen
    return _times(
        model.tier_rate,
        model.department_rate if use.own_department else _ONE,
        model.prepaid_rate if prepaid else _ONE,
    )


def _times(*rates: Decimal) -> Decimal:
    """The exact product of some rates, as short as it can be written."""
    product = _ONE
    for rate in rates:
        product = _EXACT.multiply(product, rate)
    return _plain(product) if len(set(rates) - {_ONE}) > 1 else product


def _hours(
    code: str,
    name_zh: str,
    name_en: str,
    length_us: int,
    price_fen: int,
    rate: Decimal,
    unit: str = "hour",
) -> Line:
    amount = round_fen(Fraction(length_us, US_PER_HOUR) * price_fen * Fraction(rate))
    quantity = (Decimal(length_us) / US_PER_HOUR).quantize(_HOURS)
    return Line(code, name_zh, name_en, _plain(quantity), unit, price_fen, rate, amount)


def _counted(
    code: str, name_zh: str, name_en: str, count: int, unit: str, price_fen: int, rate: Decimal
) -> Line:
    amount = round_fen(count * price_fen * Fraction(rate))
    return Line(code, name_zh, name_en, Decimal(count), unit, price_fen, rate, amount)


def _rest(code: str, name_zh: str, name_en: str, fen: int) -> Line:
    return Line(code, name_zh, name_en, _ONE, "use", fen, _ONE, fen)


def _plain(number: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent: 0.5, 10, 1.2345678."""
    short = number.normalize(_EXACT)
    return short.quantize(_ONE, context=_EXACT) if short == short.to_integral_value() else short


def _require_sound(model: PriceModel, use: Use) -> None:
    whole = (
        *(model.hour_fen, model.sample_fen, model.startup_fen, model.core_hour_fen, model.minimum_ms),
        *(model.minimum_fen, model.prepaid_from_fen, use.powered_ms, use.samples, use.core_ms),
        *(block.price_fen for block in model.blocks),
        *(extra.price_fen for extra in model.extras),
        *(count for _code, count in use.extras),
    )
    rates = (
        *(model.night_rate, model.weekend_rate, model.rush_rate, model.repeat_rate, model.tier_rate),
        *(model.department_rate, model.prepaid_rate, model.weekend_night_rate or _ONE),
        *(block.following_rate for block in model.blocks),
    )
    if min(whole) < 0 or min(rates) < 0 or model.step_seconds < 1 or not _sound_periods(model.periods):
        raise ValueError("time, counts, prices and rates are never negative; a step is a second at least")
    if model.cap_fen is not None and model.cap_fen < model.minimum_fen:
        raise ValueError("a use costs at least the minimum and at most the cap")
    if {code for code, _count in use.extras} - {extra.code for extra in model.extras}:
        raise ValueError("an extra without a price cannot be priced")
    if use.start.tzinfo is None:
        raise ValueError("a use begins at an aware moment")


def _sound_periods(periods: Periods | None) -> bool:
    return periods is None or (
        periods.first_ms > 0 and min(periods.first_fen, periods.further_ms, periods.further_fen) >= 0
    )
