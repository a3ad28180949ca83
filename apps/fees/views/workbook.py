"""A fee sheet as an Excel workbook: taken away, and brought back in two steps, a preview and its
confirmation. What a sheet said before it was replaced can be brought back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.refusals import add_refusal
from apps.fees.difference import difference
from apps.fees.drafting import content_of
from apps.fees.editing import desk_for
from apps.fees.forms import WorkbookForm
from apps.fees.grid.typed import from_sheet
from apps.fees.models import EarlierSheet, Proposal
from apps.fees.previewing import confirm, preview, previewed
from apps.fees.reach import instrument_of, proposal_for
from apps.fees.replacing import earlier_sheets, restore_sheet, sheet_of
from apps.fees.revisions import shown_revision
from apps.fees.views.conflicts import CHANGED, conflict_page
from apps.fees.workbooks import SHEETS, export_sheet
from apps.instruments.models import Instrument
from apps.people.views import viewer

SHOWN = 200


@require_safe
def fee_export(request: HttpRequest, ulid: str, asset_no: str) -> FileResponse:
    """The sheet as it is saved."""
    user, now = viewer(request), clock.now()
    proposal = proposal_for(user, ulid, now)
    return export_sheet(proposal=proposal, instrument=instrument_of(proposal, asset_no), now=now)


@require_http_methods(["GET", "HEAD", "POST"])
def fee_import(request: HttpRequest, ulid: str, asset_no: str) -> HttpResponse:
    """A file is uploaded and shown: everything that it would change, or every fault of it. Nothing changes
    here.
    """
    user, now = viewer(request), clock.now()
    proposal = proposal_for(user, ulid, now)
    instrument = instrument_of(proposal, asset_no)
    if proposal.state not in Proposal.EDITABLE:
        return redirect("fee_proposal", ulid)
    form = WorkbookForm(request.POST, request.FILES) if request.method == "POST" else WorkbookForm()
    if request.method != "POST" or not form.is_valid():
        return _upload_page(request, proposal, instrument, form)
    source = form.cleaned_data["file"].read()
    try:
        seen = preview(proposal=proposal, instrument=instrument, source=source, by=user, now=now)
    except Refusal as refusal:
        add_refusal(form, refusal)
        return _upload_page(request, proposal, instrument, form, refusal.details.get("faults", []))
    context = {"proposal": proposal, "instrument": instrument, "preview": seen}
    return render(request, "fees/import_preview.html", context)


@require_POST
def fee_import_confirm(request: HttpRequest, ulid: str, asset_no: str) -> HttpResponse:
    """Take over exactly what was shown. Where the draft was saved since, both sides are compared."""
    user, now = viewer(request), clock.now()
    proposal = proposal_for(user, ulid, now)
    instrument = instrument_of(proposal, asset_no)
    token = request.POST.get("preview", "")
    try:
        kept = confirm(token=token, proposal=proposal, instrument=instrument, by=user, now=now)
    except Refusal as refusal:
        if refusal.code != CHANGED:
            raise
        found = previewed(token=token, proposal=proposal, instrument=instrument, by=user)
        desk = desk_for(proposal, asset_no, now)
        desk.take(from_sheet(found.sheet))
        return conflict_page(request, desk, refusal, found.places)
    messages.success(request, _("The sheet says what the file says."))
    return _to_the_sheet(ulid, asset_no, kept)


@require_http_methods(["GET", "HEAD", "POST"])
def fee_earlier(request: HttpRequest, ulid: str, asset_no: str, kept: str) -> HttpResponse:
    """What a sheet said before it was replaced, against what it says now; confirm, and it says that again."""
    user, now = viewer(request), clock.now()
    proposal = proposal_for(user, ulid, now)
    instrument = instrument_of(proposal, asset_no)
    earlier = earlier_sheets(proposal, instrument).filter(ulid=kept).first()
    if earlier is None:
        raise NotFound(_("There is no such earlier state."), code="fees.no_earlier")
    if proposal.state not in Proposal.EDITABLE:
        return redirect("fee_proposal", ulid)
    if request.method == "POST":
        return _restore(request, proposal, earlier, now)
    changes = difference(content_of(proposal).sheet_of(instrument.ulid), sheet_of(earlier))
    context = {"proposal": proposal, "instrument": instrument, "earlier": earlier, "changes": changes}
    return render(request, "fees/earlier.html", context)


def _restore(request: HttpRequest, proposal: Proposal, earlier: EarlierSheet, now: datetime) -> HttpResponse:
    asset_no = earlier.instrument.asset_no
    try:
        kept = restore_sheet(earlier=earlier, revision=shown_revision(request), by=viewer(request), now=now)
    except Refusal as refusal:
        if refusal.code != CHANGED:
            raise
        desk = desk_for(proposal, asset_no, now)
        desk.take(from_sheet(sheet_of(earlier)))
        return conflict_page(request, desk, refusal)
    messages.success(request, _("The sheet says again what it said before."))
    return _to_the_sheet(proposal.ulid, asset_no, kept)


def _to_the_sheet(ulid: str, asset_no: str, kept: EarlierSheet | None) -> HttpResponse:
    """The sheet, with the way back to what it said before."""
    address = reverse("fee_sheet", args=[ulid, asset_no])
    return redirect(f"{address}?undo={kept.ulid}" if kept else address)


def _upload_page(
    request: HttpRequest,
    proposal: Proposal,
    instrument: Instrument,
    form: WorkbookForm,
    faults: Sequence[Mapping[str, Any]] = (),
) -> HttpResponse:
    context = {
        "proposal": proposal,
        "instrument": instrument,
        "form": form,
        "faults": faults[:SHOWN],
        "more": max(len(faults) - SHOWN, 0),
        "sheets": SHEETS,
        "earlier": earlier_sheets(proposal, instrument),
    }
    return render(request, "fees/import.html", context, status=422 if form.errors else 200)
