"""A fee sheet as an Excel workbook: taken away, and brought back."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import Refusal
from apps.core.refusals import add_refusal
from apps.fees.forms import WorkbookForm
from apps.fees.reach import instrument_of, proposal_for
from apps.fees.workbooks import SHEETS, export_sheet, import_sheet
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
    """The sheet says what the file says, or every fault of the file is told and nothing changes."""
    user, now = viewer(request), clock.now()
    proposal = proposal_for(user, ulid, now)
    instrument = instrument_of(proposal, asset_no)
    form = WorkbookForm(request.POST or None, request.FILES or None, initial={"revision": proposal.revision})
    faults: list[dict[str, object]] = []
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            import_sheet(
                proposal=proposal,
                instrument=instrument,
                revision=data["revision"],
                source=data["file"].read(),
                by=user,
                now=now,
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
            faults = refusal.details.get("faults", [])
        else:
            messages.success(request, _("The sheet says what the file says."))
            return redirect("fee_sheet", ulid, asset_no)
    context = {
        "proposal": proposal,
        "instrument": instrument,
        "form": form,
        "faults": faults[:SHOWN],
        "more": max(len(faults) - SHOWN, 0),
        "sheets": SHEETS,
    }
    return render(request, "fees/import.html", context, status=422 if form.errors else 200)
