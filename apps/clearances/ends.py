"""Until when: a clearance ends with the first thing that it rests on. It owns which ends matter for which
purpose, and their names.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

ALWAYS = frozenset({"user_end", "card_end", "safety_end", "retirement", "max_session"})
USE = ALWAYS | {"outage"}
SELF = USE | {"certificate_end"}
GUIDED = USE | {"session_end"}
CHARGED = frozenset({"fee_end", "fund_end", "membership_end"})
NIGHT = frozenset({"endorsement_end"})
DAY = frozenset({"night_start"})
EXTENDED = frozenset({"extension", "next_booking"})

BY_PURPOSE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "booking": SELF | {"booking_end"},
        "walk_in": SELF | {"next_booking", "walk_in_max"},
        "sample_run": USE,
        "training": GUIDED,
        "teaching": GUIDED,
        "maintenance": ALWAYS,
        "commissioning": ALWAYS,
        "emergency": ALWAYS,
    }
)

LABELS = MappingProxyType(
    {
        "booking_end": _("your booking ends"),
        "next_booking": _("the next booking begins"),
        "walk_in_max": _("the longest use without a booking"),
        "max_session": _("the longest session on this instrument"),
        "extension": _("one extension"),
        "certificate_end": _("your certificate ends"),
        "safety_end": _("your safety clearance ends"),
        "endorsement_end": _("your night endorsement ends"),
        "night_start": _("the night begins"),
        "card_end": _("your card ends"),
        "user_end": _("your registration ends"),
        "membership_end": _("your membership of the group ends"),
        "fund_end": _("the fund account ends"),
        "fee_end": _("the fee standard ends"),
        "outage": _("a planned outage begins"),
        "session_end": _("the guided session ends"),
        "retirement": _("the instrument is retired"),
    }
)


def first_end(
    ends: Mapping[str, datetime], reasons: frozenset[str], at: datetime
) -> tuple[datetime, str] | None:
    """The earliest of these ends after `at` with its reason; None when nothing is known to end.

    What ended before `at` is not an end but a failing condition, and the table says so.
    """
    coming = [(ends[reason], reason) for reason in reasons if reason in ends and ends[reason] > at]
    return min(coming, default=None)
