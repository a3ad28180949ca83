"""The people of tests/people.py in a toy case: who is asked is said in each test."""

from datetime import datetime
from typing import Any

from apps.people.models import User
from tests.people import People
from tests.toyflows.approvals import ThreeStepsFlow
from workflows import services
from workflows.models import Case, Step

SUBJECT = "thing:one"


def three_steps(they: People, now: datetime, *, subject: str = SUBJECT, **data: Any) -> Case:
    """Alice applies; Wang, then Teng, then Olga are asked, unless the test says otherwise."""
    asked = {"tutors": [they.wang.pk], "heads": [they.teng.pk], "officers": [they.olga.pk]} | data
    return services.start(
        ThreeStepsFlow,
        by=they.alice,
        now=now,
        applicant=they.alice,
        subject_ref=subject,
        unit=they.lab,
        title_args={"name": they.alice},
        data=asked,
        dossier=[{"title": "Person", "rows": [{"label": "Name", "value": they.alice.name_zh}]}],
    )


def waiting(case: Case) -> dict[str, Step]:
    """The steps that wait, by node."""
    steps = case.steps.filter(answered_at__isnull=True).select_related("task__owner", "case")
    return {step.node: step for step in steps}


def yes(case: Case, by: User, now: datetime, **more: Any) -> Step:
    """This person approves the one step that waits."""
    (step,) = waiting(case).values()
    return services.answer(step=step, by=by, now=now, outcome="approve", **more)


def kinds(case: Case) -> list[str]:
    """The history, as words."""
    return list(case.events.order_by("id").values_list("kind", flat=True))


def owner(case: Case) -> User | None:
    """Whose the one waiting step is."""
    (step,) = waiting(case).values()
    found: User | None = step.task.owner
    return found
