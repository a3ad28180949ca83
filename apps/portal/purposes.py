"""The purposes of a use in the reader's words. Words only; which purpose a use has is the gate's to say."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text

LABELS: Mapping[str, Text] = MappingProxyType(
    {
        "booking": _("on your booking"),
        "walk_in": _("without a booking"),
        "sample_run": _("to run samples"),
        "training": _("in supervised training"),
        "teaching": _("in a teaching slot"),
        "maintenance": _("for maintenance"),
        "commissioning": _("for commissioning"),
        "emergency": _("in an emergency"),
    }
)


def purpose_label(purpose: str) -> Text:
    """The purpose in words; the key itself for one that a plugin brought."""
    return LABELS.get(purpose, purpose)
