"""An agreement: where it stands, its clauses in words, inspections, inventories, photographs, repairs,
statements.
"""

from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.clock import school_time
from apps.core.errors import Refusal
from apps.core.refusals import add_refusal
from apps.hosting.breaches import open_breach
from apps.hosting.clauses import first_moment
from apps.hosting.forms import CostForm, PhotoForm
from apps.hosting.inventory import things_of
from apps.hosting.models import Agreement, ExitNotice, Side, TermsVersion
from apps.hosting.negotiating import accepted_by, terms_of
from apps.hosting.papers import paper_of
from apps.hosting.photos import add_photo, find_photo, inventories_with_pictures, store
from apps.hosting.queries import find_agreement
from apps.hosting.repairs import bear_cost, costs_of, counts_from, find_work, work_on
from apps.hosting.running import ends_at
from apps.hosting.sides import SIDES, sides_of
from apps.hosting.signing import signatures
from apps.hosting.words import clauses
from apps.people.views import viewer

SHOWN = 24


@require_safe
def hosting_agreement(request: HttpRequest, ulid: str) -> HttpResponse:
    """Everything about one agreement, for both sides and the office."""
    user, now = viewer(request), clock.now()
    agreement = find_agreement(ulid, user, now)
    mine = sides_of(user, agreement, now)
    last = agreement.versions.select_related("by").order_by("-number").first()
    photos = list(agreement.photos.select_related("by").order_by("pk"))
    context = {
        "agreement": agreement,
        "mine": [Side(one).label for one in sorted(mine)],
        "is_side": bool(mine & {Side.OWNER, Side.HOST}),
        "is_host": Side.HOST in mine,
        "is_office": Side.OFFICE in mine,
        "clauses": clauses(terms_of(agreement.terms)) if agreement.terms else [],
        "last": last,
        "to_accept": _to_accept(agreement, last, mine),
        "may_negotiate": agreement.state
        in (Agreement.State.NEGOTIATING, Agreement.State.AGREED, Agreement.State.RUNNING),
        "signatures": signatures(agreement),
        "paper": paper_of(agreement),
        "inspections": agreement.inspections.select_related("by")
        .prefetch_related("items")
        .order_by("-number"),
        "inventories": inventories_with_pictures(agreement, photos),
        "photos": photos,
        "statements": agreement.statements.all()[:SHOWN],
        "costs": costs_of(agreement),
        "orders": work_on(agreement)[:SHOWN] if Side.HOST in mine else [],
        "notice": ExitNotice.objects.filter(agreement=agreement).first(),
        "breach": open_breach(agreement),
        "reviews": agreement.reviews.select_related("by").order_by("-year", "side"),
        "last_day": _last_day(agreement) if agreement.state in Agreement.IN_FORCE else None,
        **_still_to_begin(agreement, now),
        "in_force": agreement.state in Agreement.IN_FORCE,
    }
    return render(request, "hosting/agreement.html", context)


def _still_to_begin(agreement: Agreement, now: datetime) -> dict[str, Any]:
    """When the terms of a running agreement begin to count, where that is still to come; and whether others
    count until then.
    """
    if agreement.terms is None or agreement.state not in Agreement.IN_FORCE:
        return {}
    begins = first_moment(terms_of(agreement.terms))
    if begins <= now:
        return {}
    since = counts_from(agreement)
    return {"begins": begins, "others_count": since is not None and since <= now}


def _to_accept(agreement: Agreement, last: TermsVersion | None, mine: frozenset[Side]) -> bool:
    """Whether the last version waits for the word of a side that the viewer acts for."""
    if last is None or last.pk == agreement.terms_id:
        return False
    if agreement.state not in (Agreement.State.NEGOTIATING, Agreement.State.RUNNING):
        return False
    return bool(mine & set(SIDES) - accepted_by(last))


def _last_day(agreement: Agreement) -> date:
    """The last whole day on which the agreement holds."""
    return school_time(ends_at(agreement) - timedelta(seconds=1)).date()


@require_http_methods(["GET", "HEAD", "POST"])
def hosting_photo_add(request: HttpRequest, ulid: str) -> HttpResponse:
    """One photograph more."""
    user, now = viewer(request), clock.now()
    agreement = find_agreement(ulid, user, now)
    things = things_of(agreement)
    sent_here = (request.POST, request.FILES) if request.method == "POST" else ()
    form = PhotoForm(*sent_here, things=things)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            add_photo(
                agreement=agreement,
                about=form.cleaned_data["about"],
                item=form.cleaned_data["item"],
                key=form.cleaned_data["thing"] or 0,
                name=sent.name,
                content=sent.read(),
                by=user,
                now=now,
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The photograph is there."))
            return redirect("hosting_agreement", ulid)
    context = {"agreement": agreement, "form": form}
    return render(request, "hosting/photo.html", context, status=_status(form))


@require_safe
def hosting_photo(request: HttpRequest, ulid: str) -> HttpResponse:
    """A photograph, to be looked at. Damaged ones are not handed out."""
    photo = find_photo(ulid, viewer(request), clock.now())
    answer = HttpResponse(store().get(photo.sha256), content_type=photo.content_type)
    answer["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(photo.name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def hosting_cost(request: HttpRequest, ulid: str, order: str) -> HttpResponse:
    """What a repair has cost, and who bears it."""
    user, now = viewer(request), clock.now()
    agreement = find_agreement(ulid, user, now)
    work = find_work(agreement, order)
    form = CostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            bear_cost(
                work_order=work,
                cost_fen=form.cleaned_data["cost"],
                note=form.cleaned_data["note"],
                by=user,
                now=now,
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Written down, and divided as agreed."))
            return redirect("hosting_agreement", ulid)
    context = {"agreement": agreement, "form": form, "order": work}
    return render(request, "hosting/cost.html", context, status=_status(form))


def _status(form: Any) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
