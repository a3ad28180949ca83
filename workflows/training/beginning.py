"""Somebody wants to be trained: the request is made and its case begins, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.ids import new_ulid
from apps.people.models import User
from apps.training.eligibility import suggested_kind
from apps.training.reach import instruments_of
from apps.training.requests import request_training
from apps.training.trainers import instruments_for
from workflows import services
from workflows.beginning import offer
from workflows.models import Case
from workflows.training import lowering
from workflows.training.asked import REFERENCE, unit_for
from workflows.training.flow import TrainingFlow
from workflows.training.forms import TrainingForm


@transaction.atomic
def apply_for_training(*, by: User, now: datetime, data: Mapping[str, Any]) -> Case:
    """The case of a request; one that lacks something ends at once, with every reason. Raises what
    `training.requests.request_training` refuses.
    """
    course, instrument = data["course"], data.get("instrument") or data["course"].instrument
    kind = data.get("kind") or suggested_kind(by, course, instrument, now)
    ulid = new_ulid()
    request = request_training(
        user=by,
        course=course,
        instrument=instrument,
        kind=kind,
        by=by,
        now=now,
        source_case=f"case:{ulid}",
    )
    return services.start(
        TrainingFlow,
        by=by,
        now=now,
        applicant=by,
        subject_ref=f"{REFERENCE}{request.ulid}",
        unit=unit_for(course, instruments_for(request)),
        title_args={"name": by, "course": course},
        ulid=ulid,
    )


def trains_or_manages(user: User, now: datetime) -> bool:
    """Whether there are instruments about whose certificates this person decides."""
    return instruments_of(user, now) != frozenset()


offer(
    "training",
    summary=_("Be trained for an instrument, renew or raise a certificate"),
    form=TrainingForm,
    begin=apply_for_training,
)
offer(
    "lowering",
    summary=_("Suspend a certificate after an incident, and have it lowered, withdrawn or restored"),
    form=lowering.LoweringForm,
    begin=lowering.begin_lowering,
    concerns=trains_or_manages,
)
