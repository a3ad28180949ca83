# ruff: noqa: RUF001  # full-width digits are what people paste
"""The editor's grid: texts become values and values texts, exactly; what cannot be read is named and kept."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fees.assets import Asset
from apps.fees.content import (
    Consumable,
    CostSheet,
    Evidence,
    Hours,
    Item,
    Parts,
    Prices,
    Reference,
    Sheet,
    Terms,
)
from apps.fees.cost import recompute
from apps.fees.findings import Finding
from apps.fees.formulas import FORMULAS
from apps.fees.grid import acts
from apps.fees.grid.cells import COST, MONEY, QUANTITY, RATE, TIME, WHOLE, Column, Kind, Unreadable
from apps.fees.grid.columns import MODES, TABLES, options_of
from apps.fees.grid.drawing import draw, place_of
from apps.fees.grid.merging import differences, merge
from apps.fees.grid.reading import read
from apps.fees.grid.synonyms import _WORDS, plain
from apps.fees.grid.typed import Row, Typed, from_pairs, from_sheet

pytestmark = pytest.mark.once

OPTIONS = options_of({"01file": "证明.pdf"}, FORMULAS)
ASSET = Asset(
    instrument="01sem",
    asset_no="QY000004",
    name_zh="扫描电镜",
    name_en="SEM",
    class6="030101",
    grade="research",
    value_fen=3_357_000_00,
    quota_hours=1400,
    service_modes="S A",
    customs=False,
    external_use_registered=False,
)
COST_B = CostSheet(
    value_fen=3_357_000_00,
    life_years=5,
    hours=1400,
    stated=Parts(4795714, 1438714, 300000, 250000, 0, 150000, 693443),
    subtotal_e4=6934428,
    full_cost_e4=7627871,
    consumables=(Consumable("液氦", "0.5", "L", 600000),),
)
SEM = Item(
    "FEE001",
    "自主上机",
    "Self-operated use",
    "self",
    "hour",
    Prices(260_00, 620_50, 900_00),
    COST_B,
    "SEM",
    reason="新机",
)
SHEET = Sheet(
    "01sem",
    items=(
        SEM,
        Item(
            "FEE002", "夜间", "Night", "self", "block", Prices(100_00), block_start="17:30", block_end="24:00"
        ),
    ),
    terms=Terms(minimum_minutes=15, cap_fen=5000_00, night_rate="0.5"),
    hours=Hours("周一至周五", 70, 1600, (Evidence("2025年机时", "01file"),)),
    references=(Reference("market", "同城A校", "300元/机时"),),
    note="备注",
)


def _column(kind: Kind, **more: Any) -> Column:
    return Column("x", "X", kind, **more)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (MONEY, "260", 260_00),
        (MONEY, " ¥1,234.50 元", 1_234_50),
        (MONEY, "１２．５", 12_50),
        (COST, "479.57", 4_795_700),
        (COST, "0.0675", 675),
        (WHOLE, "1,400", 1400),
        (RATE, "6%", "0.06"),
        (RATE, "６ ％", "0.06"),
        (RATE, "0.10", "0.10"),
        (QUANTITY, "0.5", "0.5"),
        (TIME, "17:30", "17:30"),
        (TIME, "8:00", "08:00"),
        (TIME, "17：30", "17:30"),
        (TIME, "1730", "17:30"),
        (TIME, "24", "24:00"),
        (MONEY, "   ", None),
    ],
)
def test_a_text_is_read_as_people_write_it(kind: Kind, text: str, value: object) -> None:
    assert _column(kind).read(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((MONEY, text) for text in ("26o", "-1", "1.234", "1e99", "NaN", "Infinity", "=1+1", "260/h")),
        *((COST, text) for text in ("1.23456", "-0.1", "x")),
        *((WHOLE, text) for text in ("1.5", "-3", "99999999999", "many")),
        *((RATE, text) for text in ("-0.1", "x%", "NaN", "1e30", "0.12345678901")),
        *((QUANTITY, text) for text in ("", "x", "-1", "Infinity", "1e99") if text),
        *((TIME, text) for text in ("25:00", "17:60", "noon", "24:01")),
    ],
)
def test_what_cannot_be_read_says_what_is_wanted(kind: Kind, text: str) -> None:
    with pytest.raises(Unreadable) as told:
        _column(kind).read(text)
    assert str(told.value.words)


@given(st.integers(0, 10**12))
def test_money_and_costs_come_back_as_they_were_written(amount: int) -> None:
    for kind in (MONEY, COST):
        column = _column(kind)
        assert column.read(column.write(amount)) == amount


def test_a_choice_is_read_by_its_key_and_by_its_words() -> None:
    column = _column(MONEY, choices=MODES)
    assert [column.read(text) for text in ("sample", str(MODES["sample"]))] == ["sample", "sample"]
    with pytest.raises(Unreadable, match=str(MODES["self"])):
        column.read("robot")


@pytest.mark.parametrize(
    ("path", "word", "value"),
    [
        ("service_mode", "代测", "assisted"),
        ("service_mode", "委托测试", "assisted"),
        ("service_mode", "自主上机", "self"),
        ("service_mode", " 自助 ", "self"),
        ("service_mode", "Operator-assisted test", "assisted"),
        ("service_mode", "Self service", "self"),
        ("service_mode", "送样", "sample"),
        ("unit", "机时", "hour"),
        ("unit", "元/机时", "hour"),
        ("unit", "元／小时", "hour"),
        ("unit", "每小时", "hour"),
        ("unit", "yuan / hour", "hour"),
        ("unit", "per machine hour", "hour"),
        ("unit", "元/个样品", "sample"),
        ("unit", "元/样", "sample"),
        ("unit", "每个样品", "sample"),
        ("unit", "核时", "core_hour"),
        ("unit", "元/核时", "core_hour"),
        ("unit", "CPU 机时", "core_hour"),
        ("unit", "Core-hours", "core_hour"),
        ("unit", "元/天", None),
        ("service_mode", "测试", None),
        ("cost.hours_basis", "定额机时", "quota"),
        ("kind", "同城价", "market"),
    ],
)
def test_what_people_call_a_choice_is_that_choice(path: str, word: str, value: str | None) -> None:
    column = next(one for table in TABLES.values() for one in table.columns if one.path == path)
    if value is None:
        with pytest.raises(Unreadable) as told:
            column.read(word)
        assert all(str(words) in str(told.value.words) for words in (column.choices or {}).values())
    else:
        assert column.read(word) == value


def test_every_word_means_one_choice_that_there_is() -> None:
    for path, choices in _WORDS.items():
        column = next(one for table in TABLES.values() for one in table.columns if one.path == path)
        words = [plain(word) for value, texts in choices.items() for word in {value, *texts.split()}]
        assert set(choices) <= set(column.choices or {})
        assert all(words)
        assert len(words) == len(set(words)), path


def test_a_text_has_an_end() -> None:
    column = next(one for one in TABLES["i"].columns if one.path == "code")
    with pytest.raises(Unreadable):
        column.read("x" * 21)


def test_a_sheet_comes_back_from_its_cells_unchanged() -> None:
    found = read(from_pairs(from_sheet(SHEET).texts()), "01sem", OPTIONS)
    assert (found.sheet, dict(found.faults)) == (SHEET, {})


def test_an_unreadable_cell_is_named_and_counts_as_empty() -> None:
    typed = from_sheet(SHEET)
    typed.tables["i"][0].cells["prices.internal_fen"] = "26o"
    typed.fields["t.night_start_hour"] = "ten"
    found = read(typed, "01sem", OPTIONS)
    assert list(found.faults) == ["i.a0.prices.internal_fen", "t.night_start_hour"]
    assert found.sheet.items[0].prices.internal_fen is None
    assert found.sheet.terms.night_start_hour == 22
    assert found.sheet.items[0].prices.enterprise_fen == 900_00


def test_a_consumable_without_its_item_is_kept_and_marked() -> None:
    typed = from_sheet(SHEET)
    typed.tables["u"][0].cells["item"] = "FEE999"
    found = read(typed, "01sem", OPTIONS)
    assert list(found.faults) == ["u.a0.item"]
    assert found.sheet.items[0].cost is not None
    assert [line.name for line in found.sheet.items[0].cost.consumables] == ["液氦"]


def test_a_file_that_is_none_of_the_proposal_is_not_taken() -> None:
    typed = from_sheet(SHEET)
    typed.tables["e"][0].cells["file"] = "01other"
    found = read(typed, "01sem", OPTIONS)
    assert list(found.faults) == ["e.a0.file"]
    assert found.sheet.hours.evidence[0].file == ""


def test_names_that_are_none_of_a_sheet_are_passed_over() -> None:
    sent = [
        ("i.a.code", "X"),
        ("i.a.nothing", "1"),
        ("z.a.code", "1"),
        ("t.nothing", "1"),
        ("i.A!.code", "1"),
    ]
    typed = from_pairs(sent)
    assert list(typed.texts()) == [("i.a.code", "X")]


def test_a_table_takes_no_more_rows_than_it_may_have() -> None:
    typed = from_pairs((f"e.k{number}.text", "x") for number in range(40))
    assert len(typed.tables["e"]) == TABLES["e"].most == 30


def test_rows_keep_the_order_in_which_they_were_sent() -> None:
    typed = from_pairs([("i.b.code", "2"), ("i.a.code", "1"), ("i.b.name_zh", "二")])
    assert [row.key for row in typed.tables["i"]] == ["b", "a"]


def test_a_blank_row_is_none() -> None:
    typed = Typed()
    acts.more(typed, "i", ASSET)
    assert read(typed, "01sem", OPTIONS).sheet.items == ()
    assert typed.tables["i"][0].cells["cost.value_fen"] == "3357000"


@pytest.mark.parametrize(
    ("codes", "following"),
    [(["FEE009"], "FEE010"), (["A", "B7"], "B8"), ([], "F1"), (["X"], "F1"), (["F1", "F2", "F1"], "F3")],
)
def test_the_next_code_goes_on_from_the_last(codes: list[str], following: str) -> None:
    assert acts.next_code(codes) == following


def test_an_item_with_a_price_and_no_code_gets_one() -> None:
    typed = from_sheet(SHEET)
    typed.tables["i"].append(Row("n1", {"prices.internal_fen": "5"}))
    typed.tables["i"].append(Row("n2", {}))
    acts.number(typed)
    assert [row.cells.get("code") for row in typed.tables["i"]] == ["FEE001", "FEE002", "FEE003", None]


def test_buttons_move_drop_and_fill_rows() -> None:
    typed = from_sheet(SHEET)
    cost = recompute(COST_B, ASSET)
    assert cost is not None
    assert acts.act(typed, "up.i.a1", ASSET, {})
    assert [row.key for row in typed.tables["i"]] == ["a1", "a0"]
    assert acts.act(typed, "up.i.a1", ASSET, {})
    assert [row.key for row in typed.tables["i"]] == ["a1", "a0"]
    assert acts.act(typed, "fill.i.a0", ASSET, {"FEE001": cost})
    filled = read(typed, "01sem", OPTIONS).sheet.items[1].cost
    assert filled is not None
    assert (filled.stated, filled.full_cost_e4) == (cost.parts, cost.full_cost_e4)
    assert acts.act(typed, "drop.i.a1", ASSET, {})
    assert [row.key for row in typed.tables["i"]] == ["a0"]
    for verb in ("burn.i.a0", "drop.i.nobody", "drop.x.a0", "", "fill"):
        assert not acts.act(typed, verb, ASSET, {})


@pytest.mark.parametrize(
    ("item", "field", "name"),
    [
        ("FEE001", "prices.internal_fen", "i.a0.prices.internal_fen"),
        ("FEE002", "prices", "i.a1.prices.internal_fen"),
        ("FEE001", "cost", "i.a0.cost.formula"),
        ("FEE001", "cost.stated.labour_e4", "i.a0.cost.stated.labour_e4"),
        ("FEE001", "cost.consumables", "i.a0.cost.stated.consumables_e4"),
        ("FEE001", "items", "i.a0.code"),
        ("", "terms.night_rate", "t.night_rate"),
        ("", "hours.opening", "h.opening"),
        ("FEE001", "hours.evidence", ""),
        ("", "items", ""),
        ("FEE404", "prices.internal_fen", ""),
    ],
)
def test_a_finding_stands_at_its_cell(item: str, field: str, name: str) -> None:
    assert place_of(Finding("x", "warn", "01sem", item, field), from_sheet(SHEET)) == name


def test_a_drawing_has_every_cell_with_what_is_found_there() -> None:
    typed = from_sheet(SHEET)
    typed.tables["i"][0].cells["cost.formula"] = "Z"
    findings = [
        Finding("a", "note", "01sem", "FEE001", "prices.internal_fen"),
        Finding("b", "block", "01sem", "FEE001", "prices.internal_fen"),
        Finding("c", "warn", "01sem", "", "items"),
    ]
    drawing = draw(typed, options=OPTIONS, faults={}, findings=findings, usual=acts.usual(ASSET))
    first = drawing.tables["i"][0]
    assert len(first.cells) == len(TABLES["i"].columns) == len(first.prices) + len(first.costs)
    cells = {cell.column.path: cell for cell in first.cells}
    assert cells["prices.internal_fen"].severity == "block"
    assert len(cells["prices.internal_fen"].findings) == 2
    assert [finding.code for finding in drawing.elsewhere] == ["c"]
    assert dict(cells["cost.formula"].choices)["Z"] == "Z"
    assert drawing.blanks["i"].key == "new-row"


def test_two_versions_differ_place_by_place_and_are_brought_together() -> None:
    base = from_sheet(SHEET)
    assert differences(base, from_sheet(SHEET)) == ()
    other_item = replace(SEM, prices=Prices(280_00, 620_50, 950_00))
    added = Item("FEE003", "样品", "Sample", "sample", "sample", Prices(50_00))
    theirs = from_sheet(replace(SHEET, items=(other_item, added), note="别的", references=()))
    found = {one.key: one for one in differences(base, theirs)}
    assert set(found) == {
        *("i|FEE001|prices.internal_fen", "i|FEE001|prices.enterprise_fen"),
        *("i|FEE002", "i|FEE003", "r", "s.note"),
    }
    assert (found["i|FEE001|prices.internal_fen"].mine, found["i|FEE001|prices.internal_fen"].theirs) == (
        "260",
        "280",
    )
    mine = read(merge(base, theirs, set()), "01sem", OPTIONS).sheet
    assert mine == SHEET
    everything = read(merge(base, theirs, set(found)), "01sem", OPTIONS).sheet
    assert everything == read(theirs, "01sem", OPTIONS).sheet
    some = read(merge(base, theirs, {"i|FEE001|prices.internal_fen", "i|FEE003"}), "01sem", OPTIONS).sheet
    assert [item.code for item in some.items] == ["FEE001", "FEE002", "FEE003"]
    assert some.items[0].prices == Prices(280_00, 620_50, 900_00)
    assert some.note == "备注"
