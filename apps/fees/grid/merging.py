"""Two people changed one sheet: where their texts differ, and the sheet that takes one side or the other
place by place. Items are brought together by their code; the other tables are taken as a whole.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from apps.core.errors import Text
from apps.fees.grid.columns import FIELDS, TABLES
from apps.fees.grid.typed import Row, Typed

_WHOLE = "uer"  # tables of which one side is taken as it stands


@dataclass(frozen=True)
class Difference:
    """One place in which two sheets differ. `key` names it for `merge`; `item` is the code of an item or
    empty; `label` the column, empty where a whole item or table is meant; `cells` are the names of the cells
    on the side of `mine`.
    """

    key: str
    item: str
    label: Text
    mine: str
    theirs: str
    cells: tuple[str, ...] = ()
    table: str = ""


def differences(mine: Typed, theirs: Typed) -> tuple[Difference, ...]:
    """Where they differ, in the order of the page."""
    return (*_of_items(mine, theirs), *_of_tables(mine, theirs), *_of_fields(mine, theirs))


def merge(mine: Typed, theirs: Typed, taken: Collection[str]) -> Typed:
    """`mine`, with what `taken` (keys of differences) names as it is in `theirs`."""
    merged = Typed()
    others = _by_code(theirs)
    for code, row in _by_code(mine).items():
        if f"i|{code}" in taken:
            continue
        other = others.get(code)
        cells = {
            path: other.cells.get(path, "") if other and f"i|{code}|{path}" in taken else text
            for path, text in row.cells.items()
        }
        merged.tables["i"].append(Row(row.key, cells))
    known = _by_code(mine)
    for code, row in others.items():
        if code not in known and f"i|{code}" in taken:
            merged.tables["i"].append(Row(merged.fresh_key("i"), dict(row.cells)))
    for table in _WHOLE:
        merged.tables[table] = (theirs if table in taken else mine).tables[table]
    merged.fields = {
        name: theirs.fields.get(name, "") if name in taken else text for name, text in mine.fields.items()
    }
    return merged


def _of_items(mine: Typed, theirs: Typed) -> Iterator[Difference]:
    ours, others = _by_code(mine), _by_code(theirs)
    for code, row in ours.items():
        if code not in others:
            yield Difference(f"i|{code}", code, "", _line("i", row), "", (f"i.{row.key}.code",))
            continue
        for column in TABLES["i"].columns:
            one, other = row.cells.get(column.path, ""), others[code].cells.get(column.path, "")
            if one.strip() != other.strip():
                place = (f"i.{row.key}.{column.path}",)
                yield Difference(f"i|{code}|{column.path}", code, column.label, one, other, place)
    for code, row in others.items():
        if code not in ours:
            yield Difference(f"i|{code}", code, "", "", _line("i", row))


def _of_tables(mine: Typed, theirs: Typed) -> Iterator[Difference]:
    for table in _WHOLE:
        one, other = _lines(table, mine), _lines(table, theirs)
        if one != other:
            cells = tuple(
                f"{table}.{row.key}.{column.path}"
                for row in mine.tables[table]
                for column in TABLES[table].columns
            )
            yield Difference(table, "", "", one, other, cells, table)


def _of_fields(mine: Typed, theirs: Typed) -> Iterator[Difference]:
    for letter, columns in FIELDS.items():
        for column in columns:
            name = f"{letter}.{column.path}"
            one, other = mine.fields.get(name, ""), theirs.fields.get(name, "")
            if one.strip() != other.strip():
                yield Difference(name, "", column.label, one, other, (name,))


def _by_code(typed: Typed) -> dict[str, Row]:
    """Items by code; a second one of the same code keeps its place under its key."""
    found: dict[str, Row] = {}
    for row in typed.tables["i"]:
        if not row.is_blank("i"):
            code = row.cells.get("code", "").strip()
            found[code if code not in found else f"{code} ({row.key})"] = row
    return found


def _line(table: str, row: Row) -> str:
    """A row in a line: its texts in order."""
    texts = (row.cells.get(column.path, "").strip() for column in TABLES[table].columns)
    return " · ".join(text for text in texts if text)


def _lines(table: str, typed: Typed) -> str:
    return "\n".join(_line(table, row) for row in typed.tables[table] if not row.is_blank(table))
