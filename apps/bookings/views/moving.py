"""Changing a booking and handing it over. Each view asks one operation."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.bookings.calendar import proposals
from apps.bookings.cancelling import price_of_cancelling
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
from apps.bookings.views.mine import AHEAD
from apps.core import clock
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.funding.queries import usable_funds
from apps.people.views import viewer


@require_http_methods(["GET", "HEAD", "POST"])
def booking_change(request: HttpRequest, ulid: str) -> HttpResponse:
    """Another time, or another fund; free time stands beside the form. To who may not know of the booking
    there is none.
    """
    user, now = viewer(request), clock.now()
    booking = booking_for(user, ulid, now)
    known: dict[str, Any] = {"funds": usable_funds(booking.user, now), "usual": booking.fund}
    if request.method == "POST":
        form = ChangeForm(request.POST, **known)
        if form.is_valid():
            try:
                made = change_booking(
                    booking=booking,
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
    else:
        told = {**suggested(booking.start, booking.end), "fund": booking.fund and booking.fund.number}
        asked = {name: request.GET[name] for name in ("start", "end") if name in request.GET}
        form = ChangeForm(initial={**told, **asked}, **known)
    context = {
        "booking": booking,
        "form": form,
        "own": booking.user_id == user.pk,
        "late": price_of_cancelling(booking, user, now),
        "days": proposals(booking.instrument, now, AHEAD),
    }
    return render(request, "bookings/change.html", context, status=422 if form.errors else 200)


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
    return render(request, "bookings/hand_over_offer.html", context, status=422 if form.errors else 200)


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
    return render(request, "bookings/hand_over.html", context, status=409 if form.errors else 200)


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
