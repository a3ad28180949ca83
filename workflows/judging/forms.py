"""What every panel asks its members for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.panels.levels import LEVELS
from workflows.forms import StepForm

LONGEST = 2000
AREA: dict[str, Any] = {"class": "form-control", "rows": 4}


class AcceptForm(StepForm):
    """How well a member knows such instruments."""

    familiarity = forms.TypedChoiceField(
        label=_("How well do you know such instruments?"),
        choices=LEVELS,
        coerce=int,
        widget=forms.RadioSelect,
    )


class ReasonedForm(StepForm):
    """Something with a reason."""

    reason = forms.CharField(label=_("Reason"), max_length=LONGEST, widget=forms.Textarea(attrs=AREA))
