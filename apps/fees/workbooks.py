"""A whole fee sheet as an Excel workbook: items, their costs, consumables, evidence, references, terms, each
a sheet. What it is made of, and taking it away; `incoming.py` reads it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext_lazy

from apps.core.errors import Text
from apps.core.workbooks import Page, download_book
from apps.fees.editing import Desk, desk_for
from apps.fees.grid.cells import CHOICE, TEXT, TIME, Column
from apps.fees.grid.columns import COSTS, EVIDENCE, FIELDS, ITEM, LENGTHS, LINE, REFERENCE
from apps.fees.grid.typed import Typed
from apps.fees.models import Proposal
from apps.instruments.models import Instrument

CODE = ITEM[0]
NAME = Column("name", gettext_lazy("Term"), TEXT)
VALUE = Column("value", gettext_lazy("Value"), TEXT)


@dataclass(frozen=True)
class Sheet:
    """One sheet of the workbook: the table that it fills, what it is called, its columns."""

    key: str
    table: str
    name: Text
    columns: tuple[Column, ...]


SHEETS = (
    Sheet("items", "i", gettext_lazy("Items and prices"), (*ITEM, *LENGTHS)),
    Sheet("costs", "i", gettext_lazy("Costs"), (CODE, *COSTS)),
    Sheet("consumables", "u", gettext_lazy("Consumables"), LINE),
    Sheet("evidence", "e", gettext_lazy("Evidence"), EVIDENCE[:1]),
    Sheet("references", "r", gettext_lazy("References"), REFERENCE[:3]),
    Sheet("terms", "", gettext_lazy("Terms"), (NAME, VALUE)),
)


def export_sheet(*, proposal: Proposal, instrument: Instrument, now: datetime) -> FileResponse:
    """The sheet of an instrument as it is saved: amounts and rates as numbers, choices in words. Text is
    never read as a formula. Four queries.
    """
    desk = desk_for(proposal, instrument.asset_no, now)
    return download_book(
        filename=f"fees-{instrument.asset_no}.xlsx", pages=[_page(sheet, desk) for sheet in SHEETS]
    )


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
            yield [str(column.label), number_of(text) if column.kind is not TEXT else text]


def _shown(column: Column, text: str, desk: Desk) -> Any:
    if column.kind is CHOICE:
        choices = desk.options.get(column.path, column.choices or {})
        return str(choices.get(text, text))
    return text if column.kind in (TEXT, TIME) else number_of(text)


def number_of(text: str) -> Decimal | str:
    """A text as the number that it is; else itself."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text
