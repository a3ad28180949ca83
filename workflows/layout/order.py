"""Which lane of an upright channel stands left of which. On the level of one row a line that leaves the step
on the left and a line that reaches the step on the right must not lie on one another: the first must turn
before the second does.
"""

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Lane:
    """A place in the channel behind column or row `gap` (-1: before the first). Ways with equal lanes run on
    one line.
    """

    upright: bool
    gap: int
    leaves: bool  # the lane belongs to the step that the ways leave, else to the one that they reach
    of: str
    back: bool = False


@dataclass
class Order:
    """The demands on the lanes of one upright channel."""

    left: dict[int, set[Lane]] = field(default_factory=lambda: defaultdict(set))
    right: dict[int, set[Lane]] = field(default_factory=lambda: defaultdict(set))

    def followers(self) -> dict[Lane, set[Lane]]:
        """For each lane those that must stand right of it."""
        found: dict[Lane, set[Lane]] = defaultdict(set)
        for row, lanes in self.left.items():
            for lane in lanes:
                found[lane] |= self.right.get(row, set()) - {lane}
        return found

    def admits(self, *, left: tuple[int, Lane] | None, right: tuple[int, Lane] | None) -> bool:
        """Take a line that comes from the left on one row, or goes to the right on one, unless the demands
        would contradict one another.
        """
        added = []
        for known, wanted in ((self.left, left), (self.right, right)):
            if wanted is not None and wanted[1] not in known[wanted[0]]:
                known[wanted[0]].add(wanted[1])
                added.append((known[wanted[0]], wanted[1]))
        if not added or self._is_possible():
            return True
        for lanes, lane in added:
            lanes.discard(lane)
        return False

    def _is_possible(self) -> bool:
        return len(self.depths()) == len(self._lanes())

    def _lanes(self) -> set[Lane]:
        return {lane for side in (self.left, self.right) for lanes in side.values() for lane in lanes}

    def depths(self) -> dict[Lane, int]:
        """How many lanes stand left of each at least; lanes that contradict one another are missing."""
        followers = self.followers()
        waiting: dict[Lane, int] = dict.fromkeys(self._lanes(), 0)
        for lane in (lane for behind in followers.values() for lane in behind):
            waiting[lane] += 1
        found: dict[Lane, int] = {}
        ready = [lane for lane, count in waiting.items() if count == 0]
        found.update(dict.fromkeys(ready, 0))
        while ready:
            lane = ready.pop()
            for behind in followers[lane]:
                waiting[behind] -= 1
                found[behind] = max(found.get(behind, 0), found[lane] + 1)
                if waiting[behind] == 0:
                    ready.append(behind)
        return {lane: depth for lane, depth in found.items() if waiting[lane] == 0}
