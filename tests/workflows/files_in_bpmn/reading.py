"""A BPMN file as its reader sees it: parsed from the text alone, by names of the standard."""

from dataclasses import dataclass, field
from functools import cached_property
from math import hypot
from xml.etree import ElementTree as ET

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"

Point = tuple[int, int]


@dataclass(frozen=True)
class Bounds:
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def meets(self, other: "Bounds") -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def has_on_border(self, point: Point, tag: str) -> bool:
        """Within two pixels: of a circle, a diamond or a box."""
        across, down = abs(point[0] - self.middle[0]), abs(point[1] - self.middle[1])
        half_width, half_height = self.width / 2, self.height / 2
        if tag.endswith("Event"):
            return abs(hypot(across, down) - half_width) <= 2
        if tag.endswith("Gateway"):
            return abs(across / half_width + down / half_height - 1) * half_width <= 2
        inside = across <= half_width + 2 and down <= half_height + 2
        return inside and (abs(across - half_width) <= 2 or abs(down - half_height) <= 2)


def bounds(of: ET.Element) -> Bounds:
    """The bounds of a shape or of a label."""
    found = of.find(f"{DC}Bounds")
    assert found is not None
    return Bounds(*(int(found.attrib[key]) for key in ("x", "y", "width", "height")))


@dataclass
class File:
    """One process and its diagram."""

    text: str
    root: ET.Element = field(init=False)

    def __post_init__(self) -> None:
        self.root = ET.fromstring(self.text)  # noqa: S314 - our own text

    @cached_property
    def process(self) -> ET.Element:
        (found,) = self.root.findall(f"{BPMN}process")
        return found

    @cached_property
    def ways(self) -> dict[str, ET.Element]:
        return {way.attrib["id"]: way for way in self.process.findall(f"{BPMN}sequenceFlow")}

    @cached_property
    def steps(self) -> dict[str, ET.Element]:
        """Everything that a way can lead to."""
        return {
            one.attrib["id"]: one
            for one in self.process
            if one.tag not in (f"{BPMN}sequenceFlow", f"{BPMN}documentation")
        }

    @cached_property
    def shapes(self) -> dict[str, ET.Element]:
        return {one.attrib["bpmnElement"]: one for one in self.root.iter(f"{DI}BPMNShape")}

    @cached_property
    def edges(self) -> dict[str, list[Point]]:
        return {
            one.attrib["bpmnElement"]: [(int(p.attrib["x"]), int(p.attrib["y"])) for p in one.iter(WAYPOINT)]
            for one in self.root.iter(f"{DI}BPMNEdge")
        }

    def tag(self, step: str) -> str:
        return self.steps[step].tag.removeprefix(BPMN)

    def words(self, step: str) -> list[str]:
        return [str(one.text) for one in self.steps[step].findall(f"{BPMN}documentation")]

    def leaving(self, step: str) -> list[ET.Element]:
        return [way for way in self.ways.values() if way.attrib["sourceRef"] == step]

    def after(self, step: str) -> list[str]:
        """Where the ways of a step lead."""
        return [way.attrib["targetRef"] for way in self.leaving(step)]
