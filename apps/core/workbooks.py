"""Excel files of any length in constant memory: rows in, a download out. The only door to xlsxwriter."""

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import FileResponse

from apps.core.clock import school_time

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTHS = (10, 40)


def download(
    *, filename: str, sheet: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]
) -> FileResponse:
    """A workbook of one sheet: bold frozen headings, then the rows. Moments become school time, money is
    the caller's to give in yuan as Decimal. Text is never read as a formula.
    """
    file = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the response closes it
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd hh:mm",
    }
    with xlsxwriter.Workbook(file.name, options) as book:
        page = book.add_worksheet(sheet[:31])
        bold = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            page.set_column(column, column, min(max(len(heading) * 2, _WIDTHS[0]), _WIDTHS[1]))
            page.write_string(0, column, heading, bold)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                _write(page, number, column, value, day)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=filename, content_type=TYPE)


def _write(page: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        page.write_datetime(row, column, school_time(value).replace(tzinfo=None))
    elif isinstance(value, date):
        page.write_datetime(row, column, value, day)
    elif isinstance(value, int | Decimal):
        page.write_number(row, column, value)
    else:
        page.write_string(row, column, str(value))
