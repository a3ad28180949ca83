"""One instrument's page: its state now, 'may I use it now?' with every condition, the price for the viewer,
free time, people, and what its crew may do. It crosses rooms and decides nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.bookings.calendar import proposals
from apps.clearances import gate
from apps.clearances.ends import LABELS
from apps.core import clock
from apps.core.errors import NotFound, NotPermitted, Refusal, Text, WrongState
from apps.core.refusals import add_refusal
from apps.fees.models import FeeVersion, Tier
from apps.fees.pricing import PriceModel
from apps.fees.queries import price_model, tier_of, version_in_force
from apps.instruments.models import Instrument
from apps.instruments.operations import lock_instrument, release_lock
from apps.instruments.queries import (
    crew_of,
    manages,
    may_manage,
    open_incidents,
    open_lock,
    outages_between,
    with_scopes,
)
from apps.people.models import User
from apps.people.views import viewer
from apps.portal.conditions import sort_conditions
from apps.portal.forms import ReasonForm, ReleaseForm
from apps.portal.purposes import purpose_label
from apps.portal.views.wall import tiles_for
from apps.portal.watchers import Reach

AHEAD = timedelta(days=3)


@dataclass(frozen=True)
class Price:
    """What the instrument costs the viewer by the standard in force."""

    version: FeeVersion
    tier: Text
    model: PriceModel | None


@require_safe
def instrument_detail(request: HttpRequest, asset_no: str) -> HttpResponse:
    """Everything a person wants to know before using or booking it."""
    user, now = viewer(request), clock.now()
    instrument = get_object_or_404(with_scopes(Instrument.objects.all()), asset_no=asset_no)
    verdict = gate.check(user=user, instrument=instrument, at=now, now=now, asked_by="web:instrument")
    may_act = may_manage(user, instrument, now)
    own = frozenset({instrument.pk}) if may_act else frozenset()
    context = {
        "instrument": instrument,
        "verdict": verdict,
        "purpose": purpose_label(verdict.purpose),
        "until_reason": LABELS.get(verdict.until_reason, ""),
        "sorted": sort_conditions(verdict.conditions),
        "lock": open_lock(instrument),
        "outages": list(outages_between(instrument.pk, now, now + AHEAD)),
        "incidents": list(open_incidents(instrument)),
        "tiles": tiles_for(Reach(own, own), now, instruments=[instrument.pk]),
        "price": _price(user, instrument, now),
        "days": proposals(instrument, now, AHEAD),
        "crew": list(crew_of(instrument, now)),
        "may_act": may_act,
        "may_arrange": may_act and manages(user, instrument, now),
        "now": now,
    }
    return render(request, "portal/instrument.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def instrument_lock(request: HttpRequest, asset_no: str) -> HttpResponse:
    """Lock at once, with a reason. It never waits for a password."""
    instrument, user, now = _mine(request, asset_no)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            lock_instrument(instrument=instrument, reason=form.cleaned_data["reason"], by=user, now=now)
        except NotPermitted:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The instrument is locked until its crew releases it."))
            return redirect("instrument_detail", asset_no)
    context = {"instrument": instrument, "form": form, "verb": "lock", "lock": None}
    return render(request, "portal/lock.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def instrument_release(request: HttpRequest, asset_no: str) -> HttpResponse:
    """Release the lock: uses become possible again, so the person is asked for their password."""
    instrument, user, now = _mine(request, asset_no)
    answer: HttpResponse = reauthentication_required(_release)(request, instrument, user, now)
    return answer


def _release(request: HttpRequest, instrument: Instrument, user: User, now: datetime) -> HttpResponse:
    lock = open_lock(instrument)
    if lock is None:
        raise WrongState(_("The instrument is not locked."), code="instruments.not_locked")
    form = ReleaseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            release_lock(lock=lock, by=user, now=now, reason=form.cleaned_data["reason"])
        except NotPermitted:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The lock is released. Every use is judged by the rules again."))
            return redirect("instrument_detail", instrument.asset_no)
    context = {"instrument": instrument, "form": form, "verb": "release", "lock": lock}
    return render(request, "portal/lock.html", context, status=422 if form.errors else 200)


def _mine(request: HttpRequest, asset_no: str) -> tuple[Instrument, User, datetime]:
    """The instrument, for somebody who may act on it."""
    user, now = viewer(request), clock.now()
    instrument = get_object_or_404(with_scopes(Instrument.objects.all()), asset_no=asset_no)
    if not may_manage(user, instrument, now):
        raise NotPermitted(_("Only the instrument's crew may do this."), code="instruments.not_crew")
    return instrument, user, now


def _price(user: User, instrument: Instrument, now: datetime) -> Price | None:
    version = version_in_force(instrument.pk, now)
    if version is None:
        return None
    tier = tier_of(user, instrument, now)
    try:
        model = price_model(version, tier, at=now)
    except NotFound:
        model = None
    return Price(version, Tier(tier).label, model)
