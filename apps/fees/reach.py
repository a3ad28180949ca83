"""The proposals that somebody may work on: those of which they are responsible for every instrument."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound
from apps.fees.drafting import instruments_of
from apps.fees.models import Proposal, ProposalInstrument
from apps.fees.responsible import manageable
from apps.instruments.models import Instrument
from apps.people.models import User


def proposals_for(user: User, at: datetime) -> QuerySet[Proposal]:
    """The proposals of which somebody manages every instrument, the last saved first."""
    mine = manageable(user, at)
    about = ProposalInstrument.objects.filter(proposal=OuterRef("pk"))
    others = about.exclude(instrument__in=mine.values("pk"))
    return Proposal.objects.filter(Exists(about), ~Exists(others)).order_by("-saved_at", "-id")


def proposal_for(user: User, ulid: str, at: datetime) -> Proposal:
    """One of them. Raises NotFound `fees.no_proposal` for whoever may not know of it."""
    found = proposals_for(user, at).filter(ulid=ulid).select_related("created_by", "saved_by").first()
    if found is None:
        raise NotFound(_("There is no such proposal."), code="fees.no_proposal")
    return found


def instrument_of(proposal: Proposal, asset_no: str) -> Instrument:
    """An instrument of a proposal. Raises NotFound `fees.no_sheet`. One query."""
    found = next((one for one in instruments_of(proposal) if one.asset_no == asset_no), None)
    if found is None:
        raise NotFound(_("This proposal has no sheet of that instrument."), code="fees.no_sheet")
    return found
