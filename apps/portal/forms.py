"""What people fill in on the pages that cross apps: a reason, and who stands before the machine."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    """Why something is taken away. It reaches the audit log and the people concerned."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Whoever is refused reads this."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class ReleaseForm(forms.Form):
    """Why a lock is released; may stay empty."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class UnlockForm(forms.Form):
    """Who stands before the machine without a card, and why they are let in from here."""

    person = forms.CharField(
        label=_("Login of the person present"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"class": "form-control", "autocomplete": "off", "autocapitalize": "none"}
        ),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("For instance: card forgotten, identity checked at the door."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
