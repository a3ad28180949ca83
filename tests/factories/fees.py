"""Fee sheets for tests: the FE-SEM A as its published price list has it, whole and without a fault."""

from dataclasses import replace
from typing import Any

from apps.fees.assets import Asset
from apps.fees.content import (
    Content,
    CostSheet,
    Hours,
    Item,
    NotOpen,
    Parts,
    Prices,
    Sheet,
    Terms,
)
from apps.instruments.models import Instrument

ASSET = Asset(
    instrument="01SEMA00000000000000000000",
    asset_no="QY000004",
    name_zh="场发射扫描电镜A",
    name_en="FE-SEM A",
    class6="010100",
    grade="research",
    value_fen=3_357_000_00,
    quota_hours=1400,
    service_modes="S A T",
    customs=False,
    external_use_registered=False,
)
SEM_COST = CostSheet(
    formula="B",
    value_fen=3_357_000_00,
    life_years=5,
    hours_basis="quota",
    hours=1400,
    maintenance_rate="0.06",
    management_rate="0.10",
    unit_minutes=60,
    stated=Parts(
        depreciation_e4=4_795_700,
        maintenance_e4=1_438_700,
        consumables_e4=300_000,
        utilities_e4=250_000,
        labour_e4=0,
        space_e4=150_000,
        management_e4=693_400,
    ),
    subtotal_e4=6_934_400,
    full_cost_e4=7_627_800,
)
SEM_ITEM = Item(
    code="SEM1",
    name_zh="自主上机",
    name_en="Self-operated use",
    service_mode="self",
    unit="hour",
    function="SEM",
    prices=Prices(internal_fen=260_00, external_academic_fen=620_00, enterprise_fen=900_00),
    cost=SEM_COST,
)
TERMS = Terms(minimum_minutes=15, night_rate="0.5")
HOURS = Hours(opening="周一至周日 8:00-22:00", open_hours_week=98)


def sheet(instrument: Instrument | str, *items: Item, **members: Any) -> Sheet:
    """A sheet of these items, the ordinary one without any; other members as given."""
    ulid = instrument if isinstance(instrument, str) else instrument.ulid
    return replace(Sheet(ulid, items or (SEM_ITEM,), TERMS, HOURS), **members)


def fee_content(*sheets: Sheet) -> Content:
    """A fee proposal of these sheets."""
    return Content("fee", sheets=sheets, summary="例行调整")


def not_open_content(*instruments: Instrument) -> Content:
    """An application not to open these instruments."""
    return Content(
        "not_open",
        not_open=tuple(NotOpen(instrument.ulid, "teaching", "仅用于本科教学") for instrument in instruments),
    )


def priced_at(item: Item, **fen: int | None) -> Item:
    """The item at other prices: `internal=300_00`."""
    return replace(item, prices=replace(item.prices, **{f"{tier}_fen": price for tier, price in fen.items()}))
