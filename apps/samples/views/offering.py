"""What an instrument offers: its manager writes services, the next version of one, and ends them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.refusals import add_refusal
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.views import viewer
from apps.samples.access import require_manager_of
from apps.samples.models import ServiceTemplate
from apps.samples.service_forms import (
    BLANK_QUESTIONS,
    Questions,
    ServiceForm,
    question_initial,
    service_initial,
)
from apps.samples.services import add_service, end_service, services_of


@require_safe
def sample_services(request: HttpRequest, asset_no: str) -> HttpResponse:
    """The services of an instrument, for who manages it. 403 for everybody else."""
    instrument = _managed(viewer(request), asset_no)
    services = services_of(instrument, clock.now())
    return render(request, "samples/services.html", {"instrument": instrument, "services": services})


@require_http_methods(["GET", "HEAD", "POST"])
def sample_service_new(request: HttpRequest, asset_no: str) -> HttpResponse:
    """Offer a service."""
    return _edit(request, _managed(viewer(request), asset_no), None)


@require_http_methods(["GET", "HEAD", "POST"])
def sample_service_change(request: HttpRequest, asset_no: str, ulid: str) -> HttpResponse:
    """The next version of a service; requests keep the one they were made under."""
    instrument = _managed(viewer(request), asset_no)
    return _edit(request, instrument, _own(instrument, ulid))


@require_http_methods(["GET", "HEAD", "POST"])
def sample_service_end(request: HttpRequest, asset_no: str, ulid: str) -> HttpResponse:
    """Offer a service no more, after a question."""
    user, now = viewer(request), clock.now()
    instrument = _managed(user, asset_no)
    service = _own(instrument, ulid)
    if request.method == "POST":
        end_service(service=service, by=user, now=now)
        messages.success(request, _("Nothing new is handed in for it. What is under way goes on."))
        return redirect("sample_services", asset_no)
    return render(request, "samples/service_end.html", {"instrument": instrument, "service": service})


def _edit(request: HttpRequest, instrument: Instrument, service: ServiceTemplate | None) -> HttpResponse:
    user, now = viewer(request), clock.now()
    posted = request.POST if request.method == "POST" else None
    form = ServiceForm(posted, initial=service_initial(service) if service else None)
    questions = _questions(service, posted)
    is_saving = posted is not None and "more" not in posted
    if is_saving and form.is_valid() and questions.is_valid():
        kept = [one for one in questions if one.has_changed() and not one.cleaned_data.get("DELETE")]
        fields = [one.stored(number) for number, one in enumerate(kept, start=1)]
        try:
            add_service(draft=form.draft(fields), instrument=instrument, by=user, now=now, replaces=service)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Offered from now on."))
            return redirect("sample_services", instrument.asset_no)
    context = {"instrument": instrument, "service": service, "form": form, "questions": questions}
    return render(request, "samples/service.html", context, status=422 if is_saving else 200)


def _questions(service: ServiceTemplate | None, posted: Any) -> Any:
    """The questions that were typed, with more blank ones where that was asked for; else those that there
    are.
    """
    if posted is None:
        rows = Questions(initial=question_initial(service) if service else None, prefix="q")
        rows.extra = BLANK_QUESTIONS
        return rows
    if "more" in posted:
        posted = posted.copy()
        total = posted.get("q-TOTAL_FORMS", "0")
        sound = total.isdecimal() and len(total) < 5
        posted["q-TOTAL_FORMS"] = str(int(total) + BLANK_QUESTIONS) if sound else "0"
    posted = posted.copy()
    posted["q-INITIAL_FORMS"] = "0"  # what stood there before is typed again: all of them count as new
    return Questions(posted, prefix="q")


def _managed(user: User, asset_no: str) -> Instrument:
    instrument = get_object_or_404(Instrument, asset_no=asset_no)
    require_manager_of(instrument, user, clock.now())
    return instrument


def _own(instrument: Instrument, ulid: str) -> ServiceTemplate:
    """A service of this instrument that is offered; those of its class are the office's."""
    found = services_of(instrument, clock.now()).filter(instrument=instrument, ulid=ulid).first()
    if found is None:
        raise NotFound(_("There is no such service."), code="samples.no_service")
    return found
