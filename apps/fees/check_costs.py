"""Checks of the cost sheet of an item: is there a basis, is it the asset's, do the sums fit. Pure."""

from collections.abc import Iterator
from fractions import Fraction

from apps.core.money import round_fen
from apps.fees.content import CORE_HOUR, PARTS, PLANNED, QUOTA, CostSheet, Item
from apps.fees.cost import Cost, consumables_of, fraction_of
from apps.fees.findings import BLOCK, WARN, Finding
from apps.fees.formulas import Formula
from apps.fees.sight import MOST_HOURS, Sight

_SMALLEST = 50  # a stated part is right within this fraction of itself, where that is less than the tolerance


def check_costs(seen: Sight) -> Iterator[Finding]:
    """Everything about the cost sheets of a sheet, item by item."""
    for item in seen.sheet.items:
        if item.cost is None:
            yield seen.finding("fees.cost.missing", BLOCK, item, "cost")
            continue
        yield from _check_basis(seen, item, item.cost)
        yield from _check_asset(seen, item, item.cost)
        yield from _check_sums(seen, item, item.cost)
        cost = seen.costs.get(item.code)
        if cost is not None:
            yield from _check_parts(seen, item, item.cost, cost)
            yield from _check_rates(seen, item, item.cost, cost.formula)


def _check_basis(seen: Sight, item: Item, cost: CostSheet) -> Iterator[Finding]:
    formula = seen.policy.formulas.get(cost.formula)
    missing = [
        name
        for name, is_missing in (
            ("formula", formula is None),
            ("value_fen", not cost.value_fen or cost.value_fen < 0),
            ("life_years", not cost.life_years or cost.life_years < 0),
            ("hours", not cost.hours or cost.hours < 0),
            ("unit_minutes", not cost.unit_minutes or cost.unit_minutes < 0),
            ("maintenance_rate", fraction_of(cost.maintenance_rate) is None),
            ("management_rate", fraction_of(cost.management_rate) is None),
        )
        if is_missing
    ]
    if missing:
        yield seen.finding("fees.cost.basis_missing", BLOCK, item, f"cost.{missing[0]}", members=missing)
    if formula is not None and cost.hours_basis not in formula.bases:
        yield seen.finding("fees.cost.basis_of_formula", BLOCK, item, "cost.hours_basis", formula=formula.key)
    shown = any(evidence.text.strip() or evidence.file for evidence in seen.sheet.hours.evidence)
    if cost.hours_basis == PLANNED and not shown:
        yield seen.finding("fees.cost.evidence_missing", BLOCK, item, "hours.evidence", hours=cost.hours or 0)
    if cost.consumables and consumables_of(cost) is None:
        yield seen.finding("fees.cost.consumables_unreadable", BLOCK, item, "cost.consumables")


def _check_asset(seen: Sight, item: Item, cost: CostSheet) -> Iterator[Finding]:
    """The asset record decides about value and quota hours, and a year about how many hours there are."""
    value, quota = seen.asset.value_fen, seen.asset.quota_hours
    if cost.value_fen and cost.value_fen != value:
        yield seen.finding(
            "fees.cost.value_differs",
            BLOCK,
            item,
            "cost.value_fen",
            stated_fen=cost.value_fen,
            asset_fen=value,
        )
    if item.unit == CORE_HOUR or not cost.hours:
        return
    if cost.hours_basis == QUOTA and cost.hours != quota:
        yield seen.finding(
            "fees.cost.quota_differs", BLOCK, item, "cost.hours", stated=cost.hours, quota=quota
        )
    if cost.hours > MOST_HOURS:
        yield seen.finding("fees.unit.hours_impossible", BLOCK, item, "cost.hours", hours=cost.hours)
    planned = seen.sheet.hours.planned_hours_year
    if cost.hours_basis == PLANNED and planned is not None and planned != cost.hours:
        yield seen.finding(
            "fees.cost.planned_differs", WARN, item, "cost.hours", stated=cost.hours, planned=planned
        )


def _check_sums(seen: Sight, item: Item, cost: CostSheet) -> Iterator[Finding]:
    """What the form adds up is what its own parts add up to: exactly, since both are stated."""
    for member, stated, computed in (
        ("subtotal_e4", cost.subtotal_e4, cost.stated.subtotal_e4),
        ("full_cost_e4", cost.full_cost_e4, cost.stated.total_e4),
    ):
        if stated is not None and stated != computed:
            yield seen.finding(
                "fees.cost.sum_mismatch",
                BLOCK,
                item,
                f"cost.{member}",
                stated_e4=stated,
                computed_e4=computed,
                difference_e4=stated - computed,
            )


def _check_parts(seen: Sight, item: Item, stated: CostSheet, cost: Cost) -> Iterator[Finding]:
    for part in PARTS:
        said, computed = stated.stated.of(part), cost.parts.of(part)
        if said and part not in cost.formula.parts:
            yield seen.finding(
                "fees.cost.part_of_formula",
                WARN,
                item,
                f"cost.stated.{part}_e4",
                part=part,
                formula=cost.formula.key,
                stated_e4=said,
            )
        elif abs(said - computed) > _tolerance(computed, seen.policy.tolerance_e4):
            yield seen.finding(
                "fees.cost.part_mismatch",
                BLOCK,
                item,
                f"cost.stated.{part}_e4",
                part=part,
                stated_e4=said,
                computed_e4=computed,
            )


def _check_rates(seen: Sight, item: Item, cost: CostSheet, formula: Formula) -> Iterator[Finding]:
    management = fraction_of(cost.management_rate) or Fraction(0)
    least, most = (Fraction(bound) for bound in formula.management)
    if "management" in formula.parts and not least <= management <= most:
        yield seen.finding(
            "fees.cost.management_range",
            WARN,
            item,
            "cost.management_rate",
            stated=cost.management_rate,
            least=formula.management[0],
            most=formula.management[1],
        )
    repair = fraction_of(cost.maintenance_rate) or Fraction(0)
    if "maintenance" in formula.parts and repair > seen.policy.maintenance_most:
        yield seen.finding(
            "fees.cost.maintenance_most", WARN, item, "cost.maintenance_rate", stated=cost.maintenance_rate
        )


def _tolerance(computed: int, most: int) -> int:
    """How far a stated part may lie from the computed one: what rounding to the last decimal takes, less for
    very small parts.
    """
    return max(1, min(most, round_fen(Fraction(computed, _SMALLEST))))
