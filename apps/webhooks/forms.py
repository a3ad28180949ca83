"""What a person fills in to make or change a webhook. Whether it is allowed is the operations' to say."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.instruments.models import Instrument
from apps.webhooks.catalogue import CATALOGUE

_CONTROL = {"class": "form-control", "autocomplete": "off"}


class WebhookForm(forms.Form):
    """A name, where it is sent to and what. `known`: where it is sent to now, when one is changed."""

    label = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("So that you know later which program it is."),
        widget=forms.TextInput(attrs=_CONTROL),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={**_CONTROL, "placeholder": "https://"}),
    )
    events = forms.MultipleChoiceField(
        label=_("What it tells"), widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    )

    def __init__(self, *args: Any, known: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        events, address = self.fields["events"], self.fields["address"]
        assert isinstance(events, forms.MultipleChoiceField)  # noqa: S101 - declared above
        events.choices = [(key, one.label) for key, one in CATALOGUE.items()]
        address.help_text = _(
            "The web address of your program. It is kept sealed and shown without what may be secret."
        )
        if known:
            address.required = False
            address.help_text = _("Now %(address)s. Leave it empty to keep it.") % {"address": known}


class NewWebhookForm(WebhookForm):
    """With whose matters: one's own, or those of an instrument that one runs."""

    about = forms.ChoiceField(
        label=_("Whose bookings and samples"),
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    field_order = ("label", "about", "address", "events")

    def __init__(self, *args: Any, run: list[Instrument], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        about = self.fields["about"]
        assert isinstance(about, forms.ChoiceField)  # noqa: S101 - declared above
        mine: tuple[str, Text] = ("", _("My own"))
        about.choices = [mine, *((one.asset_no, f"{one.name} ({one.asset_no})") for one in run)]
        if not run:
            del self.fields["about"]
