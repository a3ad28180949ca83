"""What facts mean for hearings under way. Each handler only looks again: late and twice is no harm."""

from datetime import datetime

from apps.core.outbox import WORKER, Payload, subscribe
from apps.panels.models import Panel
from workflows.evaluation_hearing.flow import EvaluationHearingFlow
from workflows.fee_review.subscribers import ROUNDS
from workflows.fee_review.tending import tend
from workflows.models import Case, Step


@subscribe(
    "evaluation_hearing.panel_moved",
    to=("panels.seat_changed", "panels.chair_changed", "panels.round_closed", "panels.round_extended"),
    channel=WORKER,
)
def follow_panel(payload: Payload, now: datetime) -> None:
    """Somebody accepted, recused or left, somebody else presides, a round is over: the steps follow."""
    panel = Panel.objects.filter(ulid=payload["panel"], ended_at__isnull=True).first()
    if panel is None:
        return
    cases = Case.objects.filter(
        flow=EvaluationHearingFlow.key,
        ulid=panel.subject_ref.removeprefix("case:"),
        state=Case.State.OPEN,
    )
    case = cases.select_related("process").first()
    if case is not None:
        tend(case, now=now)


@subscribe("evaluation_hearing.offered", to="workflows.step_offered", channel=WORKER)
def look_at_once(payload: Payload, now: datetime) -> None:
    """What happened to the panel while the step was being made was told to nobody."""
    step = Step.objects.select_related("case__process").filter(ulid=payload["step"]).first()
    if (
        step is not None
        and step.flow == EvaluationHearingFlow.key
        and step.node in ROUNDS
        and step.case.is_open
    ):
        tend(step.case, now=now)
