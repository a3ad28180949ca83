"""Receiving and testing samples: the queues of the instruments that somebody runs, a sample by its label,
and what is done with it. Each view asks one operation.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.views import viewer
from apps.samples.access import run_by
from apps.samples.acting import SAMPLE_ACTS, act_on_request, act_on_sample, offered_for
from apps.samples.attaching import addable, files_for
from apps.samples.custody import may_be_received
from apps.samples.fields import fields_of
from apps.samples.models import Sample, SampleRun
from apps.samples.queries import (
    chain_of,
    find_request,
    find_sample,
    held_by,
    instruments_with_samples,
    requests_served_by,
    serves_request,
    serves_sample,
    still_to_do,
)
from apps.samples.queueing import move_in_queue, place_in_queue, queue_of
from apps.samples.testing import end_run, start_run

SHOWN = 50
MOST_AT_ONCE = 500  # of a request; a run has fewer


@require_safe
def sample_board(request: HttpRequest) -> HttpResponse:
    """The instruments that I run with what waits on each, requests under way, and what I hold."""
    user, now = viewer(request), clock.now()
    context = {
        "instruments": instruments_with_samples(user, now),
        "requests": [*requests_served_by(user, now).filter(still_to_do())[:SHOWN]],
        "held": held_by(user)[:SHOWN],
    }
    return render(request, "samples/board.html", context)


@require_safe
def sample_queue(request: HttpRequest, asset_no: str) -> HttpResponse:
    """The queue of an instrument: its order, a batch for a run, the run that is open."""
    user = viewer(request)
    instrument = _mine(user, asset_no)
    queue = list(queue_of(instrument))
    context = {
        "instrument": instrument,
        "queue": queue,
        "run": instrument.sample_runs.filter(ended_at__isnull=True).select_related("operator").first(),
        "ready": [
            one.pk for one in queue if one.state == Sample.State.QUEUED and not one.held and one.is_here
        ],
    }
    return render(request, "samples/queue.html", context)


@require_POST
def sample_order(request: HttpRequest, asset_no: str) -> HttpResponse:
    """A sample changes its place with the one before or after it, or goes before the one on which it was
    dropped.
    """
    user, now = viewer(request), clock.now()
    instrument = _mine(user, asset_no)
    sample, before = request.POST.get("sample", ""), request.POST.get("before")
    try:
        if before is not None:
            place_in_queue(instrument=instrument, sample=sample, before=before, by=user, now=now)
        else:
            down = request.POST.get("to") == "down"
            move_in_queue(instrument=instrument, sample=sample, down=down, by=user, now=now)
    except NotPermitted:
        raise
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} ({refusal.code})")
    return redirect("sample_queue", asset_no)


@require_POST
def sample_run_start(request: HttpRequest, asset_no: str) -> HttpResponse:
    """The chosen samples go on the instrument together."""
    user, now = viewer(request), clock.now()
    instrument = _mine(user, asset_no)
    named = [ulid for ulid in request.POST.getlist("sample")[:MOST_AT_ONCE] if ulid.isalnum()]
    chosen = list(Sample.objects.filter(ulid__in=named, instrument=instrument))
    try:
        start_run(instrument=instrument, samples=chosen, by=user, now=now)
    except NotPermitted:
        raise
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} ({refusal.code})")
    else:
        messages.success(request, _("The run has begun."))
    return redirect("sample_queue", asset_no)


@require_POST
def sample_run_end(request: HttpRequest, ulid: str) -> HttpResponse:
    """The run is over; what has no result stands in the queue again."""
    user, now = viewer(request), clock.now()
    run = SampleRun.objects.select_related("instrument").filter(ulid=ulid).first()
    if run is None:
        raise NotFound(_("There is no such run."), code="samples.no_run")
    _mine(user, run.instrument.asset_no)
    end_run(run=run, by=user, now=now)
    messages.success(request, _("The run is over."))
    return redirect("sample_queue", run.instrument.asset_no)


@require_safe
def sample_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """A sample by its label: who has it, everybody who had it, and what the crew may do with it."""
    user, now = viewer(request), clock.now()
    found = find_sample(ulid, user, now)
    crew = serves_sample(user, found, now)
    context = {
        "sample": found,
        "chain": chain_of(found),
        "run": found.run,
        "sessions": list(found.run.sessions.order_by("started_at")) if crew and found.run else [],
        "acts": offered_for(found, SAMPLE_ACTS, user, now) if crew else [],
        "fields": fields_of(found.request.template.fields),
        "files": files_for(user, found, now),
        "adds": addable(found) if crew else [],
        "knows_request": not crew or serves_request(user, found.request, now),
    }
    return render(request, "samples/sample.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def sample_act(request: HttpRequest, ulid: str, verb: str) -> HttpResponse:
    """One act of the crew on a sample, with its form."""
    user, now = viewer(request), clock.now()
    found, act = find_sample(ulid, user, now), act_on_sample(verb)
    if act is None or not serves_sample(user, found, now):
        raise NotFound(_("There is no such act."), code="samples.no_act")
    posted = request.POST if request.method == "POST" else None
    form = act.form(posted, about=found)
    if posted is not None and form.is_valid() and _did(act, found, user, now, form):
        messages.success(request, _("Done: %(what)s.") % {"what": act.label})
        return redirect("sample_detail", found.ulid)
    context = {
        "act": act,
        "form": form,
        "sample": found,
        "photographed": act.verb == "receive" and may_be_received(found),
        "title": found.code,
        "back": reverse("sample_detail", args=[ulid]),
    }
    return render(request, "samples/act.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def sample_request_act(request: HttpRequest, ulid: str, verb: str) -> HttpResponse:
    """One act of the crew on a request, with its form."""
    user, now = viewer(request), clock.now()
    found, act = find_request(ulid, user, now), act_on_request(verb)
    if act is None or not serves_request(user, found, now):
        raise NotFound(_("There is no such act."), code="samples.no_act")
    posted = request.POST if request.method == "POST" else None
    form = act.form(posted, about=found)
    if posted is not None and form.is_valid() and _did(act, found, user, now, form):
        messages.success(request, _("Done: %(what)s.") % {"what": act.label})
        return redirect("sample_request", found.ulid)
    context = {
        "act": act,
        "form": form,
        "title": found.number,
        "back": reverse("sample_request", args=[ulid]),
    }
    return render(request, "samples/act.html", context, status=422 if form.errors else 200)


def _did(act: Any, thing: Any, user: User, now: Any, form: Any) -> bool:
    try:
        act.do(thing, user, now, form.cleaned_data)
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _mine(user: User, asset_no: str) -> Instrument:
    """An instrument that the user runs; to everybody else it has no queue."""
    found = run_by(user, clock.now()).filter(asset_no=asset_no).first()
    if found is None:
        raise NotFound(_("There is no such queue."), code="samples.no_queue")
    return found
