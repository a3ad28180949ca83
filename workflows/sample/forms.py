"""What is asked of somebody who hands samples in, of the crew that tests them, and of who judges the
results.
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.money import format_yuan
from apps.funding.models import FundAccount
from apps.funding.queries import usable_funds
from apps.instruments.models import local_name
from apps.samples.models import Quote, Sample, SampleRequest
from apps.samples.pricing import extras_offered
from apps.samples.promising import promises
from workflows.beginning import BeginForm
from workflows.forms import StepForm
from workflows.sample.asked import find_request

_TEXT = forms.Textarea(attrs={"class": "form-control", "rows": 3})
EXTRA = "extra_"


class HandInForm(BeginForm):
    """Which draft."""

    request = forms.ModelChoiceField(
        label=_("Draft"),
        queryset=SampleRequest.objects.none(),
        to_field_name="ulid",
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def prepare(self) -> None:
        """One's own drafts."""
        drafts = SampleRequest.objects.filter(requester=self.user, state=SampleRequest.State.DRAFT)
        chosen: Any = self.fields["request"]
        chosen.queryset = drafts.select_related("template").order_by("-pk")
        chosen.label_from_instance = _named


def _named(request: SampleRequest) -> str:
    return f"{request.number} {request.template}"


class HandlingForm(StepForm):
    """How samples are to be handled that are not harmless."""

    handling = forms.CharField(label=_("Handling"), required=False, max_length=1000, widget=_TEXT)


class OfferForm(StepForm):
    """Where, by when, and what may be needed at most besides the tests."""

    instrument = forms.ChoiceField(label=_("Instrument"), widget=forms.Select(attrs={"class": "form-select"}))
    promised_on = forms.DateField(
        label=_("Promised for"),
        required=False,
        help_text=_("Empty: the day that follows from the queue and the working calendar."),
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=500, widget=_TEXT)

    def prepare(self) -> None:
        """The instruments that would do, the soonest first, each with its day; the extras of the price."""
        request, now = find_request(self.case), clock.now()
        if request is None:
            return
        found = promises(
            request.template,
            count=request.samples.count(),
            rush=request.rush,
            now=now,
            but=request,
        )
        if request.instrument is not None:
            found = [one for one in found if one.instrument.pk == request.instrument.pk]
        choice: Any = self.fields["instrument"]
        choice.choices = [
            (one.instrument.asset_no, f"{one.instrument} ({one.instrument.asset_no}), {one.day:%Y-%m-%d}")
            for one in found
        ]
        extras = {
            extra.code: extra for one in found for extra in extras_offered(request, one.instrument, now)
        }
        for code, extra in extras.items():
            self.fields[f"{EXTRA}{code}"] = forms.IntegerField(
                label=_("At most so many: %(name)s") % {"name": local_name(extra.name_zh, extra.name_en)},
                required=False,
                min_value=0,
                max_value=10_000,
                widget=forms.NumberInput(attrs={"class": "form-control"}),
            )


def extras_in(data: Any) -> dict[str, int]:
    """The extras of an answer by their codes."""
    return {
        key.removeprefix(EXTRA): int(count) for key, count in data.items() if key.startswith(EXTRA) and count
    }


class AgreeForm(StepForm):
    """Who pays, and which offer it is that the person has before them: the crew may have made another one
    meanwhile, and nobody agrees to a price that they have not seen.
    """

    offer = forms.CharField(required=False, max_length=26, widget=forms.HiddenInput)
    fund = forms.ModelChoiceField(
        label=_("Fund that pays"),
        queryset=FundAccount.objects.none(),
        required=False,
        to_field_name="ulid",
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def prepare(self) -> None:
        """The funds that the requester may use, with what is left on each; the present offer in words."""
        request = find_request(self.case)
        chosen: Any = self.fields["fund"]
        if request is None:
            return
        if request.quote is not None:
            self.fields["offer"].initial = request.quote.ulid
            chosen.help_text = _in_words(request.quote)
        chosen.queryset = usable_funds(request.requester, clock.now())
        chosen.label_from_instance = _with_money


def _in_words(offer: Quote) -> str:
    return gettext("The offer: %(low)s to %(high)s, results by %(day)s.") % {
        "low": format_yuan(offer.low_fen),
        "high": format_yuan(offer.high_fen),
        "day": f"{offer.promised_on:%Y-%m-%d}",
    }


def _with_money(fund: Any) -> str:
    return f"{fund.number} {fund.name_zh} ({format_yuan(fund.available_fen)})"


class VerdictForm(StepForm):
    """Stars for the service; which results are objected to."""

    stars = forms.TypedChoiceField(
        label=_("Your rating"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "-"), *((number, "★" * number) for number in range(5, 0, -1))],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    samples = forms.MultipleChoiceField(
        label=_("Results that you object to"),
        help_text=_("None chosen: all of them. Only when you object."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def prepare(self) -> None:
        """The samples whose results were released."""
        request = find_request(self.case)
        if request is not None:
            self.fields["samples"].choices = list(_released(request.samples.all()))  # type: ignore[attr-defined]


def _released(samples: Iterable[Sample]) -> Iterable[tuple[str, str]]:
    for one in samples:
        if one.state == Sample.State.RELEASED:
            yield one.ulid, one.name


class RetestForm(StepForm):
    """By when it is tested again."""

    promised_on = forms.DateField(
        label=_("New day, where it is tested again"),
        required=False,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}),
    )
