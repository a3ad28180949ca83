"""The register of kinds of notice: which words a key stands for, what they need, and who may be spared them.

It owns the keys: each is taken once, at start-up, and never renamed, because stored notices name it. A notice
keeps its key and its arguments, never its words, so that everybody reads it in their own language. Rooms
declare their kinds in `noticekinds.py`, which is discovered like `admin.py`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from apps.core.errors import Text

_PLACE = re.compile(r"%(?:%|\((\w+)\)s|(.|$))")


class Group(models.TextChoices):
    """What a person prefers is said of a group of kinds, not of each of them."""

    TASKS = "tasks", _("Tasks for me")
    CASES = "cases", _("My cases")
    TRAINING = "training", _("Training and certificates")
    BOOKINGS = "bookings", _("Bookings and samples")
    ACCOUNT = "account", _("My account")
    SYSTEM = "system", _("Alarms of the system")


class Channel(models.TextChoices):
    """The ways out of the product. In the product itself every notice is kept."""

    EMAIL = "email", _("E-mail")
    MESSENGER = "messenger", _("Messenger")


class Takes(StrEnum):
    """What an argument is: how it is stored (as JSON) and how it is written for a reader."""

    TEXT = "text"  # str: data in one language, shown as it is
    NAME = "name"  # {"zh": str, "en": str}: shown in the reader's language, Chinese when there is no English
    MOMENT = "moment"  # str, ISO 8601 with an offset: shown on the school's clock
    DAY = "day"  # str, ISO 8601 date
    FEN = "fen"  # int: money
    COUNT = "count"  # int


@dataclass(frozen=True)
class Enclosed:
    """A file that goes with the mail of a notice. `media` is text/..., `members` are of its content type."""

    name: str
    media: str
    content: str
    members: Mapping[str, str]


# Of the arguments, the reader's language and the reader's name and address: the file, or None for none.
Encloses = Callable[[Mapping[str, Any], str, tuple[str, str]], Enclosed | None]

_STORED: dict[Takes, type] = {
    Takes.TEXT: str,
    Takes.NAME: dict,
    Takes.MOMENT: str,
    Takes.DAY: str,
    Takes.FEN: int,
    Takes.COUNT: int,
}


class UnknownKind(LookupError):
    """A notice was asked for under a key that nobody registered."""


@dataclass(frozen=True)
class Kind:
    """One kind. `title` (one line) and `body` name their arguments as `%(name)s`; `label` says on the page of
    preferences what it is about. `channels` are those used while the person has chosen nothing. An `urgent`
    kind cannot be switched off, waits for no quiet hour and for no daily digest. `encloses` makes the file
    that goes with the mail.
    """

    key: str
    group: Group
    label: Text
    title: Text
    body: Text
    takes: Mapping[str, Takes]
    channels: frozenset[Channel] = frozenset(Channel)
    urgent: bool = False
    encloses: Encloses | None = None

    def check(self) -> None:
        """Raises ValueError when the words name an argument that the kind does not take."""
        for text in (self.title, self.body):
            for language in ("en", "zh-hans"):
                with override(language):
                    wrong = _named(str(text)) - set(self.takes)
                if wrong:
                    raise ValueError(f"notice kind {self.key}: the words name {sorted(wrong)}")

    def check_args(self, args: Mapping[str, Any]) -> None:
        """Raises TypeError when the arguments are not exactly those declared."""
        if args.keys() != self.takes.keys():
            raise TypeError(f"{self.key}: arguments {sorted(args)} are not {sorted(self.takes)}")
        for name, takes in self.takes.items():
            if type(args[name]) is not _STORED[takes]:
                raise TypeError(f"{self.key}.{name} must be {_STORED[takes].__name__} ({takes})")
            if takes is Takes.NAME and (args[name].keys() != {"zh", "en"}):
                raise TypeError(f"{self.key}.{name} must have the members zh and en")


_KINDS: dict[str, Kind] = {}
_closed = False


def register_kind(kind: Kind) -> Kind:
    """Take a key. The same kind twice is no change; another one under a taken key, or after start-up, is a
    ValueError.
    """
    if _KINDS.get(kind.key) is kind:
        return kind
    if _closed or kind.key in _KINDS:
        raise ValueError(f"notice kind {kind.key}: " + ("too late" if _closed else "the key is taken"))
    kind.check()
    _KINDS[kind.key] = kind
    return kind


def close_registry() -> None:
    """No more kinds: called once, when all rooms have declared theirs."""
    global _closed
    _closed = True


def kind_of(key: str) -> Kind:
    """The kind of that key; raises UnknownKind."""
    try:
        return _KINDS[key]
    except KeyError:
        raise UnknownKind(key) from None


def find_kind(key: str) -> Kind | None:
    """The kind of a stored notice; None when the plugin that brought it is gone."""
    return _KINDS.get(key)


def all_kinds() -> tuple[Kind, ...]:
    """Every kind, by group and key."""
    order = list(Group)
    return tuple(sorted(_KINDS.values(), key=lambda kind: (order.index(kind.group), kind.key)))


def keys_of(group: str) -> list[str]:
    """The keys of a group's kinds."""
    return [kind.key for kind in all_kinds() if kind.group == group]


def both(zh: str, en: str) -> dict[str, str]:
    """A NAME argument from the two names of a thing."""
    return {"zh": zh, "en": en}


def in_both(text: Text) -> dict[str, str]:
    """A NAME argument from words of the catalogue (the title of a step, a choice)."""
    with override("zh-hans"):
        zh = str(text)
    with override("en"):
        en = str(text)
    return {"zh": zh, "en": en}


def _named(text: str) -> set[str]:
    found = set()
    for match in _PLACE.finditer(text):
        if match[2] is not None:
            raise ValueError(f"a notice's words may hold %(name)s and %% only: {text!r}")
        if match[1]:
            found.add(match[1])
    return found
