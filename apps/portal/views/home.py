"""Home: what is mine today and what needs me; for those who run instruments the wall in small. And the
health of this process.
"""

from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.bookings.queries import upcoming
from apps.core import clock
from apps.instruments.models import Incident, Instrument, InstrumentLock
from apps.people.models import User
from apps.people.views import viewer
from apps.portal.looks import Shown
from apps.portal.views.wall import tiles_for
from apps.portal.watchers import Reach, reach_of, watches
from apps.samples.queries import open_requests
from apps.training.models import Certificate
from apps.training.queries import counting
from apps.usage.queries import live
from workflows.glance import oldest_for

SOON = timedelta(days=30)
SHOWN = 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page after signing in."""
    user, now = viewer(request), clock.now()
    context = {
        "now": now,
        "running": list(live().filter(user=user).select_related("instrument").order_by("granted_at")),
        "bookings": list(upcoming(user, now)[:SHOWN]),
        "samples": list(open_requests(user)[:SHOWN]),
        "lapsing": _lapsing(user, now),
        "watches": watches(user, now),
        "tasks": oldest_for(user, SHOWN),
    }
    if context["watches"]:
        reach = reach_of(user, now)
        context["tiles"] = _in_small(reach, now)
        context["locks"] = _locks(reach)
        context["incidents"] = _incidents(reach)
    return render(request, "portal/home.html", context)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """'ok' when this process answers and its database does; an error otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return HttpResponse("ok", content_type="text/plain")


def _lapsing(user: User, now: datetime) -> list[Certificate]:
    """The viewer's certificates that end within a month."""
    mine = counting(now).filter(user=user, valid_until__lte=now + SOON)
    return list(mine.select_related("instrument").order_by("valid_until"))


def _in_small(reach: Reach, now: datetime) -> list[Shown]:
    """The most urgent tiles among those that the viewer may act on."""
    mine = None if reach.acts is None else sorted(reach.acts)
    return tiles_for(reach, now, instruments=mine)[:SHOWN]


def _locks(reach: Reach) -> list[InstrumentLock]:
    locks = InstrumentLock.objects.filter(_mine(reach), released_at__isnull=True)
    return list(locks.select_related("instrument", "locked_by").order_by("locked_at")[:SHOWN])


def _incidents(reach: Reach) -> list[Incident]:
    found = Incident.objects.filter(_mine(reach), closed_at__isnull=True)
    return list(found.select_related("instrument").order_by("reported_at")[:SHOWN])


def _mine(reach: Reach) -> Q:
    return Q() if reach.acts is None else Q(instrument__in=Instrument.objects.filter(pk__in=reach.acts))
