"""What a unit costs: each formula by hand, the parts against the whole, and money without floats."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.money import round_fen
from apps.fees.content import Consumable, CostSheet, Parts
from apps.fees.cost import Cost, consumables_of, e4_from_yuan, fen_of, format_e4, fraction_of, recompute
from apps.fees.formulas import FORMULAS, formulas_from
from tests.factories.fees import ASSET, SEM_COST

pytestmark = pytest.mark.once


def computed(cost: CostSheet, **changes: object) -> Cost:
    found = recompute(replace(cost, **changes), ASSET)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_by_quota_hours_as_the_published_sheets_compute() -> None:
    # 3,357,000 yuan over 5 years of 1400 hours; 6 % repair; 10 % management of the sum.
    cost = computed(SEM_COST)
    assert format_e4(cost.parts.of("depreciation")) == "¥479.57"
    assert format_e4(cost.parts.of("maintenance")) == "¥143.87"
    assert format_e4(cost.subtotal_e4) == "¥693.44"
    assert format_e4(cost.parts.of("management")) == "¥69.34"
    assert format_e4(cost.full_cost_e4) == "¥762.79"  # the form, which rounds every part, says 762.78
    assert cost.full_cost_fen == 762_79


def test_a_unit_takes_its_part_of_an_hour() -> None:
    whole, half = computed(SEM_COST), computed(SEM_COST, unit_minutes=30)
    for part in ("depreciation", "maintenance"):
        assert abs(whole.parts.of(part) - 2 * half.parts.of(part)) <= 1
    assert whole.parts.of("consumables") == half.parts.of("consumables")


def test_the_value_is_the_one_of_the_asset_record_whatever_the_sheet_says() -> None:
    assert computed(SEM_COST, value_fen=1) == computed(SEM_COST)


def test_a_formula_takes_only_its_own_parts() -> None:
    test_fee = computed(SEM_COST, formula="D", management_rate="0.30")
    assert test_fee.parts.of("depreciation") == test_fee.parts.of("space") == 0
    assert test_fee.full_cost_e4 == 550_000 * 13 // 10
    running = computed(SEM_COST, formula="A")
    assert running.parts.of("management") == 0
    startup = computed(SEM_COST, formula="C")
    assert startup.full_cost_e4 == startup.parts.of("depreciation") + startup.parts.of("consumables")


def test_planned_hours_make_a_machine_that_runs_round_the_clock_cheaper() -> None:
    planned = computed(SEM_COST, formula="P", hours_basis="planned", hours=6000)
    assert planned.parts.of("depreciation") < computed(SEM_COST).parts.of("depreciation") / 4


def test_itemised_consumables_count_instead_of_the_stated_sum() -> None:
    lines = (Consumable("液氮", "2.5", "L", 40_000), Consumable("导电胶", "0.1", "卷", 333))
    cost = replace(SEM_COST, consumables=lines)
    assert consumables_of(cost) == 100_033
    assert computed(cost).parts.of("consumables") == 100_033
    unreadable = replace(SEM_COST, consumables=(Consumable("?", "viel", "", 1),))
    assert consumables_of(unreadable) is None
    assert computed(unreadable).parts.of("consumables") == SEM_COST.stated.of("consumables")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("formula", "X"),
        ("life_years", None),
        ("life_years", 0),
        ("hours", None),
        ("hours", -1),
        ("unit_minutes", 0),
        ("maintenance_rate", "much"),
        ("management_rate", "-0.1"),
        ("management_rate", "NaN"),
    ],
)
def test_without_a_basis_nothing_is_computed(member: str, value: object) -> None:
    assert recompute(replace(SEM_COST, **{member: value}), ASSET) is None  # type: ignore[arg-type]


def test_a_school_adds_its_own_formula_and_changes_one() -> None:
    own = {
        "key": "S",
        "name_zh": "校定",
        "name_en": "Own",
        "parts": ["consumables", "management"],
        "bases": ["quota"],
        "management": ["0", "0.05"],
        "internal_share": "",
        "source_zh": "校发1号",
        "source_en": "School rule 1",
    }
    formulas = formulas_from([own, {**own, "key": "B"}])
    assert formulas.keys() == FORMULAS.keys() | {"S"}
    assert formulas["B"].management == ("0", "0.05") != FORMULAS["B"].management
    cost = recompute(replace(SEM_COST, formula="S", management_rate="0.05"), ASSET, formulas)
    assert cost is not None
    assert cost.full_cost_e4 == 300_000 * 105 // 100


def test_every_formula_says_where_it_was_found() -> None:
    for formula in FORMULAS.values():
        assert formula.source_zh
        assert formula.source_en
        assert formula.name_zh != formula.name_en


money = st.integers(0, 10**12)
costs = st.builds(
    CostSheet,
    formula=st.sampled_from(sorted(FORMULAS)),
    value_fen=st.just(0),
    life_years=st.integers(1, 30),
    hours_basis=st.just("quota"),
    hours=st.integers(1, 10**8),
    maintenance_rate=st.decimals(0, 1, places=3).map(str),
    management_rate=st.decimals(0, 1, places=3).map(str),
    unit_minutes=st.integers(1, 60 * 24 * 30),
    stated=st.builds(Parts, consumables_e4=money, utilities_e4=money, labour_e4=money, space_e4=money),
)


@given(cost=costs, value=st.integers(0, 10**12))
def test_the_parts_add_up_and_are_whole_without_any_float(cost: CostSheet, value: int) -> None:
    found = recompute(cost, replace(ASSET, value_fen=value))
    assert found is not None
    parts = [found.parts.of(part) for part in found.formula.parts]
    assert sum(parts) == found.full_cost_e4 == found.subtotal_e4 + found.parts.of("management")
    assert all(type(part) is int and part >= 0 for part in parts)


@given(cost=costs, value=st.integers(0, 10**11), more=st.integers(0, 10**11))
def test_a_dearer_machine_never_costs_less_and_more_hours_never_cost_more(
    cost: CostSheet, value: int, more: int
) -> None:
    cheap = recompute(cost, replace(ASSET, value_fen=value))
    dear = recompute(cost, replace(ASSET, value_fen=value + more))
    longer = recompute(replace(cost, hours=(cost.hours or 0) + more), replace(ASSET, value_fen=value))
    assert cheap is not None
    assert dear is not None
    assert longer is not None
    assert longer.full_cost_e4 <= cheap.full_cost_e4 <= dear.full_cost_e4


@given(e4=st.integers(-(10**16), 10**16))
def test_money_in_ten_thousandths_is_read_back_as_it_was(e4: int) -> None:
    sign = "-" if e4 < 0 else ""
    yuan, rest = divmod(abs(e4), 10_000)
    assert e4_from_yuan(f"{sign}{yuan}.{rest:04d}") == e4
    assert fen_of(e4) == round_fen(Fraction(e4, 100))


@pytest.mark.parametrize("text", ["", "abc", "1.23456", "NaN", "Infinity", "1e400", "=1+1", "12元"])
def test_what_is_no_money_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        e4_from_yuan(text)


@pytest.mark.parametrize(
    ("e4", "shown"),
    [
        (0, "¥0.00"),
        (675, "¥0.0675"),
        (-675, "-¥0.0675"),
        (100, "¥0.01"),
        (12_345_678, "¥1,234.57"),
        (-10_050, "-¥1.01"),
    ],
)
def test_money_is_written_for_people(e4: int, shown: str) -> None:
    assert format_e4(e4) == shown


def test_numbers_that_are_none_are_none() -> None:
    assert fraction_of("0.06") == Fraction(6, 100)
    for text in ("", "x", "-1", "Infinity", "1e9999"):
        assert fraction_of(text) is None
