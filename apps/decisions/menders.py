"""Who can mend a condition, in words: roles, never persons."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text

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


def label(mender: str) -> str:
    """The mender in the reader's language; the key itself for one that a plugin brought."""
    return str(LABELS.get(mender, mender))
