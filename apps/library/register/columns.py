"""The columns of the register: the headings under which each is found in Chinese and English, what its cells
may say, and what a row comes to. Everything that is wrong with a row is told at once. Pure.
"""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, Text
from apps.library.register import cells
from apps.library.register.cells import Cell, Wrong
from apps.library.words import haystack


@dataclass(frozen=True)
class Column:
    """One column. The first of its headings is the template's; `longest` counts characters."""

    name: str
    label: Text
    headings: tuple[str, ...]
    cell: Cell
    longest: int
    needed: bool = False


COLUMNS: tuple[Column, ...] = (
    Column(
        "asset_no",
        _("Asset number"),
        ("仪器编号", "资产编号", "设备编号", "资产号", "asset_no", "asset number"),
        cells.NUMBER,
        40,
        needed=True,
    ),
    Column(
        "name_zh",
        _("Name (Chinese)"),
        ("仪器名称", "资产名称", "设备名称", "名称", "中文名称", "name_zh", "name"),
        cells.NAME,
        200,
        needed=True,
    ),
    Column(
        "name_en", _("Name (English)"), ("英文名称", "英文名", "name_en", "english name"), cells.TEXT, 200
    ),
    Column(
        "class_code",
        _("Class"),
        ("分类号", "分类代码", "教育部分类号", "class_code", "class"),
        cells.TEXT,
        20,
    ),
    Column("class_name", _("Class name"), ("分类名称", "class_name"), cells.TEXT, 80),
    Column("model", _("Model"), ("型号", "model"), cells.TEXT, 120),
    Column("spec", _("Specification"), ("规格", "spec", "specification"), cells.TEXT, 200),
    Column(
        "maker",
        _("Maker"),
        ("厂家", "生产厂家", "制造商", "生产厂商", "maker", "manufacturer"),
        cells.TEXT,
        120,
    ),
    Column("origin", _("Origin"), ("国别", "产地", "国别码", "origin", "country"), cells.TEXT, 60),
    Column(
        "price_fen",
        _("Price (yuan)"),
        ("单价", "金额", "原值", "价格", "price", "price_yuan"),
        cells.PRICE,
        30,
        needed=True,
    ),
    Column(
        "acquired",
        _("Acquired"),
        ("购置日期", "入库日期", "取得日期", "acquired", "purchase date"),
        cells.DAY,
        30,
    ),
    Column("status", _("Status"), ("现状", "现状码", "使用状态", "状态", "status"), cells.STATUS, 20),
    Column("purpose", _("Purpose"), ("使用方向", "purpose"), cells.PURPOSE, 20),
    Column(
        "unit_code",
        _("Unit code"),
        ("单位编号", "单位代码", "领用单位号", "unit_code"),
        cells.TEXT,
        40,
        needed=True,
    ),
    Column(
        "unit_name", _("Unit"), ("单位名称", "领用单位", "使用单位", "unit_name", "unit"), cells.TEXT, 120
    ),
    Column("place", _("Place"), ("存放地", "存放地点", "存放地名称", "place", "location"), cells.TEXT, 120),
    Column(
        "keeper_no",
        _("Keeper's number"),
        ("领用人编号", "领用人工号", "保管人工号", "keeper_no"),
        cells.TEXT,
        40,
    ),
    Column("keeper", _("Keeper"), ("领用人", "保管人", "keeper"), cells.TEXT, 60),
    Column("funding", _("Paid from"), ("经费科目", "经费来源", "funding"), cells.TEXT, 60),
    Column("customs", _("Customs-supervised"), ("海关监管", "是否海关监管", "customs"), cells.YES_NO, 10),
    Column(
        "customs_until", _("Supervised until"), ("监管截止", "监管截止日期", "customs_until"), cells.DAY, 30
    ),
)
BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}
NAMES = tuple(column.name for column in COLUMNS)
EDITABLE = NAMES[1:]
_PAST = ("acquired",)  # days that lie behind
_BETWEEN = "\x1f"

