"""What a person may ask of the instrument list. Unknown values are ignored, never an error: a link that was
shared keeps working.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.instruments.models import Facility, Instrument, local_name
from apps.people.models import OrgUnit

MODES = (("S", _("Self-operated")), ("A", _("Assisted")), ("T", _("Sample test")))
LEVELS = (
    (1, _("Listed")),
    (2, _("Takes samples")),
    (3, _("Can be booked")),
    (4, _("Workstation login")),
    (5, _("Power interlock")),
)
_CONTROL = {"class": "form-select", "data-submit": ""}


class InstrumentFilter(forms.Form):
    """The filters of the list. `criteria` gives what `queries.search` wants."""

    q = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    order = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    facility = forms.ChoiceField(required=False, label=_("Facility"), widget=forms.Select(attrs=_CONTROL))
    department = forms.ChoiceField(required=False, label=_("Department"), widget=forms.Select(attrs=_CONTROL))
    class6 = forms.ChoiceField(required=False, label=_("Class"), widget=forms.Select(attrs=_CONTROL))
    mode = forms.ChoiceField(
        required=False,
        label=_("Service"),
        choices=(("", _("All")), *MODES),
        widget=forms.Select(attrs=_CONTROL),
    )
    level = forms.TypedChoiceField(
        required=False,
        label=_("Opening level"),
        coerce=int,
        empty_value=None,
        choices=(("", _("All")), *LEVELS),
        widget=forms.Select(attrs=_CONTROL),
    )
    certificate = forms.ChoiceField(
        required=False,
        label=_("Certificate needed"),
        choices=(("", _("All")), *Instrument.CertificateLevel.choices),
        widget=forms.Select(attrs=_CONTROL),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", _("All"))]
        facilities = Facility.objects.order_by("name_zh").values_list("ulid", "name_zh", "name_en")
        units = OrgUnit.objects.filter(kind=OrgUnit.Kind.DEPARTMENT).order_by("code")
        classes = Instrument.objects.order_by("class6").values_list("class6", "class_name").distinct()
        self._choose("facility", [*every, *((u, local_name(zh, en)) for u, zh, en in facilities)])
        self._choose(
            "department",
            [
                *every,
                *((u, local_name(zh, en)) for u, zh, en in units.values_list("ulid", "name_zh", "name_en")),
            ],
        )
        self._choose("class6", [*every, *((code, f"{code} {name}") for code, name in classes)])

    def criteria(self) -> dict[str, Any]:
        """The valid part of what was asked, as keywords of `queries.search`."""
        self.is_valid()
        chosen = self.cleaned_data
        return {
            "text": chosen.get("q", ""),
            "facility": chosen.get("facility", ""),
            "class6": chosen.get("class6", ""),
            "department": chosen.get("department", ""),
            "opening_level": chosen.get("level"),
            "service_mode": chosen.get("mode", ""),
            "certificate": chosen.get("certificate", ""),
            "order": chosen.get("order", "") or "asset_no",
        }

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices
