"""The other shapes of a price: periods, blocks, extras, rates, reductions, cap; each for itself by hand."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from apps.fees.pricing import Block, Extra, Periods, PriceModel, Quote, Use, quote

pytestmark = pytest.mark.once

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
SATURDAY = datetime(2026, 11, 28, 9, 0, tzinfo=SHANGHAI)
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
EVENING = Block("E", "傍晚", "Evening", 17 * 60 + 30, 20 * 60 + 30, 100_00)
LATE = Block("L", "夜间", "Late", 20 * 60 + 30, 24 * 60, 120_00, "E", Decimal("0.5"))
SMALL = Block("S", "凌晨", "Small hours", 0, 7 * 60, 150_00, "L", Decimal("0.8"))
BLOCKS = (EVENING, LATE, SMALL)
ELEMENT = Extra("EL", "增加元素", "Extra element", "component", 20_00)
POINT = Extra("TP", "温度点", "Temperature point", "point", 50_00)


def use(milliseconds: int, start: datetime = MONDAY, **members: object) -> Use:
    end = start + timedelta(milliseconds=milliseconds)
    made = Use(start=start, end=end, effective_ms=milliseconds, powered_ms=milliseconds)
    return replace(made, **members)  # type: ignore[arg-type]


def parts(priced: Quote) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in priced.lines:
        found[line.code] = found.get(line.code, 0) + line.amount_fen
    return found


# ---- periods


def test_up_to_four_hours_then_per_two_hours() -> None:
    model = PriceModel(periods=Periods(4 * HOUR_MS, 300_00, 2 * HOUR_MS, 100_00))
    assert parts(quote(model, use(1))) == {"period": 300_00}
    assert parts(quote(model, use(4 * HOUR_MS))) == {"period": 300_00}
    assert parts(quote(model, use(4 * HOUR_MS + 1))) == {"period": 300_00, "further": 100_00}
    assert parts(quote(model, use(8 * HOUR_MS))) == {"period": 300_00, "further": 200_00}


def test_started_days_and_half_days() -> None:
    day = PriceModel(periods=Periods(16 * HOUR_MS, 16_000_00))
    assert quote(day, use(HOUR_MS)).total_fen == 16_000_00
    assert quote(day, use(17 * HOUR_MS)).total_fen == 32_000_00
    [line] = quote(day, use(33 * HOUR_MS)).lines
    assert (line.quantity, line.unit, line.price_fen) == (Decimal(3), "period", 16_000_00)


# ---- blocks


def test_a_block_is_paid_whole_and_what_is_outside_by_the_hour() -> None:
    model = PriceModel(hour_fen=60_00, blocks=BLOCKS)
    before = MONDAY.replace(hour=16, minute=30)
    assert parts(quote(model, use(HOUR_MS, before))) == {"hour": 60_00}
    assert parts(quote(model, use(HOUR_MS + 1000, before))) == {"hour": 60_00, "block.E": 100_00}
    assert parts(quote(model, use(3 * HOUR_MS, before.replace(hour=17, minute=0)))) == {
        "hour": 30_00,
        "block.E": 100_00,
    }


def test_who_comes_from_the_block_before_pays_the_following_price() -> None:
    model = PriceModel(blocks=BLOCKS)
    evening = MONDAY.replace(hour=18)
    night = quote(model, use(10 * HOUR_MS, evening))
    assert parts(night) == {"block.E": 100_00, "block.L": 60_00, "block.S": 120_00}
    assert parts(quote(model, use(HOUR_MS, MONDAY.replace(hour=21)))) == {"block.L": 120_00}
    assert [(line.code, line.rate) for line in night.lines] == [
        ("block.E", Decimal(1)),
        ("block.L", Decimal("0.5")),
        ("block.S", Decimal("0.8")),
    ]


def test_a_block_of_the_next_day_is_another_one() -> None:
    model = PriceModel(blocks=(EVENING,))
    assert parts(quote(model, use(24 * HOUR_MS, MONDAY.replace(hour=18)))) == {"block.E": 200_00}
    over_midnight = Block("N", "", "", 22 * 60, 6 * 60, 80_00)
    whole = quote(PriceModel(blocks=(over_midnight,)), use(7 * HOUR_MS, MONDAY.replace(hour=22)))
    assert parts(whole) == {"block.N": 80_00}


# ---- days off


def test_days_off_and_their_nights_have_their_own_rates() -> None:
    model = PriceModel(hour_fen=100_00, night_rate=Decimal("0.5"), weekend_rate=Decimal("0.8"))
    friday = datetime(2026, 11, 27, 21, 0, tzinfo=SHANGHAI)
    assert parts(quote(model, use(12 * HOUR_MS, friday))) == {
        "hour": 100_00,
        "hour.night": 100_00,
        "hour.weekend": 160_00,
        "hour.weekend_night": 350_00,  # the lower of the two
    }
    said = replace(model, weekend_night_rate=Decimal("0.4"))
    assert parts(quote(said, use(HOUR_MS, SATURDAY.replace(hour=2)))) == {"hour.weekend_night": 40_00}


def test_without_a_price_of_their_own_days_off_are_days_like_any_other() -> None:
    model = PriceModel(hour_fen=100_00, night_rate=Decimal("1.5"), blocks=(EVENING,))
    for start in (MONDAY, SATURDAY):
        assert parts(quote(model, use(HOUR_MS, start.replace(hour=23)))) == {"hour.night": 150_00}


def test_a_night_of_a_day_off_may_have_a_price_where_other_nights_have_none() -> None:
    model = PriceModel(hour_fen=100_00, weekend_night_rate=Decimal("0.4"))
    assert parts(quote(model, use(HOUR_MS, SATURDAY.replace(hour=23)))) == {"hour.weekend_night": 40_00}
    assert parts(quote(model, use(HOUR_MS, MONDAY.replace(hour=23)))) == {"hour": 100_00}


def test_which_days_are_off_is_the_calendars_to_say() -> None:
    model = PriceModel(hour_fen=100_00, weekend_rate=Decimal(2))
    assert parts(quote(model, use(HOUR_MS, SATURDAY))) == {"hour.weekend": 200_00}
    worked = replace(model, is_day_off=lambda day: day == date(2026, 11, 23))
    assert parts(quote(worked, use(HOUR_MS, SATURDAY))) == {"hour": 100_00}
    assert parts(quote(worked, use(HOUR_MS, MONDAY))) == {"hour.weekend": 200_00}


# ---- counts, rates, reductions


def test_extras_are_counted_by_their_names() -> None:
    model = PriceModel(sample_fen=80_00, extras=(ELEMENT, POINT))
    priced = quote(model, use(0, samples=2, extras=(("EL", 3), ("TP", 0))))
    assert parts(priced) == {"sample": 160_00, "component.EL": 60_00}
    assert [line.unit for line in priced.lines] == ["sample", "component"]
    only = quote(model, use(0, extras=(("TP", 2),)))
    assert parts(only) == {"point.TP": 100_00}


def test_core_hours_are_never_hours_of_the_instrument() -> None:
    model = PriceModel(hour_fen=100_00, core_hour_fen=5)
    priced = quote(model, use(HOUR_MS, core_ms=64 * HOUR_MS))
    assert parts(priced) == {"hour": 100_00, "core_hour": 320}
    assert {line.unit for line in priced.lines} == {"hour", "core_hour"}
    assert parts(quote(model, use(0, core_ms=HOUR_MS))) == {"core_hour": 5}


def test_rush_and_repetition_are_on_the_work_and_not_on_the_start_up() -> None:
    model = PriceModel(
        hour_fen=100_00,
        startup_fen=50_00,
        sample_fen=10_00,
        rush_rate=Decimal("1.5"),
        repeat_rate=Decimal("0.5"),
    )
    assert parts(quote(model, use(HOUR_MS, samples=1, rush=True))) == {
        "hour": 150_00,
        "startup": 50_00,
        "sample": 15_00,
    }
    both = quote(model, use(HOUR_MS, rush=True, repeat=True))
    assert parts(both) == {"hour": 75_00, "startup": 50_00}
    assert [str(line.rate) for line in both.lines] == ["0.75", "1"]


def test_reductions_are_on_everything() -> None:
    model = PriceModel(
        hour_fen=100_00,
        startup_fen=50_00,
        tier_rate=Decimal("0.5"),
        department_rate=Decimal("0.6"),
        prepaid_from_fen=10_000_00,
        prepaid_rate=Decimal("0.9"),
    )
    assert parts(quote(model, use(HOUR_MS))) == {"hour": 50_00, "startup": 25_00}
    assert parts(quote(model, use(HOUR_MS, own_department=True))) == {"hour": 30_00, "startup": 15_00}
    assert quote(model, use(HOUR_MS, prepaid_fen=9_999_99)).total_fen == 75_00
    assert parts(quote(model, use(HOUR_MS, prepaid_fen=10_000_00))) == {"hour": 45_00, "startup": 22_50}


def test_a_use_costs_at_most_the_cap() -> None:
    model = PriceModel(hour_fen=100_00, minimum_fen=50_00, cap_fen=250_00)
    assert parts(quote(model, use(3 * HOUR_MS))) == {"hour": 300_00, "cap": -50_00}
    assert quote(model, use(9 * HOUR_MS)).total_fen == 250_00
    assert parts(quote(model, use(MINUTE_MS))) == {"hour": 1_67, "minimum": 48_33}


@pytest.mark.parametrize(
    ("model", "what"),
    [
        (PriceModel(core_hour_fen=-1), use(1)),
        (PriceModel(rush_rate=Decimal(-1)), use(1)),
        (PriceModel(weekend_night_rate=Decimal(-1)), use(1)),
        (PriceModel(blocks=(replace(EVENING, price_fen=-1),)), use(1)),
        (PriceModel(blocks=(replace(EVENING, following_rate=Decimal(-1)),)), use(1)),
        (PriceModel(extras=(replace(ELEMENT, price_fen=-1),)), use(1)),
        (PriceModel(extras=(ELEMENT,)), use(1, extras=(("EL", -1),))),
        (PriceModel(), use(1, extras=(("EL", 1),))),
        (PriceModel(), use(1, core_ms=-1)),
        (PriceModel(periods=Periods(0, 1)), use(1)),
        (PriceModel(periods=Periods(1, 1, -1, 0)), use(1)),
        (PriceModel(minimum_fen=2, cap_fen=1), use(1)),
    ],
)
def test_what_cannot_be_is_refused(model: PriceModel, what: Use) -> None:
    with pytest.raises(ValueError, match=r"never negative|without a price|most the cap"):
        quote(model, what)
