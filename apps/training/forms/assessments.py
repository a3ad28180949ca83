"""The rubric as a trainer fills it in with gloves on, and as a manager writes it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from apps.core.ids import new_ulid
from apps.training.assessing import MOST_CRITERIA, MOST_POINTS, Answer, Line
from apps.training.forms.inputs import area, number, select, switch, text
from apps.training.models import Criterion

_BUTTONS = 10  # up to so many points each gets a button; more are typed


class AssessForm(forms.Form):
    """One answer for every criterion, and a note beside each. `answers` gives what the operation takes."""

    nonce = forms.CharField(max_length=26, widget=forms.HiddenInput)
    remark = forms.CharField(label=_("Remark"), required=False, max_length=2000, widget=area())

    def __init__(self, *args: Any, criteria: Sequence[Criterion], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("nonce", new_ulid())
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for criterion in criteria:
            self.fields[f"points_{criterion.ulid}"] = forms.IntegerField(
                label=str(criterion), min_value=0, max_value=criterion.max_points
            )
            self.fields[f"note_{criterion.ulid}"] = forms.CharField(
                label=_("Note"), required=False, max_length=200
            )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each criterion with its fields, for the page."""
        return [
            {
                "criterion": criterion,
                "points": self[f"points_{criterion.ulid}"],
                "value": str(self[f"points_{criterion.ulid}"].value()),
                "note": self[f"note_{criterion.ulid}"],
                "choices": [str(n) for n in range(criterion.max_points + 1)],
                "typed": criterion.max_points > _BUTTONS,
            }
            for criterion in self.criteria
        ]

    @property
    def answers(self) -> dict[str, Answer]:
        """The valid answers by criterion."""
        return {
            one.ulid: Answer(self.cleaned_data[f"points_{one.ulid}"], self.cleaned_data[f"note_{one.ulid}"])
            for one in self.criteria
        }


class LineForm(forms.Form):
    """One criterion; a row without a text is left out."""

    text_zh = forms.CharField(label=_("Chinese"), required=False, max_length=200, widget=text())
    text_en = forms.CharField(label=_("English"), required=False, max_length=200, widget=text())
    kind = forms.ChoiceField(label=_("Kind"), choices=Criterion.Kind.choices, widget=select())
    critical = forms.BooleanField(label=_("Critical"), required=False, widget=switch())
    max_points = forms.IntegerField(
        label=_("Points"), min_value=1, max_value=MOST_POINTS, initial=1, widget=number(min=1)
    )
    pass_points = forms.IntegerField(
        label=_("Passed from"), min_value=0, max_value=MOST_POINTS, initial=1, widget=number(min=0)
    )


class MarkForm(forms.Form):
    """What the whole rubric asks for."""

    pass_mark = forms.IntegerField(
        label=_("Passed with (percent of the points)"),
        min_value=0,
        max_value=100,
        initial=60,
        widget=number(min=0, max=100),
    )


LineFormSet = formset_factory(
    LineForm, extra=3, max_num=MOST_CRITERIA, validate_max=True, absolute_max=MOST_CRITERIA
)


def lines_of(formset: "BaseFormSet[LineForm]") -> list[Line]:
    """The criteria that were written, in their order."""
    found = []
    for form in formset.forms:
        row = form.cleaned_data
        if not row.get("text_zh") and not row.get("text_en"):
            continue
        whole = row["kind"] == Criterion.Kind.PASS_FAIL
        found.append(
            Line(
                text_zh=row["text_zh"],
                text_en=row["text_en"],
                kind=row["kind"],
                critical=row["critical"],
                max_points=1 if whole else row["max_points"],
                pass_points=1 if whole else row["pass_points"],
            )
        )
    return found


def initial_lines(criteria: Sequence[Criterion]) -> list[dict[str, Any]]:
    """The rows of a rubric as the form shows them."""
    names = ("text_zh", "text_en", "kind", "critical", "max_points", "pass_points")
    return [{name: getattr(one, name) for name in names} for one in criteria]
