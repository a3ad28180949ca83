"""Two people changed one sheet: the page that compares both sides, and the answers that it sends back."""

from collections.abc import Collection

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.core.errors import NotFound, Refusal
from apps.fees.drafting import content_of
from apps.fees.editing import Desk
from apps.fees.grid.merging import Difference, differences, merge
from apps.fees.grid.typed import Typed, from_sheet
from apps.fees.models import Proposal
from apps.fees.revisions import shown_revision

CHANGED = "fees.changed_meanwhile"


def conflict_page(
    request: HttpRequest, desk: Desk, refusal: Refusal, own: Collection[str] | None = None
) -> HttpResponse:
    """Both versions side by side, place by place. What the person changed is theirs to begin with: the places
    in `own` (keys of differences), else what the browser tells to have been typed since the page was saved
    last, else all of them.
    """
    theirs = _theirs(desk)
    touched = set(request.POST.get("touched", "").split())
    places = differences(desk.typed, theirs)
    context = {
        "proposal": desk.proposal,
        "instrument": desk.instrument,
        "refusal": refusal,
        "rows": [(one, _is_own(one, touched, own)) for one in places],
        "mine": list(desk.typed.texts()),
        "touched": " ".join(sorted(touched)),
    }
    return render(request, "fees/conflict.html", context, status=409)


def merge_answers(desk: Desk, request: HttpRequest) -> None:
    """The answers of the comparison, while the other side is still what it was when they were given."""
    theirs = _theirs(desk)
    if desk.proposal.revision != shown_revision(request):
        return
    taken = {
        one.key
        for number, one in enumerate(differences(desk.typed, theirs))
        if request.POST.get(f"m.{number}") == "theirs"
    }
    desk.take(merge(desk.typed, theirs, taken))


def _is_own(one: Difference, touched: Collection[str], own: Collection[str] | None) -> bool:
    if own is not None:
        return one.key in own
    return not touched or not set(one.cells).isdisjoint(touched)


def _theirs(desk: Desk) -> Typed:
    """The sheet as it is stored by now."""
    fresh = Proposal.objects.get(pk=desk.proposal.pk)
    stored = content_of(fresh).sheet_of(desk.instrument.ulid)
    if stored is None:
        raise NotFound(_("This proposal has no sheet of that instrument."), code="fees.no_sheet")
    desk.proposal, desk.content = fresh, content_of(fresh)
    return from_sheet(stored)
