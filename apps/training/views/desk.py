"""The trainers' desk: sessions of today, who waits, who can be assessed, what ends soon, free seats next
month.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.errors import NotPermitted
from apps.instruments.models import Instrument
from apps.people.views import viewer
from apps.training.coverage import covers
from apps.training.desk import free_seats, lapsing_soon, sessions_between, to_assess, to_place, today
from apps.training.progress import Progress, progress_of_many
from apps.training.reach import answers_somewhere, instruments_of, within

SHOWN = 50


@require_safe
def training_desk(request: HttpRequest) -> HttpResponse:
    """Everything at one look; each row leads to where it is settled."""
    user, now = viewer(request), clock.now()
    if not answers_somewhere(user, now):
        raise NotPermitted(_("This page is for trainers."), code="training.not_crew")
    reach = instruments_of(user, now)
    start, end = today(now)
    sessions = list(sessions_between(reach, start, end)[:SHOWN])
    waiting, instruments = to_place(reach, now), _schedulable(reach)
    ready = to_assess(waiting)
    context = {
        "sessions": _with_people(sessions),
        "waiting": [one for one in waiting if one not in ready],
        "assess": [(one, _places(one, instruments)) for one in ready],
        "lapsing": lapsing_soon(reach, now),
        "month": free_seats(reach, now),
        "instruments": instruments,
        "now": now,
    }
    return render(request, "training/desk.html", context)


def _with_people(sessions: list[Any]) -> list[tuple[Any, list[tuple[Any, Progress | None]]]]:
    """Each session with who sits in it, and how far each has come. At most five queries."""
    requests = [place.request for one in sessions for place in one.seated if place.request is not None]
    done = {one.request.pk: one for one in progress_of_many(requests)}
    return [(one, [(place, done.get(place.request_id)) for place in one.seated]) for one in sessions]


def _places(progress: Progress, instruments: list[Instrument]) -> list[Instrument]:
    """Where somebody may be assessed: at their own instrument, or at any of these that the course covers."""
    request = progress.request
    if request.instrument is not None:
        return [request.instrument]
    return [instrument for instrument in instruments if covers(request.course, instrument)]


def _schedulable(reach: frozenset[int] | None) -> list[Instrument]:
    """The instruments for which a session may be planned from here; where that is all of the school, each
    instrument's own page and the people who wait lead there instead.
    """
    if reach is None:
        return []
    found = within(Instrument.objects.filter(retired_at__isnull=True), reach)
    return list(found.select_related("facility").order_by("asset_no")[:SHOWN])