# What the code of a fault says; the page shows it in its reader's language.
FAULTS: Mapping[str, Text] = {
    "library.number_missing": _("The asset number is missing."),
    "library.number": _("This is no asset number."),
    "library.number_twice": _("This asset number stands in another row already."),
    "library.name_missing": _("The name is missing."),
    "library.price_missing": _("The price is missing."),
    "library.price": _("This is no price in yuan: write 12345.60, no unit and no words."),
    "library.price_negative": _("A price is never negative."),
    "library.date": _("This is no date: write 2023-01-31."),
    "library.date_range": _("This date cannot be: before 1900, or in the future."),
    "library.status": _(
        "This status is not known: write 在用, 多余, 待修, 待报废, 丢失, 报废, 调出, 降档, 其他, or 1 to 9."
    ),
    "library.purpose": _(
        "This purpose is not known: write 教学, 科研, 行政, 后勤, 生产, 技术开发, 社会服务, 其他, or 1 to 9."
    ),
    "library.yes_no": _("This is neither yes nor no: write 是 or 否."),
    "library.too_long": _("This is longer than the column may be: shorten it."),
    "library.formula": _("This cell holds a formula: save its value."),
    "library.control": _("This holds characters that cannot be printed."),
}


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell."""

    column: str
    code: str
    value: str


def columns_of(headings: Sequence[str]) -> dict[str, int]:
    """Where each column stands. Raises Invalid `library.columns` with the headings of those that are missing,
    `library.column_twice` with one that two columns have.
    """
    plain = [_plain(heading) for heading in headings]
    found = dict[str, int]()
    for column in COLUMNS:
        names = [place for place, heading in enumerate(plain) if heading in column.headings]
        if len(names) > 1:
            raise Invalid(
                _("Two columns of the file mean the same."),
                code="library.column_twice",
                field="file",
                columns=[headings[place][:60] for place in names],
            )
        if names:
            found[column.name] = names[0]
    missing = [column.headings[0] for column in COLUMNS if column.needed and column.name not in found]
    if missing:
        raise Invalid(
            _("Columns are missing in the file."), code="library.columns", field="file", columns=missing
        )
    return found


def read_row(
    said: Sequence[str], columns: Mapping[str, int], latest: date
) -> tuple[dict[str, Any] | None, list[Fault]]:
    """The values of a row by column, or None and all its faults. No day of the past is after `latest`."""
    values, faults = dict[str, Any](), list[Fault]()
    for column in COLUMNS:
        place = columns.get(column.name)
        text = said[place] if place is not None and place < len(said) else ""
        try:
            values[column.name] = read_cell(column, text, latest)
        except Wrong as wrong:
            faults.append(Fault(column.name, wrong.code, _shown(text)))
    return (None, faults) if faults else (values, faults)


def read_cell(column: Column, text: str, latest: date) -> Any:
    """The value of one cell. Raises Wrong."""
    if text[:1] == "=":
        raise Wrong("library.formula")
    if len(text) > column.longest:
        raise Wrong("library.too_long")
    if text and not text.isprintable():
        raise Wrong("library.control")
    value = column.cell.read(text)
    if column.name in _PAST and value is not None and value > latest:
        raise Wrong("library.date_range")
    return value


def written(name: str, value: Any) -> str:
    """The one way in which a value of a column is written."""
    return BY_NAME[name].cell.write(value)


def value_of(name: str, text: str) -> Any:
    """The value that was written so."""
    return BY_NAME[name].cell.read(text)


def digest_of(values: Mapping[str, Any]) -> str:
    """The digest of what the register says of an asset: another one where any column differs."""
    text = _BETWEEN.join(column.cell.write(values[column.name]) for column in COLUMNS)
    return hashlib.sha256(text.encode()).hexdigest()


def haystack_of(values: Mapping[str, Any]) -> str:
    """Where keywords of an asset are looked for."""
    return haystack(*(values[name] for name in ("asset_no", "name_zh", "name_en", "model", "maker")))


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Column, what it was, what it would be: of those that differ, in the order of the columns."""
    return [(name, before[name], after[name]) for name in NAMES if before[name] != after[name]]


def texts_of(thing: Any) -> dict[str, str]:
    """What a row or an asset says, column by column, as text."""
    return {column.name: column.cell.write(getattr(thing, column.name)) for column in COLUMNS}


def _plain(heading: str) -> str:
    """A heading with its unit in brackets, of either width, is the same heading without it."""
    text = unicodedata.normalize("NFKC", heading).strip().casefold()
    return text.removesuffix("(元)").removesuffix("(yuan)").removesuffix("*").strip()


def _shown(text: str) -> str:
    return "".join(sign if sign.isprintable() else "�" for sign in text[:60])
