"""Workbooks that people upload: every sheet as rows of text, in bounded memory, whatever a broken or hostile
file holds. It knows no noun and writes nothing.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import openpyxl
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid

MOST_BYTES = 5 * 1024 * 1024
ZIP = b"PK\x03\x04"  # how a workbook begins
_MOST_UNPACKED = 32 * 1024 * 1024  # reading costs half a second and 40 MB for each megabyte
_MOST_SHEETS = 20
_LONGEST_FORMULA = 200
_ESCAPED = re.compile(r"_x(0009|000[AaDd]|005[Ff])_")  # tab, the ends of lines, and what escapes the rest
Lines = list[list[str]]
Place = tuple[int, int]  # row and column of a cell, both from 1, as a spreadsheet counts them


@dataclass(frozen=True)
class Taken:
    """One sheet as it was read. `lines` are its rows of text; `formulas` what cells are computed by, where
    that was asked for. The text of such a cell is the value that was computed when the file was saved: empty
    where it was saved by a program that computes nothing.
    """

    lines: Lines
    formulas: Mapping[Place, str] = field(default_factory=dict)


def read_book(
    content: bytes,
    *,
    most_rows: int,
    most_columns: int,
    most_sheets: int = _MOST_SHEETS,
    most_unpacked: int = _MOST_UNPACKED,
    formulas: bool = False,
) -> dict[str, Taken]:
    """The sheets of an Excel workbook by their names, in order; every cell as text, numbers without needless
    decimals. Rows beyond `most_rows` and columns beyond `most_columns` are not read; a longer sheet comes
    with one row more than `most_rows`, so that it shows. With `formulas` the file is read twice. A file that
    holds more than `most_unpacked` bytes is not read at all: the reader takes in whole rows, however long.

    Raises Invalid `core.file_size` (empty or too large), `core.file_unreadable`.
    """
    if not 0 < len(content) <= MOST_BYTES:
        raise _too_large()
    limits = {"max_row": most_rows + 1, "max_col": most_columns}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > most_unpacked:
                raise _too_large()
        lines = {
            sheet.title: _lines(sheet.iter_rows(**limits, values_only=True))
            for sheet in _sheets(content, most_sheets, data_only=True)
        }
        computed = {
            sheet.title: _formulas(sheet.iter_rows(**limits))
            for sheet in (_sheets(content, most_sheets, data_only=False) if formulas else ())
        }
    except Invalid:
        raise
    except Exception as exc:  # whatever a broken or hostile workbook makes the reader raise
        raise Invalid(
            _("The file cannot be read as an Excel workbook (.xlsx)."),
            code="core.file_unreadable",
            field="file",
        ) from exc
    return {name: Taken(found, computed.get(name, {})) for name, found in lines.items()}


def cell_text(value: Any) -> str:
    """The value of a cell as somebody would have typed it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        # As a spreadsheet shows it: the sixteenth digit of a binary fraction is no digit of anybody's.
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    return _plain(str(value)).strip()


def _plain(text: str) -> str:
    """A text with the signs that a workbook writes as numbers (_x000D_: a carriage return), its lines ending
    in one way.
    """
    decoded = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return decoded.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def _sheets(content: bytes, most: int, *, data_only: bool) -> list[Any]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=data_only)
    return list(book.worksheets[:most])


def _lines(rows: Iterable[Iterable[Any]]) -> Lines:
    found = [[cell_text(value) for value in row] for row in rows]
    while found and not any(found[-1]):
        found.pop()
    return found


def _formulas(rows: Iterable[Iterable[Any]]) -> dict[Place, str]:
    return {
        (number, column): str(getattr(cell.value, "text", cell.value) or "")[:_LONGEST_FORMULA]
        for number, row in enumerate(rows, 1)
        for column, cell in enumerate(row, 1)
        if cell.data_type == "f"
    }


def _too_large() -> Invalid:
    return Invalid(
        _("The file is empty or too large: at most %(most)d MB.") % {"most": MOST_BYTES // 1024 // 1024},
        code="core.file_size",
        field="file",
    )
