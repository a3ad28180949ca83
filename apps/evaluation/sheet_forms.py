"""What crews and laboratories fill in about a sheet. Whether it is allowed is the operations' to say."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.evaluation.content import FigureSpec

TEXT = {"class": "form-control"}
SELECT = {"class": "form-select"}
AREA = {"class": "form-control", "rows": 3}


class ItemForm(forms.Form):
    """One thing that counts."""

    key = forms.ChoiceField(label=_("What kind"), widget=forms.Select(attrs=SELECT))
    amount = forms.DecimalField(
        label=_("Number"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        initial=1,
        widget=forms.NumberInput(attrs={**TEXT, "step": "any"}),
    )
    what = forms.CharField(label=_("What it is"), max_length=300, widget=forms.TextInput(attrs=TEXT))

    def __init__(self, *args: Any, figures: list[FigureSpec], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].choices = [(one.key, str(one.title)) for one in figures]  # type: ignore[attr-defined]


class PaperForm(forms.Form):
    """A paper that was made with the instrument."""

    doi = forms.CharField(
        label=_("DOI"),
        max_length=200,
        required=False,
        help_text=_("With or without https://doi.org/ before it."),
        widget=forms.TextInput(attrs={**TEXT, "autocapitalize": "none", "spellcheck": "false"}),
    )
    title = forms.CharField(label=_("Title"), max_length=500, widget=forms.TextInput(attrs=TEXT))
    year = forms.IntegerField(
        label=_("Year"), min_value=1900, max_value=2100, widget=forms.NumberInput(attrs=TEXT)
    )
    journal = forms.CharField(
        label=_("Journal"), max_length=200, required=False, widget=forms.TextInput(attrs=TEXT)
    )
    core = forms.BooleanField(
        label=_("A core journal"),
        required=False,
        initial=True,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )


class CorrectForm(forms.Form):
    """What counts instead, and why."""

    counted = forms.DecimalField(
        label=_("Counts"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=forms.NumberInput(attrs={**TEXT, "step": "any"}),
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs=AREA))


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs=AREA))
