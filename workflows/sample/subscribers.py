"""What facts mean for samples under way. Each handler only looks again: late and twice is no harm."""

from datetime import datetime

from django.utils.translation import gettext

from apps.core.outbox import WORKER, Payload, subscribe
from apps.samples.models import SampleRequest
from workflows import services
from workflows.errors import Overtaken
from workflows.models import Step
from workflows.sample.asked import case_of
from workflows.sample.beginning import begin_case
from workflows.sample.catching_up import catch_up
from workflows.sample.flow import SampleFlow
from workflows.services.locking import overtake

State = SampleRequest.State


@subscribe("sample_flow.offered", to="workflows.step_offered", channel=WORKER)
def look_at_once(payload: Payload, now: datetime) -> None:
    """What was done while the step was being made was told to nobody."""
    step = Step.objects.select_related("case__process").get(ulid=payload["step"])
    if step.flow == SampleFlow.key and step.case.is_open:
        catch_up(step.case, now)


@subscribe(
    "sample_flow.done",
    to=(
        "samples.sample_changed",
        "samples.checked",
        "samples.tested",
        "samples.charged",
        "samples.custody_changed",
        "samples.results_released",
        "samples.objected",
        "samples.objection_decided",
        "samples.accepted",
    ),
    channel=WORKER,
)
def look_at_request(payload: Payload, now: datetime) -> None:
    """Something happened to a sample of a request, or to its money."""
    _look(payload["request"], now)


@subscribe("sample_flow.paid", to="funding.fund_changed", channel=WORKER)
def look_at_money(payload: Payload, now: datetime) -> None:
    """A fund changed: results that wait for it may go out."""
    waiting = Step.objects.filter(flow=SampleFlow.key, node="payment", answered_at__isnull=True)
    for reference in waiting.values_list("case__subject_ref", flat=True):
        request = SampleRequest.objects.filter(
            ulid=reference.partition(":")[2], fund__ulid=payload["fund"]
        ).first()
        if request is not None:
            _look(request.ulid, now)


@subscribe("sample_flow.moved", to="samples.request_changed", channel=WORKER)
def follow_request(payload: Payload, now: datetime) -> None:
    """A request that was handed in has a case, and one that was ended elsewhere ends it."""
    request = SampleRequest.objects.filter(ulid=payload["request"]).first()
    if request is None:
        return
    if request.state == State.SUBMITTED:
        begin_case(request, now=now)
        return
    case = case_of(request)
    if case is None:
        return
    if request.state == State.WITHDRAWN:
        services.withdraw(case=case, by=None, now=now, reason=request.outcome_note)
    elif request.state in (State.REFUSED, State.DECLINED):
        overtake(case, Overtaken(gettext("The samples have been decided about otherwise.")), now)
    else:
        catch_up(case, now)


def _look(ulid: str, now: datetime) -> None:
    request = SampleRequest.objects.filter(ulid=ulid).first()
    case = case_of(request) if request is not None else None
    if case is not None:
        catch_up(case, now)
