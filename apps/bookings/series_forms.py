"""What a person fills in to book every week, and to stop it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from apps.bookings.forms import PayingForm
from apps.bookings.repeating import WEEK, Pattern, mask_of
from apps.bookings.series import PURPOSES

_MINUTES = 60


class _Days(forms.Field):
    """Days to leave out, as ISO dates with commas; anything else counts as none."""

    def to_python(self, value: Any) -> list[date]:
        found = []
        for word in str(value or "").split(","):
            try:
                found.append(date.fromisoformat(word.strip()))
            except ValueError:
                continue
        return found


class SeriesForm(PayingForm):
    """Weekdays, a time of day, a first and a last day; the fund that pays and, for the crew, what for."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"),
        coerce=int,
        choices=[(day, WEEKDAYS[day]) for day in WEEK],
        widget=forms.CheckboxSelectMultiple,
    )
    begin = forms.TimeField(
        label=_("From"),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "form-control"}),
    )
    until = forms.TimeField(
        label=_("Until"),
        help_text=_("00:00 is the midnight that ends the day."),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "form-control"}),
    )
    first_day = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )
    last_day = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )
    skip_holidays = forms.BooleanField(
        label=_("Not on holidays of the school"),
        required=False,
        initial=True,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    but = _Days(required=False, widget=forms.HiddenInput())

    field_order = ("weekdays", "begin", "until", "first_day", "last_day", "skip_holidays", "fund", "purpose")

    def __init__(self, *args: Any, purposes: Iterable[str] = (), **kwargs: Any) -> None:
        fitting = [purpose for purpose in purposes if purpose in PURPOSES]
        super().__init__(*args, purposes=fitting, **kwargs)

    @property
    def pattern(self) -> Pattern:
        """What was asked for."""
        told = self.cleaned_data
        until = told["until"].hour * _MINUTES + told["until"].minute
        return Pattern(
            weekdays=mask_of(told["weekdays"]),
            from_minute=told["begin"].hour * _MINUTES + told["begin"].minute,
            until_minute=until or 24 * _MINUTES,
            first_day=told["first_day"],
            last_day=told["last_day"],
            skip_holidays=told["skip_holidays"],
            but=frozenset(told["but"]),
        )


class StopForm(forms.Form):
    """From which day on, and why."""

    from_day = forms.DateField(
        label=_("Stop from this day on"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
