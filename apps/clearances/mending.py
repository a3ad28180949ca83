"""Who can mend a failing condition, in words, and the page where it is mended. It names roles and
addresses, never persons.
"""

from collections.abc import Mapping
from types import MappingProxyType

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.instruments.models import Instrument

LABELS: Mapping[str, Text] = MappingProxyType(
    {
        "self": _("You yourself"),
        "pi": _("The principal investigator of your group"),
        "trainer": _("A trainer of this instrument"),
        "manager": _("The manager of this instrument"),
        "operator": _("An operator of this instrument"),
        "lab_head": _("The head of the lab"),
        "safety_officer": _("The safety officer"),
        "office": _("The equipment office"),
        "finance": _("The finance office"),
    }
)

# Where a condition is mended, by the first part of its code; everything else on the instrument's own page.
_PAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "booking": ("instrument_detail", "#book"),
        "walkin": ("instrument_detail", "#book"),
        "access": ("instrument_detail", "#book"),
        "training": ("instrument_detail", "#crew"),
        "supervised": ("instrument_detail", "#crew"),
        "arrears": ("usage_list", ""),
        "fund": ("booking_list", ""),
    }
)


def label(mender: str) -> str:
    """The mender in the reader's language; the key itself for one that a plugin brought."""
    return str(LABELS.get(mender, mender))


def link(code: str, instrument: Instrument) -> str:
    """The page where the condition is mended; empty while there is none."""
    name, fragment = _PAGES.get(code.partition(".")[0], ("instrument_detail", ""))
    try:
        args = (instrument.asset_no,) if name == "instrument_detail" else ()
        return reverse(name, args=args) + fragment
    except NoReverseMatch:
        return ""
