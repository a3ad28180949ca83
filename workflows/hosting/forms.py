"""What is asked of an owner who offers an instrument, of the host who inspects it, and of who signs."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.hosting.inspecting import Found, checklist
from apps.hosting.inventory import Thing
from apps.hosting.models import InspectionItem, InventoryItem
from apps.instruments.models import Facility, local_name
from apps.people.forms import TEXT, PersonField
from apps.people.models import ResearchGroup
from workflows.beginning import BeginForm
from workflows.forms import StepForm
from workflows.hosting.asked import find

AREA = {"class": "form-control", "rows": 3}
LONGEST = 2000
_DIGITS = 4  # an inventory counts to 9999
NOTE = "note_"
_SIGN = re.compile(r"[#\uff03]\s*([0-9]{1,6})")


class OfferHostingForm(BeginForm):
    """Which instrument of which group is offered to which facility, and why."""

    asset_no = forms.CharField(label=_("Asset number"), max_length=20, widget=forms.TextInput(attrs=TEXT))
    name_zh = forms.CharField(
        label=_("Name of the instrument"),
        max_length=80,
        required=False,
        help_text=_("Only for an instrument that is not in the register yet."),
        widget=forms.TextInput(attrs=TEXT),
    )
    name_en = forms.CharField(
        label=_("English name"), max_length=120, required=False, widget=forms.TextInput(attrs=TEXT)
    )
    group = forms.ModelChoiceField(
        label=_("Owner (research group)"),
        queryset=ResearchGroup.objects.none(),
        to_field_name="ulid",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    facility = forms.ModelChoiceField(
        label=_("Host (facility)"),
        queryset=Facility.objects.none(),
        to_field_name="ulid",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    why = forms.CharField(
        label=_("Why it is to be hosted"), max_length=LONGEST, widget=forms.Textarea(attrs=AREA)
    )

    def prepare(self) -> None:
        """The groups that the person leads, and every facility."""
        group: Any = self.fields["group"]
        group.queryset = ResearchGroup.objects.filter(pi=self.user).order_by("pk")
        group.label_from_instance = _named
        if group.queryset.count() == 1:
            group.empty_label = None  # there is nothing to choose
        facility: Any = self.fields["facility"]
        facility.queryset = Facility.objects.order_by("name_zh")


class InspectForm(StepForm):
    """Every line of the check-list of the day, with a note."""

    def prepare(self) -> None:
        """A question and a note for each line."""
        for one in checklist(clock.now()):
            name = local_name(one.zh, one.en)
            label = gettext("%(line)s (must be in order)") % {"line": name} if one.critical else name
            self.fields[one.key] = forms.ChoiceField(
                label=label, choices=InspectionItem.Result.choices, widget=forms.RadioSelect
            )
            self.fields[f"{NOTE}{one.key}"] = forms.CharField(
                label=gettext("Note on this line"),
                required=False,
                max_length=300,
                widget=forms.TextInput(attrs=TEXT),
            )

    @staticmethod
    def found(data: dict[str, Any]) -> dict[str, Found]:
        """What was found, line by line."""
        return {
            key: Found(value, data.get(f"{NOTE}{key}", ""))
            for key, value in data.items()
            if not key.startswith(NOTE)
        }


class SignForm(StepForm):
    """That the terms were read. Their digest goes with the answer: nobody signs what they have not seen."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    read = forms.BooleanField(label=_("I have read the terms and sign them."))

    def prepare(self) -> None:
        """The digest of the version that is before this person."""
        agreement = find(self.case)
        if agreement is not None and agreement.terms is not None:
            self.initial = {**self.initial, "digest": agreement.terms.digest}


class ThingsField(forms.CharField):
    """An inventory as people write it, a thing a line: name, number, condition, note, separated by semicolons
    or tabs; a line that was written before ends with its thing's sign (#1). Becomes a list of `Thing`.
    """

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"class": "form-control", "rows": 8}
        super().__init__(
            max_length=20_000,
            widget=forms.Textarea(attrs=attrs),
            validators=[MaxLengthValidator(20_000)],
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        """The things, else a fault that names the line."""
        lines = [line for line in super().clean(value).splitlines() if line.strip()]
        return [_thing(number, line) for number, line in enumerate(lines, 1)]


class InventoryForm(StepForm):
    """What changes hands."""

    things = ThingsField(
        label=_("What changes hands"),
        help_text=_(
            "A thing a line: name; number; condition (good, worn, damaged, missing); note. The condition and"
            " the note may be left out. The sign at the end of a line (#1) stays when the line changes: the"
            " photographs of the thing hang on it."
        ),
    )

    def prepare(self) -> None:
        """What was written before, to be put right."""
        agreement = find(self.case)
        way = "out" if agreement is not None and agreement.started_at else "in"
        self.fields["things"].widget.attrs["placeholder"] = gettext(
            "Main unit; 1; good\nSample stage; 3; worn; one is scratched"
        )
        known = (
            agreement.inventories.filter(way__in=(way, "in")).order_by("-pk").first() if agreement else None
        )
        if known is not None:
            lines = [
                f"{one.name}; {one.quantity}; {one.get_condition_display()}; "
                + (f"{one.note}; #{one.key}" if one.note else f"#{one.key}")
                for one in known.items.all()
            ]
            self.initial = {**self.initial, "things": "\n".join(lines)}


class HandOverForm(InventoryForm):
    """What changes hands, and who will run the instrument."""

    manager = PersonField(
        label=_("Who will manage the instrument"), help_text=_("The login of somebody of the host.")
    )


def _named(group: ResearchGroup) -> str:
    return local_name(group.name_zh, group.name_en)


def _condition(said: str) -> str:
    """The code of a condition, said in any language of the school; good where nothing is said."""
    if not said:
        return InventoryItem.Condition.GOOD
    for language, _name in settings.LANGUAGES:
        with override(language):
            words = {str(label).lower(): value for value, label in InventoryItem.Condition.choices}
        if said.lower() in words:
            return words[said.lower()]
    return said.lower()


def _thing(number: int, line: str) -> Thing:
    parts = [part.strip() for part in line.replace("；", ";").replace("\t", ";").split(";")]  # noqa: RUF001
    sign = _SIGN.fullmatch(parts[-1]) if len(parts) > 1 else None
    parts = parts[:-1] if sign else parts
    name, quantity, condition, note, *more = [*parts, "", "", ""][: max(4, len(parts))]
    word = _condition(condition)
    counted = quantity.isascii() and quantity.isdigit() and len(quantity) <= _DIGITS
    if more or not name or not counted or word not in InventoryItem.Condition.values:
        raise forms.ValidationError(
            _("Line %(number)d cannot be read. Write: name; number; good, worn, damaged or missing; note."),
            code="hosting.things",
            params={"number": number},
        )
    key = int(sign[1]) if sign else 0
    return Thing(name[:120], min(int(quantity), 9999), word, note[:200], key)
