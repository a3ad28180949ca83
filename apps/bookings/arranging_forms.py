"""What a manager fills in about how an instrument is booked. Whether it is allowed is the operations' to
say.
"""

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.bookings.arranging import LIMITS, MOST_HOURS
from apps.bookings.models import BookingTerms, GroupQuota, OpeningWindow
from apps.bookings.terms import NUMBERS
from apps.bookings.windows import Minutes
from apps.core.workdays import DayType
from apps.people.models import ResearchGroup

WINDOWS = 3  # a day on the form
_LABELS = {
    "grid_minutes": _("Bookings begin and end every so many minutes"),
    "min_minutes": _("Shortest booking (minutes)"),
    "max_minutes": _("Longest booking (minutes)"),
    "notice_minutes": _("Booked at least so many minutes ahead"),
    "horizon_days": _("Booked at most so many days ahead"),
    "grace_minutes": _("Freed when nobody has come after so many minutes (0: never)"),
}
DAYS = {
    DayType.WORKDAY: _("Working days"),
    DayType.RESTDAY: _("Rest days"),
    DayType.HOLIDAY: _("Holidays"),
}


class TermsForm(forms.Form):
    """The numbers; an empty one says nothing. `counting` is what counts then, shown in the field."""

    def __init__(self, *args: Any, counting: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NUMBERS:
            limits = LIMITS[name]
            self.fields[name] = forms.IntegerField(
                label=_LABELS[name],
                required=False,
                min_value=limits[0],
                max_value=limits[-1],
                help_text=_("Empty: %(number)d counts.") % {"number": counting[name]},
                widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
            )
        without = _("As else: %(route)s") % {"route": BookingTerms.Route(counting["route"]).label}
        self.fields["route"] = forms.ChoiceField(
            label=_("Who is asked before a booking is confirmed"),
            required=False,
            choices=[("", without), *BookingTerms.Route.choices],
            widget=forms.Select(attrs={"class": "form-select"}),
        )


class QuotaForm(forms.Form):
    """The hours of a group, or of every group."""

    group = forms.ModelChoiceField(
        queryset=ResearchGroup.objects.order_by("name_zh"),
        to_field_name="ulid",
        label=_("Research group"),
        required=False,
        empty_label=_("Every group without hours of its own"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    period = forms.ChoiceField(
        label=_("In a"),
        choices=GroupQuota.Period.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    hours = forms.IntegerField(
        label=_("Hours"),
        min_value=1,
        max_value=max(MOST_HOURS.values()),
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )
    beyond_hours = forms.IntegerField(
        label=_("Beyond them, booked at most so many hours ahead"),
        help_text=_("Empty: never more than these hours."),
        required=False,
        min_value=0,
        max_value=max(MOST_HOURS.values()),
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )


class HoursForm(forms.Form):
    """The week by kind of day, from a school day on; or none of its own."""

    own = forms.ChoiceField(label=_("Open"), widget=forms.RadioSelect(attrs={"class": "form-check-input"}))
    since = forms.DateField(
        label=_("Counts from"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )

    def __init__(self, *args: Any, without: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.fields["own"]
        assert isinstance(own, forms.ChoiceField)  # noqa: S101 - declared above
        own.choices = [("no", without), ("yes", _("At these hours"))]
        for kind in DayType:
            for number in range(WINDOWS):
                for end in ("from", "until"):
                    self.fields[_name(kind, number, end)] = forms.TimeField(
                        label=_("From") if end == "from" else _("Until"),
                        required=False,
                        widget=forms.TimeInput(
                            format="%H:%M", attrs={"type": "time", "class": "form-control"}
                        ),
                    )

    @property
    def days(self) -> list[dict[str, Any]]:
        """The grid: each kind of day with its rows of two fields, and what is wrong with it."""
        return [
            {
                "kind": kind,
                "label": label,
                "rows": [
                    (self[_name(kind, number, "from")], self[_name(kind, number, "until")])
                    for number in range(WINDOWS)
                ],
                "errors": self.day_errors.get(kind, []),
            }
            for kind, label in DAYS.items()
        ]

    @property
    def day_errors(self) -> dict[str, list[str]]:
        """Errors of a kind of day: those of its fields, the first of each."""
        return {
            kind: [
                str(error)
                for number in range(WINDOWS)
                for end in ("from", "until")
                for error in self.errors.get(_name(kind, number, end), [])
            ]
            for kind in DayType
        }

    def clean(self) -> dict[str, Any]:
        """A window has both ends."""
        for kind in DayType:
            for number in range(WINDOWS):
                first, last = self._ends(kind, number)
                if (first is None) != (last is None):
                    self.add_error(
                        _name(kind, number, "from"),
                        forms.ValidationError(_("A window has a beginning and an end.")),
                    )
        return self.cleaned_data

    @property
    def week(self) -> dict[str, list[Minutes]] | None:
        """What was filled in, in minutes; None for no hours of its own. 00:00 as an end is the midnight after
        the day.
        """
        if self.cleaned_data["own"] == "no":
            return None
        week: dict[str, list[Minutes]] = {}
        for kind in DayType:
            for number in range(WINDOWS):
                first, last = self._ends(kind, number)
                if first is not None and last is not None:
                    week.setdefault(kind.value, []).append((_minute(first), _minute(last) or 24 * 60))
        return week

    def refuse(self, kind: str, message: str) -> None:
        """Put a refusal of the operation at its kind of day."""
        self.add_error(_name(kind, 0, "from"), forms.ValidationError(message))

    def _ends(self, kind: str, number: int) -> tuple[time | None, time | None]:
        return (
            self.cleaned_data.get(_name(kind, number, "from")),
            self.cleaned_data.get(_name(kind, number, "until")),
        )


def filled(windows: Iterable[OpeningWindow], since: date) -> dict[str, Any]:
    """The form's first content: the week that counts on a day."""
    found: dict[str, Any] = {"since": since, "own": "no"}
    numbers: dict[str, int] = {}
    for window in windows:
        kind = window.day_type
        number = numbers[kind] = numbers.get(kind, -1) + 1
        found["own"] = "yes"
        found[_name(kind, number, "from")] = _time(window.from_minute)
        found[_name(kind, number, "until")] = _time(window.until_minute % (24 * 60))
    return found


def _name(kind: str, number: int, end: str) -> str:
    return f"{kind}_{number}_{end}"


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)
