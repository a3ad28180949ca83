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
from workflows.nodes.human import COMPLETE
from workflows.sample.asked import find_request, is_anything_here, is_waiting
from workflows.sample.flow import AGAIN

Look = Callable[[SampleRequest, datetime], str]
State = SampleRequest.State


def catch_up(case: Case, now: datetime) -> Step | None:
    """Complete the step that waits, if the domain's rows say that it is done. Gives the completed step."""
    request = find_request(case)
    if request is None:
        return None
    waiting = case.steps.filter(answered_at__isnull=True).order_by("id").values_list("node", flat=True)
    for node in waiting:
        look = _LOOKS.get(node)
        outcome = look(request, now) if look is not None else ""
        if outcome:
            return services.fulfil(case=case, node=node, now=now, outcome=outcome)
    return None


def _revise(request: SampleRequest, _now: datetime) -> str:
    return COMPLETE if request.state == State.SUBMITTED else ""


def _test(request: SampleRequest, _now: datetime) -> str:
    if request.state not in (State.CONFIRMED, State.RELEASED):
        return ""
    return "" if is_waiting(request) else COMPLETE


def _check(request: SampleRequest, _now: datetime) -> str:
    if request.tested_at is not None or request.state == State.RELEASED:
        return COMPLETE
    return AGAIN if is_waiting(request) else ""


def _payment(request: SampleRequest, now: datetime) -> str:
    judged = judge_release(request, now)
    return "" if judged is not None and judged.decision.outcome == WAIT_PAYMENT else COMPLETE


def _give_back(request: SampleRequest, _now: datetime) -> str:
    return "" if is_anything_here(request) else COMPLETE


_LOOKS: Mapping[str, Look] = MappingProxyType(
    {"revise": _revise, "test": _test, "check": _check, "payment": _payment, "give_back": _give_back}
)
