"""Booking every week: the form with its preview, my series, one of them with its bookings. Each view asks one
operation.
"""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from apps.bookings.admission import purposes_of
from apps.bookings.models import Booking
from apps.bookings.series import (
    Occurrence,
    bookings_of,
    make_series,
    my_series,
    preview_series,
    series_for,
    stop_series,
)
from apps.bookings.series_forms import SeriesForm, StopForm
from apps.core import clock
from apps.core.clock import school_time
from apps.core.errors import Refusal
from apps.core.refusals import add_refusal, form_page
from apps.funding.queries import usable_funds
from apps.instruments.models import Instrument
from apps.people.views import viewer

PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
def series_create(request: HttpRequest, asset_no: str) -> HttpResponse:
    """Fill in, look at every day, then book them all. What was typed is kept."""
    user, now = viewer(request), clock.now()
    instrument = get_object_or_404(Instrument.objects.select_related("facility"), asset_no=asset_no)
    known: dict[str, Any] = {
        "funds": usable_funds(user, now),
        "purposes": purposes_of(user, instrument, now),
    }
    form = SeriesForm(request.POST if request.method == "POST" else None, **known)
    found: list[Occurrence] | None = None
    if request.method == "POST" and form.is_valid():
        asked: dict[str, Any] = {
            "user": user,
            "instrument": instrument,
            "purpose": form.chosen_purpose,
            "fund": form.chosen_fund,
            "pattern": form.pattern,
            "by": user,
            "now": now,
        }
        try:
            if request.POST.get("act") == "make":
                made = make_series(**asked)
                messages.success(request, _("All of it is booked."))
                return redirect("series_detail", made.ulid)
            found = preview_series(**asked)
        except Refusal as refusal:
            add_refusal(form, refusal)
            if refusal.code == "bookings.series_conflicts":
                found = preview_series(**asked)
    against = [one for one in found or () if one.refusal is not None]
    context = {
        "instrument": instrument,
        "form": form,
        "found": found,
        "against": against,
        "but": ",".join(sorted(_left_out(form) | {one.day.isoformat() for one in against})),
        "free": len(found or ()) - len(against),
    }
    return form_page(request, "bookings/series_create.html", context, form)


@require_safe
def series_mine(request: HttpRequest) -> HttpResponse:
    """The person's series, the latest first."""
    user, now = viewer(request), clock.now()
    page = Paginator(my_series(user, now), PAGE).get_page(request.GET.get("page"))
    return render(request, "bookings/series_mine.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def series_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """Its bookings, each with its own way to change or cancel it, and stopping the rest. Nobody but its
    person and the crew learns that it is.
    """
    user, now = viewer(request), clock.now()
    series = series_for(user, ulid, now)
    today = {"from_day": school_time(now).date()}
    form = StopForm(request.POST if request.method == "POST" else None, initial=today)
    if request.method == "POST" and form.is_valid():
        try:
            stopped = stop_series(
                series=series,
                from_day=form.cleaned_data["from_day"],
                by=user,
                now=now,
                reason=form.cleaned_data["reason"],
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            said = ngettext("%(count)d booking is cancelled.", "%(count)d bookings are cancelled.", stopped)
            messages.success(request, said % {"count": stopped})
            return redirect("series_detail", series.ulid)
    rows = list(bookings_of(series))
    context = {
        "series": series,
        "rows": rows,
        "form": form,
        "own": series.user_id == user.pk,
        "now": now,
        "left": any(one.state in Booking.LIVE and one.start > now for one in rows),
    }
    return form_page(request, "bookings/series_detail.html", context, form, refused=409)


def _left_out(form: SeriesForm) -> set[str]:
    """The days that are left out already."""
    return {day.isoformat() for day in getattr(form, "cleaned_data", {}).get("but", ())}
