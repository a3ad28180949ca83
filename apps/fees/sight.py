"""What the checks look at: one sheet with everything that is known about it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from apps.core.money import round_fen
from apps.fees.assets import Asset
from apps.fees.content import CORE_HOUR, PLANNED, Item, Parts, Sheet
from apps.fees.cost import Cost, known_parts
from apps.fees.findings import Finding
from apps.fees.peers import Key, Peers
from apps.fees.policy import Policy

MOST_HOURS = 8784  # a leap year has no more


@dataclass(frozen=True, slots=True)
class Sight:
    """A sheet, the asset behind it, what holds at the moment, the recomputed costs by item, the peers by item
    and tier, the sheet in force before, and the real hours of the last year (None: not known).
    """

    sheet: Sheet
    asset: Asset
    policy: Policy
    costs: Mapping[str, Cost | None] = field(default_factory=dict)
    peers: Mapping[Key, Peers] = field(default_factory=dict)
    before: Sheet | None = None
    real_hours: int | None = None

    def parts_of(self, item: Item) -> Parts | None:
        """What a unit costs: recomputed where it can be, else as the form says."""
        cost = self.costs.get(item.code)
        return cost.parts if cost is not None else known_parts(item)

    def peers_of(self, item: Item, tier: str) -> Peers:
        return self.peers.get((self.asset.instrument, item.code, tier), Peers())

    def finding(self, code: str, severity: str, item: Item | None, member: str, /, **args: Any) -> Finding:
        """A finding about this sheet, or about an item of it."""
        return Finding(code, severity, self.asset.instrument, item.code if item else "", member, args)

    @property
    def planned_hours(self) -> int | None:
        """The instrument hours a year that the sheet plans with: as said for the whole sheet, else the most
        that an item's cost is spread over. Core-hours are no instrument hours.
        """
        if self.sheet.hours.planned_hours_year is not None:
            return self.sheet.hours.planned_hours_year
        planned = [
            item.cost.hours
            for item in self.sheet.items
            if item.cost and item.cost.hours and item.cost.hours_basis == PLANNED and item.unit != CORE_HOUR
        ]
        return max(planned, default=None)


def percent(share: Fraction) -> str:
    """A share as whole per cent, rounded half up: '20'."""
    return str(round_fen(share * 100))


def ratio(number: Fraction) -> str:
    """A ratio for people, with two decimals, rounded half up: '2.18'."""
    hundredths = round_fen(number * 100)
    return f"{hundredths // 100}.{hundredths % 100:02d}"
