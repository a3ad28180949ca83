"""The editor of one sheet: the page, and its saving while one types. What was typed stays on the page
whatever happens: an unreadable cell is marked, a save that comes too late leads to a comparison.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.fees.content import NOT_OPEN
from apps.fees.drafting import instruments_of
from apps.fees.editing import Desk, chosen, desk_for
from apps.fees.figures import figures_of
from apps.fees.grid.acts import more
from apps.fees.grid.columns import TABLES
from apps.fees.grid.drawing import placed
from apps.fees.grid.synonyms import SYNONYMS
from apps.fees.models import Proposal
from apps.fees.reach import proposal_for
from apps.fees.revisions import shown_revision
from apps.fees.views.conflicts import CHANGED, conflict_page, merge_answers
from apps.people.models import User
from apps.people.views import viewer

SAVE, MERGE = "save", "merge"
_ULID = re.compile("[0-9a-z]{26}")


@require_http_methods(["GET", "HEAD", "POST"])
def fee_sheet(request: HttpRequest, ulid: str, asset_no: str) -> HttpResponse:
    """The sheet of an instrument. Every button of the form saves what can be read."""
    user, now = viewer(request), clock.now()
    proposal = proposal_for(user, ulid, now)
    if proposal.kind == NOT_OPEN:
        return redirect("fee_not_open", ulid)
    if proposal.state not in Proposal.EDITABLE:
        return redirect("fee_proposal", ulid)
    if request.method != "POST":
        return _page(request, desk_for(proposal, asset_no, now))
    return _answer(request, desk_for(proposal, asset_no, now, _sent(request)), user)


def _answer(request: HttpRequest, desk: Desk, user: User) -> HttpResponse:
    """Do what the button says and save. A save that is refused leaves everything on the page."""
    verb = request.POST.get("act", SAVE)
    if verb == MERGE:
        merge_answers(desk, request)
    elif verb != SAVE and not desk.act(verb):
        raise NotFound(_("There is no such button."), code="fees.no_act")
    try:
        desk.save(shown_revision(request), user)
    except Refusal as refusal:
        if refusal.code == CHANGED:
            return conflict_page(request, desk, refusal)
        return _page(request, desk, status=refusal.status, refusal=refusal)
    if desk.faults or verb not in (SAVE, MERGE):
        return _page(request, desk, status=422 if desk.faults else 200)
    messages.success(request, _("Saved."))
    return redirect("fee_sheet", desk.proposal.ulid, desk.instrument.asset_no)


@require_POST
def fee_sheet_live(request: HttpRequest, ulid: str, asset_no: str) -> HttpResponse:
    """Saves what was typed so far and says what there is to see about it: the parts of the page that change,
    each with the name under which the page has it.
    """
    user, now = viewer(request), clock.now()
    desk = desk_for(proposal_for(user, ulid, now), asset_no, now, _sent(request))
    try:
        desk.save(shown_revision(request), user)
    except Refusal as refusal:
        context = {"refusal": refusal, "changed": refusal.code == CHANGED}
        return render(request, "fees/unsaved.html", context, status=refusal.status)
    return render(request, "fees/live.html", _seen(desk, request.POST.get("focus", "")))


@require_safe
def fee_figures(request: HttpRequest, ulid: str, asset_no: str) -> HttpResponse:
    """Peers and gap of the item that somebody looks at, as it is saved."""
    user, now = viewer(request), clock.now()
    desk = desk_for(proposal_for(user, ulid, now), asset_no, now)
    return render(request, "fees/figures.html", _seen(desk, request.GET.get("item", "")))


def _sent(request: HttpRequest) -> Iterable[tuple[str, str]]:
    return [(name, str(values[-1])) for name, values in request.POST.lists() if values]


def _seen(desk: Desk, focus: str) -> dict[str, Any]:
    """What there is to see about the sheet, with the item that somebody looks at: by the key of its row, or
    by its code.
    """
    seen = desk.look()
    row = desk.typed.row("i", focus)
    code = row.cells.get("code", "").strip() if row else focus
    figures = figures_of(seen)
    places = placed(seen.findings, desk.typed)
    return {
        "proposal": desk.proposal,
        "instrument": desk.instrument,
        "look": seen,
        "figures": figures,
        "one": chosen(figures, code),
        "faults": list(desk.faults.items()),
        "places": [(name, found) for name, rows in places.by_cell.items() for found in rows],
        "elsewhere": places.elsewhere,
        "rows": _computed(desk),
        "now": desk.now,
    }


def _computed(desk: Desk) -> list[tuple[str, Any]]:
    """The recomputed cost of each row by its key."""
    costs = desk.costs
    return [
        (row.key, costs.get(row.cells.get("code", "").strip()))
        for row in desk.typed.tables["i"]
        if not row.is_blank("i")
    ]


def _page(
    request: HttpRequest, desk: Desk, status: int = 200, refusal: Refusal | None = None
) -> HttpResponse:
    if not desk.typed.tables["i"]:
        more(desk.typed, "i", desk.asset)
    seen = _seen(desk, request.POST.get("focus", "") or request.GET.get("item", ""))
    sisters = [one for one in instruments_of(desk.proposal) if one.pk != desk.instrument.pk]
    context = {
        **seen,
        "drawing": desk.draw(seen["look"].findings),
        "tables": TABLES,
        "sisters": sisters,
        "files": desk.files,
        "refusal": refusal,
        "undo": _undo(request),
        "words": json.dumps(SYNONYMS, ensure_ascii=False),
    }
    return render(request, "fees/sheet.html", context, status=status)


def _undo(request: HttpRequest) -> str:
    """What a sheet said before it was just replaced (ULID), for the way back; empty otherwise."""
    asked = request.GET.get("undo", "")
    return asked if _ULID.fullmatch(asked) else ""
