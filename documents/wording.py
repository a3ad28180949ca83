"""What the check page says of each standing: a colour of state, an icon, a headline and what it means for
whoever holds the paper.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from documents.checks import Standing


@dataclass(frozen=True)
class Look:
    """How a standing is shown. `tone` is one of the states of the pages: on, warn, stop."""

    tone: str
    icon: str
    headline: Text
    meaning: Text


LOOKS: dict[Standing, Look] = {
    Standing.VALID: Look(
        "on",
        "circle-check",
        _("Genuine, and it counts today"),
        _("This paper was issued here, and what it says is in force now."),
    ),
    Standing.NOT_YET: Look(
        "warn",
        "clock",
        _("Genuine, but not in force yet"),
        _("This paper was issued here. What it says begins later; see the dates below."),
    ),
    Standing.EXPIRED: Look(
        "stop",
        "clock",
        _("Genuine, but expired"),
        _("This paper was issued here. Its time is over, so it gives no right any more."),
    ),
    Standing.SUSPENDED: Look(
        "stop",
        "ban",
        _("Genuine, but suspended"),
        _("This paper was issued here. What it says does not count until the suspension is lifted."),
    ),
    Standing.WITHDRAWN: Look(
        "stop",
        "circle-x",
        _("Genuine, but withdrawn"),
        _("This paper was issued here. What it certified was taken back, so it gives no right any more."),
    ),
    Standing.LAPSED: Look(
        "stop",
        "clock",
        _("Genuine, but lapsed"),
        _("This paper was issued here. What it certified was not used for too long, so it has ended."),
    ),
    Standing.REPLACED: Look(
        "stop",
        "refresh",
        _("Genuine, but replaced by another"),
        _("This paper was issued here. Another one took its place, and only that one counts. Ask for it."),
    ),
    Standing.VOIDED: Look(
        "stop",
        "circle-x",
        _("Void"),
        _("This paper was issued here and was declared void. It proves nothing."),
    ),
    Standing.UNKNOWN: Look(
        "warn",
        "help-circle",
        _("Genuine, but we cannot say now whether it counts"),
        _("This paper was issued here. Whether it still counts could not be found out; ask the issuer."),
    ),
}
