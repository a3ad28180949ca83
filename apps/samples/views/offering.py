"""What is offered: whoever manages an instrument writes its services, the equipment office those of a whole
class; the next version of one, and its end.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.refusals import add_refusal
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.requirements import require_office
from apps.people.views import viewer
from apps.samples.access import require_manager_of
from apps.samples.models import ServiceTemplate
from apps.samples.service_forms import (
    BLANK_QUESTIONS,
    ClassServiceForm,
    Questions,
    ServiceForm,
    question_initial,
    service_initial,
)
from apps.samples.services import add_service, class_services, classes_with_samples, end_service, services_of


@dataclass(frozen=True)
class Whose:
    """Whose services are written: those of an instrument, or (None) those of classes."""

    instrument: Instrument | None

    @property
    def back(self) -> str:
        """The page that lists them."""
        if self.instrument is None:
            return reverse("sample_classes")
        return reverse("sample_services", args=[self.instrument.asset_no])


@require_safe
def sample_services(request: HttpRequest, asset_no: str) -> HttpResponse:
    """The services of an instrument, for who manages it. 403 for everybody else."""
    instrument = _managed(viewer(request), asset_no)
    services = services_of(instrument, clock.now())
    return render(request, "samples/services.html", {"instrument": instrument, "services": services})


@require_http_methods(["GET", "HEAD", "POST"])
def sample_service_new(request: HttpRequest, asset_no: str) -> HttpResponse:
    """Offer a service."""
    return _edit(request, Whose(_managed(viewer(request), asset_no)), None)


@require_http_methods(["GET", "HEAD", "POST"])
def sample_service_change(request: HttpRequest, asset_no: str, ulid: str) -> HttpResponse:
    """The next version of a service; requests keep the one they were made under."""
    instrument = _managed(viewer(request), asset_no)
    return _edit(request, Whose(instrument), _own(instrument, ulid))


@require_http_methods(["GET", "HEAD", "POST"])
def sample_service_end(request: HttpRequest, asset_no: str, ulid: str) -> HttpResponse:
    """Offer a service no more, after a question."""
    instrument = _managed(viewer(request), asset_no)
    return _end(request, Whose(instrument), _own(instrument, ulid))


@require_safe
def sample_classes(request: HttpRequest) -> HttpResponse:
    """The services of whole classes, for the equipment office. 403 for everybody else."""
    now = _office(viewer(request))
    return render(request, "samples/classes.html", {"services": class_services(now)})


@require_http_methods(["GET", "HEAD", "POST"])
def sample_class_new(request: HttpRequest) -> HttpResponse:
    """Offer a service of every instrument of a class that takes samples."""
    _office(viewer(request))
    return _edit(request, Whose(None), None)


@require_http_methods(["GET", "HEAD", "POST"])
def sample_class_change(request: HttpRequest, ulid: str) -> HttpResponse:
    """The next version of a service of a class."""
    now = _office(viewer(request))
    return _edit(request, Whose(None), _of_a_class(ulid, now))


@require_http_methods(["GET", "HEAD", "POST"])
def sample_class_end(request: HttpRequest, ulid: str) -> HttpResponse:
    """Offer a service of a class no more, after a question."""
    now = _office(viewer(request))
    return _end(request, Whose(None), _of_a_class(ulid, now))


def _end(request: HttpRequest, whose: Whose, service: ServiceTemplate) -> HttpResponse:
    if request.method == "POST":
        end_service(service=service, by=viewer(request), now=clock.now())
        messages.success(request, _("Nothing new is handed in for it. What is under way goes on."))
        return redirect(whose.back)
    context = {"instrument": whose.instrument, "service": service, "back": whose.back}
    return render(request, "samples/service_end.html", context)


def _edit(request: HttpRequest, whose: Whose, service: ServiceTemplate | None) -> HttpResponse:
    user, now = viewer(request), clock.now()
    posted = request.POST if request.method == "POST" else None
    form = _form(whose, service, posted, now)
    questions = _questions(service, posted)
    is_saving = posted is not None and "more" not in posted
    if is_saving and form.is_valid() and questions.is_valid():
        kept = [one for one in questions if one.has_changed() and not one.cleaned_data.get("DELETE")]
        fields = [one.stored(number) for number, one in enumerate(kept, start=1)]
        try:
            add_service(
                draft=form.draft(fields),
                instrument=whose.instrument,
                class6=form.of_class,
                by=user,
                now=now,
                replaces=service,
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Offered from now on."))
            return redirect(whose.back)
    context = {
        "instrument": whose.instrument,
        "service": service,
        "form": form,
        "questions": questions,
        "back": whose.back,
    }
    return render(request, "samples/service.html", context, status=422 if is_saving else 200)


def _form(whose: Whose, service: ServiceTemplate | None, posted: Any, now: datetime) -> ServiceForm:
    """The form of the terms; a service of a class says of which, and the next version stays of it."""
    initial = service_initial(service) if service else None
    if whose.instrument is not None:
        return ServiceForm(posted, initial=initial)
    classes = classes_with_samples(now)
    if service is not None:
        classes = [one for one in classes if one[0] == service.class6] or [(service.class6, service.class6)]
    return ClassServiceForm(posted, initial=initial, classes=classes)


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


def _office(user: User) -> datetime:
    now = clock.now()
    require_office(user, now)
    return now


def _of_a_class(ulid: str, now: datetime) -> ServiceTemplate:
    """A service of a class that is offered."""
    found = class_services(now).filter(ulid=ulid).first()
    if found is None:
        raise NotFound(_("There is no such service."), code="samples.no_service")
    return found
