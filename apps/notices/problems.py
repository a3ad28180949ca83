"""Why a messenger did not take a message, in the reader's words. Words only."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text

PROBLEMS: Mapping[str, Text] = MappingProxyType(
    {
        "unknown_host": _("No machine of this name is known."),
        "local": _("The address lies inside the school's own network."),
        "unreachable": _("The service did not answer."),
        "refused": _("The service refused it:"),
        "unreadable": _("The address can no longer be read. Please enter it again."),
    }
)


def in_words(problem: str) -> Text:
    """The problem in words; empty for none."""
    return PROBLEMS.get(problem, problem)
