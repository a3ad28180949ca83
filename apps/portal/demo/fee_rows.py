"""The demonstration school's price list as fee sheets: what a manager would have entered, faults and all."""

import csv
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

from apps.core.money import fen_from_yuan, round_fen
from apps.fees.content import (
    CORE_HOUR,
    HOUR,
    PERIOD,
    PLANNED,
    QUOTA,
    SAMPLE,
    CostSheet,
    Evidence,
    Hours,
    Item,
    Parts,
    Prices,
    Sheet,
    Terms,
)
from apps.fees.cost import e4_from_yuan

FILE = Path(__file__).resolve().parents[2] / "fees" / "data" / "demo_fee_items.csv"
_UNITS = {"元/机时": HOUR, "元/样": SAMPLE, "元/天": PERIOD, "元/核时": CORE_HOUR}
_FORMULAS = {QUOTA: "B", PLANNED: "P"}
_ENGLISH = {
    "自主上机": "Self-operated use",
    "代测": "Measurement by staff",
    "代测(整日)": "Measurement by staff, whole day",
    "代加工": "Processing by staff",
    "粉末常规": "Routine powder scan",
    "全谱+窄谱": "Survey and narrow scans",
    "样品测试": "Sample test",
    "多元素": "Multi-element analysis",
    "委托试验": "Commissioned test",
    "CPU机时": "CPU time",
}
Row = dict[str, str]


@cache
def rows() -> tuple[Row, ...]:
    """The lines of the price list, in order."""
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


def row_of(fee_code: str) -> Row:
    """A line by its code. Raises StopIteration for a code that there is not."""
    return next(row for row in rows() if row["fee_code"] == fee_code)


def sheet_of(row: Row, instrument: str) -> Sheet:
    """A line as the fee sheet of an instrument (ULID): prices and cost sheet exactly as the form has them."""
    item = item_of(row)
    assert item.cost is not None  # noqa: S101 - every line has a cost sheet
    planned = item.cost.hours if item.cost.hours_basis == PLANNED and item.unit != CORE_HOUR else None
    shown = (Evidence("上一年度机时统计表与本年度预约计划"),) if item.cost.hours_basis == PLANNED else ()
    return Sheet(
        instrument,
        items=(item,),
        terms=Terms(minimum_minutes=15 if item.unit == HOUR else 0, billing_step_seconds=60),
        hours=Hours(
            opening="周一至周日 8:00-22:00", open_hours_week=None, planned_hours_year=planned, evidence=shown
        ),
    )


def item_of(row: Row) -> Item:
    """A line as an item."""
    unit = _UNITS[row["unit"]]
    minutes = round_fen(Fraction(row["instrument_hours_per_unit"]) * 60)
    return Item(
        code=row["fee_code"],
        name_zh=row["item"],
        name_en=_ENGLISH[row["item"]],
        service_mode=row["service_mode"],
        unit=unit,
        function=row["peer_group"],
        unit_minutes=minutes if unit == PERIOD else None,
        prices=Prices(
            internal_fen=fen_from_yuan(row["price_internal"]),
            external_academic_fen=fen_from_yuan(row["price_external_academic"]),
            enterprise_fen=fen_from_yuan(row["price_enterprise"]),
        ),
        cost=_cost(row, minutes),
    )


def without_fault(row: Row) -> Item:
    """A line as it would be without its seeded fault, for prices of others to be made from: its internal
    price is a usual part of its cost.
    """
    item = item_of(row)
    if not row["seeded_issue"] or item.cost is None:
        return item
    cost = e4_from_yuan(row["full_cost_computed"])
    usual = {"internal": "0.36", "external_academic": "0.9", "enterprise": "1.35"}
    prices = {f"{tier}_fen": round_fen(Fraction(cost, 100) * Fraction(part)) for tier, part in usual.items()}
    return replace(item, prices=Prices(**prices))


def _cost(row: Row, minutes: int) -> CostSheet:
    return CostSheet(
        formula=_FORMULAS[row["hours_basis"]],
        value_fen=fen_from_yuan(row["price_yuan"]),
        life_years=int(row["life_years"]),
        hours_basis=row["hours_basis"],
        hours=round_fen(Fraction(row["cost_hours_per_year"])),
        maintenance_rate=_percent(row["maintenance_rate_pct"]),
        management_rate=_percent(row["management_pct"]),
        unit_minutes=minutes,
        stated=Parts(
            depreciation_e4=e4_from_yuan(row["depreciation"]),
            maintenance_e4=e4_from_yuan(row["maintenance"]),
            consumables_e4=e4_from_yuan(row["consumables"]),
            utilities_e4=e4_from_yuan(row["utilities"]),
            labour_e4=e4_from_yuan(row["labour"]),
            space_e4=e4_from_yuan(row["housing"]),
            management_e4=e4_from_yuan(row["management"]),
        ),
        subtotal_e4=e4_from_yuan(row["subtotal"]),
        full_cost_e4=e4_from_yuan(row["full_cost_stated_on_form"]),
    )


def _percent(text: str) -> str:
    """'6' -> '0.06', '10' -> '0.10'."""
    return f"0.{int(text):02d}"
