"""At the instrument with a phone: may I use it now, I am here, switch it on, book, report a fault. The code
on the instrument leads here. And the sheet with that code.
"""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.bookings.arriving import booking_at, check_in
from apps.bookings.calendar import proposals
from apps.clearances import gate
from apps.clearances.ends import LABELS
from apps.core import clock
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.parameters import value
from apps.core.refusals import add_refusal
from apps.instruments.models import Incident, Instrument
from apps.instruments.queries import crew_of, may_manage, open_incidents, open_lock, with_scopes
from apps.instruments.states import report_incident
from apps.notices.queries import site
from apps.people.models import User
from apps.people.views import viewer
from apps.portal.conditions import sort_conditions
from apps.portal.forms import FaultForm
from apps.portal.purposes import purpose_label
from apps.portal.views.wall import tiles_for
from apps.portal.watchers import Reach
from devices import operations
from documents.codes import Plate, print_plate

AHEAD = timedelta(days=1)


@require_safe
def here(request: HttpRequest, code: str) -> HttpResponse:
    """Everything that somebody wants who stands before it, on one page of a phone."""
    user, now, instrument = _asked(request, code)
    verdict = gate.check(user=user, instrument=instrument, at=now, now=now, asked_by="web:code")
    own = frozenset({instrument.pk})
    booking = booking_at(user, instrument.pk, now)
    tiles = tiles_for(Reach(frozenset(), frozenset()), now, instruments=sorted(own))
    context = {
        "instrument": instrument,
        "verdict": verdict,
        "purpose": purpose_label(verdict.purpose),
        "until_reason": LABELS.get(verdict.until_reason, ""),
        "sorted": sort_conditions(verdict.conditions),
        "booking": booking,
        "may_arrive": booking is not None and _may_arrive(booking.start, now),
        "tiles": tiles,
        "ready": any(not tile.is_used and not tile.is_silent and not tile.is_locked for tile in tiles),
        "lock": open_lock(instrument),
        "incidents": list(open_incidents(instrument)),
        "days": proposals(instrument, now, AHEAD),
        "crew": list(crew_of(instrument, now)),
        "now": now,
    }
    return render(request, "portal/here.html", context)


@require_POST
def here_arrived(request: HttpRequest, code: str) -> HttpResponse:
    """I am here, for the booking that is now."""
    user, now, instrument = _asked(request, code)
    booking = booking_at(user, instrument.pk, now)
    if booking is None:
        raise NotFound(_("You have no booking here today."), code="bookings.not_found")
    check_in(booking=booking, by=user, now=now)
    messages.success(request, _("Noted: you are here. The instrument is kept for you."))
    return redirect("here", instrument.asset_no)


@require_POST
def here_on(request: HttpRequest, code: str) -> HttpResponse:
    """Let the instrument ask for me, as if I had held my card to it; the rules answer."""
    user, now, instrument = _asked(request, code)
    tiles = tiles_for(Reach(frozenset(), frozenset()), now, instruments=[instrument.pk])
    idle = [tile for tile in tiles if not tile.is_used]
    if not idle:
        raise NotFound(_("There is nothing to switch on here."), code="devices.no_such_node")
    operations.check_in(dev=idle[0].dev, node=idle[0].node, by=user, now=now)
    messages.success(
        request,
        _("The instrument asks the rules for you. In a few seconds it is on, or this page says why not."),
    )
    return redirect("here", instrument.asset_no)


@require_http_methods(["GET", "HEAD", "POST"])
def here_fault(request: HttpRequest, code: str) -> HttpResponse:
    """Something is wrong: new uses are refused until the crew has looked."""
    user, now, instrument = _asked(request, code)
    form = FaultForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            report_incident(
                instrument=instrument,
                effect=Incident.Effect.REFUSE_NEW,
                description=form.cleaned_data["description"],
                by=user,
                now=now,
            )
        except NotPermitted:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Reported. Nobody begins a new use until the crew has looked."))
            return redirect("here", instrument.asset_no)
    context = {"instrument": instrument, "form": form}
    return render(request, "portal/here_fault.html", context, status=422 if form.errors else 200)


@require_safe
def instrument_code(request: HttpRequest, asset_no: str) -> HttpResponse:
    """The sheet to put up, for who runs the instrument. 403 `instruments.not_crew`."""
    user, now, instrument = _asked(request, asset_no)
    if not may_manage(user, instrument, now):
        raise NotPermitted(_("Only the instrument's crew may do this."), code="instruments.not_crew")
    place = instrument.facility
    plate = Plate(
        address=f"{site()}{reverse('here', args=[instrument.asset_no])}",
        number=instrument.asset_no,
        name_zh=instrument.name_zh,
        name_en=instrument.name_en,
        place_zh=place.name_zh,
        place_en=place.name_en,
    )
    answer = HttpResponse(print_plate(plate), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{instrument.asset_no}.pdf"'
    return answer


def _asked(request: HttpRequest, code: str) -> tuple[User, datetime, Instrument]:
    instrument = get_object_or_404(with_scopes(Instrument.objects.all()), asset_no__iexact=code)
    return viewer(request), clock.now(), instrument


def _may_arrive(start: datetime, now: datetime) -> bool:
    return start <= now + timedelta(minutes=value("access.early_minutes", at=now))
