"""What a flow consists of, as data: read from any viewflow class, the same in every language, marked by a
digest.
"""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from tests.toyflows import charts
from tests.toyflows.approvals import RoundFlow, ThreeStepsFlow
from workflows.diagram import KINDS, describe, digest, structure

pytestmark = pytest.mark.once

CHARTS = (
    charts.LinearFlow,
    charts.ParallelFlow,
    charts.LoopFlow,
    charts.RoundFlow,
    charts.EverythingFlow,
    charts.TrainingFlow,
)


def kinds(flow: Any) -> dict[str, str]:
    return {node["name"]: node["kind"] for node in structure(flow)["nodes"]}


def edge(shape: dict[str, Any], source: str, target: str) -> dict[str, Any]:
    (found,) = (e for e in shape["edges"] if (e["source"], e["target"]) == (source, target))
    return dict(found)


@pytest.mark.parametrize("flow", CHARTS, ids=lambda flow: flow.__name__)
def test_a_description_is_json_and_complete(flow: Any) -> None:
    description = describe(flow)
    assert json.loads(json.dumps(description)) == description
    names = {node["name"] for node in description["nodes"]}
    assert len(names) == len(description["nodes"])
    assert {node["kind"] for node in description["nodes"]} <= KINDS
    for node in description["nodes"]:
        assert {"title", "x", "y", "width", "height", "many", "attached_to"} <= node.keys()
    for line in description["edges"]:
        assert {line["source"], line["target"]} <= names
        assert len(line["points"]) >= 2
        assert line["label"] is not None


def test_the_kind_is_the_nodes_own_word_else_viewflows_type() -> None:
    found = kinds(charts.EverythingFlow)
    assert set(found.values()) == KINDS
    assert found["job"] == "job"
    assert found["wait"] == "wait"
    assert found["effect"] == "function"
    assert found["timer"] == "timer"
    three = kinds(ThreeStepsFlow)
    assert three["start"] == "start"
    assert three["tutor"] == three["revise"] == "human"
    assert three["effect"] == "function"


def test_ways_have_the_labels_that_the_flow_gives_them() -> None:
    shape = structure(charts.LoopFlow)
    assert edge(shape, "office", "refused")["label"] == "Refuse"
    assert edge(shape, "office", "refused")["kind"] == "cond_false"
    assert edge(shape, "screen", "office")["label"] == "complete"
    assert edge(shape, "screen", "revise")["kind"] == "default"
    assert edge(shape, "office", "office")["label"] == "Ask again later"


def test_two_answers_that_lead_to_the_same_step_are_two_ways_on_one_line() -> None:
    description = describe(RoundFlow)
    votes = [e for e in description["edges"] if (e["source"], e["target"]) == ("vote", "joined")]
    assert len({e["label"] for e in votes}) == 2
    assert votes[0]["points"] == votes[1]["points"]


def test_a_repeated_step_and_an_event_on_a_border_are_told() -> None:
    nodes = {node["name"]: node for node in structure(charts.RoundFlow)["nodes"]}
    assert [name for name, node in nodes.items() if node["many"]] == ["vote"]
    assert {n["name"]: n["attached_to"] for n in nodes.values() if n["attached_to"]} == {
        "chair__timeout": "chair"
    }
    assert nodes["chair__timeout"]["kind"] == "timer"
    assert nodes["chair__timeout"]["title"] == "Three days without an answer"


def test_titles_are_msgids_in_whatever_language_the_description_was_made() -> None:
    with translation.override("zh-hans"):
        chinese = describe(charts.TrainingFlow)
    with translation.override("en"):
        english = describe(charts.TrainingFlow)
    assert chinese == english
    assert "Issue the certificate" in {node["title"] for node in chinese["nodes"]}


@pytest.mark.parametrize(
    ("flow", "mark"),
    [
        (charts.LinearFlow, "c8eb6ee288f99c2199593e6d00aac7ac8048fd0747f993fc4ce462a1fd9050e0"),
        (charts.ParallelFlow, "87dea64337b735ff6ea905001ddf14233dd014affb556eb8ff8a04e71dd44cff"),
        (charts.LoopFlow, "27dff25faaae81f21a3453df4c5b36b50275425441404c195a45d8e04a237de6"),
        (charts.RoundFlow, "d1152ce571a14543a52f8c4d58c72ae01e4c8ddd2d753ce0bc46c41608edf282"),
        (charts.TrainingFlow, "3b1999bd6b57733fe3c1239ca71b7048a7c78c1dbe1b8c5c35bf51f033fd7540"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_flow_that_did_not_change_has_the_same_digest_for_ever(flow: Any, mark: str) -> None:
    """Cases name the version that they run in by this number: if this test fails, every running case would
    count as of another version than before.
    """
    assert digest(describe(flow)) == mark


def test_titles_and_coordinates_do_not_count_everything_else_does() -> None:
    description = describe(charts.LoopFlow)
    same = copy.deepcopy(description)
    same["width"] += 100
    same["nodes"][0] |= {"title": "Another word", "x": 7}
    same["edges"][0]["points"] = []
    assert digest(same) == digest(description) == digest(structure(charts.LoopFlow))
    marks = {digest(description)}
    changes: tuple[Callable[[Any], Any], ...] = (
        lambda d: d["nodes"][0].update(kind="job"),
        lambda d: d["nodes"][0].update(many=True),
        lambda d: d["nodes"][0].update(attached_to="office"),
        lambda d: d["nodes"].pop(),
        lambda d: d["edges"].pop(),
        lambda d: d["edges"].reverse(),
        lambda d: d["edges"][0].update(label="another"),
        lambda d: d["edges"][0].update(kind="default"),
        lambda d: d["edges"][0].update(target="start"),
    )
    for change in changes:
        changed = copy.deepcopy(description)
        change(changed)
        marks.add(digest(changed))
    assert len(marks) == 10
