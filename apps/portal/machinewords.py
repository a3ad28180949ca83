"""Controllers in the reader's words: how the connection looks, and what it means that a frame was refused.
Words only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from devices.health import CONNECTED, DISABLED, NEVER_HEARD, SILENT, Health, Refused

REASONS: Mapping[str, Text] = MappingProxyType(
    {
        "device.unknown": _("Nobody enrolled this name"),
        "device.disabled": _("The controller was taken out of service"),
        "device.no_such_node": _("It speaks of a node that it does not have"),
        "frame.depth": _("Nested too deeply"),
        "frame.header": _("Not signed, or not in the protocol's form"),
        "frame.json": _("Not readable"),
        "frame.key_unknown": _("Signed with a key that counts no more"),
        "frame.member": _("A member is missing or wrong"),
        "frame.signature": _("The signature is wrong"),
        "frame.too_large": _("Too large"),
        "frame.topic": _("Sent to an address that is not the controller's"),
        "frame.utf8": _("Not readable"),
        "frame.version": _("Another version of the protocol"),
        "journal.conflict": _("Its journal contradicts the one it sent before"),
        "replay.boot": _("Repeated from before its last start"),
        "replay.conn": _("Repeated from an earlier connection"),
        "replay.hb": _("A heartbeat that was repeated or overtaken"),
    }
)
_OTHER = _("Refused")


@dataclass(frozen=True)
class Link:
    """How a connection looks; `tone` is one of on, stop, off."""

    word: Text
    icon: str
    tone: str


LINKS: Mapping[str, Link] = MappingProxyType(
    {
        CONNECTED: Link(_("Connected"), "plug-connected", "on"),
        SILENT: Link(_("Not connected"), "plug-connected-x", "stop"),
        NEVER_HEARD: Link(_("No contact yet"), "help-circle", "off"),
        DISABLED: Link(_("Out of service"), "ban", "off"),
    }
)


@dataclass(frozen=True)
class Reason:
    """A refusal with its meaning in words."""

    refused: Refused
    word: Text


@dataclass(frozen=True)
class Row:
    """A controller as the page shows it."""

    health: Health
    link: Link
    reasons: list[Reason]


def shown(health: Health) -> Row:
    """The controller with words."""
    return Row(health, LINKS[health.link], [explain(one) for one in health.refused])


def explain(refused: Refused) -> Reason:
    """The refusal with words; a code that is new here keeps standing beside them."""
    return Reason(refused, REASONS.get(refused.code, _OTHER))


JOURNAL: Mapping[str, Text] = MappingProxyType(
    {
        "on": _("Power went on"),
        "off": _("Power went off"),
        "forced": _("The door was forced"),
        "tamper": _("The housing was opened"),
        "held": _("The door was held open"),
        "reader_lost": _("The reader was not answering"),
        "estop": _("The emergency stop was pressed"),
        "override_on": _("The manual key was turned on"),
        "override_off": _("The manual key was turned off"),
        "weld": _("The relay did not open"),
        "wd_reset": _("The controller started anew"),
    }
)


def journal_word(kind: str) -> Text:
    """What a line of a controller's journal says."""
    return JOURNAL.get(kind, kind)
