"""Which scores of a cohort are its best and its last, by shares of it. Pure.

The first `ceil(share x size)` are the band, with whoever has the same score as the last of them; who would be
in both is among the best.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

TOP, MIDDLE, BOTTOM = "top", "middle", "bottom"


@dataclass(frozen=True)
class Place:
    """Where one stands: its band, its rank (the best 1; equals share one), how many there are."""

    band: str
    rank: int
    size: int


def places(scores: Iterable[tuple[int, str, int]], *, top: Fraction, bottom: Fraction) -> Mapping[int, Place]:
    """The place of each: `scores` are (key, cohort, score)."""
    cohorts: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for key, cohort, total in scores:
        cohorts[cohort].append((total, key))
    found: dict[int, Place] = {}
    for rows in cohorts.values():
        totals = sorted((total for total, _key in rows), reverse=True)
        best = _bound(totals, top)
        last = _bound(totals[::-1], bottom)
        first = {total: rank for rank, total in reversed(list(enumerate(totals, start=1)))}
        for total, key in rows:
            band = MIDDLE
            if best is not None and total >= best:
                band = TOP
            elif last is not None and total <= last:
                band = BOTTOM
            found[key] = Place(band, first[total], len(totals))
    return found


def _bound(totals: list[int], share: Fraction) -> int | None:
    """The score of the last one inside; None where nobody is."""
    wanted = -(-share.numerator * len(totals) // share.denominator)
    return totals[min(wanted, len(totals)) - 1] if wanted > 0 else None
