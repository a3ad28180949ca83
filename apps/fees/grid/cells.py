"""One cell: how its text is read and how its value is written. Nothing typed is thrown away: a text that
cannot be read stays what it is, with a sentence that says what is wanted.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.fees.clocktimes import minute_of
from apps.fees.grid.synonyms import meant

_MOST_FEN = 10**13
_MOST_E4 = 10**15
_MOST_WHOLE = 10**9
_LONGEST_RATE = 10
_DECORATION = re.compile(r"[¥￥$,\s]|元")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})|(\d{1,2})(\d{2})|(\d{1,2})")


class Unreadable(ValueError):
    """A text that is no value of its column; `words` say what is wanted."""

    def __init__(self, words: Text) -> None:
        super().__init__(str(words))
        self.words = words


@dataclass(frozen=True)
class Kind:
    """A kind of cell: how a text that is not empty is read, how a value is written, which keyboard a phone
    shows.
    """

    name: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    inputmode: str = "text"


@dataclass(frozen=True)
class Column:
    """A column, or a single field. `path` is the member of the content that it holds, seen from its row
    ('prices.internal_fen'); `empty` is what an empty cell means; `choices` (value -> words) make it a choice;
    `longest` is the most characters of a text; `width` names how wide it is drawn, `only` the units without
    which it says nothing.
    """

    path: str
    label: Text
    kind: Kind
    empty: Any = None
    longest: int = 0
    choices: Mapping[str, Text] | None = None
    width: str = "m"
    hint: Text = ""
    only: str = ""

    def read(self, text: str, choices: Mapping[str, Text] | None = None) -> Any:
        """What a text means here; `choices` where those of a column depend on the moment. Raises
        Unreadable.
        """
        plain = text.strip()
        if not plain:
            return self.empty
        if self.choices is not None:
            return _choice(self.path, plain, choices or self.choices)
        if self.longest and len(plain) > self.longest:
            raise Unreadable(_("At most %(most)d characters.") % {"most": self.longest})
        return self.kind.read(plain)

    def write(self, value: Any) -> str:
        """A value as it stands in the cell."""
        return "" if value is None else self.kind.write(value)


def plain_number(text: str) -> str:
    """A number as somebody types or pastes it, without currency, separators and full-width signs."""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", text))


def in_every_language(text: Text) -> set[str]:
    """A text as it may stand in a file, whoever wrote it: without differences of case."""
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(str(text).strip().casefold())
    return found


def _choice(path: str, text: str, choices: Mapping[str, Text]) -> str:
    """The value of a choice: by its key, by its words as they come out of a spreadsheet, or by what people
    call it.
    """
    if text in choices:
        return text
    wanted = unicodedata.normalize("NFKC", text).casefold()
    for key, words in choices.items():
        # 'B: By quota hours' is B, in whichever language the rest is.
        named = bool(key) and wanted.partition(":")[0] == key.casefold()
        if named or wanted in in_every_language(words):
            return key
    known = meant(path, text)
    if known in choices:
        return str(known)
    raise Unreadable(
        _("Choose one of: %(words)s.") % {"words": ", ".join(str(one) for one in choices.values())}
    )


def _scaled(text: str, scale: int, most: int, words: Text) -> int:
    try:
        value = Decimal(plain_number(text)) * scale
        whole = value.is_finite() and value == value.to_integral_value()
    except InvalidOperation:
        raise Unreadable(words) from None
    if not whole or not 0 <= value <= most:
        raise Unreadable(words)
    return int(value)


def _money(text: str) -> int:
    return _scaled(
        text, 100, _MOST_FEN, _("Write an amount in yuan with at most two decimals, like 260 or 62.50.")
    )


def _cost(text: str) -> int:
    return _scaled(
        text,
        10_000,
        _MOST_E4,
        _("Write an amount in yuan with at most four decimals, like 479.57 or 0.0675."),
    )


def _whole(text: str) -> int:
    return _scaled(text, 1, _MOST_WHOLE, _("Write a whole number, like 1400."))


def _rate(text: str) -> str:
    """A factor as a decimal string; '6 %' is 0.06."""
    words = _("Write a factor like 0.06 or 6 %.")
    plain = plain_number(text)
    try:
        number = Decimal(plain.removesuffix("%"))
    except InvalidOperation:
        raise Unreadable(words) from None
    if not number.is_finite() or not 0 <= number <= 1_000_000:
        raise Unreadable(words)
    found = f"{number / 100:f}" if plain.endswith("%") else plain.removeprefix("+")
    if "e" in found.lower() or len(found) > _LONGEST_RATE:
        found = f"{number:f}"
    if len(found) > _LONGEST_RATE:
        raise Unreadable(words)
    return found


def _quantity(text: str) -> str:
    """An exact quantity as a decimal string."""
    try:
        number = Decimal(plain_number(text))
    except InvalidOperation:
        number = Decimal("NaN")
    found = f"{number:f}" if number.is_finite() and abs(number.adjusted()) <= _LONGEST_RATE else ""
    if not found or number < 0:
        raise Unreadable(_("Write a number, like 0.5 or 2."))
    return found


def _time(text: str) -> str:
    words = _("Write a time of day like 17:30; 24:00 ends the day.")
    found = _TIME.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None:
        raise Unreadable(words)
    hour, minute = (found[1] or found[3] or found[5]), (found[2] or found[4] or "00")
    time = f"{int(hour):02d}:{minute}"
    if minute_of(time) is None:
        raise Unreadable(words)
    return time


def _write_scaled(value: int, digits: int, least: int) -> str:
    """A scaled whole number with as many decimals as say something: none, or at least `least`."""
    whole, rest = divmod(value, 10**digits)
    if not rest:
        return str(whole)
    decimals = f"{rest:0{digits}d}".rstrip("0")
    return f"{whole}.{decimals:0<{least}}"


TEXT = Kind("text", str, str)
CHOICE = Kind("choice", str, str)
MONEY = Kind("money", _money, lambda fen: _write_scaled(fen, 2, 2), "decimal")
COST = Kind("cost", _cost, lambda e4: _write_scaled(e4, 4, 2), "decimal")
WHOLE = Kind("whole", _whole, str, "numeric")
RATE = Kind("rate", _rate, str, "decimal")
QUANTITY = Kind("quantity", _quantity, str, "decimal")
TIME = Kind("time", _time, str)
