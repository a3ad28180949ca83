"""What is asked when facilities are reviewed."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
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
    """A year, and who scores: names or logins of staff."""

    year = forms.IntegerField(
        label=_("Calendar year"),
        min_value=2000,
        max_value=2099,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )
    judges = forms.CharField(
        label=_("The panel: names or logins of staff, separated by commas"),
        max_length=1000,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def clean_judges(self) -> list[User]:
        """The people behind names and logins, each once. A name of two people asks for the login."""
        said = [one for one in re.split(r"[,，、;；\n]+", self.cleaned_data["judges"]) if one.strip()]  # noqa: RUF001
        staff = active_users(present()).filter(kind=User.Kind.STAFF)
        chosen: dict[int, User] = {}
        for name in (one.strip() for one in said):
            found = list(staff.filter(username=name)) or list(
                staff.filter(Q(name_zh=name) | Q(name_en__iexact=name)).order_by("pk")[:2]
            )
            if len(found) == 1:
                chosen[found[0].pk] = found[0]
                continue
            text = (
                _("Two people of the staff are called %(name)s: write the login.")
                if found
                else _("Nobody of the staff has the login or the name %(name)s.")
            )
            raise forms.ValidationError(text, code="unknown", params={"name": name})
        return list(chosen.values())


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
