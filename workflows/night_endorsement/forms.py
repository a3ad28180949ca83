"""What is asked of somebody who wants to work at night."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.periods import in_force
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.queries import active_users
from apps.training.models import Certificate, NightRequest
from workflows.beginning import BeginForm
from workflows.forms import StepForm

_MOMENT = "%Y-%m-%dT%H:%M"


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local", "class": "form-control"}),
    )


class _Asked(forms.Form):
    """The members that an application and its correction have in common."""

    starts_at = _moment(_("From"))
    ends_at = _moment(_("Until"))
    buddy = forms.CharField(
        label=_("Buddy (school number)"),
        max_length=150,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    purpose = forms.CharField(
        label=_("What you want to do"),
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
    )

    def clean_buddy(self) -> User:
        """The active person of that login; whether they may be the buddy is the operation's to say."""
        found = active_users(clock.now()).filter(username=self.cleaned_data["buddy"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no such person."), code="people.unknown")
        return found


class NightForm(_Asked, BeginForm):
    """The application. Offers the instruments for which the person holds a certificate."""

    instrument = forms.ChoiceField(label=_("Instrument"), widget=forms.Select(attrs={"class": "form-select"}))
    field_order = ["instrument", "starts_at", "ends_at", "buddy", "purpose"]

    def prepare(self) -> None:
        """The instruments that could be meant."""
        held = Certificate.objects.filter(in_force(clock.now()), user=self.user).values("instrument")
        usable = Instrument.objects.filter(pk__in=held, night_self_use=True).order_by("asset_no")
        field = self.fields["instrument"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(i.asset_no, f"{i.name} ({i.asset_no})") for i in usable] or [
            ("", _("No instrument: night use needs a certificate"))
        ]


class ReviseForm(_Asked, StepForm):
    """The correction: the same members, filled in with what was asked for."""

    def prepare(self) -> None:
        """What stands in the application now."""
        ulid = self.case.subject_ref.removeprefix("night_request:")
        request = NightRequest.objects.select_related("buddy").filter(ulid=ulid).first()
        if request is not None:
            self.initial = {
                "starts_at": request.starts_at,
                "ends_at": request.ends_at,
                "buddy": request.buddy.username,
                "purpose": request.purpose,
            }
