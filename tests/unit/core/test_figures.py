"""Figures keep their unit: what has two is never added, ratios follow from their parts."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.figures import (
    HOUR_MS,
    UNIT_WORDS,
    Figure,
    FigureUnit,
    MixedUnits,
    digest_of,
    number_of,
    per,
    ratio,
    total,
    written,
)

ADDABLE = [unit for unit in FigureUnit if unit is not FigureUnit.PERMILLE]
values = st.integers(min_value=-(10**15), max_value=10**15)


@pytest.mark.parametrize(("one", "other"), list(combinations(FigureUnit, 2)))
def test_figures_of_two_units_are_never_added(one: FigureUnit, other: FigureUnit) -> None:
    with pytest.raises(MixedUnits) as refused:
        Figure("a", one, 1) + Figure("a", other, 1)
    assert refused.value.code == "figures.mixed_units"
    assert refused.value.details == {"one": one.value, "other": other.value}


def test_ratios_are_not_added_at_all() -> None:
    with pytest.raises(MixedUnits) as refused:
        Figure("rate", FigureUnit.PERMILLE, 500) + Figure("rate", FigureUnit.PERMILLE, 500)
    assert refused.value.code == "figures.ratio"


def test_a_total_refuses_a_single_figure_of_another_unit() -> None:
    with pytest.raises(MixedUnits):
        total("hours", [Figure("samples", FigureUnit.SAMPLES, 3)], FigureUnit.HOURS_MS)


@given(st.sampled_from(ADDABLE), st.lists(values, max_size=20))
def test_a_total_is_the_sum_to_the_last_step(unit: FigureUnit, parts: list[int]) -> None:
    found = total("sum", [Figure("part", unit, value, "here", 2) for value in parts], unit)
    assert (found.value, found.records, found.unit) == (sum(parts), 2 * len(parts), unit)
    assert found.source == ("here" if parts else "")


@given(st.integers(0, 10**15), st.integers(1, 10**15))
def test_a_ratio_is_within_half_a_thousandth_of_its_parts(part: int, whole: int) -> None:
    found = ratio("rate", Figure("a", FigureUnit.HOURS_MS, part), Figure("b", FigureUnit.HOURS_MS, whole))
    assert abs(Fraction(part * 1000, whole) - found.value) <= Fraction(1, 2)


def test_a_ratio_of_nothing_is_nothing() -> None:
    nothing = Figure("open", FigureUnit.HOURS_MS, 0)
    assert ratio("rate", Figure("used", FigureUnit.HOURS_MS, 5), nothing).value == 0


def test_what_comes_on_a_head_keeps_the_unit_of_what_is_shared_out() -> None:
    income, heads = Figure("income", FigureUnit.FEN, 1001), Figure("staff", FigureUnit.PEOPLE, 2)
    assert per("income_per_head", income, heads) == Figure(
        "income_per_head", FigureUnit.FEN, 501, "figures.per", 0
    )
    hours = Figure("hours", FigureUnit.HOURS_MS, 2 * HOUR_MS)
    assert per("income_per_hour", income, hours, step=HOUR_MS).value == 501


@pytest.mark.parametrize(
    ("unit", "value", "number", "text"),
    [
        (FigureUnit.HOURS_MS, 4_444_200_000, Decimal("1234.50"), "1,234.5 h"),
        (FigureUnit.HOURS_MS, 0, Decimal("0.00"), "0 h"),
        (FigureUnit.CORE_HOURS_MS, 3_600_000_000, Decimal("1000.00"), "1,000"),
        (FigureUnit.FEN, 123450, Decimal("1234.5"), "¥1,234.50"),
        (FigureUnit.FEN, -5, Decimal("-0.05"), "-¥0.05"),
        (FigureUnit.PERMILLE, 834, Decimal("83.4"), "83.4 %"),
        (FigureUnit.SAMPLES, 1234, 1234, "1,234"),
    ],
)
def test_a_figure_is_written_in_its_own_way(unit: FigureUnit, value: int, number: Decimal, text: str) -> None:
    figure = Figure("any", unit, value)
    assert (number_of(figure), written(figure)) == (number, text)


def test_every_unit_has_a_word() -> None:
    assert set(UNIT_WORDS) == set(FigureUnit)


def test_a_frozen_figure_comes_back_as_it_was() -> None:
    figure = Figure("users", FigureUnit.PEOPLE, 3, "usage.records", 7, digest_of([1, 2]), "/x/?a=1")
    assert Figure.from_json(figure.as_json()) == figure


def test_a_digest_depends_on_the_records_and_their_order() -> None:
    assert digest_of([]) == ""
    assert len({digest_of([1, 2]), digest_of([2, 1]), digest_of([12]), digest_of([1, 2, 3])}) == 4


def test_the_digest_of_a_sum_changes_with_either_part() -> None:
    one, two, three = (Figure("a", FigureUnit.TIMES, 1, digest=digest_of([key])) for key in (1, 2, 3))
    assert len({(one + two).digest, (one + three).digest, one.digest}) == 3
    assert (one + Figure("a", FigureUnit.TIMES, 0)).digest == one.digest
