"""One training session: who sits, who waits, who was there; taking and giving up a place. It is known to
trainers of its instrument, to who has a place in it, and to who is in training for it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.asking import ask_once_more
from apps.core.errors import NotFound, WrongState
from apps.people.models import User
from apps.people.views import viewer
from apps.training.coverage import covers
from apps.training.forms.sessions import CancelForm, CapacityForm
from apps.training.guided import cancel_guided_session
from apps.training.models import GuidedSession, TrainingPlace, TrainingRequest
from apps.training.places import change_capacity, leave_place, mark_attendance, take_place
from apps.training.progress import Progress, progress_of_many
from apps.training.queries import may_train

State = TrainingPlace.State


@dataclass(frozen=True)
class Sitting:
    """Somebody with a seat, and how far they have come."""

    place: TrainingPlace
    progress: Progress | None


@dataclass(frozen=True)
class _Seen:
    """A session as somebody may know it."""

    session: GuidedSession
    trains: bool
    place: TrainingPlace | None
    request: TrainingRequest | None


@require_safe
def session_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """The session: for trainers with its people, for a trainee with their own place."""
    user, now = viewer(request), clock.now()
    seen = _seen(user, ulid, now)
    session = seen.session
    places = list(session.places.exclude(state=State.LEFT).select_related("user", "request__version"))
    waiting = sorted((p for p in places if p.state == State.WAITING), key=_asked)
    context: dict[str, Any] = {
        "session": session,
        "seen": seen,
        "seated": _sitting(p for p in places if p.state == State.SEATED) if seen.trains else [],
        "waiting": waiting if seen.trains else [],
        "taken": sum(place.state == State.SEATED for place in places),
        "turn": next((n for n, p in enumerate(waiting, 1) if p.user_id == user.pk), 0),
        "capacity_form": CapacityForm(initial={"capacity": session.capacity or ""}),
        "over": session.ends_at <= now or session.cancelled_at is not None,
        "begun": session.starts_at <= now,
    }
    return render(request, "training/session.html", context)


@require_POST
def session_join(request: HttpRequest, ulid: str) -> HttpResponse:
    """A seat, or a position on the waiting list."""
    user, now = viewer(request), clock.now()
    seen = _seen(user, ulid, now)
    if seen.request is None:
        raise WrongState(_("You are not in training for this instrument."), code="training.no_request")
    place = take_place(session=seen.session, request=seen.request, by=user, now=now)
    if place.state == State.SEATED:
        messages.success(request, _("You have a seat in this session."))
    else:
        messages.warning(
            request, _("All seats are taken. You are on the waiting list and hear when one is free.")
        )
    return redirect("session_detail", ulid)


@require_POST
def session_leave(request: HttpRequest, ulid: str) -> HttpResponse:
    """Give the own place up; a trainer names whose."""
    user, now = viewer(request), clock.now()
    seen = _seen(user, ulid, now)
    place = seen.place
    if seen.trains and "place" in request.POST:
        place = get_object_or_404(seen.session.places.select_related("session"), ulid=request.POST["place"])
    if place is None:
        raise WrongState(_("This place was given up already."), code="training.place_left")
    leave_place(place=place, by=user, now=now)
    messages.success(request, _("The place is given up; the next in line has it now."))
    return redirect("session_detail" if seen.trains else "training_mine", *([ulid] if seen.trains else []))


@require_POST
def session_attendance(request: HttpRequest, ulid: str) -> HttpResponse:
    """Whether somebody with a seat was there."""
    user, now = viewer(request), clock.now()
    seen = _seen(user, ulid, now)
    place = get_object_or_404(
        seen.session.places.select_related("session"), ulid=request.POST.get("place", "")
    )
    present = request.POST.get("present") == "1"
    mark_attendance(place=place, present=present, by=user, now=now)
    return redirect("session_detail", ulid)


@require_POST
def session_capacity(request: HttpRequest, ulid: str) -> HttpResponse:
    """More or fewer seats."""
    user, now = viewer(request), clock.now()
    seen = _seen(user, ulid, now)
    form = CapacityForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A session has 1 to 100 seats."))
        return redirect("session_detail", ulid)
    try:
        change_capacity(session=seen.session, capacity=form.cleaned_data["capacity"], by=user, now=now)
    except WrongState as refusal:
        messages.error(request, f"{refusal.message} ({refusal.code})")
    return redirect("session_detail", ulid)


@require_http_methods(["GET", "HEAD", "POST"])
def session_cancel(request: HttpRequest, ulid: str) -> HttpResponse:
    """Confirm with a reason, then cancel."""
    user, now = viewer(request), clock.now()
    session = _seen(user, ulid, now, trainers_only=True).session
    form = CancelForm(request.POST if request.method == "POST" else None)
    return ask_once_more(
        request,
        form,
        lambda said: cancel_guided_session(session=session, by=user, now=now, reason=said["reason"]),
        done=_("Cancelled. Those who had a place wait for another session."),
        to=("training_desk",),
        template="training/session_cancel.html",
        context={"session": session},
    )


def _asked(place: TrainingPlace) -> tuple[datetime, int]:
    return place.asked_at, place.pk


def _sitting(places: Any) -> list[Sitting]:
    found = sorted(places, key=_asked)
    requests = [place.request for place in found if place.request is not None]
    known = {one.request.pk: one for one in progress_of_many(requests)}
    return [Sitting(place, known.get(place.request_id or 0)) for place in found]


def _seen(user: User, ulid: str, now: datetime, *, trainers_only: bool = False) -> _Seen:
    """Raises NotFound `training.session_unknown` for who may not know of it."""
    rows = GuidedSession.objects.select_related("instrument__facility", "leader")
    session = get_object_or_404(rows, ulid=ulid, kind=GuidedSession.Kind.TRAINING)
    trains = user.pk == session.leader_id or may_train(user, session.instrument, now)
    own = session.places.exclude(state=State.LEFT).filter(user=user)
    place = own.select_related("session", "request").first()
    requests = TrainingRequest.objects.filter(user=user, state=TrainingRequest.State.ACCEPTED)
    fitting = [
        one
        for one in requests.select_related("course").order_by("accepted_at")
        if one.instrument_id in (None, session.instrument_id) and covers(one.course, session.instrument)
    ]
    if not trains and (trainers_only or (place is None and not fitting)):
        raise NotFound(_("There is no such session."), code="training.session_unknown")
    return _Seen(session, trains, place, fitting[0] if fitting else None)
