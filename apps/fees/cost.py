"""What one unit costs, recomputed from the asset record by a formula (`formulas.py`). Pure and exact:
fractions of ten-thousandths of a yuan, each part rounded once, half up; the parts add up to the total.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from apps.core.money import format_yuan, round_fen
from apps.fees.assets import Asset
from apps.fees.content import CostSheet, Item, Parts
from apps.fees.formulas import FORMULAS, Formula

E4_PER_FEN = 100
_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Cost:
    """A recomputed cost of one unit. `parts` add up to `full_cost_e4`."""

    formula: Formula
    parts: Parts
    itemised_e4: int | None

    @property
    def subtotal_e4(self) -> int:
        return self.parts.subtotal_e4

    @property
    def full_cost_e4(self) -> int:
        return self.parts.total_e4

    @property
    def full_cost_fen(self) -> int:
        """Rounded half up; 0 for what costs less than half a fen."""
        return fen_of(self.full_cost_e4)


def recompute(cost: CostSheet, asset: Asset, formulas: Mapping[str, Formula] = FORMULAS) -> Cost | None:
    """The cost of one unit by the sheet's formula, from the value in the asset record. None while the basis
    is missing: no such formula, or no life, hours or length of a unit.

    depreciation = value / (life x hours) x hours of a unit; repair = value x rate / hours x hours of a unit;
    management = rate x the sum of the others; consumables are the itemised ones where there are any; water
    and power, labour and space are at cost, as stated.
    """
    formula = formulas.get(cost.formula)
    basis = _basis(cost)
    if formula is None or basis is None:
        return None
    life, hours, minutes, repair, management = basis
    value_e4 = asset.value_fen * E4_PER_FEN
    unit_hours = Fraction(minutes, _MINUTES)
    itemised = consumables_of(cost)
    computed = {
        "depreciation": round_fen(Fraction(value_e4, life * hours) * unit_hours),
        "maintenance": round_fen(value_e4 * repair / hours * unit_hours),
        "consumables": cost.stated.of("consumables") if itemised is None else itemised,
        "utilities": cost.stated.of("utilities"),
        "labour": cost.stated.of("labour"),
        "space": cost.stated.of("space"),
    }
    kept = {part: e4 if part in formula.parts else 0 for part, e4 in computed.items()}
    overhead = round_fen(sum(kept.values()) * management) if "management" in formula.parts else 0
    parts = Parts(**{f"{part}_e4": e4 for part, e4 in kept.items()}, management_e4=overhead)
    return Cost(formula, parts, itemised)


def consumables_of(cost: CostSheet) -> int | None:
    """What the itemised consumables of a unit come to, in ten-thousandths of a yuan, rounded once; None where
    none are itemised or a quantity cannot be read.
    """
    total = Fraction(0)
    for line in cost.consumables:
        quantity = fraction_of(line.quantity)
        if quantity is None:
            return None
        total += quantity * line.price_e4
    return round_fen(total) if cost.consumables else None


def known_parts(item: Item) -> Parts | None:
    """The parts that an item states, None where it has no cost sheet or an empty one."""
    if item.cost is None or item.cost.stated == Parts():
        return None
    return item.cost.stated


def fraction_of(text: str) -> Fraction | None:
    """A decimal string as an exact number; None for text, negative or infinite numbers."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    usable = number.is_finite() and number >= 0 and -12 <= number.adjusted() <= 12
    return Fraction(number) if usable or number == 0 else None


def fen_of(e4: int | Fraction) -> int:
    """Ten-thousandths of a yuan as whole fen, half up."""
    return round_fen(Fraction(e4) / E4_PER_FEN)


def e4_from_yuan(text: str) -> int:
    """'479.57' -> 4795700. Raises ValueError when it is no money with at most four decimals."""
    try:
        e4 = Decimal(text.strip().replace(",", "")) * 10_000
        whole = e4.is_finite() and e4 == e4.to_integral_value()
    except (InvalidOperation, ArithmeticError) as wrong:
        raise ValueError(text) from wrong
    if not whole or abs(e4) >= 10**17:
        raise ValueError(text)
    return int(e4)


def format_e4(e4: int) -> str:
    """4795700 -> '¥479.57'; 675 -> '¥0.0675': whole fen, rounded half up; four decimals below one yuan where
    they say something.
    """
    if abs(e4) >= 10_000 or e4 % 100 == 0:
        return format_yuan(fen_of(e4))
    return f"{'-' if e4 < 0 else ''}¥0.{abs(e4):04d}"


def _basis(cost: CostSheet) -> tuple[int, int, int, Fraction, Fraction] | None:
    whole = (cost.life_years, cost.hours, cost.unit_minutes)
    repair, management = fraction_of(cost.maintenance_rate), fraction_of(cost.management_rate)
    if repair is None or management is None:
        return None
    life, hours, minutes = (number or 0 for number in whole)
    if life <= 0 or hours <= 0 or minutes <= 0:
        return None
    return life, hours, minutes, repair, management
