"""Words of a paper, made of what rooms have: rows with names in both languages, and texts of the
catalogues.
"""

from collections.abc import Callable
from typing import Protocol

from django.utils.translation import override

from documents.contexts import NOTHING, Words


class Named(Protocol):
    """Anything that is called something in both languages."""

    name_zh: str
    name_en: str


def named(row: Named | None) -> Words:
    """What a person, a unit or an instrument is called; nothing for nobody."""
    return Words(row.name_zh, row.name_en) if row is not None else NOTHING


def in_both(said: Callable[[], object]) -> Words:
    """A text of the catalogues in both languages: `in_both(lambda: _("Equipment office"))`."""
    spoken = []
    for language in ("zh-hans", "en"):
        with override(language):
            spoken.append(str(said()))
    return Words(*spoken)
