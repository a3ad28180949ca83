"""Excel files and comma-separated values of any length in constant memory: rows in, a download out. The only
door to xlsxwriter and to csv for what leaves the school.
"""

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse

from apps.core.clock import school_time

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTHS = (10, 40)
# Text that begins so is read as a formula where it is typed. Here it is text, and marked as such, so that it
# stays text for whoever opens the cell and leaves it again.
_LIKE_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class _Styles:
    heading: Any
    day: Any
    text: Any


@dataclass(frozen=True)
class Page:
    """One sheet of a workbook: its name, its headings, its rows."""

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Any]]


def download(
    *, filename: str, sheet: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]
) -> FileResponse:
    """A workbook of one sheet: bold frozen headings, then the rows. Moments become school time, money is
    the caller's to give in yuan as Decimal. Text is never read as a formula.
    """
    return download_book(filename=filename, pages=[Page(sheet, headings, rows)])


def download_book(*, filename: str, pages: Iterable[Page]) -> FileResponse:
    """A workbook of several sheets, each as `download` writes it, in their order."""
    file = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the response closes it
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd hh:mm",
    }
    with xlsxwriter.Workbook(file.name, options) as book:
        styles = _Styles(
            heading=book.add_format({"bold": True, "bottom": 1}),
            day=book.add_format({"num_format": "yyyy-mm-dd"}),
            text=book.add_format({"quote_prefix": True}),
        )
        for page in pages:
            _add(book.add_worksheet(page.name[:31]), page, styles)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=filename, content_type=TYPE)


def comma_separated(
    *, filename: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """The rows as comma-separated values in UTF-8 with a byte order mark, so that spreadsheets read Chinese.
    Text that would be read as a formula gets an apostrophe in front.
    """
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff" + str(writer.writerow(headings))
        for row in rows:
            yield str(writer.writerow([_plain(value) for value in row]))

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer


class _Echo:
    """What is written comes back."""

    def write(self, text: str) -> str:
        return text


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{school_time(value):%Y-%m-%d %H:%M:%S}"
    return f"'{value}" if isinstance(value, str) and value.startswith(_LIKE_A_FORMULA) else value


def _add(sheet: Any, page: Page, styles: _Styles) -> None:
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(page.headings):
        sheet.set_column(column, column, min(max(len(heading) * 2, _WIDTHS[0]), _WIDTHS[1]))
        sheet.write_string(0, column, heading, styles.heading)
    for number, row in enumerate(page.rows, start=1):
        for column, value in enumerate(row):
            _write(sheet, number, column, value, styles)


def _write(page: Any, row: int, column: int, value: Any, styles: _Styles) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        page.write_datetime(row, column, school_time(value).replace(tzinfo=None))
    elif isinstance(value, date):
        page.write_datetime(row, column, value, styles.day)
    elif isinstance(value, int | Decimal):
        page.write_number(row, column, value)
    else:
        text = str(value)
        page.write_string(row, column, text, styles.text if text.startswith(_LIKE_A_FORMULA) else None)
