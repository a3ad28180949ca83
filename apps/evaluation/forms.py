"""What the office fills in about schemes. Whether it is allowed is the operations' to say."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

TEXT = {"class": "form-control"}
SELECT = {"class": "form-select"}


class AdoptForm(forms.Form):
    """From which day on, and by which rule."""

    valid_from = forms.DateField(
        label=_("For periods that begin on or after"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )
    citation = forms.CharField(
        label=_("Regulation and clause"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs=TEXT),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("valid_from", today)


class NewSchemeForm(forms.Form):
    """A scheme of the school's own begins as a copy."""

    key = forms.SlugField(
        label=_("Key"),
        max_length=40,
        help_text=_("Small letters, digits and hyphens; it never changes."),
        widget=forms.TextInput(attrs=TEXT),
    )
    like = forms.ChoiceField(label=_("Begin with"), widget=forms.Select(attrs=SELECT))

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["like"].choices = choices  # type: ignore[attr-defined]
