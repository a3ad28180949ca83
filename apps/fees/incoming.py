"""A fee sheet that comes back as an Excel workbook: laid over the sheet as it stands, with every fault of
every cell and everything that a reader should know of. Writes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.core.errors import Invalid, Text
from apps.core.spreadsheets import Taken, read_book
from apps.fees.editing import Desk
from apps.fees.grid.acts import number, usual
from apps.fees.grid.cells import Column, in_every_language
from apps.fees.grid.columns import FIELDS, TABLES
from apps.fees.grid.typed import Row, Typed
from apps.fees.workbooks import CODE, NAME, SHEETS, VALUE, Sheet, number_of

_FIRST_ROW = 2  # the heading is row 1, as a spreadsheet shows it
_MOST_COLUMNS = 60
_MOST_UNPACKED = 8 * 1024 * 1024  # several times of what the longest sheet has
_MOST_ROWS = max(table.most for table in TABLES.values()) + 1
_LONGEST_SHOWN = 80
# What a spreadsheet writes where it could not compute a value.
_ERRORS = frozenset(
    ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!", "#FIELD!")
)


@dataclass(frozen=True)
class Fault:
    """Why a cell cannot be taken: sheet, row (the heading is row 1), column, the text that stands there, a
    code and words.
    """

    sheet: str
    row: int
    column: str
    text: str
    code: str
    message: str


@dataclass(frozen=True)
class Notice:
    """A cell that is computed in the file: what by, and the value that was computed when the file was saved,
    which is what is taken.
    """

    sheet: str
    row: int
    column: str
    formula: str
    value: str


@dataclass
class Incoming:
    """What a workbook says. `typed` are the cells with what the file says in them; `origin` where each row of
    them stood in the file; `unknown` the sheets of the file that are none of a fee sheet.
    """

    typed: Typed
    asset_usual: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    origin: dict[str, tuple[str, int]] = field(default_factory=dict)

    def complain(self, sheet: str, row: int, column: Text, code: str, words: Text, text: str = "") -> None:
        shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
        self.faults.append(Fault(sheet, row, str(column), shown, code, str(words)))


def read_into(desk: Desk, source: bytes) -> Incoming:
    """The desk has what the workbook says. Sheets and columns that are not in the file keep what the sheet
    has; items that are not among its items are taken out. With a fault nothing of it may be used.

    Raises Invalid `fees.import_empty` (no sheet of the workbook is one of ours), `core.file_size`,
    `core.file_unreadable`.
    """
    book = read_book(
        source,
        most_rows=_MOST_ROWS,
        most_columns=_MOST_COLUMNS,
        most_unpacked=_MOST_UNPACKED,
        formulas=True,
    )
    found = Incoming(desk.typed, usual(desk.asset))
    known = [(sheet, name, taken) for sheet in SHEETS for name, taken in book.items() if _is(sheet, name)]
    if not known:
        raise Invalid(
            _("No sheet of this file is one of a fee sheet. Begin with the Excel file of this page."),
            code="fees.import_empty",
            field="file",
        )
    met: set[str] = set()
    before = _codes(desk.typed)
    for sheet, name, taken in known:
        if sheet.key in met:
            words = _("This sheet stands in the file twice.")
            found.complain(name, 1, "", "fees.import_sheet", words)
            continue
        met.add(sheet.key)
        _take(found, sheet, name, taken)
    ours = {name for _sheet, name, _taken in known}
    found.unknown = [name for name in book if name not in ours]
    if "consumables" not in met:
        _drop_consumables(found.typed, before)
    number(found.typed)
    desk.take(found.typed)
    for cell, why in desk.faults.items():
        _unreadable(found, cell, why)
    return found


def _is(sheet: Sheet, name: str) -> bool:
    return name.strip().casefold() in {sheet.key, *in_every_language(sheet.name)}


def _named(columns: Iterable[Column]) -> dict[str, Column]:
    return {name: column for column in columns for name in (column.path, *in_every_language(column.label))}


def _take(found: Incoming, sheet: Sheet, name: str, taken: Taken) -> None:
    if sheet.key == "terms":
        _take_terms(found, name, taken)
        return
    lines = taken.lines
    columns = _headings(found, sheet, name, lines[0] if lines else [])
    if len(lines) - 1 > TABLES[sheet.table].most:
        words = _("At most %(most)d rows.") % {"most": TABLES[sheet.table].most}
        found.complain(name, len(lines), "", "fees.import_rows", words)
        return
    _say_formulas(found, name, taken, {n: column for n, column in enumerate(columns, 1) if column})
    rows = [
        (place, {column.path: text for column, text in zip(columns, line, strict=False) if column})
        for place, line in enumerate(lines[1:], _FIRST_ROW)
        if any(line)
    ]
    if sheet.key == "items":
        _take_items(found, name, rows)
    elif sheet.key == "costs":
        _take_costs(found, name, rows)
    else:
        _take_rows(found, sheet.table, name, rows)


def _say_formulas(
    found: Incoming, name: str, taken: Taken, columns: Mapping[int, Column], first: int = _FIRST_ROW
) -> None:
    """A computed cell is taken with the value that the file has for it: that is said, and where the file has
    none, or an error, the cell is refused.
    """
    for (row, place), formula in sorted(taken.formulas.items()):
        column = columns.get(place)
        if column is None or row < first:
            continue
        value = _text_at(taken, row, place)
        if not value:
            words = _("This formula has no computed value. Open the file in Excel or WPS and save it there.")
            found.complain(name, row, column.label, "fees.import_formula", words, formula)
        elif value.upper() in _ERRORS:
            words = _("This formula gives an error.")
            found.complain(name, row, column.label, "fees.import_formula", words, f"{formula}: {value}")
        else:
            found.notices.append(Notice(name, row, str(column.label), formula, value))


def _text_at(taken: Taken, row: int, place: int) -> str:
    line = taken.lines[row - 1] if row <= len(taken.lines) else []
    return line[place - 1] if place <= len(line) else ""


def _headings(found: Incoming, sheet: Sheet, name: str, headings: Sequence[str]) -> list[Column | None]:
    """The column under each heading. One that nobody knows is told: what stands below it would be lost."""
    known = _named(sheet.columns)
    columns: list[Column | None] = []
    for heading in headings:
        column = known.get(heading.strip().casefold())
        if column is None and heading:
            words = _("There is no such column.")
            found.complain(name, 1, heading, "fees.import_column", words)
        elif column is not None and column in columns:
            words = _("This column stands in the sheet twice.")
            found.complain(name, 1, heading, "fees.import_column", words)
        columns.append(column)
    if sheet.table == "i" and CODE not in columns:
        words = _("The column with the codes of the items is missing.")
        found.complain(name, 1, CODE.label, "fees.import_column", words)
    return columns


def _take_items(found: Incoming, name: str, rows: Iterable[tuple[int, dict[str, str]]]) -> None:
    before = {row.cells.get("code", "").strip(): row for row in found.typed.tables["i"]}
    taken: set[str] = set()
    made = []
    for place, cells in rows:
        code = cells.get("code", "").strip()
        if code and code in taken:
            words = _("This code stands in the sheet twice.")
            found.complain(name, place, CODE.label, "fees.import_twice", words, code)
        taken.add(code)
        old = before.get(code)
        made.append(Row(f"x{place}", _over(old.cells if old else found.asset_usual, cells)))
        found.origin[f"i.x{place}"] = (name, place)
    found.typed.tables["i"] = made


def _take_costs(found: Incoming, name: str, rows: Iterable[tuple[int, dict[str, str]]]) -> None:
    by_code = {row.cells.get("code", "").strip(): row for row in found.typed.tables["i"]}
    taken: set[str] = set()
    for place, cells in rows:
        code = cells.pop("code", "").strip()
        row = by_code.get(code)
        if row is None:
            words = _("There is no item with this code.")
            found.complain(name, place, CODE.label, "fees.import_item", words, code)
            continue
        if code in taken:
            words = _("This code stands in the sheet twice.")
            found.complain(name, place, CODE.label, "fees.import_twice", words, code)
        taken.add(code)
        row.cells = _over(row.cells, cells)
        found.origin[f"i.{row.key}.cost"] = (name, place)


def _take_rows(found: Incoming, table: str, name: str, rows: Sequence[tuple[int, dict[str, str]]]) -> None:
    """Rows that have no code take the place of those that were there. Files are not in the workbook: what
    keeps its words keeps its file.
    """
    path = "text" if table == "e" else "title"
    files = {row.cells.get(path, "").strip(): row.cells.get("file", "") for row in found.typed.tables[table]}
    found.typed.tables[table] = [
        Row(f"x{place}", {"file": files.get(cells.get(path, "").strip(), ""), **cells})
        for place, cells in rows
    ]
    found.origin |= {f"{table}.x{place}": (name, place) for place, _cells in rows}


def _take_terms(found: Incoming, name: str, taken: Taken) -> None:
    """Each row names a term and its value; the heading may be left out."""
    known = {
        text: f"{letter}.{column.path}"
        for letter, columns in FIELDS.items()
        for text, column in _named(columns).items()
    }
    headings = in_every_language(NAME.label)
    _say_formulas(found, name, taken, {2: VALUE}, first=1)
    for place, line in enumerate(taken.lines, 1):
        called, text = [*line, "", ""][:2]
        cell = known.get(called.strip().casefold())
        if cell is not None and cell in found.origin:
            found.complain(
                name, place, called, "fees.import_twice", _("This term stands in the sheet twice.")
            )
        elif cell is not None:
            found.typed.fields |= _over({cell: found.typed.fields.get(cell, "")}, {cell: text})
            found.origin[cell] = (name, place)
        elif called and not (place == 1 and called.strip().casefold() in headings):
            found.complain(name, place, called, "fees.import_term", _("There is no such term."), text)


def _codes(typed: Typed) -> set[str]:
    return {row.cells.get("code", "").strip() for row in typed.tables["i"]}


def _drop_consumables(typed: Typed, before: set[str]) -> None:
    """What is itemised of an item goes with it, where the file says nothing of consumables."""
    gone = before - _codes(typed)
    typed.tables["u"] = [row for row in typed.tables["u"] if row.cells.get("item", "").strip() not in gone]


def _over(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """The cells with what the file says in them. A number that is the same keeps its form: a spreadsheet
    makes 0.1 of 0.10.
    """
    return {**old, **{path: text for path, text in new.items() if not _same(old.get(path, ""), text)}}


def _same(old: str, new: str) -> bool:
    one, other = number_of(old), number_of(new)
    if not isinstance(one, Decimal) or not isinstance(other, Decimal):
        return False
    return one.is_finite() and other.is_finite() and one == other


def _unreadable(found: Incoming, cell: str, words: Text) -> None:
    """A cell that cannot be read: where it stood in the file, nowhere when the file left it alone."""
    table, _dot, rest = cell.partition(".")
    if table in FIELDS:
        sheet, place = found.origin.get(cell, ("", 0))
        columns: Iterable[Column] = FIELDS[table]
        path, text = rest, found.typed.fields.get(cell, "")
    else:
        key, _dot, path = rest.partition(".")
        origin = found.origin.get(f"{table}.{key}", ("", 0))
        of_costs = found.origin.get(f"{table}.{key}.cost", origin)
        sheet, place = of_costs if path.startswith("cost.") else origin
        columns = TABLES[table].columns
        row = found.typed.row(table, key)
        text = row.cells.get(path, "") if row else ""
    label = next(column.label for column in columns if column.path == path)
    found.complain(sheet, place, label, "fees.import_cell", words, text)
