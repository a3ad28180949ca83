"""Rows of a CSV file (UTF-8 or GB18030) or of an Excel workbook on disk, one after another: memory does not
grow with their number. It knows what a table is and nothing of assets.
"""

import codecs
import csv
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from apps.library.register import workbooks

MOST_ROWS = 600_000
MOST_COLUMNS = 80
MOST_UNPACKED = 1_500_000_000  # bytes; a workbook of 250,000 rows has about 300 million
MOST_WHOLE = 400_000_000  # bytes of what is taken in whole: texts that cells share, styles
MOST_TIMES = 200  # a sheet of rows is packed to a tenth; a bomb to a thousandth
LONGEST_LINE = 100_000  # characters
LONGEST_CELL = 4_000
_CHUNK = 1 << 16
_STREAMED = "xl/worksheets/"  # parts that are read row by row
_ZIP = b"PK\x03\x04"
_OLD = b"\xd0\xcf\x11\xe0"  # .xls, and workbooks with a password
_DELIMITERS = (",", "\t", ";")
Line = tuple[int, list[str]]  # number of the row as a spreadsheet shows it, its cells
Told = Callable[[int], None]  # how many bytes have been read


def form_of(path: Path) -> str:
    """'xlsx', 'utf-8-sig' or 'gb18030' (GBK and all rare characters). Raises Invalid `library.empty`,
    `library.old_workbook`, `library.no_text`, `library.encoding`.
    """
    with path.open("rb") as file:
        first = file.read(4)
        if not first:
            raise _refused(_("The file is empty."), "library.empty")
        if first == _ZIP:
            return "xlsx"
        if first == _OLD:
            raise _refused(
                _("This is an old or locked workbook. Save it as .xlsx without a password, or as CSV."),
                "library.old_workbook",
            )
        if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Excel's "Unicode text"
            raise _unknown_encoding()
        return _encoding(file)


def lines(path: Path, form: str, told: Told) -> Iterator[Line]:
    """Every row that is not empty, the heading first, as trimmed text. Raises Invalid `library.unreadable`,
    `library.line_too_long`, `library.rows`, `library.bomb`, `library.not_a_table`.
    """
    found = _of_a_workbook(path, told) if form == "xlsx" else _of_a_csv(path, form, told)
    try:
        for number, said in enumerate(found, start=1):
            if number > MOST_ROWS + 1:
                raise _refused(_("The file has too many rows."), "library.rows", most=MOST_ROWS)
            trimmed = [cell.strip()[:LONGEST_CELL] for cell in said]
            if any(trimmed):
                yield number, trimmed
    except csv.Error as exc:
        raise _refused(_("The file cannot be read as a table."), "library.unreadable") from exc


def _encoding(file: IO[bytes]) -> str:
    possible = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8-sig", "gb18030")}
    file.seek(0)
    while block := file.read(_CHUNK):
        if b"\x00" in block:
            raise _refused(_("This is no text and no workbook."), "library.no_text")
        _keep_decoding(possible, block)
    _keep_decoding(possible, b"", final=True)
    return next(iter(possible))


def _keep_decoding(possible: dict[str, Any], block: bytes, *, final: bool = False) -> None:
    for name in list(possible):
        try:
            possible[name].decode(block, final=final)
        except UnicodeDecodeError:
            del possible[name]
    if not possible:
        raise _unknown_encoding()


def _unknown_encoding() -> Invalid:
    return _refused(
        _("The file is neither UTF-8 nor GBK. Save it as 'CSV UTF-8' or as an Excel workbook."),
        "library.encoding",
    )


def _of_a_csv(path: Path, encoding: str, told: Told) -> Iterator[list[str]]:
    with path.open("r", encoding=encoding, newline="") as text:
        heading = text.readline(LONGEST_LINE)
        text.seek(0)
        delimiter = max(_DELIMITERS, key=heading.count)
        if not heading.count(delimiter):
            raise _refused(_("The first row is no heading of a table."), "library.not_a_table")
        yield from csv.reader(_limited(text, told), delimiter=delimiter)


def _limited(text: IO[str], told: Told) -> Iterator[str]:
    number = read = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            raise _refused(
                _("A line of the file is far too long: is a quotation mark missing?"),
                "library.line_too_long",
                line=number,
            )
        read += len(line)
        if not number % 1000:
            told(read)
        yield line


def _of_a_workbook(path: Path, told: Told) -> Iterator[list[str]]:
    size = path.stat().st_size
    try:
        _require_sound(path)
        for row in workbooks.rows(
            path, most_columns=MOST_COLUMNS, told=lambda part: told(round(part * size))
        ):
            yield [_text(value) for value in row]
    except Invalid:
        raise
    except Exception as exc:  # whatever a broken or hostile workbook makes its reader raise
        raise _refused(_("The workbook cannot be read."), "library.unreadable") from exc


def _require_sound(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
        unpacked = sum(part.file_size for part in parts)
        whole = sum(part.file_size for part in parts if not part.filename.startswith(_STREAMED))
        worst = max((part.file_size / max(part.compress_size, 1) for part in parts), default=0)
    if unpacked > MOST_UNPACKED or whole > MOST_WHOLE or (worst > MOST_TIMES and unpacked > _CHUNK * 16):
        raise _refused(
            _("The workbook holds far more than its size tells; it is not opened."), "library.bomb"
        )


def _text(value: Any) -> str:
    """A cell as somebody would have typed it: whole numbers without a point, days without a time."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime | date):
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    # A formula over several cells is an object of its own.
    return str(value) if isinstance(value, int) else "=" + type(value).__name__


def _refused(words: Any, code: str, **details: Any) -> Invalid:
    return Invalid(words, code=code, field="file", **details)
