"""The live wall: one tile a node, asked for every second and sent only when it differs; lock, stop and
unlock from a distance.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.instruments.models import Facility, Instrument, InstrumentLock
from apps.instruments.operations import lock_instrument
from apps.instruments.queries import facilities, may_manage
from apps.people.models import User
from apps.people.queries import active_users, find_people
from apps.people.views import viewer
from apps.portal.forms import ReasonForm, UnlockForm
from apps.portal.looks import Shown, by_urgency, digest, show
from apps.portal.watchers import Reach, reach_of, watches
from devices import operations
from devices.models import ControlledNode
from devices.queries import tiles

FOUND = 8


@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    """The page around the tiles."""
    user, now = _watcher(request)
    chosen = request.GET.get("facility", "")
    shown = _shown(user, now, chosen)
    context = {
        "tiles": shown,
        "etag": digest(shown),
        "facilities": facilities(),
        "chosen": chosen,
        "now": now,
    }
    return render(request, "portal/wall.html", context)


@require_safe
def wall_tiles(request: HttpRequest) -> HttpResponse:
    """Only the tiles; 304 when nothing has changed since the picture that the browser names."""
    user, now = _watcher(request)
    shown = _shown(user, now, request.GET.get("facility", ""))
    etag = digest(shown)
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = render(request, "portal/tiles.html", {"tiles": shown, "now": now})
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-store, private"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def wall_lock(request: HttpRequest, dev: str, node: int) -> HttpResponse:
    """Nobody may use the instrument from now on; what runs is stopped as its class says. It never waits for
    a password.
    """
    place, user, now = _place(request, dev, node)

    def act(reason: str) -> str:
        lock_instrument(instrument=place.instrument, reason=reason, by=user, now=now)
        return _("The instrument is locked until its crew releases it.")

    return _ask_reason(request, place, act, "lock")


@require_http_methods(["GET", "HEAD", "POST"])
def wall_stop(request: HttpRequest, dev: str, node: int) -> HttpResponse:
    """Switch this node off now; the next swipe is judged as ever."""
    place, user, now = _place(request, dev, node)

    def act(reason: str) -> str:
        operations.lock_node(dev=dev, node=node, by=user, now=now, reason=reason)
        return _("The order to switch off is on its way.")

    # Who may not stop it is told so before being asked for a password.
    answer: HttpResponse = reauthentication_required(_ask_reason)(request, place, act, "stop")
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def wall_unlock(request: HttpRequest, dev: str, node: int) -> HttpResponse:
    """Let the node ask for a person who stands before it. The rules judge that person as at the reader."""
    place, user, now = _place(request, dev, node)
    answer: HttpResponse = reauthentication_required(_unlock)(request, place, user, now)
    return answer


def _unlock(request: HttpRequest, place: ControlledNode, user: User, now: datetime) -> HttpResponse:
    text = request.GET.get("who", "").strip()
    people = list(find_people(text, now)[:FOUND]) if text else []
    form = UnlockForm(
        request.POST if request.method == "POST" else None,
        initial={"person": request.GET.get("person", "")},
    )
    if request.method == "POST" and form.is_valid():
        subject = active_users(now).filter(username=form.cleaned_data["person"].strip()).first()
        if subject is None:
            form.add_error("person", _("There is no active person with this login."))
        elif _order(form, place, subject, user, now):
            told = _("The node now asks for %(who)s. The wall shows the answer.")
            messages.success(request, told % {"who": subject})
            return redirect(_back(request))
    context = {"place": place, "form": form, "people": people, "text": text, "back": _back(request)}
    return render(request, "portal/unlock.html", context, status=422 if form.errors else 200)


def _back(request: HttpRequest) -> str:
    """Whence somebody came: the wall, or the page of their day."""
    return "my_day" if request.GET.get("from") == "day" else "wall"


def _order(form: forms.Form, place: ControlledNode, subject: User, by: User, now: datetime) -> bool:
    try:
        operations.remote_unlock(
            dev=place.controller.dev,
            node=place.node,
            subject=subject,
            by=by,
            now=now,
            reason=form.cleaned_data["reason"],
        )
    except NotPermitted:
        raise
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _ask_reason(
    request: HttpRequest, place: ControlledNode, act: Callable[[str], str], verb: str
) -> HttpResponse:
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, act(form.cleaned_data["reason"]))
        except NotPermitted:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return redirect(_back(request))
    context = {"place": place, "form": form, "verb": verb, "back": _back(request)}
    return render(request, "portal/stop.html", context, status=422 if form.errors else 200)


def _watcher(request: HttpRequest) -> tuple[User, datetime]:
    user, now = viewer(request), clock.now()
    if not watches(user, now):
        raise NotPermitted(
            _("The live wall is for the crews of instruments and the equipment office."),
            code="portal.not_watching",
        )
    return user, now


def _place(request: HttpRequest, dev: str, node: int) -> tuple[ControlledNode, User, datetime]:
    """The node, for somebody who may act on it. Others learn neither that it is there nor that it is not."""
    user, now = viewer(request), clock.now()
    places = ControlledNode.objects.select_related("controller", "instrument__facility")
    place = get_object_or_404(places, controller__dev=dev, node=node)
    if not may_manage(user, place.instrument, now):
        raise NotFound(_("There is no such node."), code="devices.no_such_node")
    return place, user, now


def _shown(user: User, now: datetime, facility: str) -> list[Shown]:
    return tiles_for(reach_of(user, now), now, facility=facility)


def tiles_for(
    reach: Reach, now: datetime, *, facility: str = "", instruments: Sequence[int] | None = None
) -> list[Shown]:
    """The tiles as one watcher sees them, by urgency: three queries, one more for a facility."""
    ids: Any = instruments
    if facility and Facility.objects.filter(ulid=facility).exists():
        ids = Instrument.objects.filter(facility__ulid=facility).values_list("pk", flat=True)
    locked = frozenset(
        InstrumentLock.objects.filter(released_at__isnull=True).values_list("instrument_id", flat=True)
    )
    return by_urgency(show(tile, reach, locked) for tile in tiles(at=now, instrument_ids=ids))
