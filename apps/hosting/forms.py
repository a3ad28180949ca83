"""The terms as people fill them in: per cent, yuan, clock times. Whether it is allowed is the operations'
to say.
"""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from apps.bookings.priority import Hours
from apps.core.money import fen_from_yuan
from apps.hosting.content import DAY_MINUTES, PARTIES, Band, Terms
from apps.hosting.models import Agreement
from apps.hosting.photos import ABOUT
from apps.hosting.words import PARTY_NAMES
from apps.instruments.models import Facility
from apps.people.forms import SELECT, TEXT, DayField

WINDOWS, BANDS = 3, 3
_NUMBER = {"class": "form-control", "inputmode": "decimal"}
_CLOCK = {"class": "form-control", "type": "time"}
_DAYS = [(str(number + 1), WEEKDAYS[number]) for number in range(7)]
_TENTH = Decimal("0.1")


class PercentField(forms.DecimalField):
    """Per cent with one decimal; becomes parts of a thousand. Empty is nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_value=0,
            max_value=1000,
            decimal_places=1,
            required=False,
            widget=forms.TextInput(attrs=_NUMBER),
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        """Parts of a thousand."""
        found = super().clean(value)
        return 0 if found is None else int(found / _TENTH)


class YuanField(forms.CharField):
    """Money in yuan; becomes fen. Empty is nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, required=False, widget=forms.TextInput(attrs=_NUMBER), **kwargs)

    def clean(self, value: Any) -> Any:
        """Fen, or None for an empty field."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return fen_from_yuan(text)
        except ValueError as error:
            raise forms.ValidationError(_("This is no amount of money."), code="hosting.money") from error


class TermsForm(forms.Form):
    """One version of the terms."""

    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    since = DayField(label=_("From"))
    until = DayField(label=_("Until (that day included)"))
    place = forms.CharField(
        label=_("Where it will stand"), max_length=200, widget=forms.TextInput(attrs=TEXT)
    )
    owner_pays = PercentField(label=_("The owner pays of the internal price (%)"))
    insurer = forms.ChoiceField(
        label=_("Insured by"),
        choices=[(one, PARTY_NAMES[one]) for one in ("none", "owner", "host")],
        widget=forms.Select(attrs=SELECT),
    )
    insured = YuanField(label=_("Insured for (yuan)"))
    exit_days = forms.IntegerField(
        label=_("Days of notice"),
        min_value=0,
        max_value=3650,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )
    consumables = forms.ChoiceField(
        label=_("Consumables are borne by"),
        choices=[(one, PARTY_NAMES[one]) for one in ("user", "host", "owner")],
        widget=forms.Select(attrs=SELECT),
    )
    relocation = forms.CharField(
        label=_("Relocation"),
        max_length=200,
        required=False,
        help_text=_("Who moves it, when and at whose cost; empty: it stays where it is."),
        widget=forms.TextInput(attrs=TEXT),
    )
    remarks = forms.CharField(
        label=_("Further remarks"), max_length=200, required=False, widget=forms.TextInput(attrs=TEXT)
    )
    note = forms.CharField(
        label=_("To the other side"),
        max_length=1000,
        required=False,
        help_text=_("Why you propose this. It is no part of the terms."),
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for party in PARTIES:
            self.fields[f"share_{party}"] = PercentField(label=PARTY_NAMES[party])
        for number in range(WINDOWS):
            self.fields[f"days_{number}"] = forms.MultipleChoiceField(
                label=_("Weekdays"), choices=_DAYS, required=False, widget=forms.CheckboxSelectMultiple
            )
            for edge, label in (("first", _("From")), ("last", _("Until"))):
                self.fields[f"{edge}_{number}"] = forms.TimeField(
                    label=label, required=False, widget=forms.TimeInput(format="%H:%M", attrs=_CLOCK)
                )
            self.fields[f"others_{number}"] = forms.IntegerField(
                label=_("Others may book from so many hours before (0: never)"),
                min_value=0,
                max_value=24 * 60,
                required=False,
                widget=forms.NumberInput(attrs={"class": "form-control"}),
            )
        for number in range(BANDS):
            self.fields[f"from_{number}"] = YuanField(label=_("A repair that costs from (yuan)"))
            self.fields[f"bears_{number}"] = PercentField(label=_("the owner bears (%)"))

    def shares(self) -> list[forms.BoundField]:
        """The fields of the shares, in their order."""
        return [self[f"share_{party}"] for party in PARTIES]

    def windows(self) -> list[list[forms.BoundField]]:
        """The fields of each window."""
        names = ("days", "first", "last", "others")
        return [[self[f"{name}_{number}"] for name in names] for number in range(WINDOWS)]

    def bands(self) -> list[list[forms.BoundField]]:
        """The fields of each band of repairs."""
        return [[self[f"{name}_{number}"] for name in ("from", "bears")] for number in range(BANDS)]

    def terms(self) -> Terms:
        """What was filled in, as terms; checked by `content.checked`."""
        data = self.cleaned_data
        return Terms(
            since=data["since"],
            until=data["until"],
            place=data["place"],
            windows=tuple(_window(data, number) for number in range(WINDOWS) if data[f"days_{number}"]),
            owner_pays_permille=data["owner_pays"],
            shares=tuple((party, data[f"share_{party}"]) for party in PARTIES),
            repairs=tuple(
                Band(data[f"from_{number}"], data[f"bears_{number}"])
                for number in range(BANDS)
                if data[f"from_{number}"] is not None
            ),
            insurer=data["insurer"],
            insured_fen=data["insured"] or 0,
            exit_days=data["exit_days"],
            consumables=data["consumables"],
            relocation=data["relocation"],
            remarks=data["remarks"],
        )

    def add_to(self, field: str | None) -> str | None:
        """The field of this form where a fault of the terms is shown."""
        first = {"shares": "share_owner", "windows": "days_0", "repairs": "from_0"}
        return first.get(field or "", field)


def initial_of(terms: Terms, base: int) -> dict[str, Any]:
    """A version as the form shows it."""
    found: dict[str, Any] = {
        "base": base,
        "since": terms.since,
        "until": terms.until,
        "place": terms.place,
        "owner_pays": _percent(terms.owner_pays_permille),
        "insurer": terms.insurer,
        "insured": _yuan(terms.insured_fen) if terms.insured_fen else "",
        "exit_days": terms.exit_days,
        "consumables": terms.consumables,
        "relocation": terms.relocation,
        "remarks": terms.remarks,
    }
    found |= {f"share_{party}": _percent(permille) for party, permille in terms.shares}
    for number, one in enumerate(terms.windows[:WINDOWS]):
        found[f"days_{number}"] = list(one.weekdays)
        found[f"first_{number}"] = _time(one.from_minute)
        found[f"last_{number}"] = _time(one.until_minute % DAY_MINUTES)
        found[f"others_{number}"] = one.others_hours
    for number, band in enumerate(terms.repairs[:BANDS]):
        found[f"from_{number}"] = _yuan(band.from_fen)
        found[f"bears_{number}"] = _percent(band.owner_permille)
    return found


class PhotoForm(forms.Form):
    """A photograph, and what it shows: one of the things in the inventories, or a line in words."""

    about = forms.ChoiceField(
        label=_("What it shows"),
        choices=list(zip(ABOUT, (_("Inspection"), _("Handover"), _("Return")), strict=True)),
        widget=forms.Select(attrs=SELECT),
    )
    thing = forms.TypedChoiceField(
        label=_("Thing in the inventory"),
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.Select(attrs=SELECT),
    )
    item = forms.CharField(
        label=_("Line of the list, where it is none of these"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs=TEXT),
    )
    file = forms.FileField(
        label=_("Photograph (PNG or JPEG)"),
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".png,.jpg,.jpeg"}),
    )

    def __init__(self, *args: Any, things: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        thing: Any = self.fields["thing"]
        thing.choices = [("", _("none of them")), *things.items()]


class CostForm(forms.Form):
    """What a repair has cost."""

    cost = YuanField(label=_("Cost (yuan)"))
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, widget=forms.TextInput(attrs=TEXT)
    )

    def clean_cost(self) -> int:
        """An amount has to be there."""
        fen: int | None = self.cleaned_data["cost"]
        if fen is None:
            raise forms.ValidationError(_("This is no amount of money."), code="hosting.money")
        return fen


class BoardForm(forms.Form):
    """What the office looks for."""

    q = forms.CharField(label=_("Search"), required=False, widget=forms.TextInput(attrs=TEXT))
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("All")),
            ("open", _("Not in force yet")),
            ("force", _("Agreement in force")),
            *Agreement.State.choices,
        ],
        widget=forms.Select(attrs=SELECT),
    )
    facility = forms.ModelChoiceField(
        label=_("Host"),
        required=False,
        queryset=Facility.objects.order_by("name_zh"),
        empty_label=_("All"),
        to_field_name="ulid",
        widget=forms.Select(attrs=SELECT),
    )

    def asked(self) -> dict[str, str]:
        """The criteria that can be read; others do not count."""
        self.is_valid()
        data = self.cleaned_data
        facility = data.get("facility")
        return {
            "text": data.get("q") or "",
            "state": data.get("state") or "",
            "facility": facility.ulid if facility else "",
        }


def _window(data: dict[str, Any], number: int) -> Hours:
    first, last = data[f"first_{number}"], data[f"last_{number}"]
    until = _minute(last)
    return Hours(
        "".join(sorted(data[f"days_{number}"])),
        _minute(first),
        until or DAY_MINUTES,
        data[f"others_{number}"] or 0,
    )


def _minute(at: time | None) -> int:
    return at.hour * 60 + at.minute if at is not None else 0


def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _percent(permille: int) -> Decimal:
    return Decimal(permille) / 10


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:f}"
