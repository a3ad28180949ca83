"""What people type about samples. Whether it is right is the operations' to say; what was typed stays."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.samples.drafting import SampleDraft
from apps.samples.fields import CHOICE, FLAG, Field
from apps.samples.models import Hazard, Sample, SampleRequest

CONTROL = {"class": "form-control"}
SELECT = {"class": "form-select"}
ANSWER = "answer_"
BLANK_ROWS = 3


class TermsForm(forms.Form):
    """What is wished for all samples of a request."""

    instrument = forms.ChoiceField(label=_("Instrument"), required=False, widget=forms.Select(attrs=SELECT))
    rush = forms.BooleanField(label=_("Rush"), required=False)
    disposition = forms.ChoiceField(
        label=_("After the test"),
        choices=SampleRequest.Disposition.choices,
        widget=forms.Select(attrs=SELECT),
    )
    wishes = forms.CharField(
        label=_("Wishes"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={**CONTROL, "rows": 3}),
    )

    def __init__(
        self, *args: Any, instruments: Iterable[tuple[str, str]], is_rush: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = list(instruments)
        field = self.fields["instrument"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices
        if len(choices) < 2:
            del self.fields["instrument"]
        if not is_rush:
            del self.fields["rush"]


class SampleRowForm(forms.Form):
    """One sample: what every service asks, and the fields of this one."""

    name = forms.CharField(
        label=_("Name of the sample"), max_length=80, widget=forms.TextInput(attrs=CONTROL)
    )
    size_mm = forms.IntegerField(
        label=_("Largest size (mm)"), required=False, widget=forms.NumberInput(attrs=CONTROL)
    )
    magnetic = forms.BooleanField(label=_("Magnetic"), required=False)
    volatile = forms.BooleanField(label=_("Volatile"), required=False)
    hazards = forms.MultipleChoiceField(
        label=_("Hazards"),
        required=False,
        choices=Hazard.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, asks: Sequence[Field] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks = asks
        for field in asks:
            self.fields[f"{ANSWER}{field.key}"] = _asked(field)

    def draft(self) -> SampleDraft:
        """The sample as it was typed."""
        data = self.cleaned_data
        return SampleDraft(
            name=data.get("name") or "",
            values={field.key: data.get(f"{ANSWER}{field.key}") for field in self.asks},
            hazards=tuple(data.get("hazards") or ()),
            magnetic=bool(data.get("magnetic")),
            volatile=bool(data.get("volatile")),
            size_mm=data.get("size_mm"),
        )

    def add_fault(self, field: str, message: str) -> None:
        """What the operation found wrong with an answer."""
        known = next((name for name in (field, f"{ANSWER}{field}") if name in self.fields), None)
        self.add_error(known, message)


def row_initial(sample: Sample) -> dict[str, Any]:
    """A sample as its row shows it."""
    answers = {f"{ANSWER}{key}": value for key, value in sample.values.items()}
    known = ("name", "size_mm", "magnetic", "volatile", "hazards")
    return {**{name: getattr(sample, name) for name in known}, **answers}


def _asked(field: Field) -> forms.Field:
    label = f"{field.label} ({field.unit})" if field.unit else field.label
    if field.kind == FLAG:
        return forms.BooleanField(label=label, required=False)
    if field.kind == CHOICE:
        choices = [("", "---"), *((choice.value, choice.name) for choice in field.choices)]
        return forms.ChoiceField(
            label=label, required=field.required, choices=choices, widget=forms.Select(attrs=SELECT)
        )
    return forms.CharField(
        label=label, required=field.required, max_length=400, widget=forms.TextInput(attrs=CONTROL)
    )


class ListForm(forms.Form):
    """A workbook with a list of samples."""

    file = forms.FileField(
        label=_("Excel file"),
        help_text=_("The first line names the columns, as in the form to fill in."),
        widget=forms.ClearableFileInput(attrs={**CONTROL, "accept": ".xlsx"}),
    )


SampleRows = forms.formset_factory(SampleRowForm, extra=0, can_delete=True, absolute_max=600, max_num=500)


def rows_of(found: SampleRequest, posted: Any, asks: Sequence[Field]) -> Any:
    """The rows that were typed, with more where that was asked for; else those that are kept."""
    kwargs: dict[str, Any] = {"prefix": "s", "form_kwargs": {"asks": asks}}
    if posted is None:
        kept = [row_initial(one) for one in found.samples.all()]
        rows = SampleRows(initial=kept, **kwargs)
        rows.extra = BLANK_ROWS if not kept else 1
        return rows
    if "more" in posted:
        posted = posted.copy()
        total = posted.get("s-TOTAL_FORMS", "0")
        posted["s-TOTAL_FORMS"] = (
            str(int(total) + BLANK_ROWS) if total.isdecimal() and len(total) < 5 else "0"
        )
    return SampleRows(posted, **kwargs)
