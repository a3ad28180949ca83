"""The application not to open: why, for each instrument of it."""

from dataclasses import replace
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.errors import Refusal
from apps.core.refusals import add_refusal
from apps.fees.content import NOT_OPEN, Content
from apps.fees.drafting import content_of, instruments_of, save_draft
from apps.fees.evidence import files_of
from apps.fees.forms import NotOpenForm
from apps.fees.models import Proposal
from apps.fees.reach import proposal_for
from apps.fees.revisions import shown_revision
from apps.people.models import User
from apps.people.views import viewer


@require_http_methods(["GET", "HEAD", "POST"])
def fee_not_open(request: HttpRequest, ulid: str) -> HttpResponse:
    """Cause and reason of each instrument. Saved as far as it goes; sending asks for all of it."""
    user, now = viewer(request), clock.now()
    proposal = proposal_for(user, ulid, now)
    if proposal.kind != NOT_OPEN or proposal.state not in Proposal.EDITABLE:
        return redirect("fee_proposal", ulid)
    content = content_of(proposal)
    forms = _forms(request, proposal, content)
    valid = request.method == "POST" and all(form.is_valid() for form in forms)
    if valid and _save(forms, proposal, content, request, user, now):
        messages.success(request, _("Saved."))
        return redirect("fee_proposal", ulid)
    instruments = {one.ulid: one for one in instruments_of(proposal)}
    pairs = [
        (instruments[wish.instrument], form)
        for wish, form in zip(content.not_open, forms, strict=True)
        if wish.instrument in instruments
    ]
    wrong = any(form.errors for form in forms)
    sent = request.POST.get("revision", "") if request.method == "POST" else ""
    context = {"proposal": proposal, "pairs": pairs, "revision": sent or proposal.revision}
    return render(request, "fees/not_open.html", context, status=422 if wrong else 200)


def _forms(request: HttpRequest, proposal: Proposal, content: Content) -> list[NotOpenForm]:
    files = [(file.ulid, file.name) for file in files_of(proposal)]
    return [
        NotOpenForm(
            request.POST if request.method == "POST" else None,
            prefix=f"n{number}",
            initial={"cause": wish.cause, "reason": wish.reason, "file": wish.file},
            files=files,
        )
        for number, wish in enumerate(content.not_open)
    ]


def _save(
    forms: list[NotOpenForm],
    proposal: Proposal,
    content: Content,
    request: HttpRequest,
    user: User,
    now: datetime,
) -> bool:
    wishes = tuple(form.wish(wish.instrument) for wish, form in zip(content.not_open, forms, strict=True))
    try:
        save_draft(
            proposal=proposal,
            revision=shown_revision(request),
            content=replace(content, not_open=wishes),
            by=user,
            now=now,
        )
    except Refusal as refusal:
        add_refusal(forms[0], refusal)
        return False
    return True
