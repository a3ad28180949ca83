"""The picture of a case: well-formed, without styles of its own, in both languages, and equal in words."""

import copy
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.utils import translation

from tests.toyflows import charts
from workflows.diagram import describe, draw, draw_file

pytestmark = pytest.mark.once

SVG = "{http://www.w3.org/2000/svg}"
LOOP = describe(charts.LoopFlow)
RUN: dict[str, Any] = {
    "present": {"office"},
    "visited": {"start", "screen", "revise", "office"},
    "edges_taken": {("start", "screen"), ("screen", "revise"), ("revise", "screen"), ("screen", "office")},
    "sent_back": [("office", "revise"), ("office", "revise")],
}


def english(*args: Any, **kwargs: Any) -> str:
    with translation.override("en"):
        return draw(*args, **kwargs)


def svg(text: str) -> ET.Element:
    """The picture itself, parsed as XML: a page would forgive what a file would not."""
    found = re.search(r"<svg.*</svg>", text, re.DOTALL)
    assert found
    return ET.fromstring(found[0])  # noqa: S314 - our own text


def step(root: ET.Element, name: str) -> ET.Element:
    (found,) = root.findall(f".//{SVG}g[@data-step='{name}']")
    return found


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(
    "flow",
    [charts.LinearFlow, charts.ParallelFlow, charts.RoundFlow, charts.EverythingFlow, charts.TrainingFlow],
    ids=lambda flow: flow.__name__,
)
def test_every_chart_is_well_formed_and_has_only_classes(flow: Any, language: str) -> None:
    description = describe(flow)
    with translation.override(language):
        text = draw(description)
    root = svg(text)
    assert len(root.findall(f".//{SVG}g[@data-step]")) == len(description["nodes"])
    assert len(root.findall(f"./{SVG}g/{SVG}path[@class='flow-head']")) == len(
        {(e["source"], e["target"]) for e in description["edges"]}
    )
    assert not re.search(r"style|<script|\son\w+=", text.lower())


def test_each_step_shows_its_state_by_class_by_mark_and_by_word() -> None:
    root = svg(english(LOOP, **RUN, failed={"screen"}))
    states = {"office": "present", "revise": "done", "done": "ahead", "screen": "failed"}
    words = {"present": "in progress", "done": "done", "ahead": "not reached", "failed": "failed"}
    marks = set()
    for name, state in states.items():
        found = step(root, name)
        assert f"is-{state}" in str(found.get("class")).split()
        assert str(found.findtext(f"{SVG}title")).endswith(f": {words[state]}")
        mark = found.find(f"{SVG}g[@class='flow-mark']/{SVG}path")
        assert (mark is None) is (state == "ahead")
        if mark is not None:
            marks.add(mark.get("d"))
    assert len(marks) == 3


def test_the_way_taken_is_marked_and_drawn_over_the_others() -> None:
    root = svg(english(LOOP, **RUN))
    lines = [str(g.get("class")) for g in root.findall(f"./{SVG}g") if "flow-line" in str(g.get("class"))]
    assert lines.count("flow-line is-taken") == 4
    assert lines == sorted(lines)


def test_send_backs_are_curves_of_their_own_with_their_number() -> None:
    root = svg(english(LOOP, **RUN))
    (arc,) = root.findall(f"./{SVG}g[@class='flow-return']")
    assert arc.findtext(f"{SVG}title") == "Sent back 2 times from Office decides to Complete the application"
    assert arc.findtext(f"{SVG}text") == "\N{MULTIPLICATION SIGN}2"
    assert "Q" in str(arc.find(f"{SVG}path").get("d"))  # type: ignore[union-attr]
    once = svg(english(LOOP, sent_back=[("office", "revise")]))
    assert once.find(f"./{SVG}g[@class='flow-return']/{SVG}text") is None
    x, y, width, height = (int(n) for n in str(root.get("viewBox")).split())
    assert (x, width) == (0, LOOP["width"])
    assert y < 0  # the curves swing over the picture
    assert y + height == LOOP["height"]
    assert svg(english(LOOP)).get("viewBox") == f"0 0 {LOOP['width']} {LOOP['height']}"


