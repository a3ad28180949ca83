"""What facts mean for hearings under way. Each handler only looks again: late and twice is no harm."""

from datetime import datetime

from apps.core.outbox import WORKER, Payload, subscribe
from workflows.evaluation_hearing.flow import EvaluationHearingFlow
from workflows.judging import following


@subscribe("evaluation_hearing.panel_moved", to=following.MOVES, channel=WORKER)
def follow_panel(payload: Payload, now: datetime) -> None:
    """Somebody accepted, recused or left, somebody else presides, a round is over: the steps follow."""
    following.follow_panel(EvaluationHearingFlow.key, payload, now)


@subscribe("evaluation_hearing.offered", to="workflows.step_offered", channel=WORKER)
def look_at_once(payload: Payload, now: datetime) -> None:
    """What happened to the panel while the step was being made was told to nobody."""
    following.look_at_once(EvaluationHearingFlow.key, payload, now)
