"""Changing a booking and handing it over. Each view asks one operation."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.bookings.alternatives import alternatives, sisters
from apps.bookings.calendar import proposals
from apps.bookings.cancelling import cost_of_cancelling
from apps.bookings.foreseeing import foresee
from apps.bookings.forms import suggested
from apps.bookings.handing import (
    decline_hand_over,
    hand_over_for,
    offer_hand_over,
    offered_by,
    take_over,
    takers,
    withdraw_hand_over,
)
from apps.bookings.models import Booking, HandOver
from apps.bookings.moving import change_booking
from apps.bookings.moving_forms import ChangeForm, HandOverForm, TakeOverForm
from apps.bookings.queries import booking_for
from apps.bookings.views.mine import AHEAD, SENSIBLE
from apps.core import clock
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.refusals import add_refusal, form_page
from apps.funding.queries import usable_funds
from apps.people.views import viewer


@require_http_methods(["GET", "HEAD", "POST"])
def booking_change(request: HttpRequest, ulid: str) -> HttpResponse:
    """Another time, another instrument of the class, or another fund; what is free stands beside the form. To
    who may not know of the booking there is none.
    """
    user, now = viewer(request), clock.now()
    booking = booking_for(user, ulid, now)
    form = _change_form(request, booking, now)
    if request.method == "POST" and form.is_valid():
        try:
            made = change_booking(
                booking=booking,
                instrument=form.chosen_instrument,
                start=form.cleaned_data["start"],
                end=form.cleaned_data["end"],
                fund=form.chosen_fund,
                by=user,
                now=now,
            )
        except NotPermitted:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _changed(made))
            return redirect("booking_list")
    context = {
        "booking": booking,
        "form": form,
        "own": booking.user_id == user.pk,
        "price": cost_of_cancelling(booking, user, now),
        "days": proposals(form.chosen_instrument, now, AHEAD),
        **_change_verdict(form, booking, now),
    }
    return form_page(request, "bookings/change.html", context, form)


@never_cache
@require_safe
def booking_change_verdict(request: HttpRequest, ulid: str) -> HttpResponse:
    """Part of the page: whether the change in the form may be made, what it costs more or less, and which
    sister instruments are free at that time.
    """
    user, now = viewer(request), clock.now()
    booking = booking_for(user, ulid, now)
    context = {"booking": booking, **_change_verdict(_change_form(request, booking, now), booking, now)}
    return render(request, "bookings/change_verdict.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def booking_hand_over(request: HttpRequest, ulid: str) -> HttpResponse:
    """Choose to whom; while somebody is asked, take it back here. Nobody else learns that it exists."""
    user, now = viewer(request), clock.now()
    booking = booking_for(user, ulid, now)
    if booking.user_id != user.pk:
        raise NotFound(_("There is no such booking."), code="bookings.not_found")
    form = HandOverForm(request.POST if request.method == "POST" else None, people=takers(user, now))
    if request.method == "POST" and form.is_valid():
        try:
            offer_hand_over(booking=booking, to=form.chosen, by=user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Offered. The booking stays yours until it is taken."))
            return redirect("booking_list")
    context = {
        "booking": booking,
        "form": form,
        "pending": offered_by(user, now).get(booking.pk),
        "anybody": bool(form.fields["to"].choices),  # type: ignore[attr-defined]
    }
    return form_page(request, "bookings/hand_over_offer.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, ulid: str) -> HttpResponse:
    """One hand-over for its two people: who is asked takes or declines, the giver takes it back."""
    user, now = viewer(request), clock.now()
    row = hand_over_for(user, ulid)
    own = row.to_id == user.pk
    form = TakeOverForm(
        request.POST if request.method == "POST" else None, funds=usable_funds(user, now) if own else ()
    )
    if request.method == "POST":
        done = _answer(request, form, row)
        if done is not None:
            return done
    open_ = row.state == HandOver.State.OFFERED and row.until > now
    context = {"row": row, "own": own, "form": form, "open": open_, "booking": row.booking}
    return form_page(request, "bookings/hand_over.html", context, form, refused=409)


def _change_form(request: HttpRequest, booking: Booking, now: datetime) -> ChangeForm:
    """What was sent, else what a link proposes, else the booking as it is."""
    own = booking.user_id == viewer(request).pk
    known: dict[str, Any] = {
        # Which funds somebody has, and what is left on them, is not for the crew to know.
        "funds": usable_funds(booking.user, now) if own else (),
        "usual": booking.fund,
        "instruments": sisters(booking, now=now),
    }
    if request.method == "POST":
        return ChangeForm(request.POST, **known)
    told = {
        **suggested(booking.start, booking.end),
        "fund": booking.fund and booking.fund.number,
        "instrument": booking.instrument.asset_no,
    }
    asked = {
        name: request.GET[name] for name in ("start", "end", "instrument", "fund") if name in request.GET
    }
    return ChangeForm(initial={**told, **asked}, **known)


def _change_verdict(form: ChangeForm, booking: Booking, now: datetime) -> dict[str, Any]:
    """What would be met, while the form holds another period, and where else it is free at that time."""
    period, instrument = form.period, form.chosen_instrument
    if period is None or max(abs(moment - now) for moment in period) > SENSIBLE:
        return {"instrument": instrument}
    start, end = period
    found: dict[str, Any] = {"instrument": instrument, "start": start, "end": end}
    if form.has_sisters:
        found["elsewhere"] = alternatives(booking, now=now, start=start, end=end)
    if (instrument.pk, start, end) == (booking.instrument_id, booking.start, booking.end):
        return found
    verdict = foresee(
        user=booking.user,
        instrument=instrument,
        start=start,
        end=end,
        now=now,
        fund=form.asked_fund or booking.fund,
        purpose=booking.purpose,
        instead_of=booking,
    )
    return {**found, "verdict": verdict, "more_fen": (verdict.estimated_fen or 0) - booking.estimated_fen}


def _answer(request: HttpRequest, form: TakeOverForm, row: HandOver) -> HttpResponse | None:
    user, now = viewer(request), clock.now()
    answer = request.POST.get("answer")
    try:
        if answer == "decline":
            decline_hand_over(hand_over=row, by=user, now=now)
            messages.success(request, _("Declined. The booking stays whose it is."))
        elif answer == "withdraw":
            withdraw_hand_over(hand_over=row, by=user, now=now)
            messages.success(request, _("Taken back. The booking stays yours."))
        elif not form.is_valid():
            return None
        else:
            take_over(hand_over=row, by=user, fund=form.chosen_fund, now=now)
            messages.success(request, _("The booking is yours now."))
    except NotPermitted as refusal:
        if refusal.code in {"bookings.not_your_hand_over", "bookings.not_yours"}:
            raise
        add_refusal(form, refusal)
        return None
    except Refusal as refusal:
        add_refusal(form, refusal)
        row.refresh_from_db()
        return None
    return redirect("booking_list")


def _changed(made: Booking) -> str:
    if made.state == Booking.State.CONFIRMED:
        return _("Changed. The old time is free again.")
    return _("Asked for. Your booking stays as it is until somebody has agreed.")
