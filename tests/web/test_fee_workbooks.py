# ruff: noqa: RUF001  # Chinese brackets in the headings are meant
"""A fee sheet as an Excel workbook: out and in again unchanged, and files that are wrong in every column."""

from datetime import time
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from apps.core.errors import Invalid
from apps.fees.content import Prices, Reference
from apps.fees.grid.columns import FIELDS, TABLES
from apps.fees.models import EarlierSheet
from apps.fees.workbooks import SHEETS
from tests.web.conftest import SignedIn
from tests.web.feebooks import drafted, exported, faults_of, place, shown, take_over, upload, workbook
from tests.web.proposing import Proposing
from tests.web.scene import Scene


@pytest.fixture
def proposing(scene: Scene) -> Proposing:
    return drafted(scene)


@pytest.fixture
def teng(proposing: Proposing, signed_in: SignedIn) -> Client:
    return signed_in(proposing.scene.people.teng)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_sheet_goes_out_and_comes_back_unchanged_in_any_language(
    language: str, proposing: Proposing, teng: Client
) -> None:
    before, revision = proposing.sheet(), proposing.proposal.revision
    teng.post(reverse("set_language"), {"language": language, "next": "/"})
    source = exported(proposing, teng)
    teng.post(reverse("set_language"), {"language": "zh-hans", "next": "/"})
    seen = upload(proposing, teng, source)
    assert seen.status_code == 200
    assert seen.context["preview"].changes == ()
    assert "文件内容与当前收费表一致" in seen.content.decode()
    assert teng.post(place(proposing, "fee_import_confirm"), shown(seen)).status_code == 302
    assert not EarlierSheet.objects.exists()
    assert proposing.sheet() == before
    assert proposing.proposal.revision == revision


def test_amounts_are_numbers_and_no_text_is_a_formula(proposing: Proposing, teng: Client) -> None:
    book = openpyxl.load_workbook(BytesIO(exported(proposing, teng)))
    assert len(book.worksheets) == len(SHEETS)
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert {"=1+1", "+cmd|' /C calc'!A0"} <= {cell.value for cell in cells}
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[2][5] == 1234.5


def test_what_the_file_says_is_taken_over(proposing: Proposing) -> None:
    take_over(
        proposing,
        workbook(
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
    faults = faults_of(
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
    found = faults_of(proposing, {sheet: [[*headings, column.path], [*row, "☃ 不是值"]]})
    assert (sheet, 2, str(column.label), "fees.import_cell") in found


@pytest.mark.parametrize("letter", sorted(FIELDS))
def test_a_term_that_cannot_be_read_is_refused_there(letter: str, proposing: Proposing) -> None:
    columns = [column for column in FIELDS[letter] if column.kind.name != "text"]
    if columns:
        found = faults_of(proposing, {"terms": [[column.path, "☃"] for column in columns]})
        assert [column for _sheet, _row, column, _code in found] == [str(one.label) for one in columns]


def test_a_sheet_without_its_codes_or_with_too_many_rows_is_refused(proposing: Proposing) -> None:
    assert faults_of(proposing, {"items": [("name_zh",), ("无代码",)]})[0][3] == "fees.import_column"
    most = TABLES["i"].most
    rows = [("code", "name_zh"), *((f"F{number}", "x") for number in range(most + 5))]
    assert faults_of(proposing, {"items": rows})[0][3] == "fees.import_rows"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "core.file_size"),
        (b"PK\x03\x04 broken", "core.file_unreadable"),
        (b"just text", "core.file_unreadable"),
        (workbook({"工资": [("a", "b")]}), "fees.import_empty"),
    ],
)
def test_a_file_that_is_none_is_refused(source: bytes, code: str, proposing: Proposing) -> None:
    with pytest.raises(Invalid) as told:
        take_over(proposing, source)
    assert told.value.code == code


def test_the_page_tells_the_faults(proposing: Proposing, teng: Client) -> None:
    assert teng.get(place(proposing)).status_code == 200
    source = workbook({"items": [("code", "prices.internal_fen"), ("FEE001", "26o"), ("FEE002", 5)]})
    answer = upload(proposing, teng, source)
    assert answer.status_code == 422
    for words in ("items", "校内", "26o", "最多两位小数", "fees.import_cell"):
        assert words in answer.content.decode()
    assert proposing.sheet().items[1].prices.internal_fen == 1_234_50
    assert teng.post(place(proposing), {}).status_code == 422
