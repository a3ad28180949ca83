"""How an instrument, or every one of a facility, is booked: the terms, the week of opening hours, and what it
makes of the coming two weeks. Saving asks one operation.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.bookings.arranging import Owner, may_arrange, may_begin, set_quota, set_terms, set_windows
from apps.bookings.arranging_forms import DAYS, HoursForm, QuotaForm, TermsForm, filled
from apps.bookings.models import Booking
from apps.bookings.opening import (
    Opening,
    clock_of,
    drafted,
    opening_of,
    opening_of_facility,
    windows_in_force,
)
from apps.bookings.queries import live_between
from apps.bookings.quotas import quotas_set
from apps.bookings.terms import NUMBERS, terms_in_force, terms_of_facility
from apps.core import clock
from apps.core.clock import school_midnight, school_time
from apps.core.errors import NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.core.workdays import DayType
from apps.instruments.models import Facility, Instrument
from apps.people.models import User
from apps.people.views import viewer

AHEAD = 14  # days of the preview


@dataclass(frozen=True)
class PreviewDay:
    """One day of the preview: its kind in words, its hours in words, and as bars of a day of 1440 minutes."""

    day: date
    kind: str
    hours: tuple[str, ...]
    bars: tuple[tuple[int, int], ...]


@require_http_methods(["GET", "HEAD", "POST"])
def of_instrument(request: HttpRequest, asset_no: str) -> HttpResponse:
    """The terms and hours of one instrument, for who manages it. 403 for everybody else."""
    return _page(request, get_object_or_404(Instrument.objects.select_related("facility"), asset_no=asset_no))


@require_http_methods(["GET", "HEAD", "POST"])
def of_facility(request: HttpRequest, ulid: str) -> HttpResponse:
    """The terms and hours that a facility gives its instruments, for who manages it. 403 for others."""
    return _page(request, get_object_or_404(Facility.objects.select_related("lab"), ulid=ulid))


def _page(request: HttpRequest, owner: Owner) -> HttpResponse:
    user, now = viewer(request), clock.now()
    if not may_arrange(user, owner, now):
        raise NotPermitted(_("Only who manages it says how it is booked."), code="bookings.not_arranger")
    today = school_time(now).date()
    asked = request.POST.get("form") if request.method == "POST" else ""
    quota = QuotaForm(_ending(request.POST) if asked == "quota" else None)
    terms = _terms_form(request.POST if asked == "terms" else None, owner, now)
    hours = HoursForm(
        request.POST if asked == "hours" else None,
        without=_("As the facility") if isinstance(owner, Instrument) else _("Round the clock"),
        initial=filled(windows_in_force(owner, today), today),
    )
    if (
        (asked == "terms" and _save_terms(terms, owner, user, now))
        or (asked == "hours" and request.POST.get("act") == "save" and _save_hours(hours, owner, user, now))
        or (asked == "quota" and _save_quota(quota, owner, user, now, ends=request.POST.get("act") == "end"))
    ):
        messages.success(request, _("Saved."))
        return redirect(request.path)
    opening, since, is_draft = _shown(hours, owner, now)
    days = [_told(opening, since + timedelta(days=number)) for number in range(AHEAD)]
    context = {
        "owner": owner,
        "instrument": owner if isinstance(owner, Instrument) else None,
        "terms": terms,
        "hours": hours,
        "quota": quota,
        "quotas": quotas_set(owner, now),
        "days": days,
        "is_draft": is_draft,
        "outside": _outside(owner, opening, since, now),
    }
    wrong = terms.errors or hours.errors or quota.errors
    return render(request, "bookings/arrange.html", context, status=422 if wrong else 200)


def _terms_form(data: Any, owner: Owner, now: datetime) -> TermsForm:
    own = terms_in_force(owner, now)
    if isinstance(owner, Instrument):
        counting = terms_of_facility(owner.facility, now)
    else:
        counting = terms_of_facility(owner, now, alone=True)
    initial = {name: getattr(own, name, None) for name in (*NUMBERS, "route")}
    return TermsForm(data, counting=asdict(counting), initial=initial)


def _save_terms(form: TermsForm, owner: Owner, user: User, now: datetime) -> bool:
    if not form.is_valid():
        return False
    try:
        numbers = {name: form.cleaned_data[name] for name in NUMBERS}
        set_terms(owner=owner, numbers=numbers, route=form.cleaned_data["route"], by=user, now=now)
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _save_hours(form: HoursForm, owner: Owner, user: User, now: datetime) -> bool:
    if not form.is_valid():
        return False
    try:
        set_windows(owner=owner, week=form.week, since=form.cleaned_data["since"], by=user, now=now)
    except Refusal as refusal:
        if refusal.field in DayType.__members__.values():
            form.refuse(str(refusal.field), f"{refusal} ({refusal.code})")
        else:
            add_refusal(form, refusal)
        return False
    return True


def _ending(posted: Any) -> Any:
    """Whoever ends a quota names no hours."""
    if posted.get("act") != "end":
        return posted
    return {"group": posted.get("group", ""), "period": posted.get("period", ""), "hours": "1"}


def _save_quota(form: QuotaForm, owner: Owner, user: User, now: datetime, *, ends: bool) -> bool:
    if not form.is_valid():
        return False
    asked = form.cleaned_data
    try:
        set_quota(
            owner=owner,
            group=asked["group"],
            period=asked["period"],
            hours=None if ends else asked["hours"],
            beyond_hours=None if ends else asked["beyond_hours"],
            by=user,
            now=now,
        )
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _shown(form: HoursForm, owner: Owner, now: datetime) -> tuple[Opening, date, bool]:
    """What the preview shows: the week that was typed, from its first day on, else what counts."""
    today = school_time(now).date()
    if form.is_bound and form.is_valid() and may_begin(form.cleaned_data["since"], now):
        since = form.cleaned_data["since"]
        return drafted(owner, form.week, since), since, True
    start = school_midnight(today)
    end = start + timedelta(days=AHEAD)
    if isinstance(owner, Instrument):
        return opening_of(owner, start, end), today, False
    return opening_of_facility(owner, start, end), today, False


def _told(opening: Opening, day: date) -> PreviewDay:
    one = opening.day(day)
    return PreviewDay(
        day,
        str(DAYS[one.kind]) if one.kind else "",
        tuple(f"{clock_of(first)}-{clock_of(last)}" for first, last in one.minutes),
        tuple((first, last - first) for first, last in one.minutes),
    )


def _outside(owner: Owner, opening: Opening, since: date, now: datetime) -> list[Booking]:
    """Bookings of one instrument that the hours shown do not hold. They stay; their people are told when the
    hours are saved.
    """
    if not isinstance(owner, Instrument):
        return []
    start = max(school_midnight(since), now)
    live = live_between(owner.pk, start, start + timedelta(days=AHEAD))
    return [booking for booking in live if not opening.holds(booking.start, booking.end)]