def test_a_step_in_a_lower_row_is_reached_beside_those_above_it() -> None:
    """A curve that came down from above would run through the title of another step."""
    training = describe(charts.TrainingFlow)
    boxes = {node["name"]: node for node in training["nodes"]}
    root = svg(english(training, sent_back=[("head", "sponsor")]))
    path = str(root.find(f"./{SVG}g[@class='flow-return']/{SVG}path").get("d"))  # type: ignore[union-attr]
    end = [int(number) for number in re.findall(r"-?\d+", path)[-2:]]
    assert end[0] == boxes["sponsor"]["x"]
    assert boxes["contract"]["y"] < boxes["sponsor"]["y"] < end[1]


def test_the_picture_says_in_words_what_it_shows() -> None:
    text = english(LOOP, **RUN)
    root = svg(text)
    assert root.get("role") == "img"
    assert root.get("aria-label") == (
        "Diagram of the process. Now at: Office decides. Done: Complete the application, Complete?, Applied."
    )
    assert 'tabindex="0" role="group"' in text
    listed = re.findall(r'<li class="is-(\w+)"[^>]*>([^<]+)<span class="flow-said"> . ([^<]+)</span>', text)
    assert [title for _state, title, _word in listed] == [
        "Applied",
        "Complete?",
        "Office decides",
        "Approved",
        "Complete the application",
        "Refused",
    ]
    assert ("present", "Office decides", "in progress") in listed
    assert text.count('aria-current="step"') == 1
    assert "Sent back 2 times from Office decides to Complete the application" in text


def test_titles_are_translated_when_they_are_drawn() -> None:
    with translation.override("zh-hans"):
        chinese = draw(LOOP, **RUN)
    assert "拒绝" in chinese
    assert "拒绝" not in english(LOOP, **RUN)


def test_words_from_a_description_are_never_markup() -> None:
    hostile = copy.deepcopy(LOOP)
    hostile["nodes"][0]["title"] = hostile["edges"][0]["label"] = '<script>alert("&")</script>'
    text = english(hostile, present={hostile["nodes"][0]["name"]}, sent_back=[("done", "done")])
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    svg(text)


def test_names_that_the_description_does_not_know_are_left_out() -> None:
    assert english(
        LOOP, present={"gone"}, edges_taken={("a", "b")}, sent_back=[("gone", "office")]
    ) == english(LOOP)


def test_long_titles_are_broken_inside_their_step() -> None:
    root = svg(english(describe(charts.EverythingFlow)))
    for name, most in (("ask", 3), ("rule", 3), ("job", 3)):
        lines = [str(t.text) for t in step(root, name).findall(f"{SVG}text/{SVG}tspan")]
        assert 2 <= len(lines) <= most
        assert all(len(line) <= 24 for line in lines)
    whole = "".join(t.text or "" for t in step(root, "ask").findall(f"{SVG}text/{SVG}tspan"))
    assert whole == "设备管理办公室核实申请人与导师的关系证明材料"
    shortened = step(root, "job").findall(f"{SVG}text/{SVG}tspan")[-1].text
    assert str(shortened).endswith("…")
    assert str(step(root, "job").findtext(f"{SVG}title")).startswith(
        "Compute the statistics of last year's use"
    )


def test_a_file_carries_its_colours_and_the_page_does_not() -> None:
    with translation.override("en"):
        file = draw_file(LOOP, **RUN)
    root = ET.fromstring(file)  # noqa: S314
    assert root.findtext(f"{SVG}style") == (
        settings.BASE_DIR / "workflows/static/workflows/diagram.css"
    ).read_text(encoding="utf-8")
    assert "flow-file" in str(root.get("class"))
    assert root.find(f"{SVG}rect[@class='flow-ground']") is not None
    assert svg(english(LOOP)).find(f"{SVG}style") is None


def test_a_label_of_two_lines_never_stands_in_the_box_above_it() -> None:
    """Below a box the second line stands below the first; a description of before has no word on it."""
    shape = copy.deepcopy(describe(charts.LoopFlow))
    edge = next(e for e in shape["edges"] if e["label_below"])
    edge["label"] = "A refusal of many words that takes two lines"
    source = next(node for node in shape["nodes"] if node["name"] == edge["source"])

    def heights() -> list[int]:
        labels = svg(english(shape)).findall(f"./{SVG}text[@class]")
        (found,) = [one for one in labels if "refusal" in "".join(one.itertext())]
        return [int(str(line.get("y"))) for line in found.findall(f"{SVG}tspan")]

    first, second = heights()
    assert source["y"] + source["height"] < first < second
    del edge["label_below"]
    assert heights()[1] == edge["label_at"][1]
