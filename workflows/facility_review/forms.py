"""What is asked when facilities are reviewed."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.clock import now as present
from apps.core.figures import HOUR_MS, FigureUnit
from apps.evaluation.facility import MOST_POINTS
from apps.evaluation.facility_columns import Column
from apps.people.models import User
from apps.people.queries import active_users
from workflows.forms import StepForm


class ScoreForm(StepForm):
    """The points for a table."""

    points = forms.IntegerField(
        label=_("Points (0 to 100)"),
        min_value=0,
        max_value=MOST_POINTS,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )


class OpenForm(forms.Form):
    """A year, and who scores: logins of staff."""

    year = forms.IntegerField(
        label=_("Calendar year"),
        min_value=2000,
        max_value=2099,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )
    judges = forms.CharField(
        label=_("The panel: logins, separated by commas"),
        max_length=1000,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def clean_judges(self) -> list[User]:
        """The people behind the logins, each once."""
        logins = [one for one in re.split(r"[\s,，、;]+", self.cleaned_data["judges"]) if one]  # noqa: RUF001
        known = {user.username: user for user in active_users(present()).filter(username__in=logins)}
        unknown = [one for one in logins if one not in known or known[one].kind != User.Kind.STAFF]
        if unknown:
            raise forms.ValidationError(
                _("Nobody of the staff has the login %(login)s."),
                code="unknown",
                params={"login": ", ".join(unknown)},
            )
        return list({one: known[one] for one in logins}.values())


class CellForm(forms.Form):
    """A number, where only the facility knows it, or a note."""

    value = forms.DecimalField(
        label=pgettext_lazy("cell", "Number"),
        required=False,
        min_value=0,
        max_digits=15,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "decimal"}),
    )
    note = forms.CharField(
        label=_("Note instead of a number"),
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
    )

    def __init__(self, *args: Any, column: Column, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.column = column
        if not column.entered:
            del self.fields["value"]

    def clean_value(self) -> int | None:
        """The number in the smallest step of its unit: hours in ms, everything else whole."""
        number: Decimal | None = self.cleaned_data["value"]
        if number is None:
            return None
        if self.column.unit in (FigureUnit.HOURS_MS, FigureUnit.CORE_HOURS_MS):
            return int(number * HOUR_MS)
        if number != number.to_integral_value():
            raise forms.ValidationError(_("Write a whole number."), code="whole")
        return int(number)
