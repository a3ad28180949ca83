"""What is asked when facilities are reviewed."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.figures import HOUR_MS, FigureUnit
from apps.evaluation.facility_scoring import MOST_POINTS
from apps.evaluation.models import FacilityCell
from apps.people.models import User
from workflows.evaluation_hearing.forms import PanelForm
from workflows.facility_review import asked
from workflows.forms import StepForm


class ScoreForm(StepForm):
    """The points for a table."""

    points = forms.IntegerField(
        label=_("Points (0 to 100)"),
        min_value=0,
        max_value=MOST_POINTS,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )


class FacilityPanelForm(PanelForm):
    """Who scores a facility, and who stands in: members of the committee who are in no conflict with it."""

    def eligible(self, now: datetime) -> list[User]:
        return asked.eligible(self.case, now)

    def busy(self, people: list[User]) -> Mapping[int, int]:
        """Nobody is busier than others: one year is scored by the same people as far as that can be."""
        return {}


class OpenForm(forms.Form):
    """A year."""

    year = forms.IntegerField(
        label=_("Calendar year"),
        min_value=2000,
        max_value=2099,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )


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

    def __init__(self, *args: Any, cell: FacilityCell, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = FigureUnit(cell.unit)
        if not cell.is_entered:
            del self.fields["value"]

    def clean_value(self) -> int | None:
        """The number in the smallest step of its unit: hours in ms, everything else whole."""
        number: Decimal | None = self.cleaned_data["value"]
        if number is None:
            return None
        if self.unit in (FigureUnit.HOURS_MS, FigureUnit.CORE_HOURS_MS):
            return int(number * HOUR_MS)
        if number != number.to_integral_value():
            raise forms.ValidationError(_("Write a whole number."), code="whole")
        return int(number)
