"""Booking an instrument, my bookings, cancelling. Each view asks one operation."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.bookings.admission import Admission, purposes_of
from apps.bookings.calendar import proposals
from apps.bookings.cancelling import cost_of_cancelling
from apps.bookings.foreseeing import foresee
from apps.bookings.forms import BookingForm, CancelForm
from apps.bookings.handing import offered_by, offered_to
from apps.bookings.models import Booking
from apps.bookings.operations import book, cancel_booking
from apps.bookings.queries import booking_for, my_bookings, upcoming
from apps.bookings.quotas import shown_to
from apps.core import clock
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.refusals import add_refusal, form_page
from apps.fees.pricing import Quote, Use, quote
from apps.fees.queries import price_model, tier_of, version_in_force
from apps.funding.queries import usable_funds
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.views import viewer

AHEAD = timedelta(days=7)
PAGE = 20
SENSIBLE = timedelta(days=1000)  # what else is typed is no period of anybody's quota


@require_safe
def booking_list(request: HttpRequest) -> HttpResponse:
    """What is coming, and what was, page by page."""
    user, now = viewer(request), clock.now()
    coming = list(upcoming(user, now))
    past = my_bookings(user).exclude(pk__in=[booking.pk for booking in coming])
    page = Paginator(past, PAGE).get_page(request.GET.get("page"))
    context = {
        "coming": coming,
        "page": page,
        "now": now,
        "offered": offered_to(user, now),
        "pending": offered_by(user, now),
    }
    return render(request, "bookings/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def booking_create(request: HttpRequest, asset_no: str) -> HttpResponse:
    """Book an instrument: the form with its price, and the free time of a week beside it."""
    user, now = viewer(request), clock.now()
    instrument = get_object_or_404(Instrument.objects.select_related("facility"), asset_no=asset_no)
    known: dict[str, Any] = {
        "funds": usable_funds(user, now),
        "purposes": purposes_of(user, instrument, now),
    }
    if request.method == "POST":
        form = BookingForm(request.POST, **known)
        booking = _book(form, user, instrument, now)
        if booking is not None:
            messages.success(request, _booked(booking))
            return redirect("booking_list")
    else:
        initial = {name: request.GET[name] for name in ("start", "end") if name in request.GET}
        form = BookingForm(initial=initial, **known)
    context = {
        "instrument": instrument,
        "form": form,
        "days": proposals(instrument, now, AHEAD),
        "estimate": _estimate(request, user, instrument),
        "verdict": _verdict(form, user, instrument, now),
        "allowances": shown_to(user, instrument, _asked_start(form, now), now),
    }
    return form_page(request, "bookings/create.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
def booking_cancel(request: HttpRequest, ulid: str) -> HttpResponse:
    """Confirm, then cancel. Whoever may not know of the booking is told that there is none."""
    user, now = viewer(request), clock.now()
    booking = booking_for(user, ulid, now)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            cancel_booking(booking=booking, by=user, now=now, reason=form.cleaned_data["reason"])
        except NotPermitted:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Cancelled. The slot is free again, and nothing is held any more."))
            return redirect("booking_list")
    context = {
        "booking": booking,
        "form": form,
        "own": booking.user_id == user.pk,
        "price": cost_of_cancelling(booking, user, now),
    }
    return form_page(request, "bookings/cancel.html", context, form, refused=409)


def _book(form: BookingForm, user: User, instrument: Instrument, now: datetime) -> Booking | None:
    if not form.is_valid():
        return None
    period = form.cleaned_data
    try:
        return book(
            user=user,
            instrument=instrument,
            start=period["start"],
            end=period["end"],
            fund=form.chosen_fund,
            by=user,
            now=now,
            purpose=form.chosen_purpose,
        )
    except Refusal as refusal:
        add_refusal(form, refusal)
        return None


def _booked(booking: Booking) -> str:
    if booking.state == Booking.State.REQUESTED:
        return _("Requested. The time and its price are kept for you until everybody asked has answered.")
    if booking.hold is None:
        return _("Booked. It costs nothing.")
    return _("Booked. The estimated price is held on the fund until the use is charged.")


def _asked_start(form: BookingForm, now: datetime) -> datetime:
    """The start that was typed, or that the link proposed; now for none, or none that could be booked."""
    start: Any = None
    if form.is_bound:
        start = getattr(form, "cleaned_data", {}).get("start")
    else:
        with suppress(ValidationError):
            start = form.fields["start"].clean(form.initial.get("start", ""))
    sensible = isinstance(start, datetime) and abs(start - now) <= SENSIBLE
    return cast("datetime", start) if sensible else now


def _verdict(form: BookingForm, user: User, instrument: Instrument, now: datetime) -> Admission | None:
    """Whether the period of the form may be booked, while it is one."""
    if form.is_bound:
        asked = getattr(form, "cleaned_data", {})
        start, end = asked.get("start"), asked.get("end")
    else:
        start, end = (_clean(form, name) for name in ("start", "end"))
    if start is None or end is None or max(abs(start - now), abs(end - now)) > SENSIBLE:
        return None
    return foresee(
        user=user,
        instrument=instrument,
        start=start,
        end=end,
        now=now,
        fund=form.chosen_fund if form.is_bound else None,
        purpose=form.chosen_purpose if form.is_bound else Booking.Purpose.USE,
    )


def _clean(form: BookingForm, name: str) -> Any:
    with suppress(ValidationError):
        return form.fields[name].clean(form.initial.get(name, ""))
    return None


def _estimate(request: HttpRequest, user: User, instrument: Instrument) -> Quote | None:
    """What the period of the form would cost this person; None while it is not a period, or not priced."""
    asked: Any = request.POST if request.method == "POST" else request.GET
    form = BookingForm(asked, funds=())
    form.is_valid()
    if asked.get("purpose", Booking.Purpose.USE) != Booking.Purpose.USE:
        return None
    start, end = form.cleaned_data.get("start"), form.cleaned_data.get("end")
    if start is None or end is None or not timedelta() < end - start <= SENSIBLE:
        return None
    version = version_in_force(instrument.pk, start)
    if version is None or not instrument.use_charged:
        return None
    length_ms = round((end - start).total_seconds() * 1000)
    try:
        model = price_model(version, tier_of(user, instrument, start), at=start)
    except NotFound:
        return None
    return quote(model, Use(start=start, end=end, effective_ms=length_ms, powered_ms=length_ms, samples=0))
