"""How far a case has come, for its diagram: where it stands, which ways it took, what was sent back, what
failed. Read from the engine's tasks and the history; changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from workflows.base import ENDED_TASKS
from workflows.models import Case, TaskEvent
from workflows.nodes.human import SENT_BACK

Pair = tuple[str, str]
FAILED = ("failed", "given_up")  # what is written down of a step that fails by itself


@dataclass(frozen=True)
class Progress:
    """Names of steps, and pairs of them (from, to)."""

    present: frozenset[str]
    visited: frozenset[str]
    edges_taken: frozenset[Pair]
    sent_back: tuple[Pair, ...]
    failed: frozenset[str]


def progress_of(case: Case, events: Iterable[TaskEvent] | None = None) -> Progress:
    """The way of a case so far. Three queries; two for whoever has its events already, in whatever order.
    Steps that its flow does not have any more are left out.
    """
    tasks = Task.objects.filter(process=case.process_id).select_related("step").prefetch_related("previous")
    known = {task.pk: task for task in tasks.order_by("id") if task.flow_task is not None}
    returned = {pk for pk, task in known.items() if _is_returned(task)}
    events = sorted(
        case.events.filter(kind__in=("sent_back", *FAILED)) if events is None else events,
        key=lambda event: event.pk,
    )
    present = {name(task) for task in known.values() if _is_open(task)} if case.is_open else set()
    return Progress(
        present=frozenset(present),
        visited=frozenset(name(task) for task in known.values() if task.status == STATUS.DONE),
        edges_taken=frozenset(
            (name(known[before.pk]), name(task))
            for task in known.values()
            if task.status != STATUS.CANCELED
            for before in task.previous.all()
            if before.pk in known and before.pk not in returned
        ),
        sent_back=tuple((event.node, event.details["to"]) for event in events if event.kind == "sent_back"),
        failed=frozenset(event.node for event in events if event.kind in FAILED) & present,
    )


def name(task: Task) -> str:
    """The name of a task's step."""
    return str(task.flow_task.name)


def _is_returned(task: Task) -> bool:
    """Whether a task ended by being sent back: what follows it is no way of the flow."""
    step = getattr(task, "step", None)
    return step is not None and step.outcome == SENT_BACK


def _is_open(task: Task) -> bool:
    return task.finished is None and task.status not in ENDED_TASKS
