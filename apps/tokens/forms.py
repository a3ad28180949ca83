"""What a person fills in to make a token and to revoke one. Whether it is allowed is the operation's to
say.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.tokens.scopes import SCOPES

_OFFERED = (7, 30, 90, 180, 365)


class TokenForm(forms.Form):
    """A name, what the token is for, and how long it lasts."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("So that you know later which program uses it."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    )
    days = forms.TypedChoiceField(
        label=_("It lasts"), coerce=int, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(self, *args: Any, usual: int, longest: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes, days = self.fields["scopes"], self.fields["days"]
        assert isinstance(scopes, forms.MultipleChoiceField)  # noqa: S101 - declared above
        assert isinstance(days, forms.TypedChoiceField)  # noqa: S101 - declared above
        scopes.choices = [(key, scope.label) for key, scope in SCOPES.items()]
        offered = sorted({*(n for n in _OFFERED if n <= longest), min(usual, longest)})
        days.choices = [(n, ngettext("%(n)d day", "%(n)d days", n) % {"n": n}) for n in offered]
        days.initial = min(usual, longest)


class RevokeForm(forms.Form):
    """Why a token is revoked."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("For instance: no longer needed, computer lost."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
