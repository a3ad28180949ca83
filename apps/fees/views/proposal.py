"""The overview of a proposal: what it says, what the checks find, what changes; sending, copying, giving
up.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.errors import Refusal
from apps.core.refusals import add_refusal
from apps.fees.drafting import content_of, discard_draft, instruments_of, save_draft
from apps.fees.editing import look_at
from apps.fees.evidence import files_of
from apps.fees.figures import figures_of
from apps.fees.forms import AboutForm, FileForm
from apps.fees.looking import Look
from apps.fees.models import Proposal
from apps.fees.reach import instrument_of, proposal_for
from apps.fees.replacing import copy_in_force
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.views import viewer


@require_http_methods(["GET", "HEAD", "POST"])
def fee_proposal(request: HttpRequest, ulid: str) -> HttpResponse:
    """A proposal at one look; its title and summary are changed here."""
    user, now = viewer(request), clock.now()
    proposal = proposal_for(user, ulid, now)
    if request.method == "POST":
        form = AboutForm(request.POST)
        if _about(form, proposal, user, now):
            messages.success(request, _("Saved."))
            return redirect("fee_proposal", ulid)
    else:
        initial = {
            "title": proposal.title,
            "summary": content_of(proposal).summary,
            "revision": proposal.revision,
        }
        form = AboutForm(initial=initial)
    context = {**_overview(proposal, now), "form": form}
    return render(request, "fees/proposal.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def fee_copy(request: HttpRequest, ulid: str, asset_no: str) -> HttpResponse:
    """Confirm, then begin the sheet again with the version in force."""
    user, now = viewer(request), clock.now()
    proposal = proposal_for(user, ulid, now)
    instrument = instrument_of(proposal, asset_no)
    if request.method == "POST":
        copy_in_force(proposal=proposal, instrument=instrument, revision=proposal.revision, by=user, now=now)
        messages.success(request, _("The sheet says what is in force now."))
        return redirect("fee_sheet", ulid, asset_no)
    return render(request, "fees/copy.html", {"proposal": proposal, "instrument": instrument})


@require_http_methods(["GET", "HEAD", "POST"])
def fee_discard(request: HttpRequest, ulid: str) -> HttpResponse:
    """Confirm, then the draft vanishes."""
    user, now = viewer(request), clock.now()
    proposal = proposal_for(user, ulid, now)
    if request.method == "POST":
        discard_draft(proposal=proposal, by=user, now=now)
        messages.success(request, _("The draft is gone."))
        return redirect("fee_proposal_list")
    return render(request, "fees/discard.html", {"proposal": proposal})


def _about(form: AboutForm, proposal: Proposal, user: User, now: datetime) -> bool:
    if not form.is_valid():
        return False
    data = form.cleaned_data
    content = replace(content_of(proposal), summary=data["summary"])
    try:
        save_draft(
            proposal=proposal,
            revision=data["revision"],
            content=content,
            by=user,
            now=now,
            title=data["title"],
        )
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _overview(proposal: Proposal, now: datetime) -> dict[str, Any]:
    content, instruments, seen = content_of(proposal), instruments_of(proposal), look_at(proposal, now)
    files = {file.ulid: file for file in files_of(proposal)}
    editable = proposal.state in Proposal.EDITABLE
    return {
        "proposal": proposal,
        "content": content,
        "sheets": [_sheet(one, seen) for one in instruments if one.ulid in seen.sheets],
        "wishes": [
            (one, wish) for wish in content.not_open for one in instruments if one.ulid == wish.instrument
        ],
        "findings": seen.findings,
        "files": files,
        "file_form": FileForm(),
        "editable": editable,
        "submissions": list(proposal.submissions.select_related("by").order_by("-number")),
        "send": _address("fee_review_start", proposal.ulid) if editable else "",
        "case": _case_address(proposal),
        "now": now,
    }


def _sheet(instrument: Instrument, seen: Look) -> dict[str, Any]:
    one = seen.sheets[instrument.ulid]
    return {"instrument": instrument, "look": one, "figures": figures_of(one)}


def _case_address(proposal: Proposal) -> str:
    """Where its case is to be seen; empty while it has none."""
    kind, _colon, ulid = proposal.source_case.partition(":")
    return _address("case_detail", ulid) if kind == "case" and ulid else ""


def _address(name: str, ulid: str) -> str:
    """A page of a process: it stands above this room and is known by its name. Empty where there is none."""
    try:
        return reverse(name, args=[ulid])
    except NoReverseMatch:
        return ""
