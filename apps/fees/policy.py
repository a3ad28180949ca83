"""The numbers that the checks go by at a moment: every one a dated parameter or a dated table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType

from apps.core import parameters
from apps.fees.components import NOTHING_SAID, Chargeable, chargeable_at
from apps.fees.formulas import FORMULAS, Formula, formulas_from

KEYS = (
    *("fees.peers_minimum", "fees.outlier_factor", "fees.external_margin", "fees.simplified_change"),
    *("fees.drift", "fees.consumables_drift", "fees.cost_tolerance_e4", "fees.formulas"),
    "fees.maintenance_most",
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds at a moment. Shares and factors are exact fractions; `drift` is the least and the most part
    of the planned hours that the real ones may be.
    """

    peers_minimum: int
    outlier_factor: Fraction
    external_margin: Mapping[str, Fraction]
    simplified_change: Fraction
    drift: tuple[Fraction, Fraction]
    consumables_drift: Fraction
    tolerance_e4: int
    maintenance_most: Fraction
    chargeable: Chargeable = NOTHING_SAID
    formulas: Mapping[str, Formula] = field(default_factory=lambda: FORMULAS)


def policy_at(at: datetime) -> Policy:
    """The policy in force at a moment. Two queries."""
    said = parameters.values(KEYS, at=at)
    least, most = said["fees.drift"]
    return Policy(
        peers_minimum=int(said["fees.peers_minimum"]),
        outlier_factor=Fraction(said["fees.outlier_factor"]),
        external_margin=MappingProxyType(
            {tier: Fraction(margin) for tier, margin in said["fees.external_margin"].items()}
        ),
        simplified_change=Fraction(said["fees.simplified_change"]),
        drift=(Fraction(least), Fraction(most)),
        consumables_drift=Fraction(said["fees.consumables_drift"]),
        tolerance_e4=int(said["fees.cost_tolerance_e4"]),
        maintenance_most=Fraction(said["fees.maintenance_most"]),
        chargeable=chargeable_at(at),
        formulas=formulas_from(said["fees.formulas"]),
    )
