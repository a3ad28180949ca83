"""What a person fills in to book and to cancel. Whether it is allowed is the operation's to say."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.bookings.choosing import offered
from apps.bookings.models import Booking
from apps.core.clock import school_time
from apps.core.errors import Text
from apps.core.money import format_yuan
from apps.funding.models import FundAccount
from apps.instruments.models import local_name

_FORMAT = "%Y-%m-%dT%H:%M"
_FILTER = {"class": "form-select", "data-submit": ""}
_YEARS = 1970, 9898
_SENSIBLE = timedelta(days=1000)  # what else is typed is a slip of the finger


class _MomentField(forms.DateTimeField):
    """Moments that every database and the school's own clock can count on, as the interface takes them."""

    def validate(self, value: Any) -> None:
        """As the parent does, and of a sensible century."""
        super().validate(value)
        if value is not None and not _YEARS[0] <= value.year <= _YEARS[1]:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")


def moment_field(label: Any) -> forms.DateTimeField:
    """A moment on the school's clock."""
    return _MomentField(
        label=label,
        widget=forms.DateTimeInput(
            format=_FORMAT, attrs={"type": "datetime-local", "class": "form-control", "step": 300}
        ),
    )


class PayingForm(forms.Form):
    """The fund that pays and, for the crew, what for."""

    fund = forms.ChoiceField(
        label=_("Paid from"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )

    purpose = forms.ChoiceField(
        label=_("What for"),
        help_text=_("Only an own use costs something. Anything else you lead yourself."),
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(
        self,
        *args: Any,
        funds: Iterable[FundAccount],
        purposes: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._choose_purposes(list(purposes))
        self._funds = {fund.number: fund for fund in funds}
        field = self.fields["fund"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.required = bool(self._funds) and "purpose" not in self.fields
        field.choices = self.fund_choices(self._funds)

    @staticmethod
    def fund_choices(funds: Mapping[str, FundAccount]) -> list[tuple[str, Text]]:
        """Funds by number, as a person chooses among them."""
        return [(number, _in_words(fund)) for number, fund in funds.items()] or [("", _("No usable fund"))]

    def _choose_purposes(self, purposes: list[str]) -> None:
        """Who may only book for themselves is not asked what for."""
        field = self.fields["purpose"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        if not purposes:
            del self.fields["purpose"]
            return
        field.choices = [(value, Booking.Purpose(value).label) for value in (Booking.Purpose.USE, *purposes)]

    @property
    def chosen_purpose(self) -> str:
        """What the booking is for."""
        return str(self.cleaned_data.get("purpose") or Booking.Purpose.USE.value)

    @property
    def chosen_fund(self) -> FundAccount | None:
        """The fund that was chosen, None when there is none to choose."""
        return self._funds.get(self.cleaned_data.get("fund", ""))


class BookingForm(PayingForm):
    """A period on the school's clock and the fund that pays."""

    start = moment_field(_("From"))
    end = moment_field(_("Until"))

    field_order = ("start", "end", "fund", "purpose")


class TimetableForm(forms.Form):
    """Which day, and which instruments. Unknown values do not count: a link that was shared keeps working."""

    date = forms.DateField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(
            format="%Y-%m-%d", attrs={"type": "date", "class": "form-control", "data-submit": ""}
        ),
    )
    facility = forms.ChoiceField(label=_("Facility"), required=False, widget=forms.Select(attrs=_FILTER))
    lab = forms.ChoiceField(label=_("Laboratory"), required=False, widget=forms.Select(attrs=_FILTER))
    class6 = forms.ChoiceField(label=_("Class"), required=False, widget=forms.Select(attrs=_FILTER))
    q = forms.CharField(
        label=_("Words in the name"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"class": "form-control", "type": "search"}),
    )
    certified = forms.TypedChoiceField(
        label=_("Certificate"),
        required=False,
        choices=(("", _("All instruments")), ("1", _("That I am certified for"))),
        widget=forms.Select(attrs=_FILTER),
    )

    def __init__(self, *args: Any, now: datetime, is_filtered: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_filtered:
            self._offer_filters()
        self.is_valid()
        asked = self.cleaned_data.get("date")
        sensible = asked is not None and abs(asked - school_time(now).date()) <= _SENSIBLE
        self.day: date = asked if asked is not None and sensible else school_time(now).date()
        self.data = {**{name: self.data.get(name) for name in self.data}, "date": self.day.isoformat()}

    def _offer_filters(self) -> None:
        there = offered()
        self._choose("facility", there.facilities)
        self._choose("lab", there.labs)
        self._choose("class6", there.classes)

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("All")), *choices]


class CancelForm(forms.Form):
    """Why a booking is given up; may stay empty."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )


class AppealForm(forms.Form):
    """Why points should not count."""

    reason = forms.CharField(
        label=_("Why the points should not count"),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 4}),
    )


class AppealDecisionForm(forms.Form):
    """Whether an appeal is upheld, and why; the person reads it."""

    uphold = forms.ChoiceField(
        label=_("Your decision"),
        choices=[("yes", _("Uphold: the points count no more")), ("no", _("Reject: the points stay"))],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 4}),
    )


def suggested(start: datetime, end: datetime) -> dict[str, str]:
    """Query parameters that fill the form in with a period."""
    return {
        "start": school_time(start).strftime(_FORMAT),
        "end": school_time(end).strftime(_FORMAT),
    }


def _in_words(fund: Any) -> str:
    """With what is left on it, where the fund was asked for with that: its own people may know."""
    named = f"{fund.number} {local_name(fund.name_zh, fund.name_en)}"
    left = getattr(fund, "available_fen", None)
    return named if left is None else f"{named} ({format_yuan(left)})"
