"""From the texts of the cells to a sheet: what can be read counts, and each cell that cannot be read is named
with what it wants. An unreadable cell counts as empty; its text stays on the page.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.fees.content import (
    Consumable,
    CostSheet,
    Evidence,
    Hours,
    Item,
    Parts,
    Prices,
    Reference,
    Sheet,
    Terms,
)
from apps.fees.grid.cells import Column, Unreadable
from apps.fees.grid.columns import FIELDS, LINE, STATED, TABLES, Options
from apps.fees.grid.typed import Row, Typed


@dataclass(frozen=True)
class Read:
    """A sheet, and the cells that could not be read: name -> what is wanted."""

    sheet: Sheet
    faults: Mapping[str, Text]


def read(typed: Typed, instrument: str, options: Options) -> Read:
    """What the cells say about an instrument (ULID), with the choices of the moment."""
    faults: dict[str, Text] = {}
    rows = {
        table: [
            (row, _values(table, row, options, faults))
            for row in typed.tables[table]
            if not row.is_blank(table)
        ]
        for table in TABLES
    }
    single = {letter: _single(letter, typed, faults) for letter in FIELDS}
    lines = _lines(rows["u"], [values["code"] for _row, values in rows["i"]], faults)
    sheet = Sheet(
        instrument,
        items=tuple(_item(values, lines.get(values["code"], ())) for _row, values in rows["i"]),
        terms=Terms(**single["t"]),
        hours=Hours(
            **single["h"],
            evidence=tuple(Evidence(one["text"], one["file"]) for _row, one in rows["e"]),
        ),
        references=tuple(
            Reference(one["kind"], one["title"], one["price"], one["file"]) for _row, one in rows["r"]
        ),
        note=single["s"]["note"],
    )
    return Read(sheet, faults)


def _values(table: str, row: Row, options: Options, faults: dict[str, Text]) -> dict[str, Any]:
    found = {}
    for column in TABLES[table].columns:
        name, text = f"{table}.{row.key}.{column.path}", row.cells.get(column.path, "")
        found[column.path] = _value(column, name, text, faults, options.get(column.path))
    return found


def _single(letter: str, typed: Typed, faults: dict[str, Text]) -> dict[str, Any]:
    return {
        column.path: _value(column, name, typed.fields.get(name, ""), faults)
        for column in FIELDS[letter]
        if (name := f"{letter}.{column.path}")
    }


def _value(
    column: Column,
    name: str,
    text: str,
    faults: dict[str, Text],
    choices: Mapping[str, Text] | None = None,
) -> Any:
    try:
        return column.read(text, choices)
    except Unreadable as wrong:
        faults[name] = wrong.words
        return column.empty


def _item(values: Mapping[str, Any], lines: tuple[Consumable, ...]) -> Item:
    plain = {name: value for name, value in values.items() if "." not in name}
    return Item(**plain, prices=Prices(**_under("prices.", values)), cost=_cost(values, lines))


def _cost(values: Mapping[str, Any], lines: tuple[Consumable, ...]) -> CostSheet | None:
    """The cost sheet; None where neither a formula is chosen nor a cost is said."""
    said = any(values[column.path] is not None for column in STATED)
    if not (values["cost.formula"] or said or lines):
        return None
    plain = {name: value for name, value in _under("cost.", values).items() if "." not in name}
    parts = Parts(**_under("cost.stated.", values))
    return CostSheet(**plain, stated=parts, consumables=lines)


def _under(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def _lines(
    rows: Iterable[tuple[Row, Mapping[str, Any]]], codes: list[str], faults: dict[str, Text]
) -> dict[str, tuple[Consumable, ...]]:
    """The itemised consumables by the code of their item. One whose code is no item's goes with the first
    item, so that it is not lost, and is marked.
    """
    found: dict[str, tuple[Consumable, ...]] = {}
    names = {field.name for field in fields(Consumable)}
    for row, values in rows:
        code = values["item"]
        if code not in codes:
            faults[f"u.{row.key}.{LINE[0].path}"] = _("There is no item with this code.")
            code = codes[0] if codes else ""
        line = Consumable(**{name: values[name] for name in names})
        found[code] = (*found.get(code, ()), line)
    return found
