"""What nobody may be left with: a step that its holder could not do, a step of a case that is overtaken."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.core.errors import WrongState
from apps.decisions.operations import install_defaults
from apps.instruments.models import Instrument
from apps.instruments.operations import appoint_crew
from apps.people.models import User
from apps.people.operations import declare_absence
from tests.factories import training as make
from tests.factories.refusals import refused
from tests.people import People
from tests.toyflows.approvals import ThreeStepsFlow
from tests.workflows.toys import three_steps, waiting
from tests.workflows.trainings import applied, asked, at
from workflows import services
from workflows.errors import Overtaken
from workflows.models import Case, Step

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A switch: from then on the toy finds that what a case (by subject) is about is gone."""
    subjects: set[str] = set()
    node: Any = ThreeStepsFlow.tutor
    found = node.candidates

    def candidates(activation: Any) -> list[User]:
        if activation.case.subject_ref in subjects:
            raise Overtaken("the thing is gone")
        return list(found(activation))

    monkeypatch.setattr(node, "candidates", candidates)
    return subjects.add


@pytest.mark.parametrize(("roles", "who"), [(("trainer",), "olga"), ((), "teng")])
def test_a_substitute_takes_a_step_only_if_they_could_do_it(
    they: People, now: datetime, roles: tuple[str, ...], who: str
) -> None:
    install_defaults(now=now - DAY)
    Instrument.objects.update(use_charged=False)
    they.sem.refresh_from_db()
    course = make.course(they, now)
    for role in roles:
        appoint_crew(instrument=they.sem, user=they.olga, role=role, by=they.office, now=now)
    declare_absence(
        user=they.teng, substitute=they.olga, valid_from=now, valid_until=now + 9 * DAY, by=they.teng, now=now
    )
    case = applied(they, course, now)
    assert (at(case), asked(case, "place")) == ("place", {who})


def test_a_leaver_whose_case_turns_out_to_be_overtaken_hands_the_others_over(
    they: People, now: datetime, gone: Any
) -> None:
    lost, kept = (three_steps(they, now, subject=f"thing:{name}") for name in ("lost", "kept"))
    gone("thing:lost")
    services.hand_over(user=they.wang, by=None, now=now, reason="left")
    lost.refresh_from_db()
    assert (lost.state, lost.reason) == ("overtaken", "the thing is gone")
    assert waiting(kept)["tutor"].task.owner != they.wang


def test_passing_on_a_step_of_an_overtaken_case_ends_it(they: People, now: datetime, gone: Any) -> None:
    case = three_steps(they, now)
    step = waiting(case)["tutor"]
    gone(case.subject_ref)
    with refused(WrongState, "workflows.overtaken"):
        services.transfer(step=step, by=they.wang, to=they.teng, now=now, reason="busy")
    case.refresh_from_db()
    assert case.state == "overtaken"


def test_the_page_for_it_says_so(they: People, now: datetime, gone: Any, client: Client) -> None:
    case = three_steps(they, now)
    step = waiting(case)["tutor"]
    gone(case.subject_ref)
    client.force_login(they.wang)
    page = client.get(reverse("task_transfer", args=[step.ulid]))
    assert page.status_code == 409
    assert "the thing is gone" in page.content.decode()
    case.refresh_from_db()
    assert case.state == "overtaken"


def test_a_step_that_cannot_be_escalated_holds_up_no_other_and_rests(
    they: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = (three_steps(they, now, subject=f"thing:{name}") for name in ("broken", "sound"))

    def conflicts(self: Any, case: Case) -> set[int]:
        if case.pk == broken.pk:
            raise ValueError("a secret that must not be stored")
        return set()

    monkeypatch.setattr(ThreeStepsFlow, "conflicts", conflicts)
    late = now + 30 * DAY
    for seconds in (0, 30, 60):
        services.sweep(now=late + timedelta(seconds=seconds))
    assert Step.objects.get(case=sound).escalated_at is not None
    assert Step.objects.get(case=broken).escalated_at is None
    assert broken.events.filter(kind="failed").count() == 1
    services.sweep(now=late + timedelta(minutes=5))
    assert broken.events.filter(kind="failed").count() == 2
