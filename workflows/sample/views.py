"""Handing a draft in: its case begins."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core import clock
from apps.people.views import viewer
from apps.samples.queries import find_request
from workflows.sample.beginning import hand_in


@require_POST
def sample_hand_in(request: HttpRequest, ulid: str) -> HttpResponse:
    """The draft is a request from now on."""
    user, now = viewer(request), clock.now()
    case = hand_in(request=find_request(ulid, user, now), by=user, now=now)
    messages.success(request, _("Handed in: %(number)s.") % {"number": case.number})
    return redirect("sample_request", ulid)
