"""What a flow is in BPMN. Three things are said there in more words than a flow needs: where the ways of a
task fork stands an exclusive gateway; a deadline with a way of its own is an interrupting timer on the border
of its task; sending back is a way like any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workflows.bpmn.telling import duration, process_words, words_of
from workflows.diagram import structure
from workflows.nodes.human import EXPIRED
from workflows.nodes.rule import Rule
from workflows.words import flow_title

SENT_BACK = gettext_noop("sent back")
GATEWAYS = frozenset(("exclusiveGateway", "parallelGateway", "inclusiveGateway"))
EVENTS = frozenset(("startEvent", "endEvent", "intermediateCatchEvent", "boundaryEvent"))
_TAGS = {
    "start": "startEvent",
    "human": "userTask",
    "rule": "exclusiveGateway",
    "function": "serviceTask",
    "job": "serviceTask",
    "wait": "receiveTask",
    "timer": "intermediateCatchEvent",
    "split": "parallelGateway",
    "join": "inclusiveGateway",  # waits for whatever can still come, however many ways were taken
    "children": "callActivity",
    "end": "endEvent",
}


@dataclass
class Element:
    """A shape: what it is, what it is called, on whose border it hangs, its timer, which way is its last
    resort, which process it calls.
    """

    id: str
    tag: str
    name: str = ""
    words: tuple[str, ...] = ()
    host: str = ""
    until: str = ""
    many: bool = False
    default: str = ""
    calls: str = ""

    @property
    def small(self) -> bool:
        """Whether its name stands below it."""
        return self.tag in GATEWAYS or self.tag in EVENTS


@dataclass
class Way:
    """A sequence flow between two shapes; there is one at most. `aside` leads off the main path."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str = ""
    aside: bool = False


@dataclass
class Model:
    """A whole process."""

    key: str
    name: str
    words: tuple[str, ...]
    elements: dict[str, Element] = field(default_factory=dict)
    ways: list[Way] = field(default_factory=list)

    def ways_from(self, element: str) -> list[Way]:
        return [way for way in self.ways if way.source == element]

    def ways_to(self, element: str) -> list[Way]:
        return [way for way in self.ways if way.target == element]


@dataclass
class _Out:
    """What leads from a node to one other: the words and the answers that do."""

    target: str
    labels: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    aside: bool = True
    default: bool = False
    back: bool = False


def model_of(flow_class: Any) -> Model:
    """The flow in BPMN, in the language that is active."""
    model = Model(
        getattr(flow_class, "key", "") or flow_class.__name__,
        flow_title(flow_class),
        process_words(flow_class),
    )
    shape = structure(flow_class)
    for described in shape["nodes"]:
        node = flow_class.instance.node(described["name"])
        element = _element(described, node)
        model.elements[element.id] = element
    for described in shape["nodes"]:
        node = flow_class.instance.node(described["name"])
        edges = [edge for edge in shape["edges"] if edge["source"] == described["name"]]
        _lead(model, node, model.elements[_id(described["name"])], edges)
    return model


def process_id(key: str) -> str:
    """What the process of that key is called in its file, and by others that call it."""
    return f"process_{key}"


def _id(name: str) -> str:
    return f"step_{name}"


def _element(described: dict[str, Any], node: Any) -> Element:
    tag = _TAGS[described["kind"]]
    if isinstance(node, Rule):
        tag = "businessRuleTask"
    elif described["attached_to"]:
        tag = "boundaryEvent"
    elif described["kind"] == "split" and any(branch[1] for branch in node._branches):
        tag = "inclusiveGateway"
    return Element(
        id=_id(described["name"]),
        tag=tag,
        name=_(described["title"]),
        words=tuple(words_of(node)),
        host=_id(described["attached_to"]) if described["attached_to"] else "",
        until=_until(node) if described["kind"] == "timer" else "",
        many=described["many"] or described["kind"] == "children",
        calls=process_id(node.of) if described["kind"] == "children" else "",
    )


def _until(node: Any) -> str:
    return duration(getattr(node, "until", None) or getattr(node, "_delay", None))


def _lead(model: Model, node: Any, element: Element, edges: list[dict[str, Any]]) -> None:
    """The ways of a node; through a gateway of their own where a task forks."""
    outs = {out.target: out for out in _outs(node, edges)}
    late = _late(node)
    if late:
        event = Element(
            id=f"due_{node.name}",
            tag="boundaryEvent",
            name=_(node.outcomes[EXPIRED].label),
            host=element.id,
            until=duration(node.due),
        )
        model.elements[event.id] = event
        model.ways.append(Way(f"way_{len(model.ways)}", event.id, _id(late), aside=True))
    source = element
    if len(outs) > 1 and element.tag not in GATEWAYS:
        source = Element(id=f"fork_{node.name}", tag="exclusiveGateway")
        model.elements[source.id] = source
        model.ways.append(Way(f"way_{len(model.ways)}", element.id, source.id))
    for out in outs.values():
        way = Way(f"way_{len(model.ways)}", source.id, _id(out.target), aside=out.aside)
        way.name = " / ".join(dict.fromkeys(_(label) for label in out.labels if label))
        model.ways.append(way)
        if out.default and not source.default and source.tag == "exclusiveGateway" and len(outs) > 1:
            source.default = way.id
        elif len(outs) > 1 and source.tag != "parallelGateway":
            way.condition = _condition(out, source.tag)


def _late(node: Any) -> str:
    found = getattr(node, "outcomes", {}).get(EXPIRED)
    return str(found.node.name) if found is not None else ""


def _outs(node: Any, edges: list[dict[str, Any]]) -> Iterator[_Out]:
    """One for each node that this one leads to, in the order of the flow; sending back comes last."""
    found: dict[str, _Out] = {}
    if hasattr(node, "outcomes"):
        for outcome in (one for one in node.outcomes.values() if one.key != EXPIRED):
            out = found.setdefault(outcome.node.name, _Out(outcome.node.name))
            out.labels.append(outcome.label)
            out.keys.append(outcome.key)
            out.aside = out.aside and outcome.refuses
        for target in node.back_to:
            out = found.setdefault(target.name, _Out(target.name))
            out.labels.append(SENT_BACK)
            out.back = True
    else:
        for edge in edges:
            out = found.setdefault(edge["target"], _Out(edge["target"], aside=False))
            out.labels.append(edge["label"])
            out.default = out.default or edge["kind"] == "default"
        for key, target in getattr(node, "ways", {}).items():
            found[target.name].keys.append(key)
    yield from found.values()


def _condition(out: _Out, gateway: str) -> str:
    """When it is taken, as other tools might compute it: the outcome of the task before, else the way that
    the flow chose.
    """
    if gateway == "inclusiveGateway":
        return f"{out.target!r} in ways"
    said = [f"outcome == {key!r}" for key in out.keys]
    if out.back:
        said.append(f"sent_back_to == {out.target!r}")
    return " or ".join(said) or f"way == {out.target!r}"
