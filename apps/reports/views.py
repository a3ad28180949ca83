"""What a proposed price would have meant, for whoever works on the proposal: a page, the same as a part of
the editor, and a workbook.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.workbooks import Page, download_book
from apps.fees.content import Sheet
from apps.fees.drafting import content_of, sheet_in_force
from apps.fees.models import Proposal
from apps.fees.reach import instrument_of, proposal_for
from apps.instruments.models import Instrument, local_name
from apps.people.views import viewer
from apps.reports.whatif import Bill, WhatIf, what_if


@require_safe
def fee_whatif(request: HttpRequest, ulid: str, asset_no: str) -> HttpResponse:
    """The uses of the last year under the standard in force and under the sheet as it is saved. Asked for by
    the editor it is only the part of its page.
    """
    now = clock.now()
    proposal = proposal_for(viewer(request), ulid, now)
    instrument = instrument_of(proposal, asset_no)
    context = {
        "proposal": proposal,
        "instrument": instrument,
        "whatif": _answer(proposal, instrument, now),
    }
    partly = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    return render(request, "reports/whatif_part.html" if partly else "reports/whatif.html", context)


@require_safe
def fee_whatif_export(request: HttpRequest, ulid: str, asset_no: str) -> FileResponse:
    """The same as a workbook: by tier, by group, by fund."""
    now = clock.now()
    proposal = proposal_for(viewer(request), ulid, now)
    instrument = instrument_of(proposal, asset_no)
    answer = _answer(proposal, instrument, now)
    named = (
        (_("Tiers"), answer.tiers, None),
        (_("Groups"), answer.groups, answer.without_fund),
        (_("Funds"), answer.funds, answer.without_fund),
    )
    headings = (
        _("Name"),
        _("Uses"),
        _("Hours"),
        _("In force (yuan)"),
        _("Proposed (yuan)"),
        _("Change (yuan)"),
    )
    return download_book(
        filename=f"what-if-{instrument.asset_no}.xlsx",
        pages=[Page(name, headings, _rows(bills, rest)) for name, bills, rest in named],
    )


def _answer(proposal: Proposal, instrument: Instrument, now: datetime) -> WhatIf:
    """An application not to open has no sheet: nothing is charged under it."""
    sheet = content_of(proposal).sheet_of(instrument.ulid) or Sheet(instrument.ulid)
    return what_if(instrument=instrument, before=sheet_in_force(instrument, now), sheet=sheet, at=now)


def _rows(bills: tuple[Bill, ...], rest: Bill | None) -> Iterator[list[object]]:
    for bill in bills:
        yield _row(local_name(bill.name_zh, bill.name_en), bill)
    if rest is not None:
        yield _row(_("No fund is known"), rest)


def _row(name: str, bill: Bill) -> list[object]:
    return [
        name,
        bill.uses,
        round(Decimal(bill.powered_ms) / 3_600_000, 2),
        Decimal(bill.old_fen) / 100,
        Decimal(bill.new_fen) / 100,
        Decimal(bill.change_fen) / 100,
    ]
