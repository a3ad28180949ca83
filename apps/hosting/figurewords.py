"""The figures of a statement, by the keys under which they are measured, in the order of the paper."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text

KEPT = "kept_hours"  # by the clause of priority: no records stand behind it
FIGURE_NAMES: Mapping[str, Text] = MappingProxyType(
    {
        "effective_hours": _("Effective hours"),
        "open_hours": _("Open hours"),
        KEPT: _("Hours kept for the owner"),
        "owner_hours": _("Hours of the owner's group"),
        "external_hours": _("Hours of external users"),
        "use_rate": _("Rate of use"),
        "bookings": _("Bookings"),
        "no_shows": _("Bookings to which nobody came"),
        "users": _("Users"),
        "external_users": _("External users"),
        "samples": _("Samples tested"),
        "income": _("Income"),
        "income_internal": _("Income from internal users"),
        "income_external": _("Income from external users"),
        "income_hosted_owner": _("Income from the owner"),
    }
)
