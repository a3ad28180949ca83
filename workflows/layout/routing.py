"""How each way runs: out of which side, through which channels, into which side. Channels are the gaps
between columns and between rows; no step stands there, so that no line ever
crosses a step. Ways to the same step share a lane, like a bus; so do the ways that leave a small step
together.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from workflows.layout.graph import Graph, Way
from workflows.layout.order import Lane, Order
from workflows.layout.placing import Cells


class Side(Enum):
    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"


@dataclass(frozen=True)
class Route:
    """A way's course: exit, lanes in turn, entry."""

    way: Way
    exit: Side
    lanes: tuple[Lane, ...]
    entry: Side


class Router:
    """Finds routes one after the other, and remembers which free cells the lines already run through."""

    def __init__(self, graph: Graph, cells: Cells) -> None:
        self._graph, self._cells = graph, cells
        self._occupied = set(cells.values())
        self._passed: dict[tuple[int, int], str] = {}
        self.orders: dict[int, Order] = defaultdict(Order)  # of the lanes in each upright channel

    def routes(self) -> list[Route]:
        """Every way's route."""
        found = {way: self._route(way) for way in sorted(self._graph.ways, key=self._reach)}
        entered = {route.way.target for route in found.values() if route.entry is Side.TOP}
        for way, route in found.items():
            # A small step has one place on its top: what enters there keeps it.
            if route.exit is Side.TOP and way.source in entered and self._graph.by_name[way.source].small:
                found[way] = self._admitted(self._around(way, Side.RIGHT))
        return [found[way] for way in self._graph.ways]

    def _ends(self, way: Way) -> tuple[tuple[int, int], tuple[int, int]]:
        return self._cells[self._graph.host(way.source)], self._cells[way.target]

    def _reach(self, way: Way) -> tuple[bool, bool, bool, int, int]:
        """Straight ones first; then small steps, which have one place to leave from; short before long."""
        (column, row), (to_column, to_row) = self._ends(way)
        box = not self._graph.by_name[way.source].small
        return way in self._graph.back, row != to_row, box, abs(to_row - row), abs(to_column - column)

    def _route(self, way: Way) -> Route:
        (column, row), (to_column, to_row) = self._ends(way)
        hangs = self._graph.by_name[way.source].attached_to is not None
        if to_column <= column:
            return self._admitted(self._backward(way, hangs=hangs))
        if hangs or not self._leaves_ahead(way):
            return self._corner(way) or self._around(
                way, Side.TOP if to_row < row and not hangs else Side.BOTTOM
            )
        straight = self._ahead(way)
        if straight is not None and self._admits(straight):
            return straight
        around = self._around(way, Side.RIGHT)
        if self._admits(around) or self._graph.by_name[way.source].small:
            return around
        return self._admitted(self._around(way, Side.BOTTOM))

    def _leaves_ahead(self, way: Way) -> bool:
        """Small steps let everything out ahead, a box one way only: the one that stays in its row, else the
        first that is not aside.
        """
        if self._graph.by_name[way.source].small:
            return True
        ways = [w for w in self._graph.ways_from[way.source] if w not in self._graph.back]
        _column, row = self._cells[way.source]

        def far(other: Way) -> tuple[bool, bool, int, int]:
            column, to_row = self._cells[other.target]
            return to_row != row, other.aside, column, ways.index(other)

        return min(ways, key=far) == way

    def _ahead(self, way: Way) -> Route | None:
        """Out on the right and in on the left, with at most one step up or down."""
        (column, row), (to_column, to_row) = self._ends(way)
        between = range(column + 1, to_column)
        if self._claim(way, [(c, to_row) for c in between]):
            return Route(way, Side.RIGHT, () if row == to_row else (self._behind(way),), Side.LEFT)
        if self._claim(way, [(c, row) for c in between]):
            return Route(way, Side.RIGHT, (self._before(way),), Side.LEFT)
        return None

    def _corner(self, way: Way) -> Route | None:
        """Straight up or down from the box, then straight ahead."""
        (column, row), (to_column, to_row) = self._ends(way)
        step = 1 if to_row > row else -1
        if row == to_row or (step < 0 and self._graph.by_name[way.source].attached_to):
            return None
        upright = [(column, r) for r in range(row + step, to_row + step, step)]
        level = [(c, to_row) for c in range(column + 1, to_column)]
        if not self._claim(way, upright + level):
            return None
        return Route(way, Side.BOTTOM if step > 0 else Side.TOP, (), Side.LEFT)

    def _backward(self, way: Way, *, hangs: bool) -> Route:
        (_column, row), (_to_column, to_row) = self._ends(way)
        if to_row <= row and not hangs:
            return self._around(way, Side.TOP)
        small = self._graph.by_name[way.source].small and not hangs
        return self._around(way, Side.RIGHT if small else Side.BOTTOM)

    def _around(self, way: Way, out: Side) -> Route:
        """Through the channels: along the one beside the row that is left, then into the target from above,
        from below, or around its column from the left.
        """
        (_column, row), (_to_column, to_row) = self._ends(way)
        above = out is Side.TOP or (out is Side.RIGHT and to_row < row)
        level = Lane(
            upright=False,
            gap=row - 1 if above else row,
            leaves=False,
            of=way.target,
            back=way in self._graph.back,
        )
        lanes = [level]
        if out is Side.RIGHT:
            lanes.insert(0, self._behind(way))
        if to_row == level.gap + 1:
            return Route(way, out, tuple(lanes), Side.TOP)
        if to_row == level.gap and not self._graph.by_name[way.target].small:
            return Route(way, out, tuple(lanes), Side.BOTTOM)
        return Route(way, out, (*lanes, self._before(way)), Side.LEFT)

    def _behind(self, way: Way) -> Lane:
        """The lane behind the source's column: shared by what leaves a small step, else by what reaches the
        target.
        """
        fans_out = self._graph.by_name[way.source].small and len(self._graph.ways_from[way.source]) > 1
        gap = self._cells[self._graph.host(way.source)][0]
        return Lane(upright=True, gap=gap, leaves=fans_out, of=way.source if fans_out else way.target)

    def _before(self, way: Way) -> Lane:
        return Lane(upright=True, gap=self._cells[way.target][0] - 1, leaves=False, of=way.target)

    def _admits(self, route: Route) -> bool:
        """Do the lanes of a route go with those of the routes before it? From now on they must."""
        (_column, row), (_to_column, to_row) = self._ends(route.way)
        last = len(route.lanes) - 1
        demands = [
            (
                lane.gap,
                (row, lane) if number == 0 else None,
                (to_row, lane) if number == last and route.entry is Side.LEFT else None,
            )
            for number, lane in enumerate(route.lanes)
            if lane.upright
        ]
        return all(self.orders[gap].admits(left=left, right=right) for gap, left, right in demands)

    def _admitted(self, route: Route) -> Route:
        self._admits(route)
        return route

    def _claim(self, way: Way, cells: Iterable[tuple[int, int]]) -> bool:
        """Take these cells for a line, unless a step or another target's line is there."""
        wanted = list(cells)
        if any(c in self._occupied or self._passed.get(c, way.target) != way.target for c in wanted):
            return False
        self._passed.update(dict.fromkeys(wanted, way.target))
        return True
