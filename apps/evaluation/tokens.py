"""The words of a formula: what each is and where it stands; and what is wrong with a text, in words."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import Invalid, Text

LONGEST = 400  # characters of one formula
DIGITS = 15  # digits of one number, before and after the point
_WORD = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[a-z][a-z0-9_]*)|(?P<sign><=|>=|==|!=|[-+*/(),:<>]))"
)


class FormulaError(Invalid):
    """A formula that means nothing: codes `evaluation.formula_…`, with the position (from 1) in the text."""

    code = "evaluation.formula"

    def __init__(self, message: Text, *, code: str, at: int, **details: Any) -> None:
        super().__init__(
            message, code=f"evaluation.formula_{code}", field="formula", position=at + 1, **details
        )
        self.at = at


@dataclass(frozen=True)
class Token:
    """One word: its kind (`number`, `name`, `sign`, `end`), its text, where it begins."""

    kind: str
    text: str
    at: int


def tokens_of(text: str) -> list[Token]:
    """The words of a formula, the last one its end. Raises FormulaError (long, character,
    digits).
    """
    from_here, found = 0, []
    if len(text) > LONGEST:
        raise FormulaError(
            _("A formula has at most %(most)d characters.") % {"most": LONGEST}, code="long", at=LONGEST
        )
    while text[from_here:].strip():
        match = _WORD.match(text, from_here)
        if match is None:
            at = len(text) - len(text[from_here:].lstrip())
            raise FormulaError(
                _("“%(sign)s” at position %(at)d does not belong into a formula.")
                % {"sign": text[at], "at": at + 1},
                code="character",
                at=at,
            )
        kind = str(match.lastgroup)
        token = Token(kind, match[kind], match.start(kind))
        if kind == "number" and len(token.text) > DIGITS:
            raise FormulaError(
                _("The number at position %(at)d is too long.") % {"at": token.at + 1},
                code="digits",
                at=token.at,
            )
        found.append(token)
        from_here = match.end()
    found.append(Token("end", "", len(text)))
    return found
