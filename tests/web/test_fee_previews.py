# ruff: noqa: RUF001  # Chinese brackets in the headings are meant
"""A fee sheet that comes back as an Excel workbook: shown first, then taken over as shown, and undone."""

from dataclasses import replace
from io import BytesIO

import openpyxl
import pytest
import xlsxwriter
from django.test import Client
from django.urls import reverse

from apps.core.errors import Invalid, WrongState
from apps.fees.models import EarlierSheet, Proposal
from apps.fees.replacing import earlier_sheets, sheet_of
from tests.web.conftest import SignedIn
from tests.web.feebooks import (
    CHANGED,
    computed,
    drafted,
    exported,
    faults_of,
    place,
    show,
    shown,
    take_over,
    upload,
    workbook,
)
from tests.web.proposing import Proposing, propose
from tests.web.scene import Scene


@pytest.fixture
def proposing(scene: Scene) -> Proposing:
    return drafted(scene)


@pytest.fixture
def teng(proposing: Proposing, signed_in: SignedIn) -> Client:
    return signed_in(proposing.scene.people.teng)


def test_a_preview_shows_every_difference_and_changes_nothing(proposing: Proposing, teng: Client) -> None:
    before, revision = proposing.sheet(), proposing.proposal.revision
    answer = upload(proposing, teng, workbook(CHANGED))
    page = answer.content.decode()
    assert answer.status_code == 200
    seen = answer.context["preview"]
    assert (seen.added, seen.changed, seen.removed, seen.unknown) == (1, 2, 1, ("工资",))
    found = [(one.kind, one.item, one.field, one.old, one.new) for one in seen.changes]
    assert ("changed", "FEE001", "prices.internal_fen", 260_00, 265_50) in found
    assert ("changed", "", "terms.night_rate", "0.5", "0.6") in found
    assert [one[:3] for one in found if one[1] == "FEE002"] == [("removed", "FEE002", "")]
    assert found[1][:3] == ("added", "FEE009", "")
    assert ("changed", "FEE009", "prices.internal_fen", None, 80_00) in found
    assert ("changed", "FEE009", "cost.value_fen", None, proposing.sem.price_fen) in found
    for words in ("¥260.00", "¥265.50", "新增 1 个项目", "更改 2 个单元格", "删去 1 个项目", "工资"):
        assert words in page, words
    assert proposing.sheet() == before
    assert proposing.proposal.revision == revision


def test_what_was_shown_is_taken_over_and_can_be_undone(proposing: Proposing, teng: Client) -> None:
    before = proposing.sheet()
    seen = upload(proposing, teng, workbook(CHANGED))
    answer = teng.post(place(proposing, "fee_import_confirm"), shown(seen))
    kept = EarlierSheet.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"{proposing.address}?undo={kept.ulid}"
    assert [one.code for one in proposing.sheet().items] == ["FEE001", "FEE009"]
    back = place(proposing, "fee_earlier", kept.ulid)
    assert back in teng.get(answer["Location"]).content.decode()
    assert back in teng.get(place(proposing)).content.decode()
    page = teng.get(back).content.decode()
    assert "¥265.50" in page
    revision = proposing.proposal.revision
    assert teng.post(back, {"revision": revision}).status_code == 302
    assert proposing.sheet() == before
    assert proposing.proposal.revision == revision + 1
    assert [one.cause for one in EarlierSheet.objects.order_by("id")] == ["workbook", "restored"]
    stale = teng.post(back, {"revision": revision})
    assert stale.status_code == 409
    assert teng.get(place(proposing, "fee_earlier", "0" * 26)).status_code == 404


