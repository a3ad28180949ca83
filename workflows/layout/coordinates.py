"""Columns, rows and lanes turned into pixels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workflows.layout.graph import Graph, Way
from workflows.layout.order import Lane
from workflows.layout.placing import Cells, place
from workflows.layout.routing import Route, Router, Side

_LANE = 10  # between two lanes of a channel
_LABEL, _LABEL_STEP = 18, 13  # the line of a label beside a stub, and one more line
_PAD, _ARROW = 12, 20  # before the first lane, behind the last
_LEAST_GAP, _LEAST_CHANNEL, _MARGIN = 40, 24, 14
_SHIFT = 3  # of places on a border, so that what leaves below never hides what enters above
_HANGING_STEP = 8  # between two boundary events on one border

Point = tuple[int, int]


@dataclass(frozen=True)
class Size:
    """What a step wants: its shape, and the title below it when it does not fit in."""

    width: int
    height: int
    title_width: int = 0
    title_height: int = 0


@dataclass(frozen=True)
class Box:
    """Where a shape stands."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> Point:
        return self.x + self.width // 2, self.y + self.height // 2

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height


@dataclass(frozen=True)
class Line:
    """Where a way runs. `label_at` is the end of its label's base line that is next to the line: the left
    one, or the right one when the label stands `left_of` the line. More lines of it stand above the first,
    or `below` it where the line leaves downwards.
    """

    way: Way
    points: tuple[Point, ...]
    label_at: Point
    left_of: bool
    below: bool = False


@dataclass(frozen=True)
class Layout:
    """A drawing of `width` x `height` pixels, from (0, 0)."""

    boxes: dict[str, Box]
    lines: tuple[Line, ...]
    width: int
    height: int


def lay_out(graph: Graph, sizes: Mapping[str, Size]) -> Layout:
    """Place all steps and lead all ways. Two ways between the same pair of steps must be one way here."""
    if not graph.steps:
        return Layout({}, (), 0, 0)
    return _Drawing(graph, sizes).layout()


