"""Files that people upload: the rows of a CSV file (UTF-8 or GBK) or of an Excel sheet, as text. It knows no
noun and writes nothing.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import openpyxl
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 20_000
_MOST_UNPACKED = 100 * 1024 * 1024
_MOST_COLUMNS = 200
_ZIP = b"PK\x03\x04"
Rows = list[dict[str, str]]


def read_rows(content: bytes, columns: Sequence[str]) -> Rows:
    """The rows of a file by column, every value trimmed text; cells beyond the headings come under ''.

    Raises Invalid `training.file_size`, `training.file_unreadable`, `training.file_encoding`,
    `training.file_columns` (with those that are missing), `training.file_rows`.
    """
    if not content or len(content) > MOST_BYTES:
        raise Invalid(_("The file is empty or too large."), code="training.file_size", field="file")
    lines = _of_a_workbook(content) if content.startswith(_ZIP) else _of_a_csv(content)
    try:
        headings = [heading.strip() for heading in next(lines, [])]
        missing = [column for column in columns if column not in headings]
        if missing:
            raise Invalid(
                _("Columns are missing in the file."),
                code="training.file_columns",
                field="file",
                columns=missing,
            )
        rows = list(_rows(headings, lines))
    except csv.Error as exc:
        raise _unreadable() from exc
    if not 0 < len(rows) <= MOST_ROWS:
        raise Invalid(_("The file has no rows, or too many."), code="training.file_rows", field="file")
    return rows


def _rows(headings: list[str], lines: Iterable[list[str]]) -> Iterator[dict[str, str]]:
    for number, line in enumerate(lines):
        if number > MOST_ROWS:
            return
        cells = [cell.strip() for cell in line]
        if any(cells):
            row = dict(zip(headings, cells, strict=False))
            yield {**row, "": " ".join(cell for cell in cells[len(headings) :] if cell)}


def _of_a_csv(content: bytes) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(_decode(content), newline=""))


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gbk"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(_("The file is neither UTF-8 nor GBK."), code="training.file_encoding", field="file")


def _of_a_workbook(content: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED:
                raise Invalid(_("The file is empty or too large."), code="training.file_size", field="file")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        lines = [
            [_text(value) for value in line]
            for line in sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=_MOST_COLUMNS, values_only=True)
        ]
    except Invalid:
        raise
    except Exception as exc:  # whatever a broken or hostile workbook makes the reader raise
        raise _unreadable() from exc
    return iter(lines)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _unreadable() -> Invalid:
    return Invalid(_("The file cannot be read."), code="training.file_unreadable", field="file")
