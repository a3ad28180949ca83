"""What facts mean for fee reviews under way. Each handler only looks again: late and twice is no harm."""

from datetime import datetime

from django.utils.translation import gettext

from apps.core.outbox import WORKER, Payload, subscribe
from apps.fees.models import Proposal, PublicNotice
from apps.instruments.models import Instrument
from workflows import services
from workflows.errors import Overtaken
from workflows.fee_review import asked, telling
from workflows.fee_review.acts import case_of
from workflows.fee_review.flow import FeeReviewFlow
from workflows.fee_review.objecting import branch_objections
from workflows.fee_review.starting import open_case
from workflows.judging import following
from workflows.services.locking import held_case, overtake

__all__ = ["telling"]


@subscribe("fee_review.panel_moved", to=following.MOVES, channel=WORKER)
def follow_panel(payload: Payload, now: datetime) -> None:
    """Somebody accepted, recused or left, somebody else presides, a round is over: the steps follow."""
    following.follow_panel(FeeReviewFlow.key, payload, now)


@subscribe("fee_review.offered", to="workflows.step_offered", channel=WORKER)
def look_at_once(payload: Payload, now: datetime) -> None:
    """What happened to the panel while the step was being made was told to nobody."""
    following.look_at_once(FeeReviewFlow.key, payload, now)


@subscribe("fee_review.objected", to="fees.objected", channel=WORKER)
def ask_for_answer(payload: Payload, now: datetime) -> None:
    """An objection that came past the case."""
    notice = PublicNotice.objects.filter(ulid=payload["notice"]).first()
    case = case_of(notice) if notice is not None else None
    if case is not None and case.is_open:
        with held_case(case, by=None, now=now) as fresh:
            branch_objections(fresh)


@subscribe("fee_review.record_changed", to="instruments.changed", channel=WORKER)
def follow_record(payload: Payload, now: datetime) -> None:
    """What prices are judged by has changed under the case: it goes back to its author with the reason; or
    the instrument has left service, and the case ends.
    """
    instrument = Instrument.objects.get(ulid=payload["instrument"])
    proposals = Proposal.objects.filter(about__instrument=instrument).exclude(state__in=Proposal.ENDED)
    for case in filter(None, map(open_case, proposals)):
        if instrument.retired_at is not None:
            reason = gettext("%(name)s has left service.") % {"name": instrument.name}
            overtake(case, Overtaken(reason), now)
        elif changed := asked.changed_record(case):
            services.bring_back(case=case, to="revise", reason=asked.changed_words(changed), now=now)


@subscribe("fee_review.proposal_ended", to="fees.proposal_changed", channel=WORKER)
def follow_proposal(payload: Payload, now: datetime) -> None:
    """A proposal that was ended elsewhere ends its case."""
    proposal = Proposal.objects.filter(ulid=payload["proposal"]).first()
    case = open_case(proposal) if proposal is not None and proposal.state in Proposal.ENDED else None
    if case is not None:
        overtake(case, Overtaken(gettext("The proposal has been decided otherwise.")), now)