class _Drawing:
    def __init__(self, graph: Graph, sizes: Mapping[str, Size]) -> None:
        self._graph, self._sizes = graph, sizes
        self._cells: Cells = place(graph)
        self._router = Router(graph, self._cells)
        self._routes = self._router.routes()
        self._columns = 1 + max(column for column, _row in self._cells.values())
        self._rows = 1 + max(row for _column, row in self._cells.values())
        self._order: dict[Lane, int] = {}
        self._lane_at: dict[Lane, int] = {}
        self._boxes: dict[str, Box] = {}
        self._ports: dict[tuple[str, Side], list[str]] = {}

    def layout(self) -> Layout:
        spans = self._spans()
        column_x, width = self._across(spans)
        row_y, height = self._down(spans)
        for name, (column, row) in self._cells.items():
            size = self._sizes[name]
            self._boxes[name] = Box(
                column_x[column] - size.width // 2, row_y[row] - size.height // 2, size.width, size.height
            )
        for step in self._graph.steps:
            for place_no, event in enumerate(self._graph.hanging[step.name]):
                self._hang(event, self._boxes[step.name], place_no)
        self._assign_ports()
        lines = tuple(self._line(route) for route in self._routes)
        return Layout(self._boxes, lines, width, height)

    # -- lanes

    def _spans(self) -> dict[Lane, tuple[int, int]]:
        """From where to where each lane runs, in half columns or half rows: steps at even, gaps at odd
        numbers.
        """
        found: dict[Lane, tuple[int, int]] = {}
        for route in self._routes:
            source = self._cells[self._graph.host(route.way.source)]
            target = self._cells[route.way.target]
            stops: list[Lane | tuple[int, int]] = [source, *route.lanes, target]
            for before, lane, after in zip(stops, stops[1:], stops[2:], strict=False):
                assert isinstance(lane, Lane)  # noqa: S101 - only the two ends are cells
                ends = [_place(stop, upright=lane.upright) for stop in (before, after)]
                known = found.get(lane, (ends[0], ends[0]))
                found[lane] = (min(*known, *ends), max(*known, *ends))
        return found

    def _sort(
        self,
        lanes: Iterable[Lane],
        spans: Mapping[Lane, tuple[int, int]],
        least: Mapping[Lane, int] | None = None,
    ) -> int:
        """Give each lane of one channel its number, so that lanes that meet differ; short ones first, none
        before its `least`.
        """
        depth = least or {}
        ends: dict[int, list[tuple[int, int]]] = {}
        number_of: dict[Lane, int] = {}
        for lane in sorted(lanes, key=lambda ln: (depth.get(ln, 0), spans[ln][1] - spans[ln][0], ln.of)):
            first, last = spans[lane]
            number = self._least_number(lane, number_of)
            while any(a <= last and b >= first for a, b in ends.get(number, ())):
                number += 1
            ends.setdefault(number, []).append((first, last))
            number_of[lane] = number
        self._order |= number_of
        return max(number_of.values(), default=-1) + 1

    def _least_number(self, lane: Lane, number_of: Mapping[Lane, int]) -> int:
        """Behind all lanes that must stand left of it."""
        if not lane.upright:
            return 0
        followers = self._router.orders[lane.gap].followers()
        return max((n + 1 for other, n in number_of.items() if lane in followers[other]), default=0)

    def _across(self, spans: Mapping[Lane, tuple[int, int]]) -> tuple[list[int], int]:
        """The middle of each column, and the width of all."""
        centres, x = [], 0
        for gap in range(-1, self._columns):
            own = [lane for lane in spans if lane.upright and lane.gap == gap]
            count = self._sort(own, spans, self._router.orders[gap].depths())
            room = _PAD + self._label_room(gap)
            self._lane_at |= {lane: x + room + self._order[lane] * _LANE for lane in own}
            inner = 0 <= gap < self._columns - 1
            used = room + count * _LANE + _ARROW
            x += max(used, _LEAST_GAP) if inner else (used if own else _MARGIN)
            if gap < self._columns - 1:
                wide = self._column_width(gap + 1)
                centres.append(x + wide // 2)
                x += wide
        return centres, x

    def _label_room(self, gap: int) -> int:
        """What the labels want of the ways that leave this column on the right."""
        widths = [
            route.way.label_width
            for route in self._routes
            if route.exit is Side.RIGHT and self._cells[route.way.source][0] == gap
        ]
        return max(widths, default=0)

    def _column_width(self, column: int) -> int:
        names = [name for name, (c, _row) in self._cells.items() if c == column]
        return max(max(self._sizes[n].width, self._sizes[n].title_width) for n in names)

    def _down(self, spans: Mapping[Lane, tuple[int, int]]) -> tuple[list[int], int]:
        """The middle of each row, and the height of all."""
        centres, y = [], 0
        for gap in range(-1, self._rows):
            own = [lane for lane in spans if not lane.upright and lane.gap == gap]
            above, below = self._stub_labels(gap)
            first = y + _PAD + above
            onward = self._sort([lane for lane in own if not lane.back], spans)
            backward = self._sort([lane for lane in own if lane.back], spans)
            for lane in own:
                number = self._order[lane] if not lane.back else onward + backward - 1 - self._order[lane]
                self._lane_at[lane] = first + number * _LANE
            used = _PAD + _LANE * (onward + backward) + above + below + _PAD
            inner = 0 <= gap < self._rows - 1
            y += max(used if own or above or below else 0, _LEAST_CHANNEL if inner else _MARGIN)
            if gap < self._rows - 1:
                up, down = self._row_height(gap + 1)
                centres.append(y + up)
                y += up + down
        return centres, y

    def _stub_labels(self, gap: int) -> tuple[int, int]:
        """The height of the labels below the row before this channel and above the row behind it."""
        return self._labels_at(Side.BOTTOM, gap), self._labels_at(Side.TOP, gap + 1)

    def _labels_at(self, side: Side, row: int) -> int:
        lines: dict[str, set[str]] = {}
        tallest = 0
        for route in self._routes:
            source = route.way.source
            if route.exit is side and self._cells[self._graph.host(source)][1] == row:
                lines.setdefault(source, set()).add(route.way.target)
                tallest = max(tallest, route.way.label_lines if route.way.label_width else 0)
        most = max((len(targets) for targets in lines.values()), default=0)
        return _LABEL + _LABEL_STEP * (max(0, most - 1) + tallest - 1) if tallest else 0

    def _row_height(self, row: int) -> tuple[int, int]:
        """How far the row reaches above and below its middle."""
        up = down = 0
        for name in (name for name, (_column, r) in self._cells.items() if r == row):
            size = self._sizes[name]
            up = max(up, size.height // 2)
            below = max((self._sizes[event].height // 2 for event in self._graph.hanging[name]), default=0)
            down = max(down, size.height - size.height // 2 + size.title_height + below)
        return up, down

    # -- shapes and lines

    def _hang(self, event: str, host: Box, number: int) -> None:
        size = self._sizes[event]
        x = host.right - (number + 1) * (size.width + _HANGING_STEP)
        self._boxes[event] = Box(x, host.bottom - size.height // 2, size.width, size.height)

    def _assign_ports(self) -> None:
        """Which lines touch the top and the bottom of each box, from left to right: what goes to the left or
        comes from there first. Lines into one box come in together.
        """
        wanted: dict[tuple[str, Side], dict[str, int]] = {}
        for route in self._routes:
            way = route.way
            source, target = self._cells[self._graph.host(way.source)], self._cells[way.target]
            if route.exit is not Side.RIGHT:
                wanted.setdefault((way.source, route.exit), {})[f">{way.target}"] = target[0] - source[0]
            if route.entry is not Side.LEFT:
                wanted.setdefault((way.target, route.entry), {})["<"] = source[0] - target[0]
        for key, ports in wanted.items():
            self._ports[key] = sorted(ports, key=lambda port: (ports[port], port))

    def _port(self, name: str, side: Side, port: str) -> Point:
        box = self._boxes[name]
        if side in (Side.LEFT, Side.RIGHT):
            return (box.x if side is Side.LEFT else box.right), box.middle[1]
        ports = self._ports[name, side]
        shift = _SHIFT if side is Side.BOTTOM else -_SHIFT
        hanging = self._graph.hanging[name] if side is Side.BOTTOM else []
        free = box.width - sum(self._sizes[event].width + _HANGING_STEP for event in hanging)
        x = box.x + free * (ports.index(port) + 1) // (len(ports) + 1) + shift
        if self._graph.by_name[name].small:
            x = box.middle[0]
        return x, (box.y if side is Side.TOP else box.bottom)

    def _line(self, route: Route) -> Line:
        way = route.way
        x, y = self._port(way.source, route.exit, f">{way.target}")
        end_x, end_y = self._port(way.target, route.entry, "<")
        points = [(x, y)]
        for lane in route.lanes:
            x, y = (self._lane_at[lane], y) if lane.upright else (x, self._lane_at[lane])
            points.append((x, y))
        points += [(x, end_y) if route.entry is Side.LEFT else (end_x, y), (end_x, end_y)]
        label_at, left_of = self._label_at(route, points)
        return Line(way, _tidy(points), label_at, left_of, below=route.exit is Side.BOTTOM)

    def _label_at(self, route: Route, points: list[Point]) -> tuple[Point, bool]:
        """Beside the first piece of the line. Of several lines on one border the first has its label on its
        left, the third and more a line further away.
        """
        x, y = points[0]
        if route.exit is Side.RIGHT:
            turned = route.lanes and route.lanes[0].leaves
            return ((points[1][0] + 6, points[2][1] - 5) if turned else (x + 8, y - 5)), False
        ports = self._ports[route.way.source, route.exit]
        number = ports.index(f">{route.way.target}")
        further = max(0, number - 1) * _LABEL_STEP
        left_of = number == 0 and len(ports) > 1
        x += -5 if left_of else 5
        return (x, y + 14 + further if route.exit is Side.BOTTOM else y - 7 - further), left_of


def _place(stop: Lane | tuple[int, int], *, upright: bool) -> int:
    """A stop of a route along an upright (in rows) or level (in columns) lane, in half steps."""
    if isinstance(stop, Lane):
        return 2 * stop.gap + 1
    column, row = stop
    return 2 * row if upright else 2 * column


def _tidy(points: list[Point]) -> tuple[Point, ...]:
    """Without repeated points and without points on a straight piece."""
    kept: list[Point] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        while len(kept) > 1 and _straight(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return tuple(kept)


def _straight(a: Point, b: Point, c: Point) -> bool:
    return (a[0] == b[0] == c[0] and (b[1] - a[1]) * (c[1] - b[1]) >= 0) or (
        a[1] == b[1] == c[1] and (b[0] - a[0]) * (c[0] - b[0]) >= 0
    )
