"""Rows of the first sheet of an Excel workbook, one after another. openpyxl understands its cells; what it
would keep of a large one is not kept here: shared strings lie in a temporary file, and a row that was read is
let go. It knows nothing of assets.
"""

import tempfile
from array import array
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._reader import ROW_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

_STRING = f"{{{SHEET_MAIN_NS}}}si"
_DATA = f"{{{SHEET_MAIN_NS}}}sheetData"
_TABLE = f"{{{SHEET_MAIN_NS}}}sst"
_TOGETHER = 1024  # strings that are read from disk at once
_AT_HAND = 64  # such lots that are kept
_BETWEEN = "\0"  # no XML holds it


class Strings:
    """The shared strings of a workbook by number, on disk. Raises IndexError for a number that none has."""

    def __init__(self, source: IO[bytes] | None) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - as long as it is read from
        self._ends = array("Q", [0])
        self._number = 0
        self._lot = lru_cache(maxsize=_AT_HAND)(self._read)
        if source is not None:
            self._write(source)

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < self._number:
            raise IndexError(number)
        return self._lot(number // _TOGETHER)[number % _TOGETHER]

    def close(self) -> None:
        """The file is gone."""
        self._lot.cache_clear()
        self._file.close()

    def _write(self, source: IO[bytes]) -> None:
        lot: list[str] = []
        for node in _flat(source, _TABLE, _STRING):
            text: Any = Text.from_tree(node)
            lot.append(text.content.replace("x005F_", ""))
            if len(lot) == _TOGETHER:
                self._keep(lot)
                lot = []
        if lot:
            self._keep(lot)

    def _keep(self, lot: list[str]) -> None:
        self._file.write(_BETWEEN.join(lot).encode("utf-8", "surrogatepass"))
        self._ends.append(self._file.tell())
        self._number += len(lot)

    def _read(self, lot: int) -> list[str]:
        begin, end = self._ends[lot], self._ends[lot + 1]
        self._file.seek(begin)
        return self._file.read(end - begin).decode("utf-8", "surrogatepass").split(_BETWEEN)


def rows(path: Path, *, most_columns: int, told: Callable[[float], None]) -> Iterator[list[Any]]:
    """The cells of each row as Excel has them, missing rows empty; formulas as they are written, not what
    they came to: nobody knows when that was. `told` hears now and then which part (0 to 1) has been read.
    Raises whatever a broken workbook makes its reader raise.
    """
    with path.open("rb") as file:  # its name on disk says nothing of what it is
        reader: Any = ExcelReader(file, read_only=True, data_only=False, keep_links=False)
        reader.read_manifest()
        strings = _strings(reader)
        try:
            reader.read_workbook()
            apply_stylesheet(reader.archive, reader.wb)
            yield from _of_a_sheet(reader, strings, most_columns, told)
        finally:
            strings.close()


def _strings(reader: Any) -> Strings:
    part = reader.package.find(SHARED_STRINGS)
    if part is None:
        return Strings(None)
    with reader.archive.open(part.PartName[1:]) as source:
        return Strings(source)


def _of_a_sheet(
    reader: Any, strings: Strings, most_columns: int, told: Callable[[float], None]
) -> Iterator[list[Any]]:
    book = reader.wb
    name = _first_sheet(reader)
    size = max(reader.archive.getinfo(name).file_size, 1)
    with reader.archive.open(name) as source:
        parser: Any = WorkSheetParser(
            source,
            strings,
            data_only=False,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        expected = 1
        for element in _flat(source, _DATA, ROW_TAG):
            number, cells = parser.parse_row(element)
            parser.row_dimensions.clear()
            while expected < number:
                expected += 1
                yield []
            if number == expected:  # one that stands twice counts once
                expected += 1
                yield _in_order(cells, most_columns)
            if not number % 1000:
                told(source.tell() / size)


def _first_sheet(reader: Any) -> str:
    for _sheet, relation in reader.parser.find_sheets():
        if relation.target in reader.valid_files and "chartsheet" not in relation.Type:
            return str(relation.target)
    raise ValueError("a workbook without a sheet")


def _in_order(cells: list[dict[str, Any]], most: int) -> list[Any]:
    found: list[Any] = []
    for cell in cells:
        place = cell["column"] - 1
        if place < most:
            found += [None] * (place + 1 - len(found))
            found[place] = cell["value"]
    return found


def _flat(source: IO[bytes], holder: str, wanted: str) -> Iterator[Any]:
    """Each wanted element below the holder, once it is whole; those before it are let go."""
    around: Any = None
    for event, element in iterparse(source, events=("start", "end")):
        if event == "start":
            if element.tag == holder:
                around = element
        elif element.tag == wanted:
            yield element
            element.clear()
            if around is not None:
                around.clear()
