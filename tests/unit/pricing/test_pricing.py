"""What a use costs: each part of the price for itself, and all of it against an oracle that counts pieces."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.core.money import round_fen
from apps.fees.pricing import PriceModel, Quote, Use, billed_us, night_us, planned, quote

pytestmark = pytest.mark.once

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)
HOUR_MS = 3_600_000


def use(milliseconds: int, start: datetime = NOON, *, samples: int = 0) -> Use:
    return Use(
        start=start,
        end=start + timedelta(milliseconds=milliseconds),
        effective_ms=milliseconds,
        powered_ms=milliseconds,
        samples=samples,
    )


def parts(priced: Quote) -> dict[str, int]:
    return {line.code: line.amount_fen for line in priced.lines}


# ---- one part at a time


def test_time_is_billed_by_the_second_and_rounded_up_once() -> None:
    model = PriceModel(hour_fen=3600_00)
    assert quote(model, use(1)).total_fen == 100
    assert quote(model, use(1000)).total_fen == 100
    assert quote(model, use(1001)).total_fen == 200


def test_a_longer_step_bills_whole_steps_over_the_whole_use() -> None:
    model = PriceModel(hour_fen=240_00, step_seconds=900)
    assert quote(model, use(1)).total_fen == 60_00
    assert quote(model, use(900_000)).total_fen == 60_00
    assert quote(model, use(900_001)).total_fen == 120_00


def test_a_line_is_rounded_half_up() -> None:
    # One second of 18.00 an hour is exactly half a fen.
    assert quote(PriceModel(hour_fen=18_00), use(1000)).total_fen == 1
    assert quote(PriceModel(hour_fen=17_99), use(1000)).total_fen == 0


def test_night_hours_have_their_own_line_and_rate() -> None:
    model = PriceModel(hour_fen=100_00, night_rate=Decimal("1.5"))
    evening = NOON.replace(hour=21)
    priced = quote(model, use(2 * HOUR_MS, evening))
    assert parts(priced) == {"hour": 100_00, "hour.night": 150_00}
    assert [line.rate for line in priced.lines] == [Decimal(1), Decimal("1.5")]


def test_a_use_across_midnight_into_the_morning_is_one_use() -> None:
    model = PriceModel(hour_fen=100_00, night_rate=Decimal("0.5"))
    evening = NOON.replace(hour=20)
    assert parts(quote(model, use(12 * HOUR_MS, evening))) == {"hour": 300_00, "hour.night": 450_00}
    assert parts(quote(model, use(36 * HOUR_MS, evening))) == {"hour": 1800_00, "hour.night": 900_00}


def test_a_use_that_begins_after_midnight_is_in_the_night_that_began_before() -> None:
    model = PriceModel(hour_fen=100_00, night_rate=Decimal(2))
    assert parts(quote(model, use(HOUR_MS, NOON.replace(hour=6)))) == {"hour.night": 200_00}
    assert parts(quote(model, use(HOUR_MS, NOON.replace(hour=7)))) == {"hour": 100_00}


def test_a_night_may_lie_within_one_day() -> None:
    model = PriceModel(hour_fen=100_00, night_rate=Decimal(2), night_start_hour=12, night_end_hour=13)
    assert parts(quote(model, use(2 * HOUR_MS))) == {"hour": 100_00, "hour.night": 200_00}
    assert parts(quote(replace(model, night_end_hour=12), use(2 * HOUR_MS))) == {"hour": 200_00}


def test_the_night_is_counted_on_the_wall_clock_even_when_it_is_changed() -> None:
    # In the night to 29 March 2026 Berlin loses an hour: the night from 22 to 7 is eight hours long.
    model = PriceModel(zone=BERLIN)
    evening = datetime(2026, 3, 28, 12, 0, tzinfo=BERLIN)
    assert night_us(model, evening, 24 * HOUR_MS * 1000) == 8 * HOUR_MS * 1000
    autumn = datetime(2026, 10, 24, 12, 0, tzinfo=BERLIN)
    assert night_us(model, autumn, 24 * HOUR_MS * 1000) == 10 * HOUR_MS * 1000


def test_startup_and_samples_are_counted_and_never_mixed_with_hours() -> None:
    model = PriceModel(hour_fen=100_00, startup_fen=50_00, sample_fen=30_00)
    priced = quote(model, use(HOUR_MS, samples=3))
    assert parts(priced) == {"hour": 100_00, "startup": 50_00, "sample": 90_00}
    assert [line.unit for line in priced.lines] == ["hour", "startup", "sample"]
    assert parts(quote(model, use(0, samples=2))) == {"sample": 60_00}


def test_the_minimum_time_is_billed_for_a_short_use() -> None:
    model = PriceModel(hour_fen=100_00, minimum_ms=HOUR_MS // 2)
    assert quote(model, use(1)).total_fen == 50_00
    assert quote(model, use(HOUR_MS)).total_fen == 100_00


def test_what_is_missing_to_the_minimum_fee_is_a_line_of_its_own() -> None:
    model = PriceModel(hour_fen=100_00, minimum_fen=80_00)
    assert parts(quote(model, use(HOUR_MS // 2))) == {"hour": 50_00, "minimum": 30_00}
    assert parts(quote(model, use(HOUR_MS))) == {"hour": 100_00}


def test_a_use_that_was_never_powered_costs_nothing_whatever_the_minimum() -> None:
    model = PriceModel(hour_fen=100_00, startup_fen=1, minimum_ms=HOUR_MS, minimum_fen=80_00)
    assert quote(model, use(0)) == Quote((), 0)


def test_a_free_tier_has_no_lines_and_costs_nothing() -> None:
    assert quote(PriceModel(night_rate=Decimal(2)), use(HOUR_MS, NOON.replace(hour=23))) == Quote((), 0)


def test_a_plan_is_powered_for_all_of_its_time() -> None:
    plan = planned(NOON, NOON + timedelta(minutes=90), samples=2)
    assert (plan.powered_ms, plan.effective_ms, plan.samples) == (5_400_000, 5_400_000, 2)
    assert quote(PriceModel(hour_fen=100_00), plan).total_fen == 150_00


def test_quantities_are_written_for_people() -> None:
    model = PriceModel(hour_fen=100_00)
    for milliseconds, written in ((HOUR_MS // 2, "0.5"), (10 * HOUR_MS, "10"), (1000, "0.0002778")):
        [line] = quote(model, use(milliseconds)).lines
        assert str(line.quantity) == written


@pytest.mark.parametrize(
    ("model", "what"),
    [
        (PriceModel(hour_fen=-1), use(1)),
        (PriceModel(step_seconds=0), use(1)),
        (PriceModel(night_rate=Decimal(-1)), use(1)),
        (PriceModel(), use(-1)),
        (PriceModel(), replace(use(1), samples=-1)),
        (PriceModel(), replace(use(1), start=datetime(2026, 11, 23))),  # noqa: DTZ001 - it must be refused
    ],
)
def test_what_cannot_be_is_refused(model: PriceModel, what: Use) -> None:
    with pytest.raises(ValueError, match=r"never negative|aware"):
        quote(model, what)


def test_pricing_needs_neither_django_nor_a_database() -> None:
    program = "import apps.fees.pricing, sys; sys.exit(any(m.split('.')[0] == 'django' for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# ---- all of it, against counting

moments = st.integers(0, 365 * 86_400 * 10**6).map(
    lambda microseconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)
hours = st.integers(0, 23)
rates = st.decimals("0", "3", places=2)
models = st.builds(
    PriceModel,
    hour_fen=st.integers(0, 2000_00),
    sample_fen=st.integers(0, 500_00),
    startup_fen=st.integers(0, 500_00),
    minimum_ms=st.integers(0, 120).map(lambda minutes: minutes * 60_000),
    minimum_fen=st.integers(0, 300_00),
    step_seconds=st.sampled_from([1, 7, 60, 300, 900, 1800, 3600]),
    night_rate=rates,
    night_start_hour=hours,
    night_end_hour=hours,
    zone=st.sampled_from([SHANGHAI, BERLIN, UTC]),
)
lengths = st.one_of(st.integers(1, 120_000), st.integers(1, 40 * HOUR_MS))


def is_night(model: PriceModel, moment: datetime) -> bool:
    hour = moment.astimezone(model.zone).hour
    first, last = model.night_start_hour, model.night_end_hour
    return first <= hour < last if first <= last else hour >= first or hour < last


def counted(model: PriceModel, what: Use, whole: int) -> tuple[Fraction, Fraction]:
    """Exact fen by day and by night, counted piece by piece: `whole` seconds from the start, each by its own
    beginning on the wall clock (the start is a whole second, and hours begin at whole seconds).
    """
    by_day = by_night = 0
    second, start = timedelta(seconds=1), what.start
    # An hour that does not change its price is counted in one piece.
    moment, left = start, whole
    while left:
        to_hour = 3600 - (moment.minute * 60 + moment.second)
        piece = min(left, to_hour)
        if is_night(model, moment):
            by_night += piece
        else:
            by_day += piece
        moment += piece * second
        left -= piece
    price = Fraction(model.hour_fen, 3600)
    return by_day * price, by_night * price * Fraction(model.night_rate)


@given(model=models, length=lengths, start=moments, samples=st.integers(0, 5))
@hypothesis_settings(max_examples=300, deadline=None)
def test_an_oracle_that_counts_step_by_step_agrees(
    model: PriceModel, length: int, start: datetime, samples: int
) -> None:
    what = use(length, start.replace(microsecond=0), samples=samples)
    full, started = divmod(max(length, model.minimum_ms), model.step_seconds * 1000)
    steps = full + (1 if started else 0)
    by_day, by_night = counted(model, what, steps * model.step_seconds)
    expected = (
        (round_fen(by_day) + round_fen(by_night) if model.night_rate != 1 else round_fen(by_day + by_night))
        + model.startup_fen
        + samples * model.sample_fen
    )
    assert quote(model, what).total_fen == max(expected, model.minimum_fen)


@given(model=models, length=lengths, start=moments, samples=st.integers(0, 5))
def test_lines_add_up_and_are_whole_fen_without_any_float(
    model: PriceModel, length: int, start: datetime, samples: int
) -> None:
    priced = quote(model, use(length, start, samples=samples))
    assert sum(line.amount_fen for line in priced.lines) == priced.total_fen >= model.minimum_fen
    for line in priced.lines:
        assert type(line.amount_fen) is type(line.price_fen) is int
        assert type(line.quantity) is type(line.rate) is Decimal
        assert line.amount_fen >= 0


@given(model=models, length=lengths, more=st.integers(0, 10 * HOUR_MS), start=moments)
def test_a_longer_use_never_costs_less(model: PriceModel, length: int, more: int, start: datetime) -> None:
    assert quote(model, use(length + more, start)).total_fen >= quote(model, use(length, start)).total_fen


@given(length=lengths, more=lengths, price=st.integers(0, 2000_00))
def test_two_uses_by_day_cost_what_the_whole_costs_but_for_the_rounding(
    length: int, more: int, price: int
) -> None:
    model = PriceModel(hour_fen=price)
    apart = quote(model, use(length)).total_fen + quote(model, use(more)).total_fen
    whole = quote(model, use(length + more)).total_fen
    # One started second and one half fen, at most, on either side.
    assert abs(apart - whole) <= Fraction(price, 3600) + Fraction(3, 2)


@given(first=st.integers(1, 20), second=st.integers(1, 20), start=moments, rate=rates)
def test_whole_hours_apart_cost_exactly_what_they_cost_together(
    first: int, second: int, start: datetime, rate: Decimal
) -> None:
    model = PriceModel(hour_fen=100_00, night_rate=rate)
    begin = start.replace(minute=0, second=0, microsecond=0)
    middle = begin + timedelta(hours=first)
    apart = (
        quote(model, use(first * HOUR_MS, begin)).total_fen
        + quote(model, use(second * HOUR_MS, middle)).total_fen
    )
    assert quote(model, use((first + second) * HOUR_MS, begin)).total_fen == apart


@given(model=models, length=lengths, start=moments)
def test_night_and_day_are_the_whole_billed_time(model: PriceModel, length: int, start: datetime) -> None:
    billed = billed_us(model, length)
    night = night_us(model, start, billed)
    assert 0 <= night <= billed
    assert billed >= max(length, model.minimum_ms) * 1000
    assert billed % (model.step_seconds * 1_000_000) == 0


@given(model=models, length=lengths, start=moments)
def test_the_end_of_a_use_decides_nothing_its_powered_time_does(
    model: PriceModel, length: int, start: datetime
) -> None:
    assert quote(model, use(length, start)) == quote(
        model, replace(use(length, start), end=start, effective_ms=0)
    )
