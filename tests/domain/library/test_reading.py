"""Files of the register come in: every encoding and form, every fault told with its row and column, and a
file that is no register is put aside with the code of why.
"""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta

import openpyxl
import pytest

from apps.core.errors import NotPermitted, WrongState
from apps.files.checking import check_next
from apps.files.operations import append
from apps.library.models import AssetFault, AssetFile, AssetRow
from apps.library.register import reading, sheets
from apps.library.register.reading import announce_file, arrived_files, read_file
from tests.domain.library.registers import HEADING, as_csv, as_excel, read, row, sent
from tests.factories.refusals import refused
from tests.people import People

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (as_csv([row("A1", "龘䶮电镜")]), "utf-8-sig"),
        (as_csv([row("A1", "龘䶮电镜")], encoding="utf-8-sig"), "utf-8-sig"),
        (as_csv([row("A1", "龘䶮电镜")], encoding="gb18030"), "gb18030"),
        (as_excel([row("A1", "龘䶮电镜")]), "xlsx"),
        (as_csv([row("A1", "龘䶮电镜")]).replace(b",", b"\t"), "utf-8-sig"),
    ],
)
def test_a_register_is_read_in_every_form(they: People, now: datetime, content: bytes, form: str) -> None:
    file = read(content, they.office, now)
    assert (file.state, file.form, file.rows_read, file.fault_count) == ("previewed", form, 1, 0)
    found = AssetRow.objects.get(file=file)
    assert (found.asset_no, found.name_zh, found.price_fen) == ("A1", "龘䶮电镜", 335_700_000)
    assert (found.status, found.purpose, str(found.acquired)) == ("in_use", "research", "2023-04-18")


def test_headings_are_found_in_english_in_any_order_and_width(they: People, now: datetime) -> None:
    heading = ("Price", "Unit_code", "单价\uff08元\uff092", "NAME", " asset_no ")
    file = read(as_csv([("1,000.5", "MSE", "x", "Scale", "B-1")], heading=heading), they.office, now)
    assert (file.state, file.refused_code) == ("previewed", "")
    assert AssetRow.objects.values_list("asset_no", "price_fen", "status").get() == ("B-1", 100_050, "in_use")


def test_days_and_numbers_of_a_workbook_are_read_as_they_are_shown(they: People, now: datetime) -> None:
    cells = list(row("A1"))
    content = as_excel([[20230001, *cells[1:6], 1234.5, *cells[7:11], datetime(2020, 2, 29), "是"]])  # noqa: DTZ001 - as a workbook has it
    assert read(content, they.office, now).fault_count == 0
    found = AssetRow.objects.get()
    assert (found.asset_no, found.price_fen, str(found.acquired)) == ("20230001", 123_450, "2020-02-29")
    assert found.customs


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"price": "-1"}, "price_fen", "library.price_negative"),
        ({"price": "viel"}, "price_fen", "library.price"),
        ({"price": "NaN"}, "price_fen", "library.price"),
        ({"price": ""}, "price_fen", "library.price_missing"),
        ({"price": "=SUM(A1:A3)"}, "price_fen", "library.formula"),
        ({"acquired": "1066-10-14"}, "acquired", "library.date_range"),
        ({"acquired": "2026-11-24"}, "acquired", "library.date_range"),
        ({"acquired": "2023-02-30"}, "acquired", "library.date"),
        ({"acquired": "gestern"}, "acquired", "library.date"),
        ({"status": "verschwunden"}, "status", "library.status"),
        ({"purpose": "42"}, "purpose", "library.purpose"),
        ({"customs": "vielleicht"}, "customs", "library.yes_no"),
        ({"model": "m" * 121}, "model", "library.too_long"),
        ({"maker": "a\x07b"}, "maker", "library.control"),
    ],
)
def test_what_is_wrong_with_a_cell_is_told(
    they: People, now: datetime, changes: dict[str, str], column: str, code: str
) -> None:
    file = read(as_csv([row("A1"), row("A2", **changes)]), they.office, now)
    assert (file.state, file.fault_count) == ("previewed", 1)
    assert AssetFault.objects.values_list("row", "column", "code").get() == (3, column, code)


def test_every_fault_of_a_row_is_told_at_once(they: People, now: datetime) -> None:
    file = read(as_csv([row("", "", price="x", status="y")]), they.office, now)
    assert list(file.faults.order_by("id").values_list("column", flat=True)) == [
        "asset_no",
        "name_zh",
        "price_fen",
        "status",
    ]


