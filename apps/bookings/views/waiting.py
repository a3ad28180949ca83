"""Waiting for time on an instrument: joining, my list with places, answering an offer, leaving, and the list
of an instrument for its crew. Each view asks one operation.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.bookings.admission import purposes_of
from apps.bookings.models import Waiting
from apps.bookings.queries import live_between
from apps.bookings.waiting import (
    accept_offer,
    decline_offer,
    join_waiting,
    leave_waiting,
    my_waiting,
    offers_of,
    standing_offer,
    waiting_for,
    waiting_list,
)
from apps.bookings.waiting_forms import AcceptForm, LeaveForm, WaitingForm
from apps.core import clock
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.refusals import add_refusal, form_page
from apps.funding.queries import usable_funds
from apps.instruments.models import Instrument
from apps.instruments.queries import may_manage
from apps.people.views import viewer

PAGE = 20
AHEAD = timedelta(days=14)
SHOWN = 40  # taken periods beside the form


@require_http_methods(["GET", "HEAD", "POST"])
def waiting_join(request: HttpRequest, asset_no: str) -> HttpResponse:
    """Say when and how long; what is taken stands beside the form."""
    user, now = viewer(request), clock.now()
    instrument = get_object_or_404(Instrument.objects.select_related("facility"), asset_no=asset_no)
    known: dict[str, Any] = {
        "funds": usable_funds(user, now),
        "purposes": purposes_of(user, instrument, now),
    }
    form = WaitingForm(request.POST if request.method == "POST" else None, initial=_asked(request), **known)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            row = join_waiting(
                user=user,
                instrument=instrument,
                earliest=asked["earliest"],
                latest=asked["latest"],
                minutes=asked["minutes"],
                fund=form.chosen_fund,
                by=user,
                now=now,
                purpose=form.chosen_purpose,
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("You wait now. As soon as time is free for you, you are told."))
            return redirect("waiting_detail", row.ulid)
    context = {
        "instrument": instrument,
        "form": form,
        "taken": live_between(instrument.pk, now, now + AHEAD)[:SHOWN],
        "ahead": waiting_list(instrument).count(),
    }
    return form_page(request, "bookings/waiting_join.html", context, form)


@require_safe
def waiting_mine(request: HttpRequest) -> HttpResponse:
    """What I wait for, with my places, and what was."""
    user, now = viewer(request), clock.now()
    rows = my_waiting(user)
    waiting = list(rows.filter(state__in=Waiting.OPEN))
    offers = offers_of(waiting)
    context = {
        "open": [(row, offers.get(row.pk)) for row in waiting],
        "page": Paginator(rows.exclude(state__in=Waiting.OPEN), PAGE).get_page(request.GET.get("page")),
        "now": now,
    }
    return render(request, "bookings/waiting_mine.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def waiting_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """One row for its person, who answers an offer here, and for the crew. Nobody else learns that it is."""
    user, now = viewer(request), clock.now()
    row = waiting_for(user, ulid, now)
    own = row.user_id == user.pk
    funds = usable_funds(user, now) if own else ()
    form = AcceptForm(request.POST if request.method == "POST" else None, funds=funds, usual=row.fund)
    if request.method == "POST":
        done = _answer(request, form, row)
        if done is not None:
            return done
    offer = standing_offer(row)
    until = offer.offered_until if offer is not None else None
    context = {
        "row": row,
        "own": own,
        "offer": offer,
        "left_s": max(0, int((until - now).total_seconds())) if until else 0,
        "overdue": until is not None and until <= now,
        "form": form,
        "now": now,
    }
    return form_page(request, "bookings/waiting_detail.html", context, form, refused=409)


def _answer(request: HttpRequest, form: AcceptForm, row: Waiting) -> HttpResponse | None:
    user, now = viewer(request), clock.now()
    try:
        if request.POST.get("answer") == "decline":
            decline_offer(waiting=row, by=user, now=now)
            messages.success(request, _("Declined. You keep your place for other time."))
            return redirect("waiting_mine")
        if form.is_valid():
            accept_offer(waiting=row, by=user, now=now, fund=form.chosen_fund)
            messages.success(request, _("Booked. You find it among your bookings."))
            return redirect("booking_list")
    except NotPermitted:
        raise
    except Refusal as refusal:
        add_refusal(form, refusal)
        row.refresh_from_db()
    return None


@require_http_methods(["GET", "HEAD", "POST"])
def waiting_leave(request: HttpRequest, ulid: str) -> HttpResponse:
    """Confirm, then leave; the crew takes somebody off with a reason."""
    user, now = viewer(request), clock.now()
    row = waiting_for(user, ulid, now)
    own = row.user_id == user.pk
    form = LeaveForm(request.POST if request.method == "POST" else None, own=own)
    if request.method == "POST" and form.is_valid():
        try:
            leave_waiting(waiting=row, by=user, now=now, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("You no longer wait.") if own else _("Taken off the waiting list."))
            return redirect("waiting_mine") if own else redirect("waiting_list", row.instrument.asset_no)
    context = {"row": row, "form": form, "own": own}
    return form_page(request, "bookings/waiting_leave.html", context, form, refused=409)


@require_safe
def instrument_waiting(request: HttpRequest, asset_no: str) -> HttpResponse:
    """Who waits for an instrument: for its crew."""
    user, now = viewer(request), clock.now()
    instrument = get_object_or_404(Instrument.objects.select_related("facility"), asset_no=asset_no)
    if not may_manage(user, instrument, now):
        raise NotPermitted(_("Only the instrument's crew sees who waits."), code="bookings.not_crew")
    page = Paginator(waiting_list(instrument), PAGE).get_page(request.GET.get("page"))
    offers = offers_of(list(page.object_list))
    context = {
        "instrument": instrument,
        "page": page,
        "rows": [(row, offers.get(row.pk)) for row in page.object_list],
    }
    return render(request, "bookings/waiting_list.html", context)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What a link proposes: its window, and how long, else its whole length."""
    found: dict[str, Any] = {
        name: request.GET[key]
        for name, key in (("earliest", "start"), ("latest", "end"))
        if key in request.GET
    }
    field = WaitingForm.base_fields["earliest"]
    with suppress(ValidationError, KeyError, NotFound):
        length = field.clean(found["latest"]) - field.clean(found["earliest"])
        minutes = length // timedelta(minutes=1)
        if 0 < minutes <= 24 * 60:
            found["minutes"] = minutes
    if (asked := request.GET.get("minutes", "")).isdecimal():
        found["minutes"] = asked
    return found
