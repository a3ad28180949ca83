"""What one may ask of the price list. Unknown values are ignored, never an error: a link that was shared
keeps working.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.fees.models import Tier
from apps.instruments.models import Facility, Instrument, local_name

_SELECT = {"class": "form-select", "data-submit": ""}


class PriceFilter(forms.Form):
    """The filters of the list. `criteria` gives what `price_list.versions_listed` wants."""

    q = forms.CharField(
        required=False,
        max_length=80,
        label=_("Instrument, item or number"),
        widget=forms.TextInput(attrs={"class": "form-control", "type": "search"}),
    )
    facility = forms.ChoiceField(required=False, label=_("Facility"), widget=forms.Select(attrs=_SELECT))
    class6 = forms.ChoiceField(required=False, label=_("Class"), widget=forms.Select(attrs=_SELECT))
    tier = forms.ChoiceField(
        required=False,
        label=_("Who pays"),
        choices=(("", _("All")), *Tier.choices),
        widget=forms.Select(attrs=_SELECT),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", _("All"))]
        facilities = Facility.objects.order_by("name_zh").values_list("ulid", "name_zh", "name_en")
        classes = Instrument.objects.order_by("class6").values_list("class6", "class_name").distinct()
        self._choose("facility", [*every, *((ulid, local_name(zh, en)) for ulid, zh, en in facilities)])
        self._choose("class6", [*every, *((code, f"{code} {name}") for code, name in classes)])

    def criteria(self) -> dict[str, str]:
        """The valid part of what was asked."""
        self.is_valid()
        chosen = self.cleaned_data
        names = {"q": "text", "facility": "facility", "class6": "class6", "tier": "tier"}
        return {name: chosen.get(field, "") for field, name in names.items()}

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices
