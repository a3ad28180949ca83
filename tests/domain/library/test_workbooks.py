"""A workbook is read row by row as openpyxl reads it whole: strings that are shared and such that are not,
numbers, days, truths, formulas, rows and cells that are missing.
"""

import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.library.register.workbooks import Strings, rows

pytestmark = pytest.mark.once

texts = st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\x7f"), max_size=12)
cells = st.one_of(
    st.none(),
    texts.filter(lambda text: not text.startswith("=") and text == text.strip()),
    st.integers(-(10**9), 10**9),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3)),
    st.booleans(),
    st.dates(date(1901, 1, 1), date(2099, 1, 1)).map(lambda day: datetime.combine(day, time.min)),
)
tables = st.lists(st.lists(cells, max_size=6), max_size=8)


def _read(path: Path, most: int = 80) -> list[list[Any]]:
    return [_bare(row) for row in rows(path, most_columns=most, told=lambda _part: None)]


def _whole(path: Path) -> list[list[Any]]:
    book = openpyxl.load_workbook(path, data_only=False)
    return [_bare(list(row)) for row in book.worksheets[0].iter_rows(values_only=True)]


def _bare(row: list[Any]) -> list[Any]:
    """Without the empty cells at its end, which one reader adds and the other does not."""
    while row and row[-1] is None:
        row = row[:-1]
    return row


def _without_end(table: list[list[Any]]) -> list[list[Any]]:
    while table and not table[-1]:
        table = table[:-1]
    return table


@settings(max_examples=60, deadline=None)
@given(table=tables, shared=st.booleans())
def test_it_reads_what_the_whole_reader_reads(
    tmp_path_factory: pytest.TempPathFactory, *, table: list[list[Any]], shared: bool
) -> None:
    path = tmp_path_factory.mktemp("book") / "book.xlsx"
    book = xlsxwriter.Workbook(path, {"constant_memory": not shared, "strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, row in enumerate(table):
        for place, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(number * 2, place, value, day)  # every other row is missing
            elif isinstance(value, str):
                sheet.write_string(number * 2, place, value)
            elif value is not None:
                sheet.write(number * 2, place, value)
    book.close()
    assert _without_end(_read(path)) == _without_end(_whole(path))


def test_formulas_stand_as_they_are_written_and_columns_beyond_the_last_are_left(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["a", "=1+1", "c", "d"])
    book.create_sheet("second").append(["not this one"])
    book.save(tmp_path / "book.xlsx")
    assert _read(tmp_path / "book.xlsx", most=3) == [["a", "=1+1", "c"]]


def test_strings_are_found_by_number_wherever_they_lie() -> None:
    parts = "".join(f"<si><t>字{number}</t></si>" for number in range(3_000))
    whole = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{parts}</sst>'
    strings = Strings(io.BytesIO(whole.encode()))
    assert [strings[number] for number in (2_999, 0, 1_023, 1_024, 2_048)] == [
        "字2999",
        "字0",
        "字1023",
        "字1024",
        "字2048",
    ]
    for number in (-1, 3_000):
        with pytest.raises(IndexError):
            strings[number]
    strings.close()


def test_how_far_it_is_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for number in range(5_000):
        sheet.append([number, "x" * 20])
    book.save(tmp_path / "book.xlsx")
    told: list[float] = []
    assert len(list(rows(tmp_path / "book.xlsx", most_columns=9, told=told.append))) == 5_000
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] <= 1


def test_a_file_without_a_sheet_raises(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("nothing.txt", "x")
    with pytest.raises(KeyError):
        _read(path)
