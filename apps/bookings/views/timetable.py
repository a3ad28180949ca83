"""The timetable of a facility and of one instrument, drawn and line by line, and what a period would cost and
meet. Reads only; booking is the form's.
"""

from contextlib import suppress
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.bookings.choosing import chosen
from apps.bookings.feed import MOST_INSTRUMENTS, Row, row_of, rows_of, stamp
from apps.bookings.forms import TimetableForm
from apps.bookings.models import Booking
from apps.bookings.queries import booking_for
from apps.bookings.timetable import monday_of, timetable, today
from apps.bookings.verdict import verdict_on
from apps.bookings.views.feed import choice_of, moment_of, page_of
from apps.core import clock
from apps.core.clock import SCHOOL_ZONE, school_midnight
from apps.core.errors import NotFound, Refusal
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.views import viewer

WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_FILTERS = ("facility", "lab", "class6", "q", "certified")


@require_safe
def booking_timetable(request: HttpRequest) -> HttpResponse:
    """The instruments that fit the filters, 40 a page, on a day or in a week."""
    user, now = viewer(request), clock.now()
    form = TimetableForm(request.GET, now=now)
    found = chosen(choice_of(request), user, now)
    page = page_of(request)
    rows = rows_of(found, user, now, first=(page - 1) * MOST_INSTRUMENTS, most=MOST_INSTRUMENTS + 1)
    length = WEEK if request.GET.get("view") == "week" else _DAY
    context = {
        "form": form,
        "page": page,
        "more": len(rows) > MOST_INSTRUMENTS,
        "is_week": length == WEEK,
        "drawn": "resourceTimelineWeek" if length == WEEK else "resourceTimelineDay",
        "filtered": any(request.GET.get(name) for name in _FILTERS),
        **_shown(rows[:MOST_INSTRUMENTS], user, form.day, length, now, _filters(request)),
    }
    return render(request, "bookings/timetable.html", context)


@require_safe
def instrument_timetable(request: HttpRequest, asset_no: str) -> HttpResponse:
    """The week of one instrument."""
    user, now = viewer(request), clock.now()
    row = row_of(asset_no, user, now)
    form = TimetableForm(request.GET, now=now, is_filtered=False)
    context = {
        "row": row,
        "form": form,
        "is_week": True,
        "drawn": "timeGridWeek",
        **_shown([row], user, form.day, WEEK, now, {"instrument": asset_no}),
    }
    return render(request, "bookings/instrument_timetable.html", context)


@never_cache
@require_safe
def booking_verdict(request: HttpRequest, asset_no: str) -> HttpResponse:
    """Part of a page: what a period would cost and what stands in the way. `start` and `end` without a time
    zone are on the school's clock; `moving` is a booking that would go. A refusal is told in the same
    place: 404 for no instrument, 422 `bookings.moment`.
    """
    user, now = viewer(request), clock.now()
    instrument = get_object_or_404(Instrument, asset_no=asset_no)
    context: dict[str, Any] = {"instrument": instrument, "in_form": "in_form" in request.GET}
    asked = request.GET.get("purpose", "")
    purpose = asked if asked in Booking.Purpose.values else Booking.Purpose.USE.value
    status = HTTPStatus.OK
    try:
        start, end = (moment_of(request, name, zone=SCHOOL_ZONE) for name in ("start", "end"))
        moving = _moving(request, user, now)
        context["verdict"] = verdict_on(
            user=moving.user if moving is not None else user,
            instrument=instrument,
            start=start,
            end=end,
            now=now,
            purpose=moving.purpose if moving is not None else purpose,
            moving=moving,
        )
        context["moving"] = moving
    except Refusal as refusal:
        context["refusal"] = refusal
        status = HTTPStatus(refusal.status)
    return render(request, "bookings/verdict.html", context, status=status)


def _moving(request: HttpRequest, user: User, now: datetime) -> Booking | None:
    """The live booking that would go, of one's own or of an instrument that one runs."""
    ulid = request.GET.get("moving", "")
    if not ulid:
        return None
    with suppress(NotFound):
        found = booking_for(user, ulid[:26], now)
        return found if found.state in Booking.LIVE else None
    return None


def _filters(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in (*_FILTERS, "page") if request.GET.get(name)}


def _shown(
    rows: list[Row], user: User, day: date, length: timedelta, now: datetime, which: dict[str, str]
) -> dict[str, Any]:
    first = monday_of(day) if length == WEEK else day
    start = school_midnight(first)
    found = timetable(rows, user, start, start + length, now)
    feed = urlencode({**which, "start": stamp(start), "end": stamp(start + length)})
    return {
        "now": now,
        "day": day,
        "first": first,
        "last": first + length - _DAY,
        "today": today(now),
        "before": day - length,
        "after": day + length,
        "lines": found.lines,
        "drawing": {
            **found.told,
            "day": day.isoformat(),
            "today": today(now).isoformat(),
            "now": stamp(now),
            "addresses": {
                "feed": f"{reverse('booking_feed')}?{feed}",
                "verdict": reverse("booking_verdict", args=["NUMBER"]),
                "instrument": reverse("instrument_timetable", args=["NUMBER"]),
                "cancel": reverse("booking_cancel", args=["NUMBER"]),
                "change": reverse("booking_change", args=["NUMBER"]),
            },
            "words": {
                "cancel": _("Cancel this booking"),
                "change": _("Change this booking"),
                "closed": _("Closed"),
                "pending": _("not confirmed yet"),
                "offered": _("offered to who waits"),
                "failed": _("The price could not be asked. Try again."),
            },
        },
    }
