"""My points and the appeal against them; the appeals that wait for whoever is responsible. Each view asks one
operation.
"""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.bookings.forms import AppealDecisionForm, AppealForm
from apps.bookings.models import PointAppeal
from apps.bookings.points import (
    appeal,
    appeal_until,
    appeals_for,
    counting_entries,
    decide_appeal,
    my_points,
)
from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.parameters import value
from apps.core.refusals import add_refusal, form_page
from apps.people.views import viewer

PAGE = 20


@require_safe
def point_list(request: HttpRequest) -> HttpResponse:
    """What counts now, and all that ever was, page by page."""
    user, now = viewer(request), clock.now()
    counting = counting_entries(user, now)
    context = {
        "total": sum(entry.points for entry in counting),
        "counting": {entry.pk for entry in counting},
        "days": value("bookings.points_days", at=now),
        "page": Paginator(my_points(user), PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "bookings/points.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def point_appeal(request: HttpRequest, ulid: str) -> HttpResponse:
    """Say why points should not count. To everybody else there are none."""
    user, now = viewer(request), clock.now()
    entry = my_points(user).filter(ulid=ulid).first()
    if entry is None:
        raise NotFound(_("There are no such points."), code="bookings.no_points")
    form = AppealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            appeal(entry=entry, by=user, reason=form.cleaned_data["reason"], now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Your appeal waits for a decision. Until then the points count."))
            return redirect("point_list")
    context = {"entry": entry, "form": form, "until": appeal_until(entry)}
    return form_page(request, "bookings/appeal.html", context, form)


@require_safe
def appeal_list(request: HttpRequest) -> HttpResponse:
    """The open appeals that this person may decide, the oldest first."""
    user, now = viewer(request), clock.now()
    found = appeals_for(user, now).filter(state=PointAppeal.State.OPEN)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "bookings/appeals.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def appeal_decide(request: HttpRequest, ulid: str) -> HttpResponse:
    """Uphold or reject, with a reason. To who may not decide there is no appeal."""
    user, now = viewer(request), clock.now()
    found = appeals_for(user, now).filter(ulid=ulid).first()
    if found is None:
        raise NotFound(_("There is no such appeal."), code="bookings.no_appeal")
    form = AppealDecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer = form.cleaned_data
        try:
            decide_appeal(
                found=found, by=user, uphold=answer["uphold"] == "yes", why=answer["reason"], now=now
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Decided."))
            return redirect("appeal_list")
    context = {"appeal": found, "form": form}
    return form_page(request, "bookings/appeal_decide.html", context, form)