def test_a_number_that_stands_twice_is_a_fault_of_the_later_row(they: People, now: datetime) -> None:
    file = read(as_csv([row("A1"), row("A2"), row("A1"), row("A1")]), they.office, now)
    assert file.fault_count == 2
    found = list(file.faults.order_by("row").values_list("row", "code", "other_row"))
    assert found == [(4, "library.number_twice", 2), (5, "library.number_twice", 2)]


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    return packed.getvalue()


def _formulas() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(HEADING))
    sheet.append([*row("A1")[:6], "=1+1", *row("A1")[7:]])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x00\x01\x02\x03" * 50, "library.no_text"),
        (b"\xff\xfe\xff\xfe,\xff" * 9, "library.encoding"),
        (as_csv([row("A1", "电镜")], encoding="utf-16"), "library.encoding"),
        (b"just words\nand more\n", "library.not_a_table"),
        ("仪器编号,仪器名称\nA1,电镜\n".encode(), "library.columns"),
        (as_csv([], heading=(*HEADING, "金额")), "library.column_twice"),
        (as_csv([]), "library.no_rows"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "library.old_workbook"),
        (b"PK\x03\x04" + b"x" * 100, "library.unreadable"),
        (_bomb(), "library.bomb"),
        (as_csv([("A1", "x" * (sheets.LONGEST_LINE + 1))]), "library.line_too_long"),
    ],
)
def test_a_file_that_is_no_register_is_put_aside_with_the_code_of_why(
    they: People, now: datetime, content: bytes, code: str
) -> None:
    file = read(content, they.office, now)
    assert (file.state, file.refused_code) == ("rejected", code)
    assert not file.rows.exists()


def test_a_formula_of_a_workbook_is_a_fault(they: People, now: datetime) -> None:
    read(_formulas(), they.office, now)
    assert AssetFault.objects.values_list("column", "code").get() == ("price_fen", "library.formula")


def test_a_missing_column_is_named(they: People, now: datetime) -> None:
    file = read(as_csv([("A1", "x")], heading=("仪器编号", "仪器名称")), they.office, now)
    assert file.refused_details == {"columns": ["单价", "单位编号"]}


def test_one_of_two_files_at_once_wins(they: People, now: datetime) -> None:
    first = sent(as_csv([row("A1")]), they.office, now)
    with refused(WrongState, "library.import_open"):
        announce_file(name="another.csv", size=10, by=they.office, now=now)
    assert AssetFile.objects.get() == first


def test_an_unfinished_file_of_ones_own_gives_way_to_the_next(they: People, now: datetime) -> None:
    first = announce_file(name="one.csv", size=10, by=they.office, now=now)
    assert announce_file(name="one.csv", size=10, by=they.office, now=now) == first
    second = announce_file(name="two.csv", size=10, by=they.office, now=now)
    first.refresh_from_db()
    assert (first.state, first.refused_code, second.state) == ("rejected", "files.dropped", "arriving")


def test_only_the_office_sends_a_register(they: People, now: datetime) -> None:
    with refused(NotPermitted, "people.office_only"):
        announce_file(name="one.csv", size=10, by=they.teng, now=now)


def test_a_file_is_read_once_it_has_arrived_and_once(they: People, now: datetime) -> None:
    content = as_csv([row("A1")])
    file = announce_file(name="one.csv", size=len(content), by=they.office, now=now)
    assert arrived_files(now) == []
    assert read_file(ulid=file.ulid, now=now) is None
    append(file=file.stored, offset=0, read=io.BytesIO(content).read, by=they.office, now=now)
    assert read_file(ulid=file.ulid, now=now) is None  # nobody has looked whether it is whole
    check_next(now=now)
    assert arrived_files(now) == [file.ulid]
    assert read_file(ulid=file.ulid, now=now) is not None
    assert read_file(ulid=file.ulid, now=now) is None


def test_a_reader_that_was_killed_is_followed_by_another(
    they: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = sent(as_csv([row(f"A{n}") for n in range(5)]), they.office, now)
    monkeypatch.setattr(reading, "AT_ONCE", 2)
    keep: Callable[..., None] = reading._keep

    def dies(one: AssetFile, *rest: object) -> None:
        keep(one, *rest)
        raise MemoryError

    monkeypatch.setattr(reading, "_keep", dies)
    with pytest.raises(MemoryError):
        read_file(ulid=file.ulid, now=now)
    monkeypatch.setattr(reading, "_keep", keep)
    assert file.rows.count() == 2
    assert arrived_files(now + MINUTE) == []
    later = now + 6 * MINUTE
    assert arrived_files(later) == [file.ulid]
    done = read_file(ulid=file.ulid, now=later)
    assert done is not None
    assert (done.rows_read, done.rows.count()) == (5, 5)
