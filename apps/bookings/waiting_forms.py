"""What a person fills in to wait for time and to answer an offer. Whether it is allowed is the operation's to
say.
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.bookings.forms import PayingForm, moment_field
from apps.funding.models import FundAccount

_MOST_MINUTES = 7 * 24 * 60


class WaitingForm(PayingForm):
    """A window on the school's clock, the minutes that are needed within it, and the fund that pays."""

    earliest = moment_field(_("Not before"))
    latest = moment_field(_("Over by"))
    minutes = forms.IntegerField(
        label=_("Minutes that you need"),
        help_text=_("The time is in one piece and lies anywhere between the two moments."),
        min_value=1,
        max_value=_MOST_MINUTES,
        initial=60,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )

    field_order = ("earliest", "latest", "minutes", "fund", "purpose")


class AcceptForm(forms.Form):
    """From which fund offered time is paid: that which was named, or another."""

    fund = forms.ChoiceField(
        label=_("Paid from"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(
        self, *args: Any, funds: Iterable[FundAccount], usual: FundAccount | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._funds = {fund.number: fund for fund in funds}
        field = self.fields["fund"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        if not self._funds or usual is None:
            del self.fields["fund"]
            return
        field.choices = PayingForm.fund_choices(self._funds)
        field.initial = usual.number

    @property
    def chosen_fund(self) -> FundAccount | None:
        """The fund that was chosen; None means the one that was named when joining."""
        return self._funds.get(self.cleaned_data.get("fund", ""))


class LeaveForm(forms.Form):
    """Why somebody waits no more: the crew says it, the person need not."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"class": "form-control"})
    )

    def __init__(self, *args: Any, own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = not own
