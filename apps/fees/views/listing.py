"""The list of proposals with what is missing, and a new proposal."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.fees.content import FEE
from apps.fees.drafting import create_draft
from apps.fees.forms import NewProposalForm, ProposalFilter
from apps.fees.models import Proposal, ProposalInstrument
from apps.fees.proposals import coverage, without_fee
from apps.fees.reach import proposals_for
from apps.fees.responsible import answers_somewhere, manageable
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.views import viewer

PAGE = 20
SHOWN = 12
MOST_CHOICES = 400


@require_safe
def fee_proposal_list(request: HttpRequest) -> HttpResponse:
    """The proposals about the instruments that the person manages, the last saved first; beside them what has
    no price yet. The office sees the whole school, with its coverage.
    """
    user, now = viewer(request), clock.now()
    _require_any(user, now)
    mine = manageable(user, now)
    form = ProposalFilter(request.GET)
    asked = form.asked()
    rows = (
        _matching(proposals_for(user, now), asked)
        .select_related("saved_by")
        .prefetch_related(Prefetch("about", ProposalInstrument.objects.select_related("instrument")))
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    missing = _without_proposal(without_fee(now).filter(pk__in=mine.values("pk")))
    office = is_office(user, now)
    context = {
        "form": form,
        "page": page,
        "filtered": any(asked.values()),
        "missing": missing[:SHOWN],
        "more_missing": max(missing.count() - SHOWN, 0),
        "coverage": coverage(now) if office else None,
    }
    return render(request, "fees/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def fee_proposal_new(request: HttpRequest) -> HttpResponse:
    """A new proposal: a fee standard, or an application not to open."""
    user, now = viewer(request), clock.now()
    instruments = _choices(user, now)
    if request.method == "POST":
        form = NewProposalForm(request.POST, instruments=instruments)
        made = _make(form, user, now)
        if made is not None:
            messages.success(request, _("The draft is there. It is saved while you type."))
            return redirect(*_first_page(made, form.wanted()))
    else:
        initial = {"kind": request.GET.get("kind", FEE), "instruments": request.GET.getlist("instrument")}
        form = NewProposalForm(initial={**initial, "copy": True}, instruments=instruments)
    return render(request, "fees/new.html", {"form": form}, status=422 if form.errors else 200)


def _make(form: NewProposalForm, user: User, now: datetime) -> Proposal | None:
    if not form.is_valid():
        return None
    data = form.cleaned_data
    try:
        return create_draft(kind=data["kind"], instruments=form.wanted(), by=user, now=now, copy=data["copy"])
    except Refusal as refusal:
        add_refusal(form, refusal)
        return None


def _first_page(made: Proposal, instruments: list[Instrument]) -> tuple[str, ...]:
    """Where one goes on: the only sheet, else the overview."""
    if made.kind == Proposal.Kind.NOT_OPEN:
        return "fee_not_open", made.ulid
    if len(instruments) == 1:
        return "fee_sheet", made.ulid, instruments[0].asset_no
    return "fee_proposal", made.ulid


def _choices(user: User, now: datetime) -> list[Instrument]:
    _require_any(user, now)
    mine = manageable(user, now)
    in_service = Q(retired_at__isnull=True) | Q(retired_at__gt=now)
    return list(mine.filter(in_service).select_related("facility").order_by("asset_no")[:MOST_CHOICES])


def _require_any(user: User, now: datetime) -> None:
    if not answers_somewhere(user, now):
        raise NotPermitted(
            _("Only those responsible for an instrument propose its fees."), code="fees.not_manager"
        )


def _matching(rows: QuerySet[Proposal], asked: dict[str, Any]) -> QuerySet[Proposal]:
    if asked["state"]:
        rows = rows.filter(state=asked["state"])
    for word in asked["q"].split():
        named = ProposalInstrument.objects.filter(
            Q(instrument__name_zh__icontains=word)
            | Q(instrument__name_en__icontains=word)
            | Q(instrument__asset_no__icontains=word),
            proposal=OuterRef("pk"),
        )
        rows = rows.filter(Q(title__icontains=word) | Exists(named))
    return rows


def _without_proposal(instruments: QuerySet[Instrument]) -> QuerySet[Instrument]:
    """Those about which nobody has begun anything."""
    begun = ProposalInstrument.objects.filter(
        instrument=OuterRef("pk"), proposal__state__in=(*Proposal.EDITABLE, Proposal.State.SUBMITTED)
    )
    return instruments.filter(~Exists(begun))
