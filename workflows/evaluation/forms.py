"""What the office fills in to open a round."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.evaluation.models import SchemeVersion
from apps.evaluation.rounds import EARLIEST, LATEST

SELECT = {"class": "form-select"}


class OpenForm(forms.Form):
    """By which version, for which period, for whom."""

    version = forms.ChoiceField(label=_("Scheme and version"), widget=forms.Select(attrs=SELECT))
    year = forms.IntegerField(
        label=_("Year in which the period begins"),
        min_value=EARLIEST,
        max_value=LATEST,
        help_text=_("An academic year runs from 1 September to 31 August."),
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )
    cohort = forms.ChoiceField(
        label=_("Cohort"), required=False, widget=forms.Select(attrs=SELECT), help_text=_("Empty: everybody.")
    )

    def __init__(self, *args: Any, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = SchemeVersion.objects.select_related("scheme").filter(adopted_at__isnull=False)
        self.versions = {one.ulid: one for one in rows.order_by("scheme__key", "-number")}
        self.fields["version"].choices = [  # type: ignore[attr-defined]
            (ulid, f"{one.tree.title} · {one.number}") for ulid, one in self.versions.items()
        ]
        cohorts = {one.key: str(one.title) for row in self.versions.values() for one in row.tree.cohorts}
        self.fields["cohort"].choices = [("", "-"), *cohorts.items()]  # type: ignore[attr-defined]
        self.initial.setdefault("year", year)

    def clean_version(self) -> SchemeVersion:
        """The version."""
        return self.versions[self.cleaned_data["version"]]
