"""A step that waits for something is told when it is done. Whatever fact is the occasion, the rows are
looked at, so that facts may come early, late, twice and in any order.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from apps.samples.models import SampleRequest
from apps.samples.releasing import judge_release
from rules.points.samples_release import WAIT_PAYMENT
from workflows import services
from workflows.models import Case, Step
from workflows.nodes.human import APPROVE, COMPLETE, REJECT
from workflows.sample.asked import find_request, is_anything_here, is_waiting, open_objections
from workflows.sample.flow import AGAIN

Look = Callable[[SampleRequest, Step, datetime], str]
State = SampleRequest.State


def catch_up(case: Case, now: datetime) -> Step | None:
    """Complete the step that waits, if the domain's rows say that it is done. Gives the completed step."""
    request = find_request(case)
    if request is None:
        return None
    for step in case.steps.filter(answered_at__isnull=True).order_by("id"):
        look = _LOOKS.get(step.node)
        outcome = look(request, step, now) if look is not None else ""
        if outcome:
            return services.fulfil(case=case, node=step.node, now=now, outcome=outcome)
    return None


def _question(request: SampleRequest, _step: Step, _now: datetime) -> str:
    return APPROVE if request.acceptance else ""


def _offer(request: SampleRequest, step: Step, _now: datetime) -> str:
    """Somebody offered by another door; where another offer was asked for, only one that is newer."""
    offer = request.quote
    if request.state == State.CONFIRMED:
        return COMPLETE
    if request.state != State.QUOTED or offer is None:
        return ""
    again = Step.objects.filter(case=step.case_id, node="agree", outcome=AGAIN).exists()
    return COMPLETE if not again or offer.quoted_at > step.asked_at else ""


def _agree(request: SampleRequest, _step: Step, _now: datetime) -> str:
    return APPROVE if request.state in (State.CONFIRMED, State.RELEASED) else ""


def _verdict(request: SampleRequest, _step: Step, _now: datetime) -> str:
    if request.state == State.CLOSED:
        return APPROVE
    return REJECT if open_objections(request) else ""


def _objection(request: SampleRequest, _step: Step, _now: datetime) -> str:
    if open_objections(request):
        return ""
    return APPROVE if is_waiting(request) else REJECT


def _revise(request: SampleRequest, _step: Step, _now: datetime) -> str:
    return COMPLETE if request.state == State.SUBMITTED else ""


def _test(request: SampleRequest, _step: Step, _now: datetime) -> str:
    if request.state not in (State.CONFIRMED, State.RELEASED):
        return ""
    return "" if is_waiting(request) else COMPLETE


def _check(request: SampleRequest, _step: Step, _now: datetime) -> str:
    if request.tested_at is not None or request.state == State.RELEASED:
        return COMPLETE
    return AGAIN if is_waiting(request) else ""


def _payment(request: SampleRequest, _step: Step, now: datetime) -> str:
    judged = judge_release(request, now)
    return "" if judged is not None and judged.decision.outcome == WAIT_PAYMENT else COMPLETE


def _give_back(request: SampleRequest, _step: Step, _now: datetime) -> str:
    return "" if is_anything_here(request) else COMPLETE


_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "question": _question,
        "revise": _revise,
        "offer": _offer,
        "agree": _agree,
        "test": _test,
        "check": _check,
        "payment": _payment,
        "verdict": _verdict,
        "objection": _objection,
        "give_back": _give_back,
    }
)
