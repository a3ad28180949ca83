"""The diagram on the pages: where the case stands and how it came there, in the version that it began in; and
how each process goes, before anybody has applied.
"""

import copy
import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.conftest import SignedIn
from tests.web.nights import a_night, granted, posts, refused, returned_twice
from tests.web.scene import Scene
from tests.workflows.toys import waiting, yes
from workflows.diagram import digest
from workflows.models import Case, FlowVersion


@pytest.fixture
def alice(scene: Scene, signed_in: SignedIn) -> Client:
    posts(scene)
    return signed_in(scene.people.alice)


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args), headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def states(shown: str) -> dict[str, str]:
    """The state of each step in the picture."""
    return {name: state for state, name in re.findall(r'is-(\w+)" data-step="(\w+)"', shown)}


def test_the_case_page_shows_the_present_step_and_the_way_to_it(scene: Scene, alice: Client) -> None:
    case = a_night(scene)
    yes(case, scene.people.wang, scene.now)
    shown = page(alice, "case_detail", case.ulid)
    found = states(shown)
    assert {name for name, state in found.items() if state == "present"} == {"lab_head"}
    assert {name for name, state in found.items() if state == "done"} == {"start", "pi"}
    assert len(re.findall(r"flow-line is-taken", shown)) == 2
    assert "flow-return" not in shown.partition("<svg")[2].partition("</svg>")[0]
    assert shown.count('aria-current="step"') == 1


def test_what_was_sent_back_is_told_in_words_as_well(scene: Scene, alice: Client) -> None:
    shown = page(alice, "case_detail", returned_twice(scene).ulid)
    assert states(shown)["revise"] == "present"
    assert shown.count('class="flow-return"') == 2
    listed = shown.partition("flow-list")[2]
    assert re.search(r"<li>Sent back from Safety officer to Correct the application</li>", listed)
    assert "is-return" in shown


@pytest.mark.parametrize(("make", "end"), [(granted, "granted"), (refused, "refused")])
def test_an_ended_case_stands_at_its_end(make: object, end: str, scene: Scene, alice: Client) -> None:
    assert callable(make)
    found = states(page(alice, "case_detail", make(scene).ulid))
    assert found[end] == "done"
    assert "present" not in found.values()
    assert found[{"granted": "refused", "refused": "granted"}[end]] == "ahead"


def test_the_task_page_shows_it_as_well(scene: Scene, alice: Client, signed_in: SignedIn) -> None:
    case = a_night(scene)
    step = waiting(case)["pi"]
    shown = page(signed_in(scene.people.wang), "task_detail", step.ulid)
    assert states(shown)["pi"] == "present"


def test_it_is_the_version_that_the_case_began_in(scene: Scene, alice: Client) -> None:
    case = a_night(scene)
    old = copy.deepcopy(case.version.description)
    old["nodes"].append(old["nodes"][0] | {"name": "dean", "title": "Dean of long ago", "y": 300})
    older = FlowVersion.objects.create(
        flow=case.flow, number=7, digest=digest(old), description=old, first_used_at=scene.now
    )
    Case.objects.filter(pk=case.pk).update(version=older)
    shown = page(alice, "case_detail", case.ulid)
    assert states(shown)["dean"] == "ahead"
    assert "Dean of long ago" in shown
    assert "7" in re.findall(r'id="way".*?</div>', shown)[0]
    assert "Dean of long ago" not in page(alice, "case_detail", refused_other(scene).ulid)


def refused_other(scene: Scene) -> Case:
    """A second case, which began in the version of today."""
    first = Case.objects.get()
    yes(first, scene.people.wang, scene.now)
    yes(first, scene.people.teng, scene.now)
    yes(first, scene.people.olga, scene.now)
    return a_night(scene)


def test_what_can_be_applied_for_shows_how_it_goes_without_a_case(alice: Client) -> None:
    shown = page(alice, "process_list")
    assert set(states(shown).values()) == {"ahead"}
    assert {"pi", "lab_head", "safety", "granted"} <= states(shown).keys()
    for word in ("flow-legend", 'aria-current="step"', "flow-said", "flow-mark"):
        assert word not in shown, word
