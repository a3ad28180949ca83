"""A whole fee sheet as an Excel workbook, out and in again: items, their costs, consumables, evidence,
references, terms, each a sheet. Taken in whole or not at all, with every fault of every row told at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.http import FileResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import Invalid, Text
from apps.core.spreadsheets import Lines, read_book
from apps.core.workbooks import Page, download_book
from apps.fees.editing import Desk, desk_for
from apps.fees.grid.acts import number, usual
from apps.fees.grid.cells import CHOICE, TEXT, TIME, Column, in_every_language
from apps.fees.grid.columns import COSTS, EVIDENCE, FIELDS, ITEM, LENGTHS, LINE, REFERENCE, TABLES
from apps.fees.grid.typed import Row, Typed
from apps.fees.models import Proposal
from apps.instruments.models import Instrument
from apps.people.models import User

_FIRST_ROW = 2  # the heading is row 1, as a spreadsheet shows it
_MOST_COLUMNS = 60
_MOST_ROWS = max(table.most for table in TABLES.values()) + 1
_CODE = ITEM[0]
_NAME = Column("name", gettext_lazy("Term"), TEXT)
_VALUE = Column("value", gettext_lazy("Value"), TEXT)


@dataclass(frozen=True)
class Sheet:
    """One sheet of the workbook: the table that it fills, what it is called, its columns."""

    key: str
    table: str
    name: Text
    columns: tuple[Column, ...]


SHEETS = (
    Sheet("items", "i", gettext_lazy("Items and prices"), (*ITEM, *LENGTHS)),
    Sheet("costs", "i", gettext_lazy("Costs"), (_CODE, *COSTS)),
    Sheet("consumables", "u", gettext_lazy("Consumables"), LINE),
    Sheet("evidence", "e", gettext_lazy("Evidence"), EVIDENCE[:1]),
    Sheet("references", "r", gettext_lazy("References"), REFERENCE[:3]),
    Sheet("terms", "", gettext_lazy("Terms"), (_NAME, _VALUE)),
)


@dataclass(frozen=True)
class Fault:
    """Why a cell cannot be taken: sheet, row (the heading is row 1), column, a code and words."""

    sheet: str
    row: int
    column: str
    code: str
    message: str


@dataclass
class _Reading:
    """A workbook on its way into the cells. `origin` says where each row of the cells stood."""

    typed: Typed
    asset_usual: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)
    origin: dict[str, tuple[str, int]] = field(default_factory=dict)

    def complain(self, sheet: str, row: int, column: Text, code: str, words: Text) -> None:
        self.faults.append(Fault(sheet, row, str(column), code, str(words)))


def export_sheet(*, proposal: Proposal, instrument: Instrument, now: datetime) -> FileResponse:
    """The sheet of an instrument as it is saved: amounts and rates as numbers, choices in words. Text is
    never read as a formula. Four queries.
    """
    desk = desk_for(proposal, instrument.asset_no, now)
    return download_book(
        filename=f"fees-{instrument.asset_no}.xlsx", pages=[_page(sheet, desk) for sheet in SHEETS]
    )


@transaction.atomic
def import_sheet(
    *,
    proposal: Proposal,
    instrument: Instrument,
    revision: int,
    source: bytes,
    by: User,
    now: datetime,
) -> Proposal:
    """The sheet of an instrument says what the workbook says. Sheets and columns that are not in the file
    keep what the draft has; items that are not among its items are taken out. With a single fault nothing is
    taken.

    Raises Invalid `fees.import_refused` with `details["faults"]` (sheet, row, column, code, message of each),
    `fees.import_empty` (no sheet of the workbook is one of ours), `core.file_size`, `core.file_unreadable`;
    otherwise as `save_draft`.
    """
    desk = desk_for(proposal, instrument.asset_no, now)
    book = read_book(source, most_rows=_MOST_ROWS, most_columns=_MOST_COLUMNS)
    reading = _Reading(desk.typed, usual(desk.asset))
    found = [(sheet, name, lines) for sheet in SHEETS for name, lines in book.items() if _is(sheet, name)]
    if not found:
        raise Invalid(
            _("No sheet of this file is one of a fee sheet. Begin with the Excel file of this page."),
            code="fees.import_empty",
            field="file",
        )
    for sheet, name, lines in found:
        _take(reading, sheet, name, lines)
    number(reading.typed)
    desk.take(reading.typed)
    for cell, words in desk.faults.items():
        _unreadable(reading, cell, words)
    if reading.faults:
        raise Invalid(
            _("Nothing was taken over: some cells have faults."),
            code="fees.import_refused",
            field="file",
            faults=[asdict(fault) for fault in reading.faults],
        )
    desk.save(revision, by)
    return desk.proposal


def _page(sheet: Sheet, desk: Desk) -> Page:
    headings = [str(column.label) for column in sheet.columns]
    if sheet.key == "terms":
        return Page(str(sheet.name), headings, list(_terms(desk.typed)))
    rows = [
        [_shown(column, row.cells.get(column.path, ""), desk) for column in sheet.columns]
        for row in desk.typed.tables[sheet.table]
    ]
    return Page(str(sheet.name), headings, rows)


def _terms(typed: Typed) -> Iterator[list[Any]]:
    for letter, columns in FIELDS.items():
        for column in columns:
            text = typed.fields.get(f"{letter}.{column.path}", "")
            yield [str(column.label), _number(text) if column.kind is not TEXT else text]


def _shown(column: Column, text: str, desk: Desk) -> Any:
    if column.kind is CHOICE:
        choices = desk.options.get(column.path, column.choices or {})
        return str(choices.get(text, text))
    return text if column.kind in (TEXT, TIME) else _number(text)


def _number(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _is(sheet: Sheet, name: str) -> bool:
    return name.strip().casefold() in {sheet.key, *in_every_language(sheet.name)}


def _named(columns: Iterable[Column]) -> dict[str, Column]:
    return {name: column for column in columns for name in (column.path, *in_every_language(column.label))}


def _take(reading: _Reading, sheet: Sheet, name: str, lines: Lines) -> None:
    if sheet.key == "terms":
        _take_terms(reading, name, lines)
        return
    columns = _headings(reading, sheet, name, lines[0] if lines else [])
    if len(lines) - 1 > TABLES[sheet.table].most:
        words = _("At most %(most)d rows.") % {"most": TABLES[sheet.table].most}
        reading.complain(name, len(lines), "", "fees.import_rows", words)
        return
    rows = [
        (place, {column.path: text for column, text in zip(columns, line, strict=False) if column})
        for place, line in enumerate(lines[1:], _FIRST_ROW)
        if any(line)
    ]
    if sheet.key == "items":
        _take_items(reading, name, rows)
    elif sheet.key == "costs":
        _take_costs(reading, name, rows)
    else:
        # Files are not in the workbook: what keeps its words keeps its file.
        path = "text" if sheet.table == "e" else "title"
        files = {
            row.cells.get(path, "").strip(): row.cells.get("file", "")
            for row in reading.typed.tables[sheet.table]
        }
        reading.typed.tables[sheet.table] = [
            Row(f"x{place}", {"file": files.get(cells.get(path, "").strip(), ""), **cells})
            for place, cells in rows
        ]
        reading.origin |= {f"{sheet.table}.x{place}": (name, place) for place, _cells in rows}


def _headings(reading: _Reading, sheet: Sheet, name: str, headings: Sequence[str]) -> list[Column | None]:
    """The column under each heading. One that nobody knows is told: what stands below it would be lost."""
    known = _named(sheet.columns)
    found: list[Column | None] = []
    for heading in headings:
        column = known.get(heading.strip().casefold())
        if column is None and heading:
            words = _("There is no such column.")
            reading.complain(name, 1, heading, "fees.import_column", words)
        elif column is not None and column in found:
            words = _("This column stands in the sheet twice.")
            reading.complain(name, 1, heading, "fees.import_column", words)
        found.append(column)
    if sheet.table == "i" and _CODE not in found:
        words = _("The column with the codes of the items is missing.")
        reading.complain(name, 1, _CODE.label, "fees.import_column", words)
    return found


def _take_items(reading: _Reading, name: str, rows: Iterable[tuple[int, dict[str, str]]]) -> None:
    before = {row.cells.get("code", "").strip(): row for row in reading.typed.tables["i"]}
    taken: dict[str, Row] = {}
    made = []
    for place, cells in rows:
        code = cells.get("code", "").strip()
        if code and code in taken:
            words = _("This code stands in the sheet twice.")
            reading.complain(name, place, _CODE.label, "fees.import_twice", words)
        old = before.get(code)
        row = Row(f"x{place}", _over(old.cells if old else reading.asset_usual, cells))
        taken[code] = row
        made.append(row)
        reading.origin[f"i.x{place}"] = (name, place)
    reading.typed.tables["i"] = made


def _take_costs(reading: _Reading, name: str, rows: Iterable[tuple[int, dict[str, str]]]) -> None:
    by_code = {row.cells.get("code", "").strip(): row for row in reading.typed.tables["i"]}
    for place, cells in rows:
        row = by_code.get(cells.pop("code", "").strip())
        if row is None:
            words = _("There is no item with this code.")
            reading.complain(name, place, _CODE.label, "fees.import_item", words)
            continue
        row.cells = _over(row.cells, cells)
        reading.origin[f"i.{row.key}.cost"] = (name, place)


def _take_terms(reading: _Reading, name: str, lines: Lines) -> None:
    """Each row names a term and its value; the heading may be left out."""
    known = {
        text: f"{letter}.{column.path}"
        for letter, columns in FIELDS.items()
        for text, column in _named(columns).items()
    }
    headings = in_every_language(_NAME.label)
    for place, line in enumerate(lines, 1):
        called, text = [*line, "", ""][:2]
        cell = known.get(called.strip().casefold())
        if cell is not None:
            reading.typed.fields |= _over({cell: reading.typed.fields.get(cell, "")}, {cell: text})
            reading.origin[cell] = (name, place)
        elif called and not (place == 1 and called.strip().casefold() in headings):
            reading.complain(name, place, called, "fees.import_term", _("There is no such term."))


def _over(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """The cells with what the file says in them. A number that is the same keeps its form: a spreadsheet
    makes 0.1 of 0.10.
    """
    return {**old, **{path: text for path, text in new.items() if not _same(old.get(path, ""), text)}}


def _same(old: str, new: str) -> bool:
    one, other = _number(old), _number(new)
    if not isinstance(one, Decimal) or not isinstance(other, Decimal):
        return False
    return one.is_finite() and other.is_finite() and one == other


def _unreadable(reading: _Reading, cell: str, words: Text) -> None:
    """A cell that cannot be read: where it stood in the file, nowhere when the file left it alone."""
    table, _dot, rest = cell.partition(".")
    if table in FIELDS:
        sheet, place = reading.origin.get(cell, ("", 0))
        columns: Iterable[Column] = FIELDS[table]
        path = rest
    else:
        key, _dot, path = rest.partition(".")
        origin = reading.origin.get(f"{table}.{key}", ("", 0))
        of_costs = reading.origin.get(f"{table}.{key}.cost", origin)
        sheet, place = of_costs if path.startswith("cost.") else origin
        columns = TABLES[table].columns
    label = next(column.label for column in columns if column.path == path)
    reading.complain(sheet, place, label, "fees.import_cell", words)
