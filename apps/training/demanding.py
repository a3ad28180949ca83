"""A trainer wants to see more before they certify: supervised hours besides, or another assessment. What was
asked for is kept with the request; `progress` counts it.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted
from apps.people.models import User
from apps.people.requirements import require_reason
from apps.training.models import Assessment, TrainingRequest
from apps.training.queries import may_train
from apps.training.reach import may_train_on_any
from apps.training.requests import locked, moved

MOST_MINUTES = 10_000


@transaction.atomic
def ask_for_more(
    *,
    request: TrainingRequest,
    reason: str,
    by: User | None,
    now: datetime,
    minutes: int = 0,
    assessment: bool = False,
) -> TrainingRequest:
    """So many more minutes of supervised use, another practical assessment, or both. What was shown so far
    stays on record, but of the assessments only later ones count.

    Raises Invalid `training.extra_minutes`, `core.reason_required`; NotPermitted `training.own_certificate`,
    `training.not_crew`; WrongState `training.request_moved`.
    """
    reason = require_reason(reason)
    row = locked(request)
    _require_trainer(row, by, now)
    if row.state != TrainingRequest.State.ACCEPTED:
        raise moved()
    if not 0 <= minutes <= MOST_MINUTES or not (minutes or assessment):
        raise Invalid(_("Say how many minutes."), code="training.extra_minutes", field="minutes")
    row.extra_minutes += minutes
    if assessment:
        row.reassess = True
        row.reassess_after = Assessment.objects.filter(request=row).order_by("-pk").first()
    row.save(update_fields=["extra_minutes", "reassess", "reassess_after"])
    audit.record(
        action="training.ask_for_more",
        object_ref=f"training_request:{row.ulid}",
        now=now,
        actor=by,
        reason=reason,
        minutes=minutes,
        assessment=assessment,
    )
    return row


def _require_trainer(request: TrainingRequest, by: User | None, now: datetime) -> None:
    if by is None:
        return
    if by.pk == request.user_id:
        raise NotPermitted(_("Nobody decides in their own case."), code="training.own_certificate")
    trains = (
        may_train(by, request.instrument, now)
        if request.instrument is not None
        else may_train_on_any(by, request.course, now)
    )
    if not trains:
        raise NotPermitted(_("Only the instrument's trainers may do this."), code="training.not_crew")
