"""What holds for the file of every process and of every toy: a BPMN tool can open it, and it means what the
flow does.
"""

import re
from functools import cache
from importlib import resources
from itertools import pairwise, product
from typing import Any

import pytest
from django.utils import translation
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser

from tests.toyflows import approvals, charts
from tests.workflows.files_in_bpmn.reading import BPMN, File, bounds
from workflows import registry
from workflows.bpmn import export
from workflows.diagram import structure

pytestmark = pytest.mark.once
NCNAME = re.compile(r"[A-Za-z_][\w.-]*")
TOYS = (approvals.ThreeStepsFlow, approvals.RoundFlow, approvals.DueFlow, approvals.MonthFlow)
CHARTS = (
    charts.LinearFlow,
    charts.ParallelFlow,
    charts.LoopFlow,
    charts.RoundFlow,
    charts.EverythingFlow,
    charts.TrainingFlow,
)


def flows() -> list[Any]:
    registry.load()
    return list(dict.fromkeys((*registry.all_flows(), *TOYS, *CHARTS)))


@cache
def written(flow: Any, language: str = "en") -> File:
    with translation.override(language):
        return File(export(flow))


each_flow = pytest.mark.parametrize("flow", flows(), ids=lambda flow: flow.__name__)


@each_flow
def test_names_are_one_of_a_kind_and_every_reference_is_there(flow: Any) -> None:
    file = written(flow)
    names = [one.attrib["id"] for one in file.root.iter() if "id" in one.attrib]
    assert len(set(names)) == len(names)
    assert [name for name in names if not NCNAME.fullmatch(name)] == []
    for name, way in file.ways.items():
        source, target = file.steps[way.attrib["sourceRef"]], file.steps[way.attrib["targetRef"]]
        assert [one.text for one in source.findall(f"{BPMN}outgoing")].count(name) == 1
        assert [one.text for one in target.findall(f"{BPMN}incoming")].count(name) == 1
    told = sum(len(step.findall(f"{BPMN}incoming")) for step in file.steps.values())
    assert told == len(file.ways)
    for step in file.steps.values():
        assert step.attrib.get("default", next(iter(file.ways))) in file.ways
        assert step.attrib.get("attachedToRef", next(iter(file.steps))) in file.steps


@each_flow
def test_every_step_of_the_flow_is_there_and_means_the_same(flow: Any) -> None:
    file = written(flow)
    tags = {
        "start": {"startEvent"},
        "human": {"userTask"},
        "rule": {"exclusiveGateway", "businessRuleTask"},
        "function": {"serviceTask"},
        "job": {"serviceTask"},
        "wait": {"receiveTask"},
        "timer": {"intermediateCatchEvent", "boundaryEvent"},
        "split": {"parallelGateway", "inclusiveGateway"},
        "join": {"inclusiveGateway"},
        "children": {"callActivity"},
        "end": {"endEvent"},
    }
    for node in structure(flow)["nodes"]:
        assert file.tag(f"step_{node['name']}") in tags[node["kind"]]
    for name in file.steps:
        tag, out = file.tag(name), file.after(name)
        assert bool(out) is (tag != "endEvent"), name
        # More than one way out of a task would take all of them.
        assert len(out) <= 1 or tag.endswith("Gateway"), name
        if tag == "exclusiveGateway" and len(out) > 1:
            default = file.steps[name].attrib.get("default")
            bare = [
                w.attrib["id"] for w in file.leaving(name) if w.find(f"{BPMN}conditionExpression") is None
            ]
            assert bare == ([default] if default else []), name
        if tag in ("intermediateCatchEvent", "boundaryEvent"):
            assert file.steps[name].findtext(f"{BPMN}timerEventDefinition/{BPMN}timeDuration"), name


@each_flow
def test_the_ways_of_the_flow_are_those_of_the_file(flow: Any) -> None:
    file = written(flow)

    def targets(name: str) -> set[str]:
        found: set[str] = set()
        hanging = [key for key, one in file.steps.items() if one.attrib.get("attachedToRef") == name]
        for key in (name, *(key for key in hanging if key.startswith("due_"))):
            for target in file.after(key):
                found |= targets(target) if target.startswith("fork_") else {target}
        return found

    for node in structure(flow)["nodes"]:
        led = {f"step_{e['target']}" for e in structure(flow)["edges"] if e["source"] == node["name"]}
        back = getattr(flow.instance.node(node["name"]), "back_to", ())
        assert targets(f"step_{node['name']}") == led | {f"step_{one.name}" for one in back}, node["name"]


@each_flow
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_everything_is_drawn_apart_and_lines_end_at_their_shapes(flow: Any, language: str) -> None:
    file = written(flow, language)
    assert file.shapes.keys() == file.steps.keys()
    assert file.edges.keys() == file.ways.keys()
    boxes = {name: bounds(shape) for name, shape in file.shapes.items()}
    hosts = {
        name: one.attrib["attachedToRef"] for name, one in file.steps.items() if "attachedToRef" in one.attrib
    }
    apart = [name for name in boxes if name not in hosts]
    for number, name in enumerate(apart):
        assert [other for other in apart[:number] if boxes[other].meets(boxes[name])] == []
    for name, host in hosts.items():
        x, y = boxes[name].middle
        assert boxes[host].has_on_border((int(x), int(y)), "userTask")
    for name, points in file.edges.items():
        way = file.ways[name]
        for end, point in ((way.attrib["sourceRef"], points[0]), (way.attrib["targetRef"], points[-1])):
            assert boxes[end].has_on_border(point, file.tag(end)), (name, end, point, boxes[end])
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(points)), name


def test_whatever_is_called_is_a_process_with_a_file_of_its_own() -> None:
    called = {
        (written(flow).process.attrib["id"], step.attrib["calledElement"])
        for flow in flows()
        for step in written(flow).steps.values()
        if step.tag == f"{BPMN}callActivity"
    }
    assert {
        ("process_deregistration", "process_hand_over"),
        ("process_evaluation", "process_evaluation_sheet"),
        ("process_evaluation", "process_evaluation_hearing"),
        ("process_toy_month", "process_toy_due"),
    } <= called
    assert {name for _, name in called} <= {written(flow).process.attrib["id"] for flow in flows()}


def test_the_schema_of_the_standard_takes_all_of_them() -> None:
    path = resources.files("SpiffWorkflow.bpmn.parser") / "schema" / "BPMN20.xsd"
    schema = etree.XMLSchema(etree.parse(str(path)))
    for flow, language in product(flows(), ("en", "zh-hans")):
        schema.assertValid(etree.fromstring(written(flow, language).text.encode()))


def test_an_engine_of_other_people_reads_all_of_them() -> None:
    """What the file leaves to whoever would run it is filled in: that it may be run, who decides."""
    for flow in flows():
        text = written(flow).text.replace('isExecutable="false"', 'isExecutable="true"')
        parser: Any = BpmnParser()  # type: ignore[no-untyped-call]  # it has none
        parser.add_bpmn_xml(etree.fromstring(text.replace("businessRuleTask", "manualTask").encode()))
        specs = parser.get_spec(written(flow).process.attrib["id"]).task_specs
        assert {way.attrib["targetRef"] for way in written(flow).ways.values()} <= specs.keys()
