"""My day: what somebody who runs instruments has before them. Reads only; each row leads to where it is
done.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.errors import NotPermitted
from apps.people.views import viewer
from apps.portal.day import day_of, everything
from apps.portal.views.wall import tiles_for
from apps.portal.watchers import Reach


@require_safe
def my_day(request: HttpRequest) -> HttpResponse:
    """For managers and operators of a crew. 403 `portal.not_crew` for anybody else."""
    user, now = viewer(request), clock.now()
    day = day_of(user, now)
    if not day.runs:
        raise NotPermitted(_("This page is for who runs an instrument."), code="portal.not_crew")
    on = tiles_for(Reach(day.runs, day.runs), now, instruments=sorted(day.runs))
    return render(request, "portal/day.html", {"day": day, "now": now, **everything(day, on)})
