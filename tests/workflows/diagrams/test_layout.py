"""Where steps stand and how lines run, for any graph at all: nothing overlaps, and no line crosses a step."""

from collections.abc import Collection
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toyflows import charts
from tests.toyflows.approvals import RoundFlow, ThreeStepsFlow
from workflows.diagram import arrange, size, structure
from workflows.layout import Box, Graph, Layout, Size, Step, Way, lay_out

pytestmark = pytest.mark.once

CHARTS = (
    charts.LinearFlow,
    charts.ParallelFlow,
    charts.LoopFlow,
    charts.RoundFlow,
    charts.EverythingFlow,
    charts.TrainingFlow,
    RoundFlow,
    ThreeStepsFlow,
)
Piece = tuple[tuple[int, int], tuple[int, int]]
BOX, SMALL = Size(148, 60), Size(36, 36, title_width=90, title_height=21)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Up to ten steps, some small, some on the border of another; any ways between them, circles included.
    Only boxes lead to themselves: no gateway and no event does.
    """
    count = draw(st.integers(1, 10))
    names = [f"s{number}" for number in range(count)]
    small = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    steps = [Step(name, small=s, begins=name == "s0") for name, s in zip(names, small, strict=True)]
    hosts = draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
    hanging = [
        Step(f"{host}__late", small=True, attached_to=host) for host in hosts if not small[names.index(host)]
    ]
    pairs = st.tuples(st.sampled_from(names + [s.name for s in hanging]), st.sampled_from(names))
    loops = {(name, name) for name, s in zip(names, small, strict=True) if s}
    wanted = [pair for pair in draw(st.lists(pairs, max_size=16, unique=True)) if pair not in loops]
    ways = [
        Way(source, target, aside=draw(st.booleans()), label_width=draw(st.sampled_from((0, 0, 40, 96))))
        for source, target in wanted
    ]
    return Graph((*steps, *hanging), tuple(ways))


def laid_out(graph: Graph) -> Layout:
    sizes = {step.name: SMALL if step.small else BOX for step in graph.steps}
    sizes |= {step.name: Size(28, 28) for step in graph.steps if step.attached_to}
    return lay_out(graph, sizes)


def overlap(a: Box, b: Box) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom


def crosses(start: tuple[int, int], end: tuple[int, int], box: Box) -> bool:
    """Does this piece run through the inside of the box?"""
    (x1, x2), (y1, y2) = sorted((start[0], end[0])), sorted((start[1], end[1]))
    return x1 < box.right and x2 > box.x and y1 < box.bottom and y2 > box.y


@given(graph=graphs())
def test_no_step_stands_on_another_and_all_are_inside_the_picture(graph: Graph) -> None:
    layout = laid_out(graph)
    free = [step.name for step in graph.steps if step.attached_to is None]
    assert set(layout.boxes) == set(graph.by_name)
    for a, b in combinations(free, 2):
        assert not overlap(layout.boxes[a], layout.boxes[b]), (a, b)
    for box in layout.boxes.values():
        assert box.x >= 0
        assert box.y >= 0
        assert box.right <= layout.width
        assert box.bottom <= layout.height


@given(graph=graphs())
def test_every_way_is_a_line_of_level_and_upright_pieces_from_border_to_border(graph: Graph) -> None:
    layout = laid_out(graph)
    assert [line.way for line in layout.lines] == list(graph.ways)
    for line in layout.lines:
        source, target = layout.boxes[line.way.source], layout.boxes[line.way.target]
        (x, y), (to_x, to_y) = line.points[0], line.points[-1]
        assert len(line.points) >= 2
        assert x == source.right or y in (source.y, source.bottom)
        assert to_x == target.x or to_y in (target.y, target.bottom)
        for (x1, y1), (x2, y2) in pairwise(line.points):
            assert (x1 == x2) != (y1 == y2), line.points
        for x, y in line.points:
            assert 0 <= x <= layout.width
            assert 0 <= y <= layout.height


@given(graph=graphs())
def test_no_line_runs_through_a_step(graph: Graph) -> None:
    layout = laid_out(graph)
    hosts = {step.name for step in graph.steps if step.attached_to is None}
    for line in layout.lines:
        for start, end in pairwise(line.points):
            for name in hosts:
                assert not crosses(start, end, layout.boxes[name]), (line.way, name)


@given(graph=graphs())
def test_ways_that_lead_onward_lead_to_the_right(graph: Graph) -> None:
    layout = laid_out(graph)
    for way in graph.ways:
        host = layout.boxes[graph.host(way.source)]
        if way not in graph.back:
            assert host.middle[0] < layout.boxes[way.target].middle[0]


def shared(layout: Layout, ways: Collection[Way]) -> list[tuple[Way, Way]]:
    """The pairs of lines from different steps to different steps that lie on one another for a piece."""
    found = []
    for a, b in combinations((line for line in layout.lines if line.way in ways), 2):
        if a.way.target == b.way.target or a.way.source == b.way.source:
            continue
        if any(lie_on_one_another(m, n) for m in pairwise(a.points) for n in pairwise(b.points)):
            found.append((a.way, b.way))
    return found


def lie_on_one_another(a: Piece, b: Piece) -> bool:
    (p, q), (r, s) = a, b
    for across, along in ((0, 1), (1, 0)):
        if p[across] == q[across] == r[across] == s[across]:
            first, second = sorted((p[along], q[along])), sorted((r[along], s[along]))
            if min(first[1], second[1]) > max(first[0], second[0]):
                return True
    return False


@given(graph=graphs())
def test_lines_from_boxes_to_different_steps_never_lie_on_one_another(graph: Graph) -> None:
    """They could not be told apart; crossing is allowed. A small step lets all its lines out at one place, so
    that in a knot of gateways one of them may lie on another line for the width of a lane.
    """
    boxes = [way for way in graph.ways if not graph.by_name[way.source].small]
    assert shared(laid_out(graph), boxes) == []


@pytest.mark.parametrize("flow", CHARTS, ids=lambda flow: flow.__name__)
def test_in_flows_as_they_are_built_no_line_lies_on_another(flow: Any) -> None:
    layout = arrange(structure(flow), size)
    assert shared(layout, [line.way for line in layout.lines]) == []


def test_the_longest_way_runs_straight_and_refusals_gather_below() -> None:
    ends = [Step(name, small=True) for name in ("yes", "no")]
    steps = (Step("start", small=True, begins=True), *map(Step, "abc"), *ends)
    ways = (
        Way("start", "a"),
        Way("a", "b"),
        Way("b", "c"),
        Way("c", "yes"),
        *(Way(name, "no", aside=True) for name in "abc"),
    )
    layout = laid_out(Graph(steps, ways))
    assert len({layout.boxes[name].middle[1] for name in ("start", "a", "b", "c", "yes")}) == 1
    assert layout.boxes["no"].y > layout.boxes["a"].bottom
    assert [len(line.points) for line in layout.lines[:4]] == [2, 2, 2, 2]


def test_a_flow_of_a_thousand_steps_is_laid_out() -> None:
    steps = tuple(Step(f"s{number}", begins=number == 0) for number in range(1000))
    ways = tuple(Way(f"s{n}", f"s{n + 1}") for n in range(999))
    assert len(laid_out(Graph(steps, ways)).boxes) == 1000


def test_nothing_is_a_picture_of_nothing() -> None:
    assert lay_out(Graph((), ()), {}) == Layout({}, (), 0, 0)
