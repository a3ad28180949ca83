"""Who can mend a failing condition, in words, and the page where it is mended. It names roles and
addresses, never persons.
"""

from collections.abc import Mapping
from types import MappingProxyType

from django.urls import NoReverseMatch, reverse

from apps.decisions.menders import LABELS, label
from apps.instruments.models import Instrument

__all__ = ["LABELS", "PAGES", "label", "link"]

# Where a condition is mended, by its code or the first part of it. What is mended outside these pages (a
# registration) leads nowhere: a button that comes back to the same page mends nothing.
PAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "booking": ("instrument_detail", "#book"),
        "walkin": ("instrument_detail", "#book"),
        "access": ("instrument_detail", "#book"),
        "instrument.locked": ("instrument_detail", ""),
        "node": ("wall", ""),
        "arrears": ("usage_list", ""),
        "fund": ("usage_list", ""),
        "safety": ("training_mine", "#safety"),
        "training": ("course_list", "?q={asset_no}"),
    }
)


def link(code: str, instrument: Instrument) -> str:
    """The page where the condition is mended; empty while there is none."""
    page = PAGES.get(code) or PAGES.get(code.partition(".")[0])
    if page is None:
        return ""
    name, fragment = page
    try:
        args = (instrument.asset_no,) if name == "instrument_detail" else ()
        return reverse(name, args=args) + fragment.format(asset_no=instrument.asset_no)
    except NoReverseMatch:
        return ""
