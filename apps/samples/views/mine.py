"""Handing samples in and following them. Each view asks one operation."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.refusals import add_refusal
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.views import viewer
from apps.samples.access import run_by
from apps.samples.acting import REQUEST_ACTS, offered_for
from apps.samples.drafting import change_draft, discard_draft, draft_request, set_samples
from apps.samples.fields import fields_of
from apps.samples.forms import TermsForm, rows_of
from apps.samples.models import Rating, SampleRequest
from apps.samples.papers import report_for
from apps.samples.promising import promises, promises_of
from apps.samples.queries import (
    find_request,
    my_requests,
    objections_to,
    results_of_all,
    serves_request,
)
from apps.samples.services import find_services, services_at
from apps.samples.sponsoring import may_sponsor

PAGE = 20
State = SampleRequest.State


@dataclass(frozen=True)
class Stage:
    """One step of the way: what it is, when it was, by when it is promised."""

    label: Promise | str
    at: datetime | None
    due: date | None = None
    is_now: bool = False


@require_safe
def sample_list(request: HttpRequest) -> HttpResponse:
    """My requests, the latest first; whoever runs instruments finds the way to their queues."""
    user, now = viewer(request), clock.now()
    page = Paginator(my_requests(user), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "runs": run_by(user, now).exists(), "sponsors": may_sponsor(user, now)}
    return render(request, "samples/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def sample_new(request: HttpRequest) -> HttpResponse:
    """Choose a service, with the instruments that offer it and by when; a draft is made of it. Page by page,
    or by words in its name.
    """
    user, now = viewer(request), clock.now()
    if request.method == "POST":
        named = request.POST.get("service", "")
        chosen = services_at(now).filter(ulid=named).first() if named.isalnum() else None
        if chosen is None:
            raise NotFound(_("This service is not offered any more."), code="samples.no_service")
        made = draft_request(service=chosen, by=user, now=now)
        return redirect("sample_draft", made.ulid)
    text = request.GET.get("q", "").strip()[:80]
    page = Paginator(find_services(text, now), PAGE).get_page(request.GET.get("page"))
    services = list(page.object_list)
    told = promises_of(services, count=1, rush=False, now=now)
    offers = [(one, told[one.pk][:5]) for one in services]
    return render(request, "samples/new.html", {"offers": offers, "page": page, "text": text})


@require_http_methods(["GET", "HEAD", "POST"])
def sample_draft(request: HttpRequest, ulid: str) -> HttpResponse:
    """The samples of a draft, row by row. What was typed stays when it is refused."""
    user, now = viewer(request), clock.now()
    found = own_draft(user, ulid, now)
    posted = request.POST if request.method == "POST" else None
    terms = TermsForm(posted, initial=terms_initial(found), **known_terms(found, now))
    asks = fields_of(found.template.fields)
    rows = rows_of(found, posted, asks)
    is_saving = posted is not None and "more" not in posted
    if is_saving and terms.is_valid() and rows.is_valid() and _saved(found, terms, rows, user, now):
        messages.success(request, _("Saved. Nothing is handed in yet."))
        return redirect("sample_request", found.ulid)
    context = {"request_": found, "terms": terms, "rows": rows}
    return render(request, "samples/draft.html", context, status=422 if is_saving else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def sample_discard(request: HttpRequest, ulid: str) -> HttpResponse:
    """Throw a draft away, after a question."""
    user, now = viewer(request), clock.now()
    found = own_draft(user, ulid, now)
    if request.method == "POST":
        discard_draft(request=found, by=user, now=now)
        messages.success(request, _("The draft is gone."))
        return redirect("sample_list")
    return render(request, "samples/discard.html", {"request_": found})


@require_safe
def sample_request(request: HttpRequest, ulid: str) -> HttpResponse:
    """Where the samples are: the way so far, who holds what, offer, delays, results, files."""
    user, now = viewer(request), clock.now()
    found = find_request(ulid, user, now)
    crew = serves_request(user, found, now)
    samples = list(found.samples.select_related("holder", "instrument", "tested_by"))
    for one in samples:
        one.request = found
    context = {
        "request_": found,
        "samples": samples,
        "results": results_of_all(user, found, samples, now),
        "stages": stages_of(found),
        "objections": objections_to(found),
        "delays": found.delays.select_related("by"),
        "crew": crew,
        "own": user.pk == found.requester_id,
        "acts": offered_for(found, REQUEST_ACTS, user, now) if crew else [],
        "fields": fields_of(found.template.fields),
        "report": report_for(user, found, now),
        "rating": Rating.objects.filter(request=found).first() if found.released_at else None,
    }
    return render(request, "samples/request.html", context)


def own_draft(user: User, ulid: str, now: datetime) -> SampleRequest:
    """A draft of the user's own; to everybody else there is none."""
    found = find_request(ulid, user, now)
    if found.requester_id != user.pk or found.state != State.DRAFT:
        raise NotFound(_("There is no such draft."), code="samples.no_draft")
    return found


