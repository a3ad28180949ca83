"""Workbooks of others: every cell as text, which cells are computed, and files that are too much."""

import zipfile
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from apps.core.errors import Invalid
from apps.core.spreadsheets import MOST_BYTES, read_book


def _book(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "A"
    for row in rows:
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _computed(*cells: tuple[str, str, object]) -> bytes:
    """A sheet with formulas (place, formula, the value that was computed last)."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("A")
        for place, formula, value in cells:
            sheet.write_formula(place, formula, None, value)
        sheet.write_string("D1", "=1+1")
    return file.getvalue()


def test_every_cell_is_text_as_somebody_would_have_typed_it() -> None:
    source = _book(
        [None, True, datetime(2026, 3, 1, 8, 30), time(17, 30), 5.0, 0.1 + 0.2, " a\n"],  # noqa: DTZ001 - a cell has no zone
        [date(2026, 3, 1), 7, "=", "", None, None, None],
        [None],
    )
    assert read_book(source, most_rows=10, most_columns=7)["A"].lines == [
        ["", "true", "2026-03-01 08:30", "17:30", "5", "0.3", "a"],
        ["2026-03-01 00:00", "7", "=", "", "", "", ""],
    ]


def test_a_longer_sheet_comes_with_one_row_more_and_no_more_columns() -> None:
    source = _book(*([number, "x", "y"] for number in range(9)))
    lines = read_book(source, most_rows=3, most_columns=2)["A"].lines
    assert lines == [["0", "x"], ["1", "x"], ["2", "x"], ["3", "x"]]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a\r\nb", "a\nb"),
        ("\r=1+1", "=1+1"),
        ("a_xD800_b", "a_xD800_b"),
        ("\t-1", "-1"),
    ],
)
def test_signs_that_a_workbook_writes_as_numbers_are_read(text: str, read: str) -> None:
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        book.add_worksheet("A").write_string("A1", text)
    assert read_book(file.getvalue(), most_rows=1, most_columns=1)["A"].lines == [[read]]


def test_which_cells_are_computed_is_told_with_what_was_computed_last() -> None:
    source = _computed(("A1", "=200+60", 260), ("B2", '=IF(1,"x","")', "x"), ("C3", "=1/0", "#DIV/0!"))
    taken = read_book(source, most_rows=9, most_columns=4, formulas=True)["A"]
    assert taken.formulas == {(1, 1): "=200+60", (2, 2): '=IF(1,"x","")', (3, 3): "=1/0"}
    assert taken.lines == [["260", "", "", "=1+1"], ["", "x", "", ""], ["", "", "#DIV/0!", ""]]
    assert read_book(source, most_rows=9, most_columns=9)["A"].formulas == {}


def test_a_formula_that_nothing_computed_is_told_beyond_the_last_text() -> None:
    taken = read_book(_book(["a"], ["=A1"]), most_rows=9, most_columns=1, formulas=True)["A"]
    assert (taken.lines, taken.formulas) == ([["a"]], {(2, 1): "=A1"})


def _bomb() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"\0" * (101 * 1024 * 1024))
    return file.getvalue()


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "core.file_size"),
        (b"PK\x03\x04" + b"x" * MOST_BYTES, "core.file_size"),
        (_bomb(), "core.file_size"),
        (b"PK\x03\x04 broken", "core.file_unreadable"),
        (b"text", "core.file_unreadable"),
    ],
    ids=["empty", "large", "bomb", "broken", "text"],
)
def test_what_is_no_workbook_or_too_much_is_refused(source: bytes, code: str) -> None:
    with pytest.raises(Invalid) as told:
        read_book(source, most_rows=3, most_columns=3)
    assert told.value.code == code
