"""What this room cannot know and asks of those above it: whether what a document certifies counts now,
and who beside holder and issuer may read it. Each app answers in its `papers.py`, which is found like
`admin.py`:

    @standing_of("certificate")
    def certificate_standing(document: Document, now: datetime) -> Standing: ...

    @reader_of("certificate")
    def trainers_may_read(user: User, document: Document, now: datetime) -> bool: ...
"""

import logging
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from documents.kinds import KINDS
from documents.models import Document

log = logging.getLogger(__name__)


class Standing(StrEnum):
    """What the check page says of a genuine document now."""

    VALID = "valid"
    NOT_YET = "not_yet"  # its period has not begun
    EXPIRED = "expired"  # its period is over
    SUSPENDED = "suspended"  # does not count for a while
    WITHDRAWN = "withdrawn"  # what it certified was taken back
    LAPSED = "lapsed"  # what it certified ended before its time, because it was not used
    REPLACED = "replaced"  # what it certified ended because something else took its place
    VOIDED = "voided"  # the paper itself was declared void
    UNKNOWN = "unknown"  # the answer failed: never shown as valid


StandingOf = Callable[[Document, datetime], Standing]
ReaderOf = Callable[[Any, Document, datetime], bool]

_STANDINGS: dict[str, StandingOf] = {}
_READERS: dict[str, list[ReaderOf]] = {}


def standing_of(kind: str) -> Callable[[StandingOf], StandingOf]:
    """Declare who knows whether documents of a kind count now. One for each kind; a second is an error."""

    _known(kind)

    def declare(ask: StandingOf) -> StandingOf:
        if _STANDINGS.get(kind, ask) is not ask:
            raise ValueError(f"the standing of {kind} is declared twice")
        _STANDINGS[kind] = ask
        return ask

    return declare


def reader_of(*kinds: str) -> Callable[[ReaderOf], ReaderOf]:
    """Declare who else may read documents of these kinds (of all kinds when none is named): any of the
    declared says yes.
    """

    for kind in kinds:
        _known(kind)

    def declare(ask: ReaderOf) -> ReaderOf:
        for kind in kinds or tuple(KINDS):
            if ask not in _READERS.setdefault(kind, []):
                _READERS[kind].append(ask)
        return ask

    return declare


def asked_standing(document: Document, now: datetime) -> Standing | None:
    """What the declared one says; None where nobody is declared. A failure is UNKNOWN and logged, never
    'valid'.
    """
    ask = _STANDINGS.get(document.kind)
    if ask is None:
        return None
    try:
        return Standing(ask(document, now))
    except Exception:
        log.exception("the standing of document %s cannot be told", document.ulid)
        return Standing.UNKNOWN


def declared_reader(user: Any, document: Document, now: datetime) -> bool:
    """Whether any declared reader lets this user read the document."""
    return any(ask(user, document, now) for ask in _READERS.get(document.kind, ()))


def _known(kind: str) -> None:
    if kind not in KINDS:
        raise LookupError(f"there is no kind of document named {kind}")
