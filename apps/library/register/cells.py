"""What a cell of the register may say, and how a value is written again: each kind of cell once. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.core.money import round_fen
from apps.library.models import Purpose, Status

FIRST_DAY = date(1900, 1, 1)
MOST_FEN = 10**13  # a hundred thousand million yuan: nobody owns such a machine
_LONGEST_PRICE = 20  # digits before or after the point
_DAY = re.compile(
    r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?(?:[ T]00:00(?::00)?)?|(\d{4})(\d{2})(\d{2})"
)
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_\-./]*")
_MONEY = str.maketrans({",": "", "\uff0c": "", "¥": "", "￥": "", "元": "", " ": ""})


class Wrong(ValueError):
    """A cell that cannot be taken; its code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Cell:
    """A kind of cell: a text read into a value (raises Wrong), and the value's one way to be written."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]


def number(text: str) -> str:
    """An asset number."""
    if not text:
        raise Wrong("library.number_missing")
    if not _NUMBER.fullmatch(text):
        raise Wrong("library.number")
    return text


def name(text: str) -> str:
    """A name that must be there."""
    if not text:
        raise Wrong("library.name_missing")
    return text


def price(text: str) -> int:
    """Yuan as somebody writes them, or as a spreadsheet shortens them (1.2E+07), in fen."""
    if not text:
        raise Wrong("library.price_missing")
    try:
        yuan = Decimal(text.translate(_MONEY))
    except InvalidOperation:
        raise Wrong("library.price") from None
    # With an exponent, a few signs are a number of any length: nothing is computed with such a one.
    if not yuan.is_finite() or abs(yuan.adjusted()) > _LONGEST_PRICE:
        raise Wrong("library.price")
    if yuan < 0:
        raise Wrong("library.price_negative")
    if yuan * 100 > MOST_FEN:
        raise Wrong("library.price")
    return round_fen(yuan * 100)


def day(text: str) -> date | None:
    """A day, or nothing."""
    if not text:
        return None
    match = _DAY.fullmatch(text)
    if match is None:
        raise Wrong("library.date")
    year, month, of_month = (int(part) for part in match.groups() if part is not None)
    try:
        found = date(year, month, of_month)
    except ValueError:
        raise Wrong("library.date") from None
    if found < FIRST_DAY:
        raise Wrong("library.date_range")
    return found


def _coded(choices: Mapping[str, str], code: str, empty: str | None) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not text and empty is not None:
            return empty
        found = choices.get(text.casefold())
        if found is None:
            raise Wrong(code)
        return found

    return read


def _codes(rows: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {word: value for value, words in rows.items() for word in (value, *words)}


STATUSES = _codes(
    {
        Status.IN_USE.value: ("1", "在用", "使用", "正常", "in use"),
        Status.SPARE.value: ("2", "多余", "闲置", "spare", "idle"),
        Status.REPAIR.value: ("3", "待修", "维修", "repair"),
        Status.TO_SCRAP.value: ("4", "待报废", "to scrap"),
        Status.LOST.value: ("5", "丢失", "lost"),
        Status.SCRAPPED.value: ("6", "报废", "已报废", "scrapped"),
        Status.AWAY.value: ("7", "调出", "handed on"),
        Status.LOWERED.value: ("8", "降档", "lowered"),
        Status.OTHER.value: ("9", "其他", "其它", "other"),
    }
)
PURPOSES = _codes(
    {
        Purpose.TEACHING.value: ("1", "教学", "teaching"),
        Purpose.RESEARCH.value: ("2", "科研", "research"),
        Purpose.ADMINISTRATION.value: ("3", "行政", "administration"),
        Purpose.LIVING.value: ("4", "生活与后勤", "生活后勤", "后勤"),
        Purpose.PRODUCTION.value: ("5", "生产", "production"),
        Purpose.DEVELOPMENT.value: ("6", "技术开发", "development"),
        Purpose.SERVICE.value: ("7", "社会服务", "service"),
        Purpose.OTHER.value: ("9", "其他", "其它", "other"),
    }
)
_YES = _codes({"yes": ("是", "y", "1", "true", "√"), "no": ("否", "n", "0", "false", "无")})


def _yes(text: str) -> bool:
    return _coded(_YES, "library.yes_no", "no")(text) == "yes"


NUMBER = Cell(number, str)
NAME = Cell(name, str)
TEXT = Cell(str, str)
PRICE = Cell(price, lambda fen: f"{fen // 100}.{fen % 100:02d}")
DAY = Cell(day, lambda found: found.isoformat() if found else "")
STATUS = Cell(_coded(STATUSES, "library.status", Status.IN_USE.value), str)
PURPOSE = Cell(_coded(PURPOSES, "library.purpose", ""), str)
YES_NO = Cell(_yes, lambda found: "yes" if found else "no")
