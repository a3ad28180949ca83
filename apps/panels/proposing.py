"""Who should sit on a panel, of those who may: by what they know, then by how much they have to do. Pure.

The number is odd, at least the minimum, the wished one when there are enough. The next in order are the
substitutes. A wish that is even is taken one higher.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """Somebody who may sit. `familiarity` 0 to 3 as declared for the class, None when nothing was; `load` how
    many open panels they sit on; `order` settles what is left equal (seniority in the committee).
    """

    key: int
    familiarity: int | None = None
    load: int = 0
    order: int = 0


@dataclass(frozen=True)
class Proposed:
    """Keys in order. `short`: fewer than the minimum may sit; then `members` is everybody there is."""

    members: tuple[int, ...]
    substitutes: tuple[int, ...]
    short: bool = False


def propose(eligible: Sequence[Candidate], *, minimum: int, wished: int, reserve: int) -> Proposed:
    """The panel and its substitutes. Who has declared nothing comes after who has declared to know little."""
    ranked = [one.key for one in sorted(eligible, key=_rank)]
    least, most = odd_from(minimum), odd_from(max(minimum, wished))
    if len(ranked) < least:
        return Proposed(tuple(ranked), (), short=True)
    size = most if len(ranked) >= most else len(ranked) - (len(ranked) + 1) % 2
    return Proposed(tuple(ranked[:size]), tuple(ranked[size : size + reserve]))


def odd_from(number: int) -> int:
    """The number, or the next when it is even; at least one."""
    return max(1, number + (number + 1) % 2)


def _rank(one: Candidate) -> tuple[int, int, int, int]:
    known = -1 if one.familiarity is None else one.familiarity
    return -known, one.load, one.order, one.key
