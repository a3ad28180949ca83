"""The committed fonts: where they lie, and which characters they can draw. A character that they cannot
draw would be an empty box on the paper, so it is looked for before anything is rendered.
"""

import unicodedata
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _
from fontTools.ttLib import TTFont

from apps.core.errors import Invalid
from documents.canonical import encode, texts

T = TypeVar("T")
FOLDER = Path(__file__).resolve().parent
FILES = tuple(sorted(FOLDER.glob("*.ttf")))
CONFIGURATION = FOLDER / "fonts.conf"
LAYOUT = frozenset("\n\t")  # they shape the text and need no glyph


class MissingGlyph(Invalid):
    """The content has characters that no committed font can draw. `details["characters"]` lists them as
    {"character", "code", "where"}; `field` is the path of the first.
    """

    code = "documents.missing_glyph"


@cache
def coverage() -> frozenset[int]:
    """Every code point that one of the committed fonts can draw. Read from the fonts once a process (50
    ms).
    """
    found: set[int] = set()
    for file in FILES:
        with TTFont(file, lazy=True) as font:
            found |= (font.getBestCmap() or {}).keys()
    return frozenset(found)


def missing(text: str) -> list[str]:
    """The characters of a text that cannot be drawn, in order, each once. Control characters, invisible
    format characters (they can turn the direction of a line) and unpaired surrogates are among them.
    """
    known = coverage()
    return [one for one in dict.fromkeys(text) if one not in LAYOUT and not _drawn(one, known)]


def refuse_missing(content: Any) -> None:
    """Raises MissingGlyph naming every character of JSON data that cannot be drawn and where it stands."""
    found: dict[str, str] = {}
    for path, text in texts(content):
        for one in missing(text):
            found.setdefault(one, path)
    if found:
        raise MissingGlyph(
            _(
                "The fonts of the documents have no glyph for: %(characters)s. Write it with another "
                "character, or have the fonts extended."
            )
            % {"characters": ", ".join(spelled(one) for one in found)},
            field=next(iter(found.values())),
            characters=[
                {"character": printable(one), "code": code_point(one), "where": path}
                for one, path in found.items()
            ],
        )


def substitute(text: str) -> str:
    """The text with every character that cannot be drawn replaced by its code point: 'good [U+1F44D]'.
    For working prints, where losing the page would be worse, and for what people wrote beside a decision
    (`legible`); never for what a numbered document decides.
    """
    gone = missing(text)
    return text.translate({ord(one): f"[{code_point(one)}]" for one in gone}) if gone else text


def legible(part: T) -> T:
    """A part of a paper (a frozen dataclass) with every text of it as `substitute` writes it: an opinion with
    a smiley, a signer with a rare name, or a file called like that must not keep a decision from being made.
    """
    if isinstance(part, str):
        return substitute(encode(part))  # type: ignore[return-value]  # text stays text
    if is_dataclass(part) and not isinstance(part, type):
        said = {one.name: legible(getattr(part, one.name)) for one in fields(part)}
        return replace(part, **said)
    return part


def code_point(one: str) -> str:
    """'U+4E00'."""
    return f"U+{ord(one):04X}"


def printable(one: str) -> str:
    """The character itself where it can stand in a message, else nothing."""
    return "" if unicodedata.category(one)[0] == "C" else one


def spelled(one: str) -> str:
    """'𰻝 (U+30EDD)', or the code point alone for what cannot be seen."""
    shown = printable(one)
    return f"{shown} ({code_point(one)})" if shown else code_point(one)


def _drawn(one: str, known: frozenset[int]) -> bool:
    return ord(one) in known and unicodedata.category(one)[0] != "C"
