"""What a manager types about a service: its terms, and what is asked about each sample. Whether it is
right is the operation's to say.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.samples.fields import CHOICE, FLAG, NUMBER, TEXT, Field, fields_of
from apps.samples.forms import CONTROL, SELECT
from apps.samples.models import Hazard, ServiceTemplate, Tolerance
from apps.samples.services import ServiceDraft

BLANK_QUESTIONS = 2
_WORD = re.compile(r"[^a-z0-9]+")


def _whole(label: Any, *, initial: int | None, hint: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        initial=initial,
        required=initial is not None,
        help_text=hint,
        widget=forms.NumberInput(attrs=CONTROL),
    )


def _hazards(label: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, choices=Hazard.choices, widget=forms.CheckboxSelectMultiple
    )


class ServiceForm(forms.Form):
    """The terms of a service, as `ServiceDraft` names them."""

    name_zh = forms.CharField(
        label=_("Name in Chinese"), max_length=80, widget=forms.TextInput(attrs=CONTROL)
    )
    name_en = forms.CharField(
        label=_("Name in English"), max_length=120, widget=forms.TextInput(attrs=CONTROL)
    )
    max_samples = _whole(_("Samples at once, at most"), initial=20)
    max_size_mm = _whole(_("Largest size (mm)"), initial=None, hint=_("Empty: no limit."))
    minutes_per_sample = _whole(_("Minutes of the instrument for a sample"), initial=60)
    day_minutes = _whole(_("Minutes for samples on a working day"), initial=240)
    margin_days = _whole(_("Working days to spare in a promise"), initial=1)
    keep_days = _whole(_("Days that samples are kept afterwards"), initial=30)
    magnetic = forms.ChoiceField(
        label=_("Magnetic samples"),
        initial=Tolerance.ASK,
        choices=Tolerance.choices,
        widget=forms.Select(attrs=SELECT),
    )
    volatile = forms.ChoiceField(
        label=_("Volatile samples"),
        initial=Tolerance.ASK,
        choices=Tolerance.choices,
        widget=forms.Select(attrs=SELECT),
    )
    hazards_accepted = _hazards(_("Hazards that are taken"))
    hazards_refused = _hazards(_("Hazards that are refused"))
    fee_item = forms.CharField(
        label=_("Item of the fee standard"),
        required=False,
        max_length=40,
        help_text=_("Its code, where the standard has several prices by the sample."),
        widget=forms.TextInput(attrs=CONTROL),
    )
    needs_check = forms.BooleanField(label=_("A second person checks the results"), required=False)
    payment_first = forms.BooleanField(label=_("Results only after payment"), required=False)
    rush_allowed = forms.BooleanField(label=_("Rush is possible"), required=False)

    @property
    def of_class(self) -> str:
        """The class of which the service is; empty where it is one instrument's."""
        return str(self.cleaned_data.get("class6", ""))

    def draft(self, fields: Sequence[Mapping[str, Any]]) -> ServiceDraft:
        """The service as it was typed, with its questions."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "class6"}
        return ServiceDraft(**said, fields=fields)


class ClassServiceForm(ServiceForm):
    """The terms of a service of a whole class, and of which."""

    class6 = forms.ChoiceField(label=_("Class of instruments"), widget=forms.Select(attrs=SELECT))
    field_order = ("class6",)

    def __init__(self, *args: Any, classes: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["class6"]
        assert isinstance(chosen, forms.ChoiceField)  # noqa: S101 - declared above
        chosen.choices = list(classes)


class QuestionForm(forms.Form):
    """One question about each sample."""

    label_zh = forms.CharField(
        label=_("Question in Chinese"), max_length=60, widget=forms.TextInput(attrs=CONTROL)
    )
    label_en = forms.CharField(
        label=_("Question in English"), max_length=60, widget=forms.TextInput(attrs=CONTROL)
    )
    kind = forms.ChoiceField(
        label=_("Answer"),
        initial=TEXT,
        choices=(
            (TEXT, _("Words")),
            (NUMBER, _("A number")),
            (CHOICE, _("One of several")),
            (FLAG, _("Yes or no")),
        ),
        widget=forms.Select(attrs=SELECT),
    )
    unit = forms.CharField(
        label=_("Unit"), required=False, max_length=20, widget=forms.TextInput(attrs=CONTROL)
    )
    least = forms.DecimalField(
        label=_("Least number"), required=False, widget=forms.NumberInput(attrs=CONTROL)
    )
    most = forms.DecimalField(
        label=_("Greatest number"), required=False, widget=forms.NumberInput(attrs=CONTROL)
    )
    choices = forms.CharField(
        label=_("What there is to choose"),
        required=False,
        max_length=1000,
        help_text=_("A line each: Chinese | English"),
        widget=forms.Textarea(attrs={**CONTROL, "rows": 3}),
    )
    required = forms.BooleanField(label=_("Has to be answered"), required=False)

    def clean(self) -> dict[str, Any]:
        """Choices belong to a choice, and to nothing else."""
        data = super().clean() or self.cleaned_data
        if (data.get("kind") == CHOICE) != bool((data.get("choices") or "").strip()):
            self.add_error("choices", _("Only one of several has something to choose, and it needs it."))
        return data

    def stored(self, number: int) -> dict[str, Any]:
        """The question as a service stores it; its key comes from its English words and its place."""
        data = self.cleaned_data
        words = _WORD.sub("_", data["label_en"].lower()).strip("_")[:30]
        found: dict[str, Any] = {
            "key": f"q{number}_{words}".rstrip("_"),
            "kind": data["kind"],
            "label_zh": data["label_zh"],
            "label_en": data["label_en"],
            "required": data["required"],
            "unit": data["unit"],
        }
        found |= {name: str(data[name]) for name in ("least", "most") if data[name] is not None}
        lines = [line.partition("|") for line in data["choices"].splitlines() if line.strip()]
        if data["kind"] == CHOICE:
            found["choices"] = [
                {"value": f"c{place}", "zh": zh.strip(), "en": en.strip() or zh.strip()}
                for place, (zh, _bar, en) in enumerate(lines, start=1)
            ]
        return found


Questions = forms.formset_factory(QuestionForm, extra=0, can_delete=True, absolute_max=60, max_num=20)


def service_initial(service: ServiceTemplate) -> dict[str, Any]:
    """A service as its form shows it, to be changed into the next version."""
    return {name: getattr(service, name) for name in ServiceForm.base_fields}


def question_initial(service: ServiceTemplate) -> list[dict[str, Any]]:
    """The questions of a service as their form shows them."""
    return [_question(field) for field in fields_of(service.fields)]


def _question(field: Field) -> dict[str, Any]:
    return {
        "label_zh": field.label_zh,
        "label_en": field.label_en,
        "kind": field.kind,
        "unit": field.unit,
        "least": field.least,
        "most": field.most,
        "choices": "\n".join(f"{one.zh} | {one.en}" for one in field.choices),
        "required": field.required,
    }
