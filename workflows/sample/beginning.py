"""Somebody hands samples in: the draft is a request from now on, and its case begins, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.people.models import User
from apps.samples.drafting import submit_request
from apps.samples.models import SampleRequest
from workflows import services
from workflows.beginning import offer
from workflows.models import Case
from workflows.sample.asked import REFERENCE, case_of, unit_for
from workflows.sample.catching_up import catch_up
from workflows.sample.dossier import request_sections
from workflows.sample.flow import SampleFlow
from workflows.sample.forms import HandInForm


@transaction.atomic
def hand_in(*, request: SampleRequest, by: User, now: datetime) -> Case:
    """The case of a request that was a draft; one that was sent back to be corrected goes on. Raises what
    `samples.drafting.submit_request` refuses.
    """
    request = submit_request(request=request, by=by, now=now)
    return begin_case(request, now=now)


def begin_case(request: SampleRequest, *, now: datetime) -> Case:
    """The case of a request that was handed in: the open one, which goes on, or a new one."""
    known = case_of(request)
    if known is not None:
        catch_up(known, now)
        return known
    return services.start(
        SampleFlow,
        by=request.requester,
        now=now,
        applicant=request.requester,
        subject_ref=f"{REFERENCE}{request.ulid}",
        unit=unit_for(request, now),
        title_args={"number": request.number, "name": request.requester, "service": request.template},
        dossier=request_sections(request),
    )


def begin_with_draft(*, by: User, now: datetime, data: Mapping[str, Any]) -> Case:
    """The case of the chosen draft."""
    return hand_in(request=data["request"], by=by, now=now)


def has_drafts(user: User, now: datetime) -> bool:
    """Whether the person has something to hand in."""
    return SampleRequest.objects.filter(requester=user, state=SampleRequest.State.DRAFT).exists()


offer(
    "sample",
    summary=_("Hand samples in that you have written down"),
    form=HandInForm,
    begin=begin_with_draft,
    concerns=has_drafts,
)
