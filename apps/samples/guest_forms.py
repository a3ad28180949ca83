"""What sponsors and their customers type. Whether it is right is the operations' to say."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.money import format_yuan
from apps.core.parameters import value
from apps.funding.models import FundAccount
from apps.funding.queries import usable_funds
from apps.people.models import User
from apps.samples.forms import CONTROL, SELECT
from apps.samples.models import SampleRequest, ServiceTemplate
from apps.samples.services import services_at

USUAL_DAYS = 30


class LinkForm(forms.Form):
    """Until when, and up to which amount the customer agrees alone."""

    days = forms.IntegerField(
        label=_("The link counts for so many days"),
        min_value=1,
        widget=forms.NumberInput(attrs=CONTROL),
    )
    limit = forms.DecimalField(
        label=_("The customer agrees alone to offers of at most (yuan)"),
        help_text=_("Above it you agree yourself. 0: always."),
        min_value=0,
        max_value=Decimal(10**9),
        decimal_places=2,
        widget=forms.NumberInput(attrs=CONTROL),
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = value("samples.link_days", at=now)
        self.fields["days"].initial = min(USUAL_DAYS, most)
        self.fields["days"].widget.attrs["max"] = most
        self.fields["limit"].initial = 0

    @property
    def limit_fen(self) -> int:
        """The amount in fen."""
        return int(self.cleaned_data["limit"] * 100)


class SponsorForm(LinkForm):
    """For whom, which service, who pays."""

    service = forms.ModelChoiceField(
        label=_("Sample service"),
        queryset=ServiceTemplate.objects.none(),
        to_field_name="ulid",
        widget=forms.Select(attrs=SELECT),
    )
    name = forms.CharField(
        label=_("Name of the customer"), max_length=60, widget=forms.TextInput(attrs=CONTROL)
    )
    organisation = forms.CharField(
        label=_("Their organisation"), max_length=120, widget=forms.TextInput(attrs=CONTROL)
    )
    kind = forms.ChoiceField(
        label=_("Kind of organisation"),
        choices=SampleRequest.Customer.choices,
        help_text=_("It decides which price counts."),
        widget=forms.Select(attrs=SELECT),
    )
    mail = forms.EmailField(
        label=_("Their e-mail address"), required=False, widget=forms.EmailInput(attrs=CONTROL)
    )
    fund = forms.ModelChoiceField(
        label=_("Fund that pays"),
        queryset=FundAccount.objects.none(),
        required=False,
        to_field_name="ulid",
        help_text=_("The account that holds what the customer has paid or owes by contract."),
        widget=forms.Select(attrs=SELECT),
    )
    field_order = ("service", "name", "organisation", "kind", "mail", "fund", "limit", "days")

    def __init__(self, *args: Any, user: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, now=now, **kwargs)
        _choose(self.fields["service"], services_at(now), _named)
        _choose(self.fields["fund"], usable_funds(user, now), _with_money)


class GuestTermsForm(forms.Form):
    """What the customer wishes for all samples."""

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


class AgreeForm(forms.Form):
    """Which offer."""

    quote = forms.CharField(max_length=40, widget=forms.HiddenInput)


class DeclineForm(forms.Form):
    """Why not."""

    reason = forms.CharField(
        label=_("Why (may stay empty)"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={**CONTROL, "rows": 2}),
    )


class CloseForm(forms.Form):
    """A rating, if any."""

    stars = forms.TypedChoiceField(
        label=_("Your rating"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "-"), *((number, "★" * number) for number in range(5, 0, -1))],
        widget=forms.Select(attrs=SELECT),
    )
    words = forms.CharField(
        label=_("A word about it"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={**CONTROL, "rows": 2}),
    )


class ObjectForm(forms.Form):
    """To which result, and why."""

    sample = forms.CharField(
        label=_("Result that you object to"), max_length=40, widget=forms.Select(attrs=SELECT)
    )
    reason = forms.CharField(
        label=_("Why do you not believe it?"),
        max_length=500,
        widget=forms.Textarea(attrs={**CONTROL, "rows": 3}),
    )


def offer_samples(form: forms.Form, samples: Sequence[tuple[str, str]]) -> None:
    """The samples whose results were released, for an objection."""
    chosen: Any = form.fields["sample"].widget
    chosen.choices = list(samples)


def _choose(field: forms.Field, rows: Any, label: Any) -> None:
    chosen: Any = field
    chosen.queryset, chosen.label_from_instance = rows, label


def _named(service: ServiceTemplate) -> str:
    where = service.instrument.asset_no if service.instrument else service.class6
    return f"{service.name} ({where})"


def _with_money(fund: Any) -> str:
    return f"{fund.number} {fund.name_zh} ({format_yuan(fund.available_fen)})"
