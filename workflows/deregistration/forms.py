"""What somebody fills in who asks that a registration ends or is suspended."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.people.forms import SELECT, TEXT, DayField, PersonField
from workflows.beginning import BeginForm
from workflows.deregistration.suspension import CAUSES

_LOGIN = _("Login of the person")


class LeaveForm(BeginForm):
    """Whose registration, why, and whether it is urgent."""

    person = PersonField(label=_LOGIN, required=False, help_text=_("Empty means your own registration."))
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput(attrs=TEXT))
    urgent = forms.BooleanField(
        label=_("Urgent: end it at once, hand over afterwards"),
        required=False,
        help_text=_("Counts only for those in authority over the person."),
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )


class SuspendForm(BeginForm):
    """Whom, why, and until when."""

    person = PersonField(label=_LOGIN)
    cause = forms.ChoiceField(label=_("Cause"), widget=forms.Select(attrs=SELECT))
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput(attrs=TEXT))
    until = DayField(
        label=_("Until (that day included)"),
        required=False,
        help_text=_("Empty means until somebody finds the reason gone."),
    )

    def prepare(self) -> None:
        """The causes in the reader's language."""
        field: Any = self.fields["cause"]
        field.choices = [(key, gettext(words)) for key, words in CAUSES.items()]
