"""Forms about courses and their terms."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.instruments.models import Instrument
from apps.training.courses import Terms
from apps.training.forms.inputs import area, choose, moment, number, select, switch, text
from apps.training.models import Certificate, Course, CourseVersion, Topic

_NUMBERS = {
    "required_minutes": (_("Supervised use (minutes)"), 0),
    "pass_mark": (_("Exam passed with (percent)"), 60),
    "time_limit_minutes": (_("Time for the exam (minutes)"), 60),
    "max_attempts": (_("Attempts"), 3),
    "cooling_off_days": (_("Days between attempts"), 3),
    "validity_days": (_("Certificate lasts (days)"), 730),
    "renewal_minutes": (_("Renewal: supervised use (minutes)"), 0),
    "difference_minutes": (_("Difference training: supervised use (minutes)"), 60),
}
_SWITCHES = {
    "renewal_exam": _("Renewal: theory exam"),
    "renewal_assessment": _("Renewal: practical assessment"),
    "difference_exam": _("Difference training: theory exam"),
}


class CourseFilter(forms.Form):
    """What may be asked of the list of courses."""

    q = forms.CharField(
        required=False, max_length=80, label=_("Course or instrument"), widget=text(type="search")
    )

    def words(self) -> str:
        """The valid part of what was asked."""
        self.is_valid()
        found: str = self.cleaned_data.get("q", "")
        return found


class CourseForm(forms.Form):
    """A new course. The safety course is the office's to make, so only the school is offered it."""

    code = forms.CharField(label=_("Code"), max_length=40, widget=text())
    kind = forms.ChoiceField(label=_("Kind"), choices=Course.Kind.choices, widget=select())
    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=80, widget=text())
    name_en = forms.CharField(label=_("Name (English)"), max_length=120, widget=text())
    level = forms.ChoiceField(
        label=_("Leads to"),
        required=False,
        choices=(("", _("(safety course)")), *Certificate.Level.choices),
        widget=select(),
    )
    asset_no = forms.CharField(
        label=_("Asset number of the instrument"), required=False, max_length=20, widget=text()
    )
    class6 = forms.CharField(label=_("Class (six digits)"), required=False, max_length=6, widget=text())
    model = forms.CharField(
        label=_("Model"),
        required=False,
        max_length=80,
        help_text=_("Empty: every model of the class."),
        widget=text(),
    )

    def __init__(self, *args: Any, school: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not school:
            safety = Course.Kind.SAFETY
            choose(self, "kind", [one for one in Course.Kind.choices if one[0] != safety])
            choose(self, "level", list(Certificate.Level.choices))

    def clean_asset_no(self) -> Instrument | None:
        """The instrument of that number."""
        asset_no = self.cleaned_data["asset_no"].strip()
        if not asset_no:
            return None
        instrument = Instrument.objects.filter(asset_no=asset_no).first()
        if instrument is None:
            raise forms.ValidationError(_("There is no instrument with this number."))
        return instrument

    def wanted(self) -> dict[str, Any]:
        """Keywords of `create_course`."""
        data = dict(self.cleaned_data)
        instrument = data.pop("asset_no")
        return {**data, "instrument": instrument}


class TermsForm(forms.Form):
    """The terms of a course from a moment on."""

    valid_from = forms.DateTimeField(
        label=_("In force from"), required=False, help_text=_("Empty: at once."), widget=moment()
    )
    prerequisite_level = forms.ChoiceField(
        label=_("Level that comes first"), choices=Instrument.CertificateLevel.choices, widget=select()
    )
    disuse_days = forms.IntegerField(
        label=_("Lapses without use after (days)"),
        required=False,
        help_text=_("Empty: never."),
        widget=number(min=1),
    )
    required_courses = forms.MultipleChoiceField(
        label=_("Courses that come first"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, *args: Any, topics: Sequence[tuple[Topic, int]], courses: Iterable[Course], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.topics = [topic for topic, _count in topics]
        self._courses = {course.ulid: course for course in courses}
        for name, (label, initial) in _NUMBERS.items():
            self.fields[name] = forms.IntegerField(
                label=label, min_value=0, initial=initial, widget=number(min=0)
            )
        for name, words in _SWITCHES.items():
            self.fields[name] = forms.BooleanField(label=words, required=False, widget=switch())
        for topic, count in topics:
            self.fields[f"share_{topic.ulid}"] = forms.IntegerField(
                label=topic.name,
                required=False,
                min_value=0,
                max_value=count,
                help_text=_("questions, of %(n)d") % {"n": count},
                widget=number(min=0, max=count),
            )
        choose(self, "required_courses", [(ulid, course.name) for ulid, course in self._courses.items()])

    @property
    def conditions(self) -> list[forms.BoundField]:
        """The fields that are not shares of topics."""
        return [field for field in self.visible_fields() if not field.name.startswith("share_")]

    @property
    def share_fields(self) -> list[forms.BoundField]:
        """How many questions of which topic."""
        return [field for field in self.visible_fields() if field.name.startswith("share_")]

    def terms(self) -> Terms:
        """What was filled in."""
        data = self.cleaned_data
        return Terms(
            prerequisite_level=data["prerequisite_level"],
            disuse_days=data["disuse_days"],
            required_courses=tuple(self._courses[ulid] for ulid in data["required_courses"]),
            shares={t: data[f"share_{t.ulid}"] for t in self.topics if data.get(f"share_{t.ulid}")},
            **{name: data[name] for name in (*_NUMBERS, *_SWITCHES)},
        )

    def begins(self, now: datetime) -> datetime:
        """When they begin; at once where nothing is said."""
        found: datetime | None = self.cleaned_data["valid_from"]
        return found or now


def initial_terms(version: CourseVersion) -> dict[str, Any]:
    """Terms as the form shows them."""
    names = (*_NUMBERS, *_SWITCHES, "prerequisite_level", "disuse_days")
    shown: dict[str, Any] = {name: getattr(version, name) for name in names}
    shown["required_courses"] = [course.ulid for course in version.required_courses.all()]
    shown |= {f"share_{one.topic.ulid}": one.questions for one in version.shares.select_related("topic")}
    return shown


class AttemptForm(forms.Form):
    """One more attempt for somebody."""

    login = forms.CharField(label=_("Login"), max_length=150, widget=text(autocapitalize="none"))
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=area(2))