def test_a_draft_that_was_saved_since_the_preview_is_compared(proposing: Proposing, teng: Client) -> None:
    seen = upload(proposing, teng, workbook(CHANGED))
    first, second = proposing.sheet().items
    proposing.save(replace(first, reason="新理由"), second, note="新备注")
    answer = teng.post(place(proposing, "fee_import_confirm"), shown(seen))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert proposing.sheet().items[0].prices.internal_fen == 260_00
    own = {one.key: mine for one, mine in answer.context["rows"]}
    assert own["i|FEE001|prices.internal_fen"]
    assert own["i|FEE002"]
    assert own["i|FEE009"]
    assert not own["i|FEE001|reason"]
    assert not own["s.note"]
    chosen = {
        f"m.{number}": "mine" if mine else "theirs"
        for number, (_one, mine) in enumerate(answer.context["rows"])
    }
    sent = {
        **dict(answer.context["mine"]),
        **chosen,
        "revision": str(proposing.proposal.revision),
        "act": "merge",
    }
    assert f'action="{proposing.address}"' in page
    assert teng.post(proposing.address, sent).status_code == 302
    merged = proposing.sheet()
    assert [one.code for one in merged.items] == ["FEE001", "FEE009"]
    assert (merged.items[0].prices.internal_fen, merged.items[0].reason) == (265_50, "新理由")
    assert (merged.note, merged.terms.night_rate) == ("新备注", "0.6")


@pytest.mark.parametrize("how", ["changed", "none", "of_another_person", "of_another_sheet"])
def test_only_a_preview_of_ours_is_taken_over(
    how: str, proposing: Proposing, teng: Client, signed_in: SignedIn
) -> None:
    before = proposing.sheet()
    token = shown(upload(proposing, teng, workbook(CHANGED)))["preview"]
    client, address = teng, place(proposing, "fee_import_confirm")
    if how == "of_another_person":
        client = signed_in(proposing.scene.people.office)
    if how == "of_another_sheet":
        other = propose(proposing.scene)
        address = place(other, "fee_import_confirm")
    sent = {"changed": f"{token[:-4]}AAAA", "none": ""}.get(how, token)
    answer = client.post(address, {"preview": sent})
    assert (answer.status_code, "fees.import_preview" in answer.content.decode()) == (422, True)
    assert proposing.sheet() == before


def test_a_computed_cell_is_taken_with_its_value_and_that_is_said(proposing: Proposing, teng: Client) -> None:
    answer = upload(proposing, teng, computed((1, 2, "=200*1.5", 300)))
    page = answer.content.decode()
    assert answer.status_code == 200
    (notice,) = answer.context["preview"].notices
    assert (notice.sheet, notice.row, notice.column) == ("items", 2, "校内")
    assert (notice.formula, notice.value) == ("=200*1.5", "300")
    for words in ("1 个单元格由公式计算", "=200*1.5", "公式不会保留"):
        assert words in page
    teng.post(place(proposing, "fee_import_confirm"), shown(answer))
    taken = proposing.sheet().items[0]
    assert (taken.prices.internal_fen, taken.reason) == (300_00, "@SUM(1+1)*cmd|'/C calc'!A0")


@pytest.mark.parametrize("value", ["", "#DIV/0!"])
def test_a_formula_without_a_value_is_refused_at_its_cell(value: str, proposing: Proposing) -> None:
    source = computed((1, 2, "=1/0", value), (2, 0, "=A2", value))
    with pytest.raises(Invalid) as told:
        show(proposing, source)
    faults = [(one["row"], one["column"], one["code"]) for one in told.value.details["faults"]]
    assert (2, "校内", "fees.import_formula") in faults
    assert (3, "代码", "fees.import_formula") in faults


DANGEROUS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1")


def test_text_that_begins_like_a_formula_stays_text_on_its_way_in_and_out(
    proposing: Proposing, teng: Client
) -> None:
    rows = [("code", "name_zh", "reason"), *((f"F{n}", text, text) for n, text in enumerate(DANGEROUS))]
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("items")
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)
    take_over(proposing, file.getvalue())
    assert [one.reason for one in proposing.sheet().items] == [text.strip() for text in DANGEROUS]
    book = openpyxl.load_workbook(BytesIO(exported(proposing, teng)))
    cells = [
        cell for row in book.worksheets[0].iter_rows(min_row=2) for cell in row if cell.column in (2, 12)
    ]
    shown = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in shown if cell.data_type == "f"]
    assert {str(cell.value) for cell in cells} == {text.strip() for text in DANGEROUS}
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)
    assert teng.get(proposing.address).status_code == 200


