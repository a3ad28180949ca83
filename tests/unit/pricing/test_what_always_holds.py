"""Whatever shape a price has: lines add up, more never costs less, nothing is lost to rounding, and time is
laid out once.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.core.money import round_fen
from apps.fees.laying import Clock, lay_out
from apps.fees.pricing import Block, Extra, Periods, PriceModel, Use, billed_us, quote

pytestmark = pytest.mark.once

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
ELEMENT = Extra("EL", "增加元素", "Extra element", "component", 20_00)
POINT = Extra("TP", "温度点", "Temperature point", "point", 50_00)


def use(milliseconds: int, start: datetime = MONDAY, **members: object) -> Use:
    end = start + timedelta(milliseconds=milliseconds)
    made = Use(start=start, end=end, effective_ms=milliseconds, powered_ms=milliseconds)
    return replace(made, **members)  # type: ignore[arg-type]


fen = st.integers(0, 2000_00)
rates = st.decimals("0", "3", places=2)
less = st.decimals("0", "1", places=2)
moments = st.integers(0, 365 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
off_days = st.frozensets(st.integers(0, 6), max_size=4).map(lambda off: lambda day: day.weekday() in off)


@st.composite
def some_blocks(draw: st.DrawFn) -> tuple[Block, ...]:
    """Blocks that do not meet, some of them following the one before, over midnight where it falls so."""
    edges = sorted(draw(st.sets(st.integers(0, 1439), min_size=2, max_size=6)))
    pairs = [*pairwise(edges), (edges[-1], edges[0] or 1440)]
    made: list[Block] = []
    for number, (start, end) in enumerate(pairs):
        if draw(st.booleans()) and start != end:
            follows = made[-1].code if made and made[-1].end == start and draw(st.booleans()) else ""
            made.append(Block(f"B{number}", "", "", start, end, draw(fen), follows, draw(less)))
    return tuple(made)


models = st.builds(
    PriceModel,
    hour_fen=fen,
    sample_fen=fen,
    startup_fen=fen,
    core_hour_fen=st.integers(0, 100),
    minimum_ms=st.integers(0, 120).map(lambda minutes: minutes * MINUTE_MS),
    minimum_fen=st.integers(0, 300_00),
    cap_fen=st.one_of(st.none(), st.integers(300_00, 9000_00)),
    step_seconds=st.sampled_from([1, 60, 900, 3600]),
    night_rate=rates,
    night_start_hour=st.integers(0, 23),
    night_end_hour=st.integers(0, 23),
    zone=st.sampled_from([SHANGHAI, ZoneInfo("Europe/Berlin"), UTC]),
    weekend_rate=rates,
    weekend_night_rate=st.one_of(st.none(), rates),
    is_day_off=off_days,
    rush_rate=rates,
    repeat_rate=rates,
    tier_rate=less,
    department_rate=less,
    prepaid_from_fen=st.integers(0, 1000),
    prepaid_rate=less,
    periods=st.one_of(
        st.none(),
        st.builds(
            Periods,
            first_ms=st.integers(1, 100).map(lambda half: half * HOUR_MS // 2),
            first_fen=fen,
            further_ms=st.integers(0, 50).map(lambda half: half * HOUR_MS // 2),
            further_fen=fen,
        ),
    ),
    blocks=some_blocks(),
    extras=st.just((ELEMENT, POINT)),
)
lengths = st.one_of(st.integers(0, 120_000), st.integers(0, 100 * HOUR_MS))
uses = st.builds(
    use,
    lengths,
    moments,
    samples=st.integers(0, 5),
    extras=st.tuples(
        st.tuples(st.just("EL"), st.integers(0, 9)), st.tuples(st.just("TP"), st.integers(0, 9))
    ),
    core_ms=st.integers(0, 1000 * HOUR_MS),
    rush=st.booleans(),
    repeat=st.booleans(),
    own_department=st.booleans(),
    prepaid_fen=st.integers(0, 2000),
)


@given(model=models, what=uses)
@hypothesis_settings(max_examples=300, deadline=None)
def test_the_lines_add_up_whole_and_nothing_is_lost_to_rounding(model: PriceModel, what: Use) -> None:
    priced = quote(model, what)
    assert sum(line.amount_fen for line in priced.lines) == priced.total_fen
    if priced.lines:
        assert priced.total_fen >= model.minimum_fen
    assert model.cap_fen is None or priced.total_fen <= model.cap_fen
    for line in priced.lines:
        assert type(line.amount_fen) is type(line.price_fen) is int
        assert type(line.quantity) is type(line.rate) is Decimal
        assert (line.amount_fen < 0) == (line.code == "cap")
        if line.unit not in ("hour", "core_hour"):
            assert line.amount_fen == round_fen(
                Fraction(line.quantity) * line.price_fen * Fraction(line.rate)
            )


@given(model=models, what=uses, more=lengths)
@hypothesis_settings(max_examples=300, deadline=None)
def test_more_time_never_costs_less(model: PriceModel, what: Use, more: int) -> None:
    longer = replace(what, powered_ms=what.powered_ms + more)
    assert quote(model, longer).total_fen >= quote(model, what).total_fen


@given(model=models, what=uses, more=st.integers(0, 5))
@hypothesis_settings(deadline=None)
def test_more_of_anything_never_costs_less(model: PriceModel, what: Use, more: int) -> None:
    base = quote(model, what).total_fen
    counts = dict(what.extras)
    for changed in (
        replace(what, samples=what.samples + more),
        replace(what, extras=(("EL", counts["EL"] + more), ("TP", counts["TP"]))),
        replace(what, core_ms=what.core_ms + more * HOUR_MS),
    ):
        assert quote(model, changed).total_fen >= base


@given(model=models, what=uses, more=fen)
@hypothesis_settings(deadline=None)
def test_a_dearer_price_never_costs_less_and_a_reduction_never_more(
    model: PriceModel, what: Use, more: int
) -> None:
    base = quote(model, what).total_fen
    for member in ("hour_fen", "sample_fen", "startup_fen", "core_hour_fen", "minimum_fen"):
        dearer = replace(model, **{member: getattr(model, member) + more}, cap_fen=None)
        assert quote(dearer, what).total_fen >= base
    assert (
        quote(model, replace(what, own_department=True)).total_fen
        <= quote(model, replace(what, own_department=False)).total_fen
    )
    assert quote(replace(model, tier_rate=Decimal(0)), what).total_fen <= max(base, model.minimum_fen)


@given(model=models, what=uses)
@hypothesis_settings(deadline=None)
def test_all_billed_time_is_laid_out_once(model: PriceModel, what: Use) -> None:
    billed = billed_us(model, what.powered_ms)
    clock = Clock(model.zone, model.night_start_hour, model.night_end_hour, model.is_day_off)
    pieces = list(lay_out(clock, what.start, billed))
    assert sum(piece.length_us for piece in pieces) == billed
    assert all(piece.length_us > 0 for piece in pieces)
    if model.hour_fen and not model.blocks and model.periods is None and billed:
        # Hours are shown to the ten-millionth: four kinds of time are off by no more than that each.
        hours = sum((line.quantity for line in quote(model, what).lines if line.unit == "hour"), Decimal(0))
        assert abs(hours * 3_600_000_000 - billed) <= 4 * 360


@given(
    first=st.integers(1, 30), second=st.integers(1, 30), start=moments, night=rates, off=rates, days=off_days
)
@hypothesis_settings(deadline=None)
def test_whole_hours_apart_cost_exactly_what_they_cost_together(
    first: int, second: int, start: datetime, night: Decimal, off: Decimal, days: object
) -> None:
    model = PriceModel(hour_fen=100_00, night_rate=night, weekend_rate=off, is_day_off=days)  # type: ignore[arg-type]
    begin = start.replace(minute=0, second=0)
    apart = (
        quote(model, use(first * HOUR_MS, begin)).total_fen
        + quote(model, use(second * HOUR_MS, begin + timedelta(hours=first))).total_fen
    )
    assert quote(model, use((first + second) * HOUR_MS, begin)).total_fen == apart


@given(blocks=some_blocks(), start=moments, length=st.integers(1, 60 * HOUR_MS))
@hypothesis_settings(deadline=None)
def test_blocks_agree_with_counting_them_minute_by_minute(
    blocks: tuple[Block, ...], start: datetime, length: int
) -> None:
    begin = start.replace(second=0)
    minutes = -(-length // MINUTE_MS)
    whole = [_block_of(blocks, begin + timedelta(minutes=minute)) for minute in range(minutes)]
    expected = 0
    for before, block in zip([None, *whole], whole, strict=False):
        if block is not None and block is not before:
            followed = before is not None and block.follows == before.code
            expected += round_fen(
                block.price_fen * (Fraction(block.following_rate) if followed else Fraction(1))
            )
    model = PriceModel(blocks=blocks, step_seconds=60)
    charged = quote(model, use(length, begin)).total_fen
    # Each line is rounded once, the count here each block: half a fen for each of them.
    assert abs(charged - expected) <= len([block for block in whole if block]) // 2 + 1


def _block_of(blocks: tuple[Block, ...], moment: datetime) -> Block | None:
    local = moment.astimezone(SHANGHAI)
    minute = local.hour * 60 + local.minute
    for block in blocks:
        start, end = block.start, block.end
        if start <= minute < end if start < end else minute >= start or minute < end:
            return block
    return None
