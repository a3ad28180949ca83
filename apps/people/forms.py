"""What people fill in about rights, absences, posts, organisations and the personnel file. Whether it is
allowed is the operations' to say. The public application has `application_forms`.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.clock import end_of_school_day, school_midnight, school_time
from apps.people.models import Authorization, Organisation, OrgUnit, Post, User
from apps.people.scopes import ScopeKind, scope_kinds, scope_of

TEXT = {"class": "form-control"}
SELECT = {"class": "form-select"}
DAY = {"class": "form-control", "type": "date"}


class DayField(forms.DateField):
    """A school day, picked from the browser's calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY), **kwargs)


class PersonField(forms.CharField):
    """A person by login; becomes the User."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {**TEXT, "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(max_length=150, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Any:
        """The person, else a fault at the field."""
        login = super().clean(value)
        if not login:
            return None
        person = User.objects.filter(username__iexact=login).first()
        if person is None:
            raise forms.ValidationError(_("Nobody has this login."), code="people.nobody")
        return person


class ReasonForm(forms.Form):
    """Why something is taken away."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput(attrs=TEXT))


class GrantForm(forms.Form):
    """Who may do what, where, until when."""

    user = PersonField(label=_("Login of the person"))
    kind = forms.ChoiceField(
        label=_("Right"),
        choices=Authorization.Kind.choices,
        help_text=_("To manage includes to use and to see reports."),
        widget=forms.Select(attrs=SELECT),
    )
    what = forms.ChoiceField(label=_("On what"), widget=forms.Select(attrs=SELECT))
    code = forms.CharField(
        label=_("Its code"),
        max_length=80,
        help_text=_("The code of the unit or facility, or the asset number of the instrument."),
        widget=forms.TextInput(attrs=TEXT),
    )
    until = DayField(label=_("Until (that day included)"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput(attrs=TEXT))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kinds: dict[str, ScopeKind] = {kind.prefix: kind for kind in scope_kinds()}
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)  # noqa: S101 - declared above
        what.choices = [(prefix, kind.title) for prefix, kind in self._kinds.items()]

    def clean(self) -> dict[str, Any]:
        """Adds `scope`: what the code names."""
        data: dict[str, Any] = super().clean() or {}
        if "what" in data and "code" in data:
            row = self._kinds[data["what"]].find(data["code"])
            if row is None:
                self.add_error(
                    "code", forms.ValidationError(_("Nothing has this code."), code="people.scope")
                )
            else:
                data["scope"] = scope_of(row)
        return data

    @property
    def valid_until(self) -> datetime | None:
        """The moment at which the right ends."""
        day = self.cleaned_data.get("until")
        return end_of_school_day(day) if day else None


class AbsenceForm(forms.Form):
    """From when until when somebody stands in, and for what."""

    substitute = PersonField(label=_("Login of the substitute"))
    start = DayField(label=_("From"))
    end = DayField(label=_("Until (that day included)"))
    processes = forms.MultipleChoiceField(
        label=_("For which processes"),
        required=False,
        help_text=_("None chosen means all of them."),
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=200, widget=forms.TextInput(attrs=TEXT)
    )

    def __init__(self, *args: Any, processes: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["processes"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = list(processes)
        if not field.choices:
            del self.fields["processes"]

    @property
    def period(self) -> tuple[datetime, datetime]:
        """The absence's half-open period."""
        return school_midnight(self.cleaned_data["start"]), end_of_school_day(self.cleaned_data["end"])


class PostForm(forms.Form):
    """Who holds which post of which unit."""

    user = PersonField(label=_("Login of the person"))
    kind = forms.ChoiceField(label=_("Post"), choices=Post.Kind.choices, widget=forms.Select(attrs=SELECT))
    unit = forms.CharField(label=_("Code of the unit"), max_length=40, widget=forms.TextInput(attrs=TEXT))
    until = DayField(label=_("Until (that day included)"), required=False)
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=200, widget=forms.TextInput(attrs=TEXT)
    )

    def clean_unit(self) -> OrgUnit:
        """The unit that has this code."""
        found = OrgUnit.objects.filter(code__iexact=self.cleaned_data["unit"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("No unit has this code."), code="people.scope")
        return found

    @property
    def valid_until(self) -> datetime | None:
        """The moment at which the post ends."""
        day = self.cleaned_data.get("until")
        return end_of_school_day(day) if day else None


class OrganisationForm(forms.Form):
    """An organisation to be listed."""

    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120, widget=forms.TextInput(attrs=TEXT))
    name_en = forms.CharField(
        label=_("Name in English"), max_length=160, required=False, widget=forms.TextInput(attrs=TEXT)
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Organisation.Kind.choices, widget=forms.Select(attrs=SELECT)
    )
    code = forms.CharField(
        label=_("Unified social credit code"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs=TEXT),
    )


class AgreementForm(forms.Form):
    """A contract and its days."""

    number = forms.CharField(
        label=_("Number of the agreement"), max_length=60, widget=forms.TextInput(attrs=TEXT)
    )
    start = DayField(label=_("From"))
    end = DayField(label=_("Until (that day included)"))
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, widget=forms.TextInput(attrs=TEXT)
    )

    @property
    def period(self) -> tuple[datetime, datetime]:
        """The agreement's half-open period."""
        return school_midnight(self.cleaned_data["start"]), end_of_school_day(self.cleaned_data["end"])


class HrUploadForm(forms.Form):
    """A personnel file."""

    file = forms.FileField(
        label=_("Personnel file (CSV or Excel)"),
        max_length=200,
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".csv,.txt,.xlsx"}),
    )


class HrConfirmForm(forms.Form):
    """What the person saw when they confirmed."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)


def default_days(now: datetime, days: int = 7) -> dict[str, str]:
    """First and last day of a stretch that begins today, as the browser wants them."""
    today = school_time(now).date()
    return {"start": today.isoformat(), "end": (today + timedelta(days=days - 1)).isoformat()}