def test_a_sheet_or_a_row_that_stands_in_the_file_twice_is_told(proposing: Proposing) -> None:
    found = faults_of(
        proposing,
        {
            "items": [("code",), ("FEE001",)],
            "项目与价格": [("code",), ("FEE001",)],
            "costs": [("code", "cost.hours"), ("FEE001", 1), ("FEE001", 2)],
            "terms": [("night_rate", 1), ("夜间系数（对机时单价）", 2)],
        },
    )
    assert [(sheet, row, code) for sheet, row, _column, code in found] == [
        ("项目与价格", 1, "fees.import_sheet"),
        ("costs", 3, "fees.import_twice"),
        ("terms", 2, "fees.import_twice"),
    ]


def test_consumables_go_with_their_item_where_the_file_says_nothing_of_them(proposing: Proposing) -> None:
    take_over(proposing, workbook({"items": [("code", "name_zh"), ("FEE002", "x")]}))
    assert [(one.code, one.cost and one.cost.consumables) for one in proposing.sheet().items] == [
        ("FEE002", None)
    ]


def test_what_is_not_editable_is_not_previewed(proposing: Proposing, teng: Client) -> None:
    Proposal.objects.update(state="submitted")
    answer = upload(proposing, teng, workbook(CHANGED))
    assert (answer.status_code, answer["Location"]) == (
        302,
        reverse("fee_proposal", args=[proposing.proposal.ulid]),
    )
    proposing.proposal.refresh_from_db()
    with pytest.raises(WrongState) as told:
        show(proposing, workbook(CHANGED))
    assert told.value.code == "fees.not_editable"


def test_the_last_states_of_a_sheet_are_kept(proposing: Proposing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.fees.replacing.MOST_KEPT", 2)
    for price in (1, 2, 3):
        take_over(proposing, workbook({"items": [("code", "prices.internal_fen"), ("FEE001", price)]}))
    kept = earlier_sheets(proposing.proposal, proposing.sem)
    assert [sheet_of(one).items[0].prices.internal_fen for one in kept] == [2_00, 1_00]


def test_rows_without_a_code_are_shown_with_everything_that_they_say(
    proposing: Proposing, teng: Client
) -> None:
    source = workbook(
        {
            "consumables": [
                ("item", "name", "quantity", "unit", "price_e4"),
                ("FEE001", "液氦", 0.5, "L", 61),
            ],
            "references": [("kind", "title", "price"), ("government", "同城A校", "300元/机时")],
        }
    )
    page = upload(proposing, teng, source).content.decode()
    for words in ("液氦 0.5 L × ¥60.00", "液氦 0.5 L × ¥61.00", "市场价", "政府定价"):
        assert words in page, words


def test_what_people_call_a_choice_is_taken_and_what_nobody_does_is_told(proposing: Proposing) -> None:
    heading = ("代码", "中文名称", "操作方式", "单位")
    words = workbook(
        {"items": [heading, ("FEE001", "a", "自助", "元/机时"), ("FEE002", "b", "代测", "元/样")]}
    )
    take_over(proposing, words)
    assert [(one.service_mode, one.unit) for one in proposing.sheet().items] == [
        ("self", "hour"),
        ("assisted", "sample"),
    ]
    with pytest.raises(Invalid) as told:
        show(proposing, workbook({"items": [heading, ("FEE001", "a", "机器人", "元/天")]}))
    mode, unit = told.value.details["faults"]
    assert (mode["column"], mode["text"]) == ("操作方式", "机器人")
    assert (unit["column"], unit["text"]) == ("单位", "元/天")
    for fault, accepted in (
        (mode, ("自主上机", "协助上机", "送样测试")),
        (unit, ("每机时", "每个样品", "每核时")),
    ):
        assert all(word in fault["message"] for word in accepted)
