"""What the pages of figures are asked: of what, for which period, by which rows, which figures."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.clock import school_time
from apps.core.errors import Text
from apps.reports.figures.definitions import DEFINITIONS, PARTS, Part
from apps.reports.figures.periods import (
    Period,
    academic_month,
    academic_year,
    calendar_year,
    days,
    month_of,
    read_period,
)
from apps.reports.figures.scopes import Choice
from apps.reports.figures.tables import BY_WORDS, By

_YEARS, _MONTHS = 4, 13
_FREE = "free"
ROWS = (10, 25, 50, 100)  # that may stand on a page


class FigureForm(forms.Form):
    """The pickers above a table of figures. `first` and `last` count where the period is 'free'."""

    scope = forms.ChoiceField(label=_("Of what"), required=False)
    period = forms.ChoiceField(label=_("Period"), required=False)
    first = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    by = forms.ChoiceField(label=_("A row for each"), required=False, choices=list(BY_WORDS.items()))
    show = forms.ChoiceField(
        label=pgettext_lazy("statistics", "Figures"), required=False, choices=list(PARTS.items())
    )
    order = forms.ChoiceField(label=_("Order"), required=False)
    rows = forms.TypedChoiceField(
        label=_("Rows a page"), required=False, coerce=int, choices=[(n, str(n)) for n in ROWS]
    )

    def __init__(
        self, *args: Any, choices: Iterable[Choice], period: Period, part: Part, at: datetime, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        scope, named, order = self.fields["scope"], self.fields["period"], self.fields["order"]
        if (
            isinstance(scope, forms.ChoiceField)
            and isinstance(named, forms.ChoiceField)
            and isinstance(order, forms.ChoiceField)
        ):
            scope.choices = _grouped(choices)
            named.choices = _periods(period, at)
            order.choices = _orders(part)
        for name, member in self.fields.items():
            member.widget.attrs["class"] = "form-control" if name in ("first", "last") else "form-select"


def asked_period(asked: Mapping[str, str], at: datetime) -> Period:
    """The period that was chosen, or written by its days. Raises Invalid `figures.period`."""
    text, first, last = (asked.get(name, "") for name in ("period", "first", "last"))
    if text == _FREE:
        text = f"{first}..{last}"
    return read_period(text, at)


def asked_part(text: str) -> Part:
    """Which figures are shown; the hours unless told otherwise."""
    return Part(text) if text in {part.value for part in Part} else Part.USE


def asked_order(text: str, part: Part) -> str:
    """The key of the figure of which most comes first, or 'name'; the table's own order unless told
    otherwise.
    """
    return text if text in {key for key, _words in _orders(part)} else ""


def asked_rows(text: str) -> int:
    """How many rows stand on a page; few unless told otherwise: on a phone each is a card."""
    return int(text) if text in {str(n) for n in ROWS} else ROWS[0]


def _orders(part: Part) -> list[tuple[str, Text]]:
    """Most effective hours first, as the table comes; most of another figure that is shown; or by name."""
    most = DEFINITIONS["effective_hours"].title
    others = [one for one in DEFINITIONS.values() if one.part is part and one.key != "effective_hours"]
    return [("", most), *((one.key, one.title) for one in others), ("name", pgettext_lazy("figures", "Name"))]


def _grouped(choices: Iterable[Choice]) -> list[tuple[Text, list[tuple[str, str]]]]:
    groups = groupby(choices, key=lambda one: str(one.kind))
    return [(kind, [(one.text, one.name) for one in members]) for kind, members in groups]


def _periods(chosen: Period, at: datetime) -> list[tuple[Text, Any]]:
    """The last years and months, and days from and to; what was chosen is always among them."""
    today, month = school_time(at).date(), academic_month(at)
    first = today.year if today.month >= month else today.year - 1
    academic = [academic_year(first - back, month=month) for back in range(_YEARS)]
    years = [calendar_year(today.year - back) for back in range(_YEARS)]
    count = today.year * 12 + today.month - 1
    months = [month_of((count - back) // 12, (count - back) % 12 + 1) for back in range(_MONTHS)]
    known = {one.key for one in (*academic, *years, *months)}
    others = [] if chosen.key in known else [(chosen.key, chosen.title)]
    return [
        *others,
        (_("Academic years"), [(one.key, one.title) for one in academic]),
        (_("Calendar years"), [(one.key, one.title) for one in years]),
        (_("Months"), [(one.key, one.title) for one in months]),
        (_FREE, _("From a day to a day")),
    ]


def free_days(period: Period) -> dict[str, Any]:
    """What the two days show for a period."""
    free = days(period.first, period.last)
    return {"first": free.first, "last": free.last}


__all__ = ["By", "FigureForm", "asked_order", "asked_part", "asked_period", "asked_rows", "free_days"]
