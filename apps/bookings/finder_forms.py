"""What a person fills in to find free time. Unknown values do not count: a link that was shared keeps
working.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.bookings.choosing import Choice, offered
from apps.bookings.finder import Wanted
from apps.bookings.terms import in_words
from apps.bookings.timetable import monday_of, today
from apps.core.clock import end_of_school_day, school_midnight
from apps.fees.queries import functions_in_force

LENGTHS = (30, 60, 90, 120, 180, 240, 360, 480, 720, 1440)
USUAL = 120
_SELECT = {"class": "form-select"}
_DATE = {"type": "date", "class": "form-control"}
_LONGEST = timedelta(days=30)
_SENSIBLE = timedelta(days=400)


class FinderForm(forms.Form):
    """How long, when, on what. Two hours this week on what one is certified for, unless told otherwise."""

    minutes = forms.TypedChoiceField(
        label=_("How long"),
        coerce=int,
        required=False,
        widget=forms.Select(attrs=_SELECT),
    )
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs=_DATE)
    )
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs=_DATE)
    )
    q = forms.CharField(
        label=_("Which instrument: name, class or maker"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"class": "form-control", "type": "search"}),
    )
    facility = forms.ChoiceField(label=_("Facility"), required=False, widget=forms.Select(attrs=_SELECT))
    lab = forms.ChoiceField(label=_("Laboratory"), required=False, widget=forms.Select(attrs=_SELECT))
    class6 = forms.ChoiceField(label=_("Class"), required=False, widget=forms.Select(attrs=_SELECT))
    function = forms.ChoiceField(label=_("Used for"), required=False, widget=forms.Select(attrs=_SELECT))
    hours = forms.ChoiceField(
        label=_("Time of day"),
        required=False,
        choices=(("", _("any time")), ("day", _("by day")), ("night", _("at night"))),
        widget=forms.Select(attrs=_SELECT),
    )
    days = forms.ChoiceField(
        label=_("Days"),
        required=False,
        choices=(("", _("any day")), ("work", _("working days")), ("off", _("days off"))),
        widget=forms.Select(attrs=_SELECT),
    )
    certified = forms.ChoiceField(
        label=_("Certificate"),
        required=False,
        choices=(("", _("that I am certified for")), ("all", _("all, also without"))),
        widget=forms.Select(attrs=_SELECT),
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there, every = offered(), ("", _("All"))
        self._choose("minutes", [(str(minutes), in_words(minutes)) for minutes in LENGTHS])
        self._choose("facility", [every, *there.facilities])
        self._choose("lab", [every, *there.labs])
        self._choose("class6", [every, *there.classes])
        self._choose("function", [every, *((one, one) for one in functions_in_force(now))])
        self._now = now
        self.is_valid()
        self._since, self._until = self._period()
        asked = {name: self.data.get(name) for name in self.data}
        asked |= {"since": self._since.isoformat(), "until": self._until.isoformat()}
        self.data = {**asked, "minutes": str(self.cleaned_data.get("minutes") or USUAL)}

    def _period(self) -> tuple[date, date]:
        first_day = today(self._now)
        asked = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        first, last = (
            one if one is not None and abs(one - first_day) <= _SENSIBLE else None for one in asked
        )
        since = max(first or first_day, first_day)
        until = last or monday_of(since) + timedelta(days=6)
        return since, min(max(until, since), since + _LONGEST)

    @property
    def wanted(self) -> Wanted:
        """The valid part of what was asked."""
        chosen = self.cleaned_data
        return Wanted(
            minutes=chosen.get("minutes") or USUAL,
            start=max(school_midnight(self._since), self._now),
            end=end_of_school_day(self._until),
            choice=Choice(
                facility=chosen.get("facility", ""),
                class6=chosen.get("class6", ""),
                text=chosen.get("q", ""),
                certified=chosen.get("certified", "") != "all",
                function=chosen.get("function", ""),
                lab=chosen.get("lab", ""),
            ),
            hours=chosen.get("hours") or "any",
            days=chosen.get("days") or "any",
        )

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices
