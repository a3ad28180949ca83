"""Who is asked now: at the steps of a case, and in the cases about one thing, for the page of that thing."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from apps.people.models import User
from workflows.models import Candidate, Case, Step
from workflows.visibility import visible_cases
from workflows.words import node_title


@dataclass(frozen=True)
class Asked:
    """A step that a case waits at: its title, whose it is or who may take it, whether it is the viewer's or
    theirs to take, and whether the viewer put it there.
    """

    step: Step
    title: str
    owner: User | None
    people: list[Candidate]
    overdue: bool
    mine: bool
    added_by_me: bool

    @property
    def open_to(self) -> set[int]:
        """Keys of the people who may take it."""
        return {row.user_id for row in self.people}


def asked_at(step: Step, user: User, now: datetime) -> Asked:
    """How a waiting step looks to the viewer. No query where the step came with its task and candidates."""
    data = step.task.data
    return Asked(
        step=step,
        title=node_title(step.task.flow_task, step.node),
        owner=step.task.owner,
        people=[] if step.task.owner else list(step.candidates.all()),
        overdue=step.due_at is not None and step.due_at <= now,
        mine=step.task.owner_id == user.pk,
        added_by_me=data.get("added_by") == user.pk and data.get("user") is not None,
    )


def asked_about(reference: str, user: User, now: datetime) -> list[tuple[Case, list[Asked]]]:
    """The open cases about a thing ('noun:ulid') that the viewer may read, the oldest first, each with the
    steps that it waits at. At most four queries.
    """
    cases = list(visible_cases(user, now).filter(subject_ref=reference, state=Case.State.OPEN).order_by("id"))
    if not cases:
        return []
    waiting = Step.objects.filter(
        case__in=cases, answered_at__isnull=True, task__status__in=("NEW", "ASSIGNED")
    )
    people = Candidate.objects.select_related("user", "instead_of").order_by("id")
    steps = (
        waiting.select_related("task__owner").order_by("id").prefetch_related(Prefetch("candidates", people))
    )
    found: dict[int, list[Asked]] = {}
    for step in steps:
        found.setdefault(step.case_id, []).append(asked_at(step, user, now))
    return [(case, found.get(case.pk, [])) for case in cases]
