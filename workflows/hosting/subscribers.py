"""What facts mean for cases of hosting. Each handler only looks again: late and twice is no harm."""

from datetime import datetime

from django.utils.translation import gettext

from apps.core.outbox import WORKER, Payload, subscribe
from apps.hosting.models import Agreement
from workflows import services
from workflows.errors import Overtaken
from workflows.hosting.asked import case_of, find, is_judged
from workflows.hosting.ending import begin_renewal
from workflows.models import Case, Step
from workflows.services.locking import overtake

State = Agreement.State
_PENS = ("owner_signs", "host_signs")


@subscribe("hosting_flow.moved", to="hosting.agreement_changed", channel=WORKER)
def follow_agreement(payload: Payload, now: datetime) -> None:
    """Terms that both sides have accepted go on to the rule; an offer that was ended elsewhere ends its
    case.
    """
    agreement = Agreement.objects.filter(ulid=payload["agreement"]).first()
    case = case_of(agreement) if agreement is not None else None
    if case is not None:
        _look(case, now)


@subscribe("hosting_flow.renewal", to="hosting.renewal_agreed", channel=WORKER)
def go_on_with_renewal(payload: Payload, now: datetime) -> None:
    """Other terms, to which both sides have agreed, go on to the rule. Agreed without a case, they have one
    from now on.
    """
    agreement = Agreement.objects.select_related("group__pi", "facility__lab", "terms").get(
        ulid=payload["agreement"]
    )
    if agreement.state != State.RUNNING:
        return
    case = case_of(agreement, "hosting_renewal")
    if case is None:
        case = begin_renewal(agreement=agreement, by=agreement.group.pi, now=now)
    version = agreement.versions.get(number=payload["version"])
    if not is_judged(case, version):
        services.fulfil(case=case, node="countersign", now=now, outcome="reject")
        services.fulfil(case=case, node="consider", now=now, outcome="approve")
    services.fulfil(case=case, node="negotiate", now=now)


@subscribe("hosting_flow.offered", to="workflows.step_offered", channel=WORKER)
def look_at_once(payload: Payload, now: datetime) -> None:
    """What was agreed while the step was being made was told to nobody."""
    step = Step.objects.select_related("case__process").get(ulid=payload["step"])
    if step.flow == "hosting" and step.node == "negotiate" and step.case.is_open:
        _look(step.case, now)


def _look(case: Case, now: datetime) -> None:
    agreement = find(case)
    if agreement is None:
        return
    if agreement.state == State.WITHDRAWN:
        services.withdraw(case=case, by=None, now=now, reason=agreement.ended_why)
    elif agreement.state == State.DECLINED:
        overtake(case, Overtaken(gettext("The agreement has been decided about otherwise.")), now)
    elif agreement.state == State.NEGOTIATING or (
        agreement.state == State.AGREED and not is_judged(case, agreement.terms)
    ):
        for node in _PENS:  # nobody signs what is negotiated anew
            services.fulfil(case=case, node=node, now=now, outcome="reject")
    if agreement.state == State.AGREED:
        services.fulfil(case=case, node="negotiate", now=now)
