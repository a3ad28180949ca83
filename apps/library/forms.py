"""What a person may say to the library. Unknown values of a search are ignored, never an error: a link that
was shared keeps working.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.clock import end_of_school_day, school_midnight
from apps.instruments.queries import facilities
from apps.library.lists import LISTS
from apps.library.models import AssetConflict, InstrumentQuality, Status
from apps.library.quality import CHECKS, WHOLE
from apps.library.searching import Wanted
from apps.people.models import OrgUnit

_CONTROL = {"class": "form-select"}
_TEXT = {"class": "form-control"}


class AssetFilter(forms.Form):
    """The filters of the library."""

    q = forms.CharField(
        required=False, max_length=80, label=_("Keywords"), widget=forms.TextInput(attrs=_TEXT)
    )
    kind = forms.ChoiceField(required=False, label=_("List"), widget=forms.Select(attrs=_CONTROL))
    unit = forms.ChoiceField(required=False, label=_("Department"), widget=forms.Select(attrs=_CONTROL))
    class_code = forms.CharField(
        required=False, max_length=20, label=_("Class begins with"), widget=forms.TextInput(attrs=_TEXT)
    )
    status = forms.ChoiceField(
        required=False,
        label=_("Status"),
        choices=(("", _("All")), *Status.choices),
        widget=forms.Select(attrs=_CONTROL),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = OrgUnit.objects.filter(kind=OrgUnit.Kind.DEPARTMENT).order_by("code")
        self._choose("kind", [("", _("All")), *((one.key, one.title) for one in LISTS.values())])
        self._choose("unit", [("", _("All")), *((one.code, str(one)) for one in units)])

    def wanted(self) -> Wanted:
        """The valid part of what was asked."""
        self.is_valid()
        said = self.cleaned_data
        return Wanted(
            text=said.get("q", ""),
            class_code=said.get("class_code", ""),
            unit=said.get("unit", ""),
            kind=said.get("kind", ""),
            status=said.get("status", ""),
        )

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={**_TEXT, "rows": 3})
    )


class EditForm(ReasonForm):
    """What an asset says in one column."""

    field_order = ("text", "reason")
    text = forms.CharField(
        label=_("Here it says"), max_length=200, required=False, widget=forms.TextInput(attrs=_TEXT)
    )


class TagForm(ReasonForm):
    """Onto a list, or off it."""

    field_order = ("kind", "included", "until", "reason")
    kind = forms.ChoiceField(label=_("List"), widget=forms.Select(attrs=_CONTROL))
    included = forms.TypedChoiceField(
        label=_("On the list?"),
        choices=(("yes", _("Put it on the list")), ("no", _("Take it off the list"))),
        coerce=lambda said: said == "yes",
        widget=forms.Select(attrs=_CONTROL),
    )
    until = forms.DateField(
        label=_("Until (that day included)"),
        required=False,
        widget=forms.DateInput(attrs={**_TEXT, "type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(one.key, one.title) for one in LISTS.values() if one.key != "school"]

    @property
    def valid_until(self) -> datetime | None:
        """The moment at which the tag ends."""
        day = self.cleaned_data.get("until")
        return end_of_school_day(day) if day else None


class ConfirmForm(forms.Form):
    """How many assets the person saw to be gone, where they are many."""

    gone = forms.IntegerField(
        label=_("How many assets will be gone?"),
        required=False,
        min_value=0,
        max_value=10_000_000,
        widget=forms.NumberInput(attrs=_TEXT),
    )


class ConflictForm(forms.Form):
    """Which of the two holds, for the conflicts that are ticked."""

    choice = forms.ChoiceField(choices=AssetConflict.Choice.choices)
    conflict = forms.MultipleChoiceField(required=False)

    def __init__(self, data: Any, *, known: list[str]) -> None:
        super().__init__(data)
        field = self.fields["conflict"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = [(ulid, ulid) for ulid in known]


class QualityFilter(forms.Form):
    """The filters and the order of the list of scores."""

    ORDERS = MappingProxyType(
        {
            "score": ("score", "instrument__asset_no"),
            "-score": ("-score", "instrument__asset_no"),
            "asset_no": ("instrument__asset_no",),
        }
    )
    below = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=100,
        label=_("Score below"),
        widget=forms.NumberInput(attrs=_TEXT),
    )
    facility = forms.ChoiceField(required=False, label=_("Facility"), widget=forms.Select(attrs=_CONTROL))
    order = forms.ChoiceField(
        required=False,
        label=_("Order"),
        choices=(
            ("score", _("Lowest first")),
            ("-score", _("Highest first")),
            ("asset_no", _("Asset number")),
        ),
        widget=forms.Select(attrs=_CONTROL),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["facility"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("All")), *((one.ulid, str(one)) for one in facilities())]

    def narrowed(self, found: QuerySet[InstrumentQuality]) -> QuerySet[InstrumentQuality]:
        """What fits, in the order that was asked for."""
        self.is_valid()
        said = self.cleaned_data
        if said.get("below"):
            found = found.filter(score__lt=said["below"])
        if said.get("facility"):
            found = found.filter(instrument__facility__ulid=said["facility"])
        return found.order_by(*self.ORDERS[said.get("order") or "score"])


def _long(label: Any, longest: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=longest,
        required=False,
        widget=forms.Textarea(attrs={**_TEXT, "rows": 3}),
    )


class ProfileForm(forms.Form):
    """What a manager tells of an instrument."""

    technical = _long(_("Technical data"), 500)
    function = _long(_("What it is for"), 300)
    services = _long(_("Services"), 200)
    terms = _long(_("Terms of use"), 500)
    subjects = forms.CharField(
        label=_("Fields"), max_length=200, required=False, widget=forms.TextInput(attrs=_TEXT)
    )
    phone = forms.CharField(
        label=_("Telephone"), max_length=40, required=False, widget=forms.TextInput(attrs=_TEXT)
    )
    email = forms.EmailField(
        label=_("E-mail"), max_length=120, required=False, widget=forms.EmailInput(attrs=_TEXT)
    )


class TableForm(ReasonForm):
    """How much each check counts, from which day on."""

    since = forms.DateField(
        label=_("From (empty: at once)"),
        required=False,
        widget=forms.DateInput(attrs={**_TEXT, "type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, weights: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, check in CHECKS.items():
            self.fields[f"weight_{key}"] = forms.IntegerField(
                label=check.label,  # type: ignore[arg-type]  # a promise of the catalogue
                min_value=0,
                max_value=WHOLE,
                initial=weights.get(key, 0),
                widget=forms.NumberInput(attrs=_TEXT),
            )
        self.order_fields([*(f"weight_{key}" for key in CHECKS), "since", "reason"])

    @property
    def weights(self) -> dict[str, int]:
        """The weight of each check."""
        return {key: self.cleaned_data[f"weight_{key}"] for key in CHECKS}

    @property
    def valid_from(self) -> datetime | None:
        """The moment from which it holds; None: at once."""
        day = self.cleaned_data.get("since")
        return school_midnight(day) if day else None
