# ruff: noqa: RUF001  # Chinese brackets in the headings are meant
"""A fee sheet as an Excel workbook: out and in again unchanged, and files that are wrong in every column."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import time
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.core.errors import Invalid
from apps.fees.content import Consumable, Evidence, Hours, Prices, Reference, Terms
from apps.fees.grid.columns import FIELDS, TABLES
from apps.fees.workbooks import SHEETS, import_sheet
from tests.web.conftest import SignedIn
from tests.web.proposing import Proposing, item, propose
from tests.web.scene import Scene

Sheets = Mapping[str, Sequence[Sequence[Any]]]


@pytest.fixture
def proposing(scene: Scene) -> Proposing:
    made = propose(scene)
    cost = item().cost
    assert cost is not None
    lines = (Consumable("液氦", "0.5", "L", 600_000),)
    made.save(
        item(cost=replace(cost, consumables=lines), reason="=1+1", name_en="+cmd|' /C calc'!A0"),
        item("FEE002", 1_234_50, service_mode="assisted", unit="hour", cost=None),
        terms=Terms(minimum_minutes=15, night_rate="0.5", cap_fen=5_000_00),
        hours=Hours("周一至周五", 70, 1600, (Evidence("2025年机时"),)),
        references=(Reference("market", "同城A校", "300元/机时"),),
        note="备注",
    )
    return made


@pytest.fixture
def teng(proposing: Proposing, signed_in: SignedIn) -> Client:
    return signed_in(proposing.scene.people.teng)


def _exported(proposing: Proposing, client: Client) -> bytes:
    answer = client.get(reverse("fee_export", args=[proposing.proposal.ulid, proposing.sem.asset_no]))
    return b"".join(answer)


def _book(sheets: Sheets) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _import(proposing: Proposing, source: bytes) -> None:
    proposing.proposal = import_sheet(
        proposal=proposing.proposal,
        instrument=proposing.sem,
        revision=proposing.proposal.revision,
        source=source,
        by=proposing.scene.people.teng,
        now=proposing.scene.now,
    )


def _faults(proposing: Proposing, sheets: Sheets) -> list[tuple[str, int, str, str]]:
    before = proposing.proposal.content
    with pytest.raises(Invalid) as told:
        _import(proposing, _book(sheets))
    proposing.proposal.refresh_from_db()
    assert proposing.proposal.content == before
    assert told.value.code == "fees.import_refused"
    return [(one["sheet"], one["row"], one["column"], one["code"]) for one in told.value.details["faults"]]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_sheet_goes_out_and_comes_back_unchanged_in_any_language(
    language: str, proposing: Proposing, teng: Client
) -> None:
    before, revision = proposing.sheet(), proposing.proposal.revision
    teng.post(reverse("set_language"), {"language": language, "next": "/"})
    source = _exported(proposing, teng)
    teng.post(reverse("set_language"), {"language": "zh-hans", "next": "/"})
    address = reverse("fee_import", args=[proposing.proposal.ulid, proposing.sem.asset_no])
    answer = teng.post(address, {"file": SimpleUploadedFile("a.xlsx", source), "revision": revision})
    assert answer.status_code == 302
    assert proposing.sheet() == before
    assert proposing.proposal.revision == revision


def test_amounts_are_numbers_and_no_text_is_a_formula(proposing: Proposing, teng: Client) -> None:
    book = openpyxl.load_workbook(BytesIO(_exported(proposing, teng)))
    assert len(book.worksheets) == len(SHEETS)
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert {"=1+1", "+cmd|' /C calc'!A0"} <= {cell.value for cell in cells}
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[2][5] == 1234.5


def test_what_the_file_says_is_taken_over(proposing: Proposing) -> None:
    _import(
        proposing,
        _book(
            {
                "项目与价格": [
                    ("代码", "中文名称", "校内", "单位", "时段起", "时段止"),
                    ("FEE001", "自主上机", 265.5, "每机时", None, None),
                    (None, "夜间", 0.1 + 0.2, "block", time(17, 30), "24:00"),
                ],
                "terms": [("夜间系数（对机时单价）", 0.6), ("note", "新备注")],
            }
        ),
    )
    sheet = proposing.sheet()
    first, second = sheet.items
    assert (first.code, first.prices) == ("FEE001", Prices(265_50, 620_00, 900_00))
    assert first.reason == "=1+1"
    assert (second.code, second.prices.internal_fen) == ("FEE002", 30)
    assert (second.block_start, second.block_end) == ("17:30", "24:00")
    assert (sheet.terms.night_rate, sheet.terms.minimum_minutes, sheet.note) == ("0.6", 15, "新备注")
    assert sheet.references == (Reference("market", "同城A校", "300元/机时"),)


def test_every_fault_of_every_row_is_told_and_nothing_is_taken(proposing: Proposing) -> None:
    faults = _faults(
        proposing,
        {
            "items": [
                ("代码", "中文名称", "校内", "操作方式", "颜色"),
                ("FEE001", "自主", "26o", "机器人", "红"),
                ("FEE001", "再来", "1", "self", ""),
                ("X" * 21, "长", "-1", "", ""),
            ],
            "costs": [("代码", "原值（元）"), ("FEE404", 1), ("FEE001", "many")],
            "terms": [("夜间系数（对机时单价）", "半价"), ("颜色", "红")],
            "references": [("类别", "价格出处"), ("gossip", "听说")],
        },
    )
    assert ("items", 1, "颜色", "fees.import_column") in faults
    assert ("items", 2, "校内", "fees.import_cell") in faults
    assert ("items", 2, "操作方式", "fees.import_cell") in faults
    assert ("items", 3, "代码", "fees.import_twice") in faults
    assert ("items", 4, "代码", "fees.import_cell") in faults
    assert ("items", 4, "校内", "fees.import_cell") in faults
    assert ("costs", 2, "代码", "fees.import_item") in faults
    assert ("terms", 1, "夜间系数（对机时单价）", "fees.import_cell") in faults
    assert ("terms", 2, "颜色", "fees.import_term") in faults
    assert ("references", 2, "类别", "fees.import_cell") in faults


_READABLE = [
    (sheet.key, column)
    for sheet in SHEETS
    if sheet.table
    for column in sheet.columns
    if column.kind.name != "text"
]


@pytest.mark.parametrize(("sheet", "column"), _READABLE, ids=lambda one: getattr(one, "path", one))
def test_a_file_that_is_wrong_in_any_column_is_refused_there(
    sheet: str, column: Any, proposing: Proposing
) -> None:
    headings = {
        "items": ["code", "name_zh"],
        "costs": ["code"],
        "consumables": ["item", "name"],
        "references": ["title"],
    }[sheet]
    row = ["FEE001", "名称"][: len(headings)]
    found = _faults(proposing, {sheet: [[*headings, column.path], [*row, "☃ 不是值"]]})
    assert (sheet, 2, str(column.label), "fees.import_cell") in found


@pytest.mark.parametrize("letter", sorted(FIELDS))
def test_a_term_that_cannot_be_read_is_refused_there(letter: str, proposing: Proposing) -> None:
    columns = [column for column in FIELDS[letter] if column.kind.name != "text"]
    if columns:
        found = _faults(proposing, {"terms": [[column.path, "☃"] for column in columns]})
        assert [column for _sheet, _row, column, _code in found] == [str(one.label) for one in columns]


def test_a_sheet_without_its_codes_or_with_too_many_rows_is_refused(proposing: Proposing) -> None:
    assert _faults(proposing, {"items": [("name_zh",), ("无代码",)]})[0][3] == "fees.import_column"
    most = TABLES["i"].most
    rows = [("code", "name_zh"), *((f"F{number}", "x") for number in range(most + 5))]
    assert _faults(proposing, {"items": rows})[0][3] == "fees.import_rows"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "core.file_size"),
        (b"PK\x03\x04 broken", "core.file_unreadable"),
        (b"just text", "core.file_unreadable"),
        (_book({"工资": [("a", "b")]}), "fees.import_empty"),
    ],
)
def test_a_file_that_is_none_is_refused(source: bytes, code: str, proposing: Proposing) -> None:
    with pytest.raises(Invalid) as told:
        _import(proposing, source)
    assert told.value.code == code


def test_the_page_tells_the_faults(proposing: Proposing, teng: Client) -> None:
    address = reverse("fee_import", args=[proposing.proposal.ulid, proposing.sem.asset_no])
    assert teng.get(address).status_code == 200
    source = _book({"items": [("code", "prices.internal_fen"), ("FEE001", "26o")]})
    sent = {"file": SimpleUploadedFile("a.xlsx", source), "revision": proposing.proposal.revision}
    answer = teng.post(address, sent)
    assert answer.status_code == 422
    for words in ("items", "校内", "最多两位小数", "fees.import_cell"):
        assert words in answer.content.decode()
    assert teng.post(address, {"revision": 1}).status_code == 422
    stale = _book({"items": [("code", "prices.internal_fen"), ("FEE001", "5")]})
    refused = teng.post(address, {"file": SimpleUploadedFile("a.xlsx", stale), "revision": 1})
    assert refused.status_code == 422
    assert "fees.changed_meanwhile" in refused.content.decode()
