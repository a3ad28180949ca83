"""What a person fills in to change a booking, to hand it over, and to take one over."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.bookings.forms import PayingForm, moment_field
from apps.funding.models import FundAccount
from apps.instruments.models import Instrument
from apps.people.models import User


class FundForm(forms.Form):
    """A fund among those that somebody may use."""

    fund = forms.ChoiceField(
        label=_("Paid from"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(
        self,
        *args: Any,
        funds: Iterable[FundAccount],
        usual: FundAccount | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._funds = {fund.number: fund for fund in funds}
        if usual is not None:
            self._funds.setdefault(usual.number, usual)
        field = self.fields["fund"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        if not self._funds:
            del self.fields["fund"]
            return
        field.choices = PayingForm.fund_choices(self._funds)

    @property
    def chosen_fund(self) -> FundAccount | None:
        """The fund that was chosen, None where there is none to choose."""
        return self._funds.get(self.cleaned_data.get("fund", ""))


class ChangeForm(FundForm):
    """Another instrument of the class, another period on the school's clock, and the fund that pays."""

    instrument = forms.ChoiceField(label=_("Instrument"), widget=forms.Select(attrs={"class": "form-select"}))
    start = moment_field(_("From"))
    end = moment_field(_("Until"))

    field_order = ("instrument", "start", "end", "fund")

    def __init__(self, *args: Any, instruments: Sequence[Instrument], **kwargs: Any) -> None:
        """The first of `instruments` is that of the booking; where it is the only one, none is asked for."""
        super().__init__(*args, **kwargs)
        self._instruments = {one.asset_no: one for one in instruments}
        self._own = instruments[0]
        field = self.fields["instrument"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(number, f"{one.name} {number}") for number, one in self._instruments.items()]
        if len(self._instruments) == 1:
            del self.fields["instrument"]

    @property
    def chosen_instrument(self) -> Instrument:
        """The instrument that was chosen, by what was sent or by the link; else the booking's own."""
        asked = self["instrument"].value() if "instrument" in self.fields else None
        return self._instruments.get(asked or "", self._own)

    @property
    def has_sisters(self) -> bool:
        """Whether there is another instrument to choose."""
        return len(self._instruments) > 1

    @property
    def asked_fund(self) -> FundAccount | None:
        """The fund in the form, sent or proposed, before anything is checked."""
        return self._funds.get(str(self["fund"].value() or "")) if "fund" in self.fields else None

    @property
    def period(self) -> tuple[datetime, datetime] | None:
        """The period in the form, sent or proposed; None while it is none."""
        moments = []
        for name in ("start", "end"):
            try:
                moments.append(self.fields[name].clean(self[name].value() or ""))
            except ValidationError:
                return None
        return moments[0], moments[1]


class TakeOverForm(FundForm):
    """From which fund the taker pays."""


class HandOverForm(forms.Form):
    """To whom: somebody of the person's groups."""

    to = forms.ChoiceField(
        label=_("To whom"),
        help_text=_("Somebody of your research group. They need their own certificate and pay themselves."),
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {person.ulid: person for person in people}
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(ulid, str(person.display_name)) for ulid, person in self._people.items()]

    @property
    def chosen(self) -> User:
        """The person who was chosen."""
        return self._people[self.cleaned_data["to"]]
