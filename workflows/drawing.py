"""A flow's shape as a picture in the reader's language: the present step filled, the way taken bold, the
future thin, send-backs dashed. Drawn from the stored description alone, never from the code of today.

Only classes, no styles: `workflows/diagram.css` colours them, by day and by night. The state of a step is
also a mark at its corner and a word in the list below, never a colour alone.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from workflows.lettering import wrap

Description = Mapping[str, Any]
Pair = tuple[str, str]

BOX_WIDTH, BOX_HEIGHT, BOX_ROOM, RULE_ROOM = 148, 60, 136, 118
TEXT, LINE = 13, 16  # of titles inside
SMALL_TEXT, SMALL_LINE, TITLE_ROOM, TITLE_GAP = 12, 15, 124, 6  # of titles below small shapes
LABEL_TEXT, LABEL_LINE, LABEL_ROOM = 11, 13, 96
MOST_LINES, MOST_LABEL_LINES = 3, 2
_RADIUS, _HEAD, _CUT = 6, 7, 14  # of corners, arrow heads and the hexagon
_LIFT, _LIFT_EACH, _SWING, _BESIDE = 8, 16, 28, 16  # how high send-backs swing, how wide, how far beside
_EDGE = 4  # what a bold line with its corners needs beside it
_FITS = 1240  # up to here a picture stays readable when a wide page shows it whole

SMALL = frozenset(("start", "timer", "split", "join", "end"))
_STYLE = Path(__file__).parent / "static" / "workflows" / "diagram.css"


@dataclass(frozen=True)
class Run:
    """How far one case has come: names of steps, pairs of (source, target)."""

    present: Collection[str] = ()
    visited: Collection[str] = ()
    edges_taken: Collection[Pair] = ()
    sent_back: Iterable[Pair] = ()
    failed: Collection[str] = ()

    def state(self, name: str) -> str:
        """One of failed, present, done, ahead: what counts most."""
        if name in self.failed:
            return "failed"
        if name in self.present:
            return "present"
        return "done" if name in self.visited else "ahead"


@dataclass(frozen=True)
class Letters:
    """Lines of text, each with its place."""

    x: int
    lines: list[tuple[int, str]] = field(default_factory=list)


def draw(
    description: Description,
    *,
    present: Collection[str] = frozenset(),
    visited: Collection[str] = frozenset(),
    edges_taken: Collection[Pair] = frozenset(),
    sent_back: Iterable[Pair] = (),
    failed: Collection[str] = frozenset(),
) -> SafeString:
    """The diagram of one case for a page: a box that scrolls by itself, what the marks mean, and the same as
    a list of steps. `sent_back` names each send-back, repeated ones repeated. Names that the description
    does not know are left out.
    """
    return _render(
        "workflows/diagram.html", description, Run(present, visited, edges_taken, sent_back, failed)
    )


def draw_shape(description: Description) -> SafeString:
    """The diagram of a process as such, for a page: no case, so no marks and no states."""
    return _render("workflows/diagram.html", description, Run(), plain=True)


def draw_file(
    description: Description,
    *,
    present: Collection[str] = frozenset(),
    visited: Collection[str] = frozenset(),
    edges_taken: Collection[Pair] = frozenset(),
    sent_back: Iterable[Pair] = (),
    failed: Collection[str] = frozenset(),
) -> SafeString:
    """The picture alone as an SVG file that carries its colours: for printing and for other programs."""
    # Safe: our own file, and it holds no character that XML would read as a mark.
    style = mark_safe(_STYLE.read_text(encoding="utf-8"))  # noqa: S308
    run = Run(present, visited, edges_taken, sent_back, failed)
    return _render("workflows/diagram.svg", description, run, style=style)


def _render(template: str, description: Description, run: Run, **more: Any) -> SafeString:
    boxes = {node["name"]: node for node in description["nodes"]}
    run = Run(
        run.present,
        run.visited,
        set(run.edges_taken),
        [pair for pair in run.sent_back if boxes.keys() >= set(pair)],
        run.failed,
    )
    arcs = _arcs(boxes, run)
    top = min([0, *(arc["top"] for arc in arcs)])
    left = min([0, *(arc["left"] for arc in arcs)])
    steps = [_step(node, run) for node in description["nodes"]]
    return render_to_string(
        template,
        {
            "box": (left, top, description["width"] - left, description["height"] - top),
            "fits": description["width"] - left <= _FITS,
            "lines": sorted(_lines(description, run), key=lambda line: line["taken"]),
            "arcs": arcs,
            "steps": steps,
            "list": sorted(steps, key=lambda step: step["middle"]),
            "returns": [_returned(boxes, pair, n) for pair, n in Counter(run.sent_back).items()],
            "words": words_of(description, run),
            "keys": state_words(),
            **more,
        },
    )


def words_of(description: Description, run: Run) -> str:
    """What the picture says, in one sentence or two."""
    titles: dict[str, list[str]] = {}
    for node in description["nodes"]:
        titles.setdefault(run.state(node["name"]), []).append(_(node["title"]))
    comma = _(", ")
    told = [_("Diagram of the process.")]
    if "present" in titles:
        told.append(_("Now at: %(steps)s.") % {"steps": comma.join(titles["present"])})
    if "failed" in titles:
        told.append(_("Failed: %(steps)s.") % {"steps": comma.join(titles["failed"])})
    if "done" in titles:
        told.append(_("Done: %(steps)s.") % {"steps": comma.join(titles["done"])})
    return " ".join(told)


# ---- steps


def _step(node: Mapping[str, Any], run: Run) -> dict[str, Any]:
    x, y, wide, high = (int(node[key]) for key in ("x", "y", "width", "height"))
    title = _(node["title"])
    state = run.state(node["name"])
    small = node["kind"] in SMALL
    return {
        "name": node["name"],
        "title": title,
        "kind": node["kind"],
        "state": state,
        "state_words": state_words()[state],
        "small": small,
        "many": node["many"],
        "hangs": bool(node["attached_to"]),
        "x": x,
        "y": y,
        "width": wide,
        "height": high,
        "middle": (x + wide // 2, y + high // 2),
        "corner": (x + wide, y),
        "radius": wide // 2,
        "outline": _outline(node["kind"], x, y, wide, high),
        "text": _title_below(node, title) if small else _title_inside(node, title),
    }


def state_words() -> dict[str, str]:
    """The states of a step in the reader's language."""
    return {
        "present": _("in progress"),
        "done": pgettext("step", "done"),
        "ahead": pgettext("step", "not reached"),
        "failed": pgettext("step", "failed"),
    }