def terms_initial(found: SampleRequest) -> dict[str, Any]:
    """The terms of a draft as its form shows them."""
    return {
        "instrument": found.instrument.asset_no if found.instrument else "",
        "rush": found.rush,
        "disposition": found.disposition,
        "wishes": found.wishes,
    }


def known_terms(found: SampleRequest, now: datetime) -> dict[str, Any]:
    """What the form of the terms offers: the instruments, each with its day, and whether there is a rush."""
    count = max(1, found.samples.count())
    offers = promises(found.template, count=count, rush=found.rush, now=now)
    named = [(one.instrument.asset_no, f"{one.instrument}: {one.day:%Y-%m-%d}") for one in offers]
    anywhere = [] if found.template.instrument_id else [("", str(_("Any of this class: the soonest")))]
    return {"instruments": [*anywhere, *named], "is_rush": found.template.rush_allowed}


def _saved(found: SampleRequest, terms: TermsForm, rows: Any, user: User, now: datetime) -> bool:
    kept = [row for row in rows if row.has_changed() and not row.cleaned_data.get("DELETE")]
    try:
        with transaction.atomic():
            change_draft(request=found, by=user, now=now, **_wished(found, terms))
            set_samples(request=found, rows=[row.draft() for row in kept], by=user, now=now)
    except Refusal as refusal:
        for fault in refusal.details.get("faults", ()):
            kept[fault["row"] - 1].add_fault(fault["field"], fault["message"])
        if not refusal.details.get("faults"):
            add_refusal(terms, refusal)
        return False
    return True


def _wished(found: SampleRequest, terms: TermsForm) -> dict[str, Any]:
    data = terms.cleaned_data
    asset_no = data.get("instrument") or ""
    instrument = (
        Instrument.objects.filter(asset_no=asset_no).first() if asset_no else found.template.instrument
    )
    return {
        "instrument": instrument,
        "wishes": data["wishes"],
        "rush": bool(data.get("rush")),
        "disposition": data["disposition"],
    }


def stages_of(found: SampleRequest) -> list[Stage]:
    """The way of a request that is not refused; the first step that is not done yet is now."""
    offered = found.quote.quoted_at if found.quote is not None else None
    rows: list[tuple[Promise | str, datetime | None, date | None]] = [
        (gettext_lazy("Handed in for testing"), found.submitted_at, None),
        (gettext_lazy("Offer"), offered, None),
        (gettext_lazy("Agreed"), found.confirmed_at, None),
        (gettext_lazy("Tested"), found.tested_at, found.promised_on),
        (gettext_lazy("Results released"), found.released_at, None),
        (gettext_lazy("Closed"), found.ended_at, None),
    ]
    first = next((number for number, (_label, at, _due) in enumerate(rows) if at is None), len(rows))
    over = found.state in SampleRequest.ENDED
    return [
        Stage(label, at, due, is_now=number == first and not over)
        for number, (label, at, due) in enumerate(rows)
    ]
