"""What facts about panels mean for the cases of a process. It only looks again: late and twice is no harm.

Each process subscribes under names of its own (they are stored) and calls these.
"""

from datetime import datetime

from apps.core.outbox import Payload
from apps.panels.models import Panel
from workflows.judging.tending import CHAIRS, STAGES, tend
from workflows.models import Case, Step

MOVES = ("panels.seat_changed", "panels.chair_changed", "panels.round_closed", "panels.round_extended")
# The steps that follow the panel's rows.
FOLLOWING = frozenset(
    {*CHAIRS, *(node for stage in STAGES for node in (stage.invitation, stage.vote) if node)}
)


def follow_panel(flow: str, payload: Payload, now: datetime) -> None:
    """Somebody accepted, recused or left, somebody else presides, a round is over: the steps follow."""
    panel = Panel.objects.filter(ulid=payload["panel"], ended_at__isnull=True).first()
    case = open_case(flow, panel) if panel is not None else None
    if case is not None:
        tend(case, now=now)


def look_at_once(flow: str, payload: Payload, now: datetime) -> None:
    """What happened to the panel while a step was being made was told to nobody."""
    step = Step.objects.select_related("case__process").filter(ulid=payload["step"]).first()
    if step is not None and step.flow == flow and step.node in FOLLOWING and step.case.is_open:
        tend(step.case, now=now)


def open_case(flow: str, panel: Panel) -> Case | None:
    """The case of a process that a panel judges, while it is open. One query."""
    cases = Case.objects.filter(flow=flow, ulid=panel.subject_ref.removeprefix("case:"))
    return cases.filter(state=Case.State.OPEN).select_related("process").first()
