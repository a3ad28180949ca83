"""A column and a row for every step. The longest way from the start runs straight in the middle row; what
branches off it gets the nearest row that is free all along, short branches nearer than long ones, ends
below.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from workflows.layout.graph import Graph

_ABOVE, _END_ABOVE = 0.5, 3.0  # how much a row above is disliked, as rows


@dataclass
class Track:
    """Steps that follow one another in one row."""

    names: list[str]
    parent: "Track | None"
    first: int
    last: int
    row: int = 0
    children: list["Track"] = field(default_factory=list)

    @property
    def span(self) -> int:
        return self.last - self.first


Cells = dict[str, tuple[int, int]]


def place(graph: Graph) -> Cells:
    """Column and row of every step that is not a boundary event; rows count from 0 at the top."""
    taken: dict[int, list[tuple[int, int]]] = {}
    cells: Cells = {}
    for root in _tracks(graph):
        root.row = _free_row(taken, root, 0, ends=False)
        _settle(graph, root, taken, cells)
    used = sorted({row for _column, row in cells.values()})
    return {name: (column, used.index(row)) for name, (column, row) in cells.items()}


def _tracks(graph: Graph) -> list[Track]:
    """The flow cut into tracks: one from each source, and each branch below the track that it leaves."""
    placed: set[str] = set()
    roots = []
    for source in [*graph.sources, *graph.in_order]:
        if source in placed:
            continue
        root = _track(graph, source, None, placed)
        roots.append(root)
        waiting = [root]
        while waiting:
            track = waiting.pop(0)
            for name, target in _branches(graph, track):
                if target not in placed:
                    child = _track(graph, target, track, placed, graph.column[name])
                    track.children.append(child)
                    waiting.append(child)
    return roots


def _branches(graph: Graph, track: Track) -> Iterator[tuple[str, str]]:
    for name in track.names:
        for way in graph.forward_from(name):
            yield name, way.target


def _track(graph: Graph, first: str, parent: Track | None, placed: set[str], leaves: int = 0) -> Track:
    names = [first]
    placed.add(first)
    while (following := _following(graph, names[-1])) is not None and following not in placed:
        names.append(following)
        placed.add(following)
    start, end = graph.column[first], graph.column[names[-1]]
    if following is not None:  # the row stays free up to the step where the track joins another
        end = max(end, graph.column[following] - 1)
    shared_end = following is None and sum(way.target == first for way in graph.ways) > 1
    if parent is not None and not shared_end:  # ... and from the step that it leaves
        start = min(start, leaves + 1)
    return Track(names=names, parent=parent, first=start, last=end)


def _following(graph: Graph, name: str) -> str | None:
    """The step that continues the row: the one with most still to come, by a way that is not aside."""
    own = [way for way in graph.ways_from[name] if way not in graph.back]
    ways = [way for way in own if not way.aside] or own
    return max(ways, key=lambda way: graph.height[way.target]).target if ways else None


def _settle(graph: Graph, track: Track, taken: dict[int, list[tuple[int, int]]], cells: Cells) -> None:
    for name in track.names:
        cells[name] = (graph.column[name], track.row)
    for child in sorted(track.children, key=lambda child: (child.span, -child.first)):
        child.row = _free_row(taken, child, track.row, ends=not graph.height[child.names[-1]])
        _settle(graph, child, taken, cells)


def _free_row(taken: dict[int, list[tuple[int, int]]], track: Track, beside: int, *, ends: bool) -> int:
    """The nearest row that is free from the first column of the track to its last; taken from now on."""

    def dislike(row: int) -> float:
        return abs(row - beside) + ((_END_ABOVE if ends else _ABOVE) if row < beside else 0)

    reach = len(taken) + 1
    rows = sorted(range(beside - reach, beside + reach + 1), key=dislike)
    free = next(row for row in rows if all(b < track.first or a > track.last for a, b in taken.get(row, ())))
    taken.setdefault(free, []).append((track.first, track.last))
    return free
