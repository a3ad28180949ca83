"""Why a price differs from the median of its peers: split into what the machine and its work cost more or
less, and what nobody explained. Pure and exact; the steps add up to the gap.

A price recovers a part of the full cost, and so do the peers': their recovery is median price / median full
cost. A difference in a component counts with that recovery, so that 100 yuan more of depreciation explain the
40 yuan of price which the peers would have asked for it:

    step(part)  = recovery of the peers x (own cost of the part - median cost of the part among the peers)
    unexplained = gap - all steps

It holds a different recovery and whatever the medians of parts (which need not add up to the median of the
total) leave over. Consumables stand with water and power; the service level is repair, space and management:
how well the machine is kept and housed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from apps.core.money import round_fen
from apps.fees.content import Parts
from apps.fees.peers import Peer, median

DEPRECIATION, LABOUR, CONSUMABLES, SERVICE, UNEXPLAINED = (
    *("depreciation", "labour", "consumables", "service"),
    "unexplained",
)
_MADE_OF = {
    DEPRECIATION: ("depreciation",),
    LABOUR: ("labour",),
    CONSUMABLES: ("consumables", "utilities"),
    SERVICE: ("maintenance", "space", "management"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the waterfall from the median to the price, in fen."""

    part: str
    fen: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A price, the median of its peers and the steps between them. `peers` is how many peers' costs are
    known: with none, everything is unexplained.
    """

    price_fen: int
    median_fen: int
    steps: tuple[Step, ...]
    peers: int

    @property
    def gap_fen(self) -> int:
        return self.price_fen - self.median_fen

    @property
    def unexplained_fen(self) -> int:
        return sum(step.fen for step in self.steps if step.part == UNEXPLAINED)


def explain(*, price_fen: int, parts: Parts | None, peers: Sequence[Peer], minimum: int) -> Gap | None:
    """The gap of a price to the median of its peers; None with fewer than `minimum` peers."""
    if len(peers) < max(minimum, 1):
        return None
    middle = round_fen(median(peer.price_fen for peer in peers))
    known = [(peer.price_fen, peer.parts) for peer in peers if peer.parts is not None]
    gap = price_fen - middle
    costs = [theirs.total_e4 for _price, theirs in known]
    if parts is None or not any(costs):
        return Gap(price_fen, middle, (Step(UNEXPLAINED, gap),), 0)
    recovery = median(price for price, _parts in known) / median(costs) if median(costs) else Fraction(0)
    steps = [
        Step(
            name,
            round_fen(recovery * (_sum(parts, made) - median(_sum(theirs, made) for _p, theirs in known))),
        )
        for name, made in _MADE_OF.items()
    ]
    rest = gap - sum(step.fen for step in steps)
    return Gap(price_fen, middle, (*steps, Step(UNEXPLAINED, rest)), len(known))


def _sum(parts: Parts, names: Sequence[str]) -> int:
    return sum(parts.of(name) for name in names)