def _outline(kind: str, x: int, y: int, wide: int, high: int) -> str:
    """The path of shapes with corners; circles and boxes draw themselves."""
    if kind == "rule":
        points = [(x + _CUT, y), (x + wide - _CUT, y), (x + wide, y + high // 2)]
        points += [(x + wide - _CUT, y + high), (x + _CUT, y + high), (x, y + high // 2)]
    else:
        points = [(x + wide // 2, y), (x + wide, y + high // 2)]
        points += [(x + wide // 2, y + high), (x, y + high // 2)]
    return "M" + "L".join(f"{px} {py}" for px, py in points) + "Z"


def _title_inside(node: Mapping[str, Any], title: str) -> Letters:
    lines = wrap(title, RULE_ROOM if node["kind"] == "rule" else BOX_ROOM, TEXT, MOST_LINES)
    first = int(node["y"]) + (int(node["height"]) - LINE * len(lines)) // 2 + TEXT - 1
    return Letters(
        int(node["x"]) + int(node["width"]) // 2, [(first + LINE * n, line) for n, line in enumerate(lines)]
    )


def _title_below(node: Mapping[str, Any], title: str) -> Letters:
    if node["attached_to"]:  # its title stands in the tooltip and in the list
        return Letters(0)
    lines = wrap(title, TITLE_ROOM, SMALL_TEXT, MOST_LINES)
    first = int(node["y"]) + int(node["height"]) + TITLE_GAP + SMALL_TEXT - 2
    return Letters(
        int(node["x"]) + int(node["width"]) // 2,
        [(first + SMALL_LINE * n, line) for n, line in enumerate(lines)],
    )


# ---- lines


def _lines(description: Description, run: Run) -> Iterable[dict[str, Any]]:
    """Each drawn line once: ways between the same two steps share one, with both labels."""
    merged: dict[Pair, list[Mapping[str, Any]]] = {}
    for edge in description["edges"]:
        merged.setdefault((edge["source"], edge["target"]), []).append(edge)
    for pair, edges in merged.items():
        points = [(int(x), int(y)) for x, y in edges[0]["points"]]
        x, y = (int(number) for number in edges[0]["label_at"])
        yield {
            "path": _rounded(points),
            "head": _head(points),
            "taken": pair in run.edges_taken,
            "label_left_of": edges[0]["label_left_of"],
            "label": _label(
                label_of(_(edge["label"]) for edge in edges if edge["label"]),
                x,
                y,
                below=edges[0].get("label_below", False),
            ),
        }


def label_of(labels: Iterable[str]) -> str:
    """The labels of ways that share one line, each once."""
    return " / ".join(dict.fromkeys(label for label in labels if label))


def _label(text: str, x: int, y: int, *, below: bool) -> Letters:
    lines = wrap(text, LABEL_ROOM, LABEL_TEXT, MOST_LABEL_LINES)
    first = y if below else y - LABEL_LINE * (len(lines) - 1)
    return Letters(x, [(first + LABEL_LINE * n, line) for n, line in enumerate(lines)])


def _rounded(points: list[tuple[int, int]], radius: int = _RADIUS) -> str:
    """A path with rounded corners; horizontal and vertical pieces only."""
    path = [f"M{points[0][0]} {points[0][1]}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        into, out = _towards(corner, before, radius), _towards(corner, after, radius)
        path.append(f"L{into[0]} {into[1]}Q{corner[0]} {corner[1]} {out[0]} {out[1]}")
    path.append(f"L{points[-1][0]} {points[-1][1]}")
    return "".join(path)


def _towards(corner: tuple[int, int], other: tuple[int, int], radius: int) -> tuple[int, int]:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    reach = min(radius, (abs(dx) + abs(dy)) // 2)
    return corner[0] + reach * _sign(dx), corner[1] + reach * _sign(dy)


def _head(points: list[tuple[int, int]]) -> str:
    (x1, y1), (x, y) = points[-2:]
    dx, dy = _sign(x - x1), _sign(y - y1)
    back_x, back_y = x - _HEAD * dx, y - _HEAD * dy
    half = _HEAD // 2 + 1
    return f"M{x} {y}L{back_x + half * dy} {back_y + half * dx}L{back_x - half * dy} {back_y - half * dx}Z"


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _arcs(boxes: Mapping[str, Mapping[str, Any]], run: Run) -> list[dict[str, Any]]:
    """Send-backs as curves over all steps, short ones below long ones; one for each pair, with the number
    when it happened again.
    """
    counted = Counter(run.sent_back)
    ends = {pair: (_leaving(boxes, pair[0]), _reaching(boxes, pair[1])) for pair in counted}
    found = []
    for number, pair in enumerate(
        sorted(ends, key=lambda pair: abs(ends[pair][0][0][0] - ends[pair][1][-1][0]))
    ):
        leaving, reaching = ends[pair]
        over = -_LIFT - _LIFT_EACH * number
        points = [*leaving, (leaving[-1][0], over), (reaching[0][0], over), *reaching]
        found.append(
            {
                "path": _rounded(points, _SWING),
                "head": _head(points),
                "middle": ((points[len(leaving)][0] + reaching[0][0]) // 2, over - 4),
                "top": over - LABEL_LINE - 2,
                "left": min(x for x, _y in points) - _EDGE,
                "count": counted[pair],
                "words": _returned(boxes, pair, counted[pair]),
            }
        )
    return found


def _returned(boxes: Mapping[str, Mapping[str, Any]], pair: Pair, times: int) -> str:
    words = ngettext(
        "Sent back from %(source)s to %(target)s",
        "Sent back %(times)d times from %(source)s to %(target)s",
        times,
    )
    source, target = (_(boxes[name]["title"]) for name in pair)
    return words % {"source": source, "target": target, "times": times}


def _leaving(boxes: Mapping[str, Mapping[str, Any]], name: str) -> list[tuple[int, int]]:
    """From the upper border of a step to where nothing stands above it any more."""
    x, y, wide, high = (int(boxes[name][key]) for key in ("x", "y", "width", "height"))
    if _is_free_above(boxes, name):
        return [(x + wide * 5 // 6, y)]
    return [(x + wide, y + high // 3), (x + wide + _BESIDE, y + high // 3)]


def _reaching(boxes: Mapping[str, Mapping[str, Any]], name: str) -> list[tuple[int, int]]:
    x, y, wide, high = (int(boxes[name][key]) for key in ("x", "y", "width", "height"))
    if _is_free_above(boxes, name):
        return [(x + wide // 6, y)]
    return [(x - _BESIDE, y + high // 3), (x, y + high // 3)]


def _is_free_above(boxes: Mapping[str, Mapping[str, Any]], name: str) -> bool:
    own = boxes[name]
    middle = own["x"] + own["width"] / 2
    return not any(
        other["y"] < own["y"]
        and abs(other["x"] + other["width"] / 2 - middle) < (other["width"] + own["width"]) / 2
        for other in boxes.values()
    )
