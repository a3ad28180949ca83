"""What is asked of somebody who wants to be trained, and of their trainers."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.clock import school_time
from apps.core.periods import in_force
from apps.instruments.models import Instrument
from apps.training.coverage import covered_by
from apps.training.demanding import MOST_MINUTES
from apps.training.desk import open_sessions
from apps.training.models import Certificate, Course, CourseVersion, TrainingRequest
from apps.training.queries import LEVELS, rank
from workflows.beginning import BeginForm
from workflows.forms import StepForm
from workflows.training.asked import find_request

SELECT = {"class": "form-select"}


def open_courses(now: datetime) -> list[Course]:
    """Courses for instruments that are given now, by code."""
    given = CourseVersion.objects.filter(in_force(now)).values("course")
    found = Course.objects.exclude(kind=Course.Kind.SAFETY).filter(retired_at__isnull=True, pk__in=given)
    return list(found.select_related("instrument").order_by("code"))


class TrainingForm(BeginForm):
    """The request: which course (and so which level), on which instrument if the course is for several, and
    of which kind.
    """

    course = forms.ChoiceField(label=_("Course and level"), widget=forms.Select(attrs=SELECT))
    instrument = forms.ChoiceField(
        label=_("Instrument, for a course about several"), required=False, widget=forms.Select(attrs=SELECT)
    )
    kind = forms.ChoiceField(
        label=_("Kind of training"),
        required=False,
        choices=[("", _("What fits the certificates that I hold")), *TrainingRequest.Kind.choices],
        widget=forms.Select(attrs=SELECT),
    )

    def prepare(self) -> None:
        """The courses that are given, and the instruments that they are about."""
        self.courses = {course.ulid: course for course in open_courses(clock.now())}
        about = Q(pk__in=[])
        for course in self.courses.values():
            about |= covered_by(course)
        found = Instrument.objects.filter(about, retired_at__isnull=True).order_by("asset_no")
        self.instruments = {one.asset_no: one for one in found.select_related("unit")}
        self._offer("course", [(key, _labelled(one)) for key, one in self.courses.items()])
        names = [(key, f"{one.name} ({key})") for key, one in self.instruments.items()]
        self._offer("instrument", [("", _("Any of them")), *names])

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices or [("", _("No course is given at present"))]

    def clean_course(self) -> Course:
        """The course itself."""
        return self.courses[self.cleaned_data["course"]]

    def clean_instrument(self) -> Instrument | None:
        """The instrument itself; None for any."""
        return self.instruments.get(self.cleaned_data["instrument"])


class MoreForm(StepForm):
    """How much more somebody wants to see."""

    minutes = forms.IntegerField(
        label=_("Minutes of supervised use besides"), required=False, min_value=1, max_value=MOST_MINUTES
    )


class PlaceForm(StepForm):
    """A place in one of the sessions to come."""

    session = forms.ChoiceField(label=_("Session"), required=False, widget=forms.Select(attrs=SELECT))

    def prepare(self) -> None:
        """The sessions in which the person could sit."""
        request = find_request(self.case)
        self.sessions = {one.ulid: one for one in open_sessions(request, clock.now())} if request else {}
        field = self.fields["session"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [
            ("", _("None fits: plan one first") if not self.sessions else "---------"),
            *((key, _session(one)) for key, one in self.sessions.items()),
        ]

    def clean_session(self) -> Any:
        """The session itself; None while none is chosen."""
        return self.sessions.get(self.cleaned_data["session"])


class CertifyForm(MoreForm):
    """The level and how long it lasts: at most what the rules propose, which stands there already."""

    level = forms.ChoiceField(label=_("Level"), required=False, widget=forms.Select(attrs=SELECT))
    days = forms.IntegerField(label=_("Valid for so many days"), required=False, min_value=1)
    field_order = ["level", "days", "minutes"]

    def prepare(self) -> None:
        """What was proposed."""
        proposed = self.case.process.data
        level, days = proposed.get("level", ""), proposed.get("days")
        lower = [name for name in LEVELS[1:] if level and rank(name) <= rank(level)]
        words = dict(Certificate.Level.choices)
        field = self.fields["level"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(name, words[name]) for name in reversed(lower)]
        self.initial = {"level": level, "days": days}
        if days:
            self.fields["days"].widget.attrs["max"] = days


def _labelled(course: Course) -> str:
    return f"{course.name} · {course.get_level_display()}"


def _session(one: Any) -> str:
    when = f"{school_time(one.starts_at):%Y-%m-%d %H:%M}"
    seats = _("seats free: %(count)d") % {"count": one.free} if one.free else _("waiting list")
    return f"{when} {one.instrument.name} {one.leader.display_name} ({seats})"
