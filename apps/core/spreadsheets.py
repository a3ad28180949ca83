"""Workbooks that people upload: every sheet as rows of text, in bounded memory, whatever a broken or hostile
file holds. It knows no noun and writes nothing.
"""

import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

import openpyxl
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid

MOST_BYTES = 5 * 1024 * 1024
_MOST_UNPACKED = 100 * 1024 * 1024
_MOST_SHEETS = 20
Lines = list[list[str]]


def read_book(content: bytes, *, most_rows: int, most_columns: int) -> dict[str, Lines]:
    """The sheets of an Excel workbook by their names, in order; every cell as text, numbers without needless
    decimals, formulas as the value that was computed last. Rows beyond `most_rows` and columns beyond
    `most_columns` are not read; a longer sheet comes with one row more than `most_rows`, so that it shows.

    Raises Invalid `core.file_size` (empty or too large), `core.file_unreadable`.
    """
    if not 0 < len(content) <= MOST_BYTES:
        raise _too_large()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED:
                raise _too_large()
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return {
            sheet.title: _lines(
                sheet.iter_rows(max_row=most_rows + 1, max_col=most_columns, values_only=True)
            )
            for sheet in book.worksheets[:_MOST_SHEETS]
        }
    except Invalid:
        raise
    except Exception as exc:  # whatever a broken or hostile workbook makes the reader raise
        raise Invalid(
            _("The file cannot be read as an Excel workbook (.xlsx)."),
            code="core.file_unreadable",
            field="file",
        ) from exc


def _lines(rows: Iterable[Iterable[Any]]) -> Lines:
    found = [[_text(value) for value in row] for row in rows]
    while found and not any(found[-1]):
        found.pop()
    return found


def _text(value: Any) -> str:
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
    return str(value).replace("\0", "").strip()


def _too_large() -> Invalid:
    return Invalid(
        _("The file is empty or too large: at most %(most)d MB.") % {"most": MOST_BYTES // 1024 // 1024},
        code="core.file_size",
        field="file",
    )
