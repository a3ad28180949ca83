"""Rows of a CSV file (UTF-8 or GBK) or of an Excel workbook, one after another: memory does not grow with
their number. It knows what a table is and nothing of people.
"""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

import openpyxl
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid

MOST_ROWS = 200_000
_MOST_COLUMNS = 60
_MOST_UNPACKED = 500 * 1024 * 1024
_LONGEST_CELL = 2000
_CHUNK = 1 << 16
_ZIP = b"PK\x03\x04"
_DELIMITERS = (",", "\t", ";")
Line = tuple[int, list[str]]  # number of the row as a spreadsheet shows it, its cells


def is_workbook(content: bytes) -> bool:
    """Whether this is an Excel workbook; anything else is read as CSV."""
    return content.startswith(_ZIP)


def encoding_of(content: bytes) -> str:
    """'utf-8-sig' or 'gb18030' (GBK and all rare characters). Raises Invalid `people.hr_encoding`."""
    if b"\x00" in content:
        raise _no_text()
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for start in range(0, len(content), _CHUNK):
                decoder.decode(content[start : start + _CHUNK])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise _no_text()


def rows_expected(content: bytes) -> int:
    """About how many rows there are, for showing progress; 0 where it cannot be told."""
    return 0 if is_workbook(content) else max(content.count(b"\n") - 1, 0)


def lines(content: bytes) -> Iterator[Line]:
    """Every row that is not empty, the heading first, as trimmed text. Raises Invalid `people.hr_encoding`,
    `people.hr_unreadable`, `people.hr_rows`.
    """
    found = _of_a_workbook(content) if is_workbook(content) else _of_a_csv(content)
    try:
        for number, cells in enumerate(found, start=1):
            if number > MOST_ROWS + 1:
                raise Invalid(_("The file has too many rows."), code="people.hr_rows", field="file")
            trimmed = [cell.strip()[:_LONGEST_CELL] for cell in cells]
            if any(trimmed):
                yield number, trimmed
    except csv.Error as exc:
        raise _unreadable() from exc


def _of_a_csv(content: bytes) -> Iterator[list[str]]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding_of(content), newline="")
    heading = text.readline()
    text.seek(0)
    delimiter = max(_DELIMITERS, key=heading.count)
    yield from csv.reader(text, delimiter=delimiter)


def _of_a_workbook(content: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED:
                raise Invalid(_("The file is too large."), code="people.hr_size", field="file")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet: Any = book.worksheets[0]
        rows: Iterable[Any] = sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True)
        for row in rows:
            yield [_text(value) for value in row]
    except Invalid:
        raise
    except Exception as exc:  # whatever a broken or hostile workbook makes its reader raise
        raise _unreadable() from exc


def _text(value: Any) -> str:
    """A cell as somebody would have typed it: whole numbers without a point, days without a time."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _no_text() -> Invalid:
    return Invalid(
        _("The file is neither UTF-8 nor GBK. Save it as 'CSV UTF-8' or as an Excel workbook."),
        code="people.hr_encoding",
        field="file",
    )


def _unreadable() -> Invalid:
    return Invalid(_("The file cannot be read."), code="people.hr_unreadable", field="file")
