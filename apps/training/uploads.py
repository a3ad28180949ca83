"""Files that people upload: the rows of a CSV file (UTF-8 or GBK) or of an Excel sheet, as text. It knows no
noun and writes nothing.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from apps.core.spreadsheets import MOST_BYTES as MOST_BYTES
from apps.core.spreadsheets import ZIP, read_book

MOST_ROWS = 20_000
_MOST_COLUMNS = 200
Rows = list[dict[str, str]]


def read_rows(content: bytes, columns: Sequence[str]) -> Rows:
    """The rows of a file by column, every value trimmed text; cells beyond the headings come under ''.

    Raises Invalid `training.file_size`, `training.file_unreadable`, `training.file_encoding`,
    `training.file_columns` (with those that are missing), `training.file_rows`.
    """
    if not content or len(content) > MOST_BYTES:
        raise _too_large()
    lines = _of_a_workbook(content) if content.startswith(ZIP) else _of_a_csv(content)
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
    """The lines of the first sheet: the headings, and one more row than may be, so that it shows."""
    try:
        book = read_book(content, most_rows=MOST_ROWS + 1, most_columns=_MOST_COLUMNS, most_sheets=1)
    except Invalid as refused:
        raise (_too_large() if refused.code == "core.file_size" else _unreadable()) from refused
    return iter([line for taken in book.values() for line in taken.lines])


def _too_large() -> Invalid:
    return Invalid(_("The file is empty or too large."), code="training.file_size", field="file")


def _unreadable() -> Invalid:
    return Invalid(_("The file cannot be read."), code="training.file_unreadable", field="file")
