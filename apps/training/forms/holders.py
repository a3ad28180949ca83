"""What may be asked of the register of certificates. Unknown values are ignored: a shared link keeps
working.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.training.forms.inputs import select, text
from apps.training.holders import ENDED, ENDING, IN_FORCE, SUSPENDED
from apps.training.models import Certificate

STATES = (
    ("", _("Not over")),
    (IN_FORCE, pgettext_lazy("certificate", "In force")),
    (ENDING, _("Ending within 30 days")),
    (SUSPENDED, _("Suspended")),
    (ENDED, pgettext_lazy("certificate", "Ended")),
)


class HolderFilter(forms.Form):
    """`criteria` gives keywords of `holders.register`."""

    q = forms.CharField(
        required=False, max_length=80, label=_("Person or instrument"), widget=text(type="search")
    )
    instrument = forms.CharField(required=False, max_length=20, label=_("Asset number"), widget=text())
    level = forms.ChoiceField(
        required=False,
        label=_("Level"),
        choices=(("", _("All")), *Certificate.Level.choices),
        widget=select(**{"data-submit": ""}),
    )
    state = forms.ChoiceField(
        required=False, label=_("State"), choices=STATES, widget=select(**{"data-submit": ""})
    )

    def criteria(self) -> dict[str, Any]:
        """The valid part of what was asked."""
        self.is_valid()
        chosen = self.cleaned_data
        return {
            "text": chosen.get("q", ""),
            "instrument": chosen.get("instrument", ""),
            "level": chosen.get("level", ""),
            "state": chosen.get("state", ""),
        }
