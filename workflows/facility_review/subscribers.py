"""What facts mean for reviews of facilities under way. Each handler only looks again: late and twice is no
harm.
"""

from datetime import datetime

from apps.core.outbox import WORKER, Payload, subscribe
from apps.panels.models import Panel
from workflows.facility_review.flow import FacilityReviewFlow
from workflows.fee_review.tending import tend
from workflows.models import Case, Step


@subscribe("facility_review.panel_moved", to=("panels.seat_changed", "panels.chair_changed"), channel=WORKER)
def follow_panel(payload: Payload, now: datetime) -> None:
    """Somebody accepted, recused or left, somebody else presides: the invitations follow."""
    panel = Panel.objects.filter(ulid=payload["panel"], ended_at__isnull=True).first()
    if panel is None:
        return
    cases = Case.objects.filter(
        flow=FacilityReviewFlow.key,
        ulid=panel.subject_ref.removeprefix("case:"),
        state=Case.State.OPEN,
    )
    case = cases.select_related("process").first()
    if case is not None:
        tend(case, now=now)


@subscribe("facility_review.offered", to="workflows.step_offered", channel=WORKER)
def look_at_once(payload: Payload, now: datetime) -> None:
    """What happened to the panel while an invitation was being made was told to nobody."""
    step = Step.objects.select_related("case__process").filter(ulid=payload["step"]).first()
    if (
        step is not None
        and step.flow == FacilityReviewFlow.key
        and step.node == "invitation"
        and step.case.is_open
    ):
        tend(step.case, now=now)
