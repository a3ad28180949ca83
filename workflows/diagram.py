"""The shape of a flow as data, and as a picture. `describe` is what a case pins at its start, so that years
later its diagram is the one that ran; it keeps English msgids and is translated when it is drawn.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.utils import translation

from workflows.drawing import (
    BOX_HEIGHT,
    BOX_WIDTH,
    LABEL_ROOM,
    LABEL_TEXT,
    MOST_LABEL_LINES,
    MOST_LINES,
    SMALL,
    SMALL_LINE,
    SMALL_TEXT,
    TITLE_GAP,
    TITLE_ROOM,
    draw,
    draw_file,
    draw_shape,
    label_of,
)
from workflows.layout import Graph, Layout, Size, Step, Way, lay_out
from workflows.lettering import width, wrap

__all__ = ["arrange", "describe", "digest", "draw", "draw_file", "draw_shape", "size", "structure"]

Description = dict[str, Any]

KINDS = frozenset(
    ("start", "human", "rule", "wait", "timer", "job", "split", "join", "function", "children", "end")
)
_KIND_OF_TASK_TYPE = {
    "HUMAN_START": "start",
    "START": "start",
    "HUMAN": "human",
    "EXCLUSIVE_GATEWAY": "rule",
    "SWITCH": "rule",
    "TIMER": "timer",
    "CONDITION": "wait",
    "JOB": "job",
    "PARALLEL_GATEWAY": "split",
    "JOIN": "join",
    "SUBPROCESS": "children",
    "END": "end",
}
_CAUGHT = frozenset(("receiveTask", "intermediateCatchEvent"))  # waits for somebody else


def structure(flow_class: Any) -> Description:
    """What a flow consists of, without coordinates: `nodes` (name, title, kind, many, attached_to) by name
    and `edges` (source, target, kind, label) in the order in which the flow declares them. Nodes that only
    stand for what older versions had are left out.
    """
    with translation.override(None):  # titles as msgids
        nodes = {
            node.name: _node(node)
            for node in sorted(flow_class.instance.nodes(), key=lambda node: node.name)
            if node.task_type != "OBSOLETE"
        }
        edges = [
            {
                "source": edge.src.name,
                "target": edge.dst.name,
                "kind": edge.edge_class,
                "label": str(edge.label or ""),
            }
            for name in nodes
            for edge in flow_class.instance.node(name)._outgoing()
            if edge.dst.name in nodes
        ]
    return {"nodes": list(nodes.values()), "edges": edges}


def _node(node: Any) -> Description:
    host = getattr(node, "_attached_to", None)
    return {
        "name": node.name,
        "title": str(node.task_title),
        "kind": kind_of(node),
        "many": bool(node._multi_instance),
        "attached_to": host.name if host is not None else None,
    }


def kind_of(node: Any) -> str:
    """One of `KINDS`: the node's own word, else by viewflow's type."""
    own = getattr(node, "kind", None)
    if own in KINDS:
        return str(own)
    kind = _KIND_OF_TASK_TYPE.get(node.task_type)
    if kind is None:
        kind = "wait" if getattr(node, "bpmn_element", None) in _CAUGHT else "function"
    return kind


def digest(description: Description) -> str:
    """SHA-256 of the structure: which nodes of which kind, which edges with which labels in which order.
    Titles and coordinates do not count: a better word or a better drawing is no new version of a flow.
    """
    kept = {
        "nodes": [
            [node["name"], node["kind"], node["many"], node["attached_to"]] for node in description["nodes"]
        ],
        "edges": [
            [edge["source"], edge["target"], edge["kind"], edge["label"]] for edge in description["edges"]
        ],
    }
    canonical = json.dumps(kept, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def arrange(shape: Description, size_of: Callable[[Description], Size]) -> Layout:
    """Place a structure; ways between the same pair of steps become one line."""
    nodes = {node["name"]: node for node in shape["nodes"]}
    labels: dict[tuple[str, str], list[Description]] = {}
    for edge in shape["edges"]:
        labels.setdefault((edge["source"], edge["target"]), []).append(edge)
    steps = tuple(
        Step(
            name,
            small=node["kind"] in SMALL,
            begins=node["kind"] == "start",
            attached_to=node["attached_to"],
        )
        for name, node in nodes.items()
    )
    ways = tuple(
        Way(
            source,
            target,
            aside=_aside(nodes[source], edges),
            label_width=_label_width(edges),
            label_lines=_label_lines(edges),
        )
        for (source, target), edges in labels.items()
    )
    return lay_out(Graph(steps, ways), {name: size_of(node) for name, node in nodes.items()})


def _aside(source: Description, edges: list[Description]) -> bool:
    """A refusal leads off the main path; a rule's no need not."""
    return source["kind"] == "human" and all(edge["kind"] == "cond_false" for edge in edges)


def _label_width(edges: list[Description]) -> int:
    text = label_of(edge["label"] for edge in edges)
    return min(width(text, LABEL_TEXT) + 4, LABEL_ROOM) if text else 0


def _label_lines(edges: list[Description]) -> int:
    text = label_of(edge["label"] for edge in edges)
    return len(wrap(text, LABEL_ROOM, LABEL_TEXT, MOST_LABEL_LINES)) or 1


def describe(flow_class: Any) -> Description:
    """The structure with coordinates in pixels: nodes have x, y, width, height; edges `points` and
    `label_at`; the whole has width and height. JSON-able.
    """
    shape = structure(flow_class)
    layout = arrange(shape, size)
    lines = {(line.way.source, line.way.target): line for line in layout.lines}
    for node in shape["nodes"]:
        box = layout.boxes[node["name"]]
        node |= {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    for edge in shape["edges"]:
        line = lines[edge["source"], edge["target"]]
        edge |= {"points": [list(point) for point in line.points], "label_at": list(line.label_at)} | {
            "label_left_of": line.left_of,
            "label_below": line.below,
        }
    return shape | {"width": layout.width, "height": layout.height}


def size(node: Description) -> Size:
    """The room of a step in the picture, for `arrange`."""
    if node["attached_to"]:
        return Size(28, 28)
    if node["kind"] not in SMALL:
        return Size(BOX_WIDTH, BOX_HEIGHT)
    lines = wrap(node["title"], TITLE_ROOM, SMALL_TEXT, MOST_LINES)
    longest = max((width(line, SMALL_TEXT) for line in lines), default=0)
    return Size(36, 36, title_width=longest, title_height=TITLE_GAP + SMALL_LINE * len(lines))
