"""A model as XML: the process in the order that the schema wants, and its diagram (BPMN DI) below."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from workflows.bpmn.model import GATEWAYS, Element, Model, Way, process_id
from workflows.drawing import (
    BOX_HEIGHT,
    BOX_WIDTH,
    LABEL_LINE,
    LABEL_ROOM,
    LABEL_TEXT,
    MOST_LABEL_LINES,
    MOST_LINES,
    SMALL_LINE,
    SMALL_TEXT,
    TITLE_GAP,
    TITLE_ROOM,
)
from workflows.layout import Box, Graph, Layout, Line, Size, Step, lay_out
from workflows.layout import Way as Led
from workflows.lettering import width, wrap

NAMESPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_TARGET = "urn:clearbench:processes"
_GATEWAY, _EVENT, _BOUNDARY = 50, 36, 28
_SPARE = 14  # a label's box is wider than its words: other tools have other letters, and break lines


def write(model: Model) -> str:
    """The whole file."""
    for prefix, namespace in NAMESPACES.items():
        ET.register_namespace(prefix, namespace)
    root = ET.Element(
        _name("bpmn", "definitions"),
        {
            "id": f"definitions_{model.key}",
            "name": model.name,
            "targetNamespace": _TARGET,
            "exporter": "Clearbench",
            "expressionLanguage": "urn:clearbench:words",
        },
    )
    process = _within(root, "process", id=process_id(model.key), name=model.name, isExecutable="false")
    _document(process, model.words)
    for element in model.elements.values():
        _write_element(process, model, element)
    for way in model.ways:
        _write_way(process, way)
    _write_diagram(root, model)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _name(prefix: str, tag: str) -> str:
    return f"{{{NAMESPACES[prefix]}}}{tag}"


def _within(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, _name("bpmn", tag), attributes)


def _document(parent: ET.Element, words: tuple[str, ...]) -> None:
    for text in words:
        _within(parent, "documentation").text = text


# ---- the process


def _write_element(process: ET.Element, model: Model, element: Element) -> None:
    into, out = model.ways_to(element.id), model.ways_from(element.id)
    attributes = {"name": element.name, "default": element.default, "calledElement": element.calls}
    if element.tag == "boundaryEvent":
        attributes |= {"attachedToRef": element.host, "cancelActivity": "true"}
    if element.tag in GATEWAYS:
        attributes["gatewayDirection"] = _direction(len(into), len(out))
    said = {name: text for name, text in attributes.items() if text}
    made = _within(process, element.tag, id=element.id, **said)
    _document(made, element.words)
    for tag, ways in (("incoming", into), ("outgoing", out)):
        for way in ways:
            _within(made, tag).text = way.id
    if element.until:
        timer = _within(made, "timerEventDefinition", id=f"{element.id}_timer")
        _within(timer, "timeDuration", **_formal()).text = element.until
    if element.many:
        loop = _within(made, "multiInstanceLoopCharacteristics", isSequential="false")
        _within(loop, "loopCardinality", **_formal()).text = "len(items)"


def _direction(into: int, out: int) -> str:
    if out > 1:
        return "Mixed" if into > 1 else "Diverging"
    return "Converging" if into > 1 else "Unspecified"


def _formal() -> dict[str, str]:
    return {_name("xsi", "type"): "bpmn:tFormalExpression"}


def _write_way(process: ET.Element, way: Way) -> None:
    attributes = {"id": way.id, "sourceRef": way.source, "targetRef": way.target}
    if way.name:
        attributes["name"] = way.name
    made = _within(process, "sequenceFlow", **attributes)
    if way.condition:
        _within(made, "conditionExpression", **_formal()).text = way.condition


# ---- the diagram


def _write_diagram(root: ET.Element, model: Model) -> None:
    diagram = ET.SubElement(root, _name("bpmndi", "BPMNDiagram"), {"id": f"diagram_{model.key}"})
    plane = ET.SubElement(
        diagram,
        _name("bpmndi", "BPMNPlane"),
        {"id": f"plane_{model.key}", "bpmnElement": process_id(model.key)},
    )
    layout = _arrange(model)
    lines = {(line.way.source, line.way.target): line for line in layout.lines}
    labels = {way.id: _label(model, way, lines[way.source, way.target]) for way in model.ways}
    for element in model.elements.values():
        box = layout.boxes[element.id]
        attributes = {"id": f"{element.id}_shape", "bpmnElement": element.id}
        if element.tag == "exclusiveGateway":
            attributes["isMarkerVisible"] = "true"
        shape = ET.SubElement(plane, _name("bpmndi", "BPMNShape"), attributes)
        _bounds(shape, box)
        if element.tag == "boundaryEvent":
            _write_label(shape, next(labels[way.id] for way in model.ways_from(element.id)))
        elif element.small and element.name:
            _write_label(shape, _below(element, box))
    for way in model.ways:
        drawn = ET.SubElement(
            plane, _name("bpmndi", "BPMNEdge"), {"id": f"{way.id}_edge", "bpmnElement": way.id}
        )
        for x, y in lines[way.source, way.target].points:
            ET.SubElement(drawn, _name("di", "waypoint"), {"x": str(x), "y": str(y)})
        if way.name:
            _write_label(drawn, labels[way.id])


def _arrange(model: Model) -> Layout:
    steps = tuple(
        Step(e.id, small=e.small, begins=e.tag == "startEvent", attached_to=e.host or None)
        for e in model.elements.values()
    )
    ways = tuple(
        Led(
            way.source,
            way.target,
            aside=way.aside,
            label_width=_room(_said(model, way)),
            label_lines=len(list(_lettered(_said(model, way)))) or 1,
        )
        for way in model.ways
    )
    return lay_out(Graph(steps, ways), {element.id: _size(element) for element in model.elements.values()})


def _size(element: Element) -> Size:
    if element.tag == "boundaryEvent":
        return Size(_BOUNDARY, _BOUNDARY)
    if not element.small:
        return Size(BOX_WIDTH, BOX_HEIGHT)
    side = _GATEWAY if element.tag in GATEWAYS else _EVENT
    if not element.name:
        return Size(side, side)
    wide, high = _title(element)
    return Size(side, side, title_width=wide, title_height=TITLE_GAP + high)


def _title(element: Element) -> tuple[int, int]:
    """How much room the name of a small shape takes."""
    lines = wrap(element.name, TITLE_ROOM, SMALL_TEXT, MOST_LINES)
    return _SPARE + max(width(line, SMALL_TEXT) for line in lines), SMALL_LINE * len(lines)


def _below(element: Element, box: Box) -> Box:
    wide, high = _title(element)
    return Box(box.middle[0] - wide // 2, box.bottom + TITLE_GAP, wide, high)


def _said(model: Model, way: Way) -> str:
    """What stands beside a line: its own words, else those of the deadline that it comes from."""
    source = model.elements[way.source]
    return way.name or (source.name if source.tag == "boundaryEvent" else "")


def _room(words: str) -> int:
    return min(width(words, LABEL_TEXT) + _SPARE, LABEL_ROOM + _SPARE) if words else 0


def _label(model: Model, way: Way, line: Line) -> Box:
    lines = list(_lettered(_said(model, way)))
    wide = max((width(text, LABEL_TEXT) for text in lines), default=0)
    high = LABEL_LINE * max(len(lines), 1)
    wide += _SPARE
    x, base = line.label_at
    top = base - LABEL_LINE if line.below else base - high
    return Box(x - wide if line.left_of else x, top + 2, wide, high)


def _lettered(words: str) -> Iterator[str]:
    yield from wrap(words, LABEL_ROOM, LABEL_TEXT, MOST_LABEL_LINES)


def _write_label(parent: ET.Element, box: Box) -> None:
    _bounds(ET.SubElement(parent, _name("bpmndi", "BPMNLabel")), box)


def _bounds(parent: ET.Element, box: Box) -> None:
    ET.SubElement(
        parent,
        _name("dc", "Bounds"),
        {"x": str(box.x), "y": str(box.y), "width": str(box.width), "height": str(box.height)},
    )
