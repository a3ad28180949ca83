"""What facts mean for facilities under review. Each handler only looks again: late and twice is no harm."""

from datetime import datetime

from apps.core.outbox import WORKER, Payload, subscribe
from workflows.facility_review.flow import FacilityReviewFlow
from workflows.judging import following


@subscribe("facility_review.panel_moved", to=following.MOVES, channel=WORKER)
def follow_panel(payload: Payload, now: datetime) -> None:
    """Somebody accepted, recused or left, somebody else presides: the steps follow."""
    following.follow_panel(FacilityReviewFlow.key, payload, now)


@subscribe("facility_review.offered", to="workflows.step_offered", channel=WORKER)
def look_at_once(payload: Payload, now: datetime) -> None:
    """What happened to the panel while the step was being made was told to nobody."""
    following.look_at_once(FacilityReviewFlow.key, payload, now)
