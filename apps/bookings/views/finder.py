"""Free time on any of many instruments. Reads only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.bookings.finder import find
from apps.bookings.finder_forms import FinderForm
from apps.core import clock
from apps.people.views import viewer


@require_safe
def slot_finder(request: HttpRequest) -> HttpResponse:
    """The form, and once something is asked the answer below it."""
    user, now = viewer(request), clock.now()
    form = FinderForm(request.GET, now=now)
    wanted = form.wanted
    found = find(wanted, user, now) if request.GET else None
    context = {"form": form, "found": found, "wanted": wanted, "now": now}
    return render(request, "bookings/finder.html", context)
