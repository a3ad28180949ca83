"""Forms about training sessions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.training.forms.inputs import number, text


class CancelForm(forms.Form):
    """Why a session does not take place; those who had a place read it."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Those who had a place read this."), widget=text()
    )


class CapacityForm(forms.Form):
    """How many seats a session has."""

    capacity = forms.IntegerField(label=_("Seats"), min_value=1, max_value=100, widget=number(min=1, max=100))
