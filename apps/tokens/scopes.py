"""What a token may be for. A scope narrows what its user may do and never widens it: every operation asks the
user's own rights as well.

Keys are stored in tokens and written into clients: they are never renamed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text


@dataclass(frozen=True)
class Scope:
    """One scope: its stable key and what it lets a program do, in words for the person who chooses it."""

    key: str
    label: Text


_DECLARED = (
    Scope("me:read", _("See who you are and what this token is for")),
    Scope("instruments:read", _("See instruments and their free time")),
    Scope(
        "instruments:write",
        _("Say how your instruments are booked, when they are open or out of service, and what is broken"),
    ),
    Scope("clearances:read", _("Ask whether you may use an instrument now")),
    Scope("certificates:read", _("See your certificates")),
    Scope("bookings:read", _("See your bookings")),
    Scope("bookings:write", _("Book instruments and cancel bookings")),
    Scope("usage:read", _("See what you used, what it cost, and what was corrected")),
    Scope("usage:write", _("Say when a use really ended, and answer who says so")),
    Scope("samples:read", _("See your samples, and those that you test")),
    Scope("samples:write", _("Hand samples in, and test those of others where you run the instrument")),
    Scope("fees:read", _("See fee proposals about instruments that you manage")),
    Scope("fees:write", _("Begin, save and discard fee proposals")),
    Scope("hosting:read", _("See agreements about hosting of which you are a side, with their statements")),
    Scope(
        "hosting:write",
        _("Act for your side in agreements about hosting: terms, costs of repairs, breaches, notice of exit"),
    ),
    Scope("files:write", _("Send files that you may add, and see how far they have come")),
    Scope("webhooks:read", _("See your webhooks and what they were sent")),
    Scope("webhooks:write", _("Make, change and end your webhooks")),
    Scope("cases:read", _("See cases and tasks that you may see, and what waits for you")),
    Scope("cases:write", _("Begin, withdraw, urge and share cases, and add files to them")),
    Scope("tasks:write", _("Answer tasks that are yours, and pass them on")),
    Scope("figures:read", _("See figures of instruments, labs and facilities that you may see")),
    Scope("facility-tables:write", _("Complete the yearly table of facilities that you manage")),
    Scope("evaluations:read", _("See evaluations of instruments that you may see")),
    Scope("evaluations:write", _("Report on instruments that you run, and appeal against a score")),
    Scope("decisions:read", _("See recorded decisions that you may see")),
)
SCOPES: Mapping[str, Scope] = MappingProxyType({scope.key: scope for scope in _DECLARED})
