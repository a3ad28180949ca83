"""What the file of a process says in detail, in both languages, and the command that writes it."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.toyflows.approvals import DueFlow, MonthFlow, RoundFlow
from tests.workflows.files_in_bpmn.reading import BPMN, File
from tests.workflows.files_in_bpmn.test_every_file import written
from workflows.night_endorsement.flow import NightEndorsementFlow
from workflows.registration.flow import RegistrationFlow

pytestmark = pytest.mark.once
NIGHT = NightEndorsementFlow


def test_names_and_documentation_are_in_the_language_asked_for() -> None:
    english, chinese = written(NIGHT), written(NIGHT, "zh-hans")
    assert english.process.attrib["name"] == "Night and holiday use"
    assert chinese.process.attrib["name"] == "夜间和节假日使用"
    assert english.steps["step_lab_head"].attrib["name"] == "Head of the lab"
    assert chinese.steps["step_lab_head"].attrib["name"] == "实验室主任"
    assert english.words("step_lab_head") == [
        "May this person use the instrument at night without the crew?",
        "Asked: Head of the lab",
        "Deadline: working_days(workflows.step_days)",
    ]
    assert chinese.words("step_lab_head")[1] == "办理人：实验室主任"  # noqa: RUF001 - Chinese
    assert english.words("step_granted") == ["Outcome: granted"]
    assert english.process.findtext(f"{BPMN}documentation", "").endswith(
        "workflows.night_endorsement.flow.NightEndorsementFlow, which is what runs."
    )


def test_the_answers_of_a_task_fork_behind_it_and_sending_back_is_one_of_them() -> None:
    file = written(NIGHT)
    assert file.after("step_safety") == ["fork_safety"]
    told = {
        way.attrib["targetRef"]: (way.attrib["name"], way.findtext(f"{BPMN}conditionExpression"))
        for way in file.leaving("fork_safety")
    }
    assert told == {
        "step_endorse": ("Approve", "outcome == 'approve'"),
        "step_refused": ("Refuse", "outcome == 'reject'"),
        "step_revise": ("sent back", "sent_back_to == 'revise'"),
        "step_pi": ("sent back", "sent_back_to == 'pi'"),
        "step_lab_head": ("sent back", "sent_back_to == 'lab_head'"),
    }
    assert file.after("step_revise") == ["step_pi"]  # one way: no gateway


def test_a_rule_is_a_task_of_rules_with_a_gateway_and_a_last_resort() -> None:
    file = written(RegistrationFlow)
    assert file.tag("step_screen") == "businessRuleTask"
    assert file.words("step_screen") == ["Decided by the rules of registration.screen."]
    fork = file.steps["fork_screen"]
    last = file.ways[fork.attrib["default"]]
    assert last.attrib["targetRef"] == "step_route"
    assert {way.findtext(f"{BPMN}conditionExpression") for way in file.leaving("fork_screen")} == {
        None,
        "outcome == 'reject'",
    }
    assert file.tag("step_check") == "exclusiveGateway"


def test_a_deadline_with_a_way_is_a_timer_on_the_border() -> None:
    file = written(DueFlow)
    timer = file.steps["due_ask"]
    assert (timer.attrib["attachedToRef"], timer.attrib["cancelActivity"]) == ("step_ask", "true")
    assert timer.attrib["name"] == "Deadline passed"
    assert timer.findtext(f".//{BPMN}timeDuration") == "P2D"
    assert file.after("due_ask") == ["step_late"]
    assert file.after("step_ask") == ["step_answered"]
    (way,) = file.leaving("step_ask")
    assert way.attrib["name"] == "Approve / Refuse"


def test_rounds_and_children_are_many_at_once() -> None:
    file, month = written(RoundFlow), written(MonthFlow)
    many = f"{BPMN}multiInstanceLoopCharacteristics"
    assert file.tag("step_open_round") == "parallelGateway"
    assert file.tag("step_joined") == "inclusiveGateway"
    assert [name for name, step in file.steps.items() if step.find(many) is not None] == ["step_vote"]
    assert file.words("step_joined") == [
        "Goes on as soon as its condition holds; what is still open is then cancelled."
    ]
    assert month.tag("step_labs") == "callActivity"
    assert month.steps["step_labs"].find(many) is not None
    assert month.tag("step_compute") == "serviceTask"


def test_the_command_writes_a_file_or_prints_it(tmp_path: Path) -> None:
    path, printed = tmp_path / "night.bpmn", StringIO()
    call_command("flow_bpmn", "night_endorsement", "--output", str(path), "--language", "en", stdout=printed)
    assert printed.getvalue() == ""
    assert path.read_text(encoding="utf-8") == written(NIGHT).text
    call_command("flow_bpmn", "night_endorsement", stdout=printed)
    assert File(printed.getvalue()).text == written(NIGHT, "zh-hans").text


def test_the_command_names_the_processes_that_there_are() -> None:
    with pytest.raises(CommandError, match=r"workflows\.unknown_process: .*night_endorsement") as told:
        call_command("flow_bpmn", "nothing")
    assert told.value.returncode == 2
