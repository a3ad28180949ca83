"""What stands in the cells, as text: made from a sheet to be shown, or from what a browser sent. The names of
the cells are 'i.a0.prices.internal_fen' (table, row, column) or 't.night_rate' (single field); the order of
the rows is the order in which they were sent.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.fees.content import Sheet
from apps.fees.grid.cells import Column
from apps.fees.grid.columns import FIELDS, MEANT, TABLES

_ROW = re.compile(r"([iuer])\.([a-z][0-9a-z]{0,11})\.([a-z0-9_.]{1,40})")
_LONGEST_TEXT = 4000


@dataclass
class Row:
    """One row: its key on the page, and the text of each cell by column."""

    key: str
    cells: dict[str, str] = field(default_factory=dict)

    def is_blank(self, table: str) -> bool:
        """Whether nobody wrote anything in it."""
        return not any(self.cells.get(path, "").strip() for path in MEANT[table])


@dataclass
class Typed:
    """A whole sheet as text: rows by table, single fields by name ('t.night_rate')."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: {key: [] for key in TABLES})
    fields: dict[str, str] = field(default_factory=dict)

    def row(self, table: str, key: str) -> Row | None:
        """A row by its key."""
        return next((row for row in self.tables[table] if row.key == key), None)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every cell by its name, in order; rows that are blank are left out."""
        for table, rows in self.tables.items():
            for row in rows:
                if not row.is_blank(table):
                    yield from ((f"{table}.{row.key}.{path}", text) for path, text in row.cells.items())
        yield from self.fields.items()

    def fresh_key(self, table: str) -> str:
        """A key that no row has."""
        taken = {row.key for row in self.tables[table]}
        return next(key for number in range(len(taken) + 1) if (key := f"b{number}") not in taken)


def from_sheet(sheet: Sheet) -> Typed:
    """A sheet as it stands in the cells."""
    typed = Typed()
    typed.tables["i"] = _rows("i", sheet.items)
    lines = [
        {
            "item": item.code,
            "name": line.name,
            "quantity": line.quantity,
            "unit": line.unit,
            "price_e4": line.price_e4,
        }
        for item in sheet.items
        if item.cost
        for line in item.cost.consumables
    ]
    typed.tables["u"] = _rows("u", lines)
    typed.tables["e"] = _rows("e", sheet.hours.evidence)
    typed.tables["r"] = _rows("r", sheet.references)
    for letter, source in (("t", sheet.terms), ("h", sheet.hours), ("s", sheet)):
        for column in FIELDS[letter]:
            typed.fields[f"{letter}.{column.path}"] = column.write(member(source, column.path))
    return typed


def from_pairs(pairs: Iterable[tuple[str, str]]) -> Typed:
    """What a browser sent: names and texts in their order. Names that are none of a sheet are passed over."""
    typed = Typed()
    known = {f"{letter}.{column.path}" for letter, columns in FIELDS.items() for column in columns}
    paths = {key: {column.path for column in table.columns} for key, table in TABLES.items()}
    rows: dict[tuple[str, str], Row] = {}
    for name, sent in pairs:
        text = sent.replace("\0", "")[:_LONGEST_TEXT]
        if name in known:
            typed.fields[name] = text
            continue
        found = _ROW.fullmatch(name)
        if found is None or found[3] not in paths[found[1]]:
            continue
        place = found[1], found[2]
        if place not in rows:
            if len(typed.tables[found[1]]) >= TABLES[found[1]].most:
                continue
            rows[place] = Row(found[2])
            typed.tables[found[1]].append(rows[place])
        rows[place].cells[found[3]] = text
    return typed


def written(columns: Iterable[Column], value: Any) -> dict[str, str]:
    """The texts of a value's members by column. A cost sheet that is not there leaves its cells empty."""
    return {column.path: column.write(member(value, column.path)) for column in columns}


def member(value: Any, path: str) -> Any:
    """The member at a path; None where a part of the way is not there."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
        if value is None:
            return None
    return value


def _rows(table: str, values: Iterable[Any]) -> list[Row]:
    columns = TABLES[table].columns
    return [Row(f"a{number}", written(columns, value)) for number, value in enumerate(values)]
