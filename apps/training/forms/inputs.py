"""Inputs that the forms of training have in common."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MOMENT = "%Y-%m-%dT%H:%M"


def text(**attrs: Any) -> forms.TextInput:
    """One line of text."""
    return forms.TextInput(attrs={"class": "form-control", "autocomplete": "off", **attrs})


def area(rows: int = 3, **attrs: Any) -> forms.Textarea:
    """Several lines of text."""
    return forms.Textarea(attrs={"class": "form-control", "rows": rows, **attrs})


def number(**attrs: Any) -> forms.NumberInput:
    """A whole number."""
    return forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric", **attrs})


def select(**attrs: Any) -> forms.Select:
    """One of several."""
    return forms.Select(attrs={"class": "form-select", **attrs})


def moment() -> forms.DateTimeInput:
    """A moment on the school's clock."""
    return forms.DateTimeInput(
        format=MOMENT, attrs={"type": "datetime-local", "class": "form-control", "step": 300}
    )


def day() -> forms.DateInput:
    """A day of the school's calendar."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})


def switch() -> forms.CheckboxInput:
    """Yes or no."""
    return forms.CheckboxInput(attrs={"class": "form-check-input"})


def choose(form: forms.Form, name: str, choices: list[tuple[str, Any]]) -> None:
    """Give a field of choices its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - the caller declares it
    field.choices = choices


class ReasonForm(forms.Form):
    """Why something ends. It is kept in the audit trail."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=text())


class ToldReasonForm(ReasonForm):
    """Why something is taken away from somebody, who reads it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("The person concerned reads this.")
