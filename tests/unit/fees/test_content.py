"""A proposal is written down in one way, read back as it was, and compared member by member."""

import json
from dataclasses import replace

import pytest

from apps.fees.clocktimes import meet, minute_of, spans
from apps.fees.content import (
    Content,
    Price,
    Prices,
    PriceSet,
    from_data,
    prices_from,
    prices_of,
    read_text,
    to_text,
)
from apps.fees.difference import ADDED, CHANGED, REMOVED, difference, price_changes
from documents.canonical import NotCanonical, digest
from tests.factories.fees import ASSET, SEM_ITEM, fee_content, priced_at, sheet

pytestmark = pytest.mark.once

SHEET = sheet(ASSET.instrument)
OTHER = replace(SEM_ITEM, code="SEM2", service_mode="assisted")


def test_a_content_is_read_back_as_it_was_written() -> None:
    content = fee_content(SHEET, sheet("01OTHER0000000000000000000", OTHER))
    text = to_text(content)
    assert read_text(text) == content
    assert to_text(read_text(text)) == text
    assert digest(text) == digest(to_text(fee_content(*content.sheets)))
    assert content.instruments == (ASSET.instrument, "01OTHER0000000000000000000")


def test_what_json_leaves_out_takes_its_default_and_what_is_strange_is_refused() -> None:
    assert from_data({"kind": "fee"}) == Content("fee")
    for data, path in (
        ({"kind": "fee", "price": 1}, ""),
        ({"kind": "fee", "sheets": [{"instrument": "x", "items": [{"code": 1}]}]}, "sheets[0].items[0]"),
        (
            {"kind": "fee", "sheets": [{"instrument": "x", "terms": {"cap_fen": 1.5}}]},
            "sheets[0].terms.cap_fen",
        ),
    ):
        with pytest.raises(NotCanonical) as wrong:
            from_data(data)
        assert wrong.value.path.startswith(path)


def test_a_price_set_has_one_key_whatever_its_order() -> None:
    prices = prices_of(fee_content(SHEET)).prices
    assert len(prices) == 3
    assert PriceSet(prices).key == PriceSet(tuple(reversed(prices))).key
    dearer = PriceSet((*prices[:-1], replace(prices[-1], fen=prices[-1].fen + 1)))
    assert dearer.key != PriceSet(prices).key
    assert prices_from(to_text(dearer)) == dearer
    assert json.loads(to_text(dearer))["prices"][0]["fen"] == prices[0].fen


def test_prices_that_are_not_there_are_not_named() -> None:
    item = replace(SEM_ITEM, prices=Prices(internal_fen=1))
    assert prices_of(fee_content(sheet("A", item))).prices == (Price("A", "SEM1", "internal", 1),)


def test_nothing_differs_from_itself() -> None:
    assert difference(SHEET, SHEET) == ()


def test_every_member_that_changed_is_named_by_its_path() -> None:
    cost = replace(SEM_ITEM.cost, life_years=8)  # type: ignore[type-var]
    item = replace(priced_at(SEM_ITEM, internal=300_00), cost=cost, name_zh="自主")
    terms = replace(SHEET.terms, night_rate="0.8")
    new = replace(SHEET, items=(item,), terms=terms)
    changes = {(one.kind, one.item, one.field): (one.old, one.new) for one in difference(SHEET, new)}
    assert changes == {
        (CHANGED, "SEM1", "name_zh"): ("自主上机", "自主"),
        (CHANGED, "SEM1", "prices.internal_fen"): (260_00, 300_00),
        (CHANGED, "SEM1", "cost.life_years"): (5, 8),
        (CHANGED, "", "terms.night_rate"): ("0.5", "0.8"),
    }
    assert [one.field for one in price_changes(SHEET, new)] == ["prices.internal_fen"]


def test_items_that_came_and_went_are_whole() -> None:
    new = replace(SHEET, items=(OTHER,))
    changes = difference(SHEET, new)
    assert [(one.kind, one.item, one.field) for one in changes] == [
        (ADDED, "SEM2", ""),
        (REMOVED, "SEM1", ""),
    ]
    assert changes[0].new == OTHER
    assert changes[1].old == SEM_ITEM
    prices = price_changes(SHEET, new)
    assert [(one.kind, one.item, one.old, one.new) for one in prices] == [
        (ADDED, "SEM2", None, 260_00),
        (ADDED, "SEM2", None, 620_00),
        (ADDED, "SEM2", None, 900_00),
        (REMOVED, "SEM1", 260_00, None),
        (REMOVED, "SEM1", 620_00, None),
        (REMOVED, "SEM1", 900_00, None),
    ]


def test_against_nothing_everything_is_new() -> None:
    changes = difference(None, SHEET)
    assert changes[0].kind == ADDED
    assert ("terms.night_rate", "1", "0.5") in [(one.field, one.old, one.new) for one in changes]


def test_a_cost_sheet_that_came_is_one_change() -> None:
    bare = replace(SHEET, items=(replace(SEM_ITEM, cost=None),))
    assert [(one.field, one.old) for one in difference(bare, SHEET)] == [("cost", None)]


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("00:00", 0),
        ("17:30", 1050),
        ("24:00", 1440),
        ("24:01", None),
        ("7:00", None),
        ("", None),
        ("\uff117:00", None),
    ],
)
def test_times_of_day(text: str, minute: int | None) -> None:
    assert minute_of(text) == minute


def test_blocks_over_midnight_meet_what_lies_in_them() -> None:
    assert spans(1320, 420) == ((1320, 1440), (0, 420))
    assert spans(1440, 420) == ((0, 420),)
    assert spans(1230, 1440) == ((1230, 1440),)
    assert meet((1320, 420), (0, 60))
    assert meet((1320, 420), (1380, 1400))
    assert not meet((1320, 420), (420, 1320))
    assert not meet((1050, 1230), (1230, 1440))
