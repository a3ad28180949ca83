"""Between sheets and versions: what a sheet becomes when it is approved, and a version in force as a sheet to
begin a new draft with.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from apps.fees.content import (
    PARTS,
    TIERS,
    CostSheet,
    Hours,
    Item,
    Parts,
    Prices,
    Sheet,
    read_text,
)
from apps.fees.models import FeeItem, FeeVersion
from apps.fees.operations import ItemDraft
from apps.fees.queries import terms_of, version_in_force
from apps.instruments.models import Instrument


def sheet_of_version(instrument: Instrument, at: datetime) -> Sheet | None:
    """The version in force at a moment as a sheet: as it was submitted, with the prices that were approved;
    else put together from its rows (no cost sheet then). At most three queries.
    """
    version = version_in_force(instrument.pk, at)
    if version is None:
        return None
    return as_sheet(version, instrument.ulid)


def as_sheet(version: FeeVersion, instrument: str) -> Sheet:
    """A version as a sheet. Two queries at most, none where items and submission were fetched with it."""
    rows = sorted(version.items.all(), key=lambda row: (row.position, row.code, row.tier))
    submitted = _submitted(version, instrument)
    prices = _prices(rows)
    if submitted is not None:
        items = tuple(replace(item, prices=prices.get(item.code, item.prices)) for item in submitted.items)
        return replace(submitted, items=items)
    first = {row.code: row for row in reversed(rows)}
    return Sheet(
        instrument,
        items=tuple(_item(first[code], prices[code]) for code in prices),
        terms=terms_of(version),
        hours=Hours(planned_hours_year=version.planned_hours_year),
    )


def _submitted(version: FeeVersion, instrument: str) -> Sheet | None:
    return read_text(version.submission.content).sheet_of(instrument) if version.submission else None


def _prices(rows: Iterable[FeeItem]) -> dict[str, Prices]:
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.code, {})[f"{row.tier}_fen"] = row.price_fen
    return {code: Prices(**prices) for code, prices in found.items()}


def _item(row: FeeItem, prices: Prices) -> Item:
    parts = Parts(**{f"{part}_e4": getattr(row, f"{part}_e4") for part in PARTS})
    known = parts != Parts()
    return Item(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        service_mode=row.service_mode,
        unit=row.unit,
        prices=prices,
        cost=CostSheet(stated=parts, subtotal_e4=parts.subtotal_e4, full_cost_e4=parts.total_e4)
        if known
        else None,
        function=row.function,
        unit_minutes=row.unit_minutes or None,
        block_start=row.block_start,
        block_end=row.block_end,
        follows=row.follows,
        following_rate=row.following_rate,
    )


def item_drafts(sheet: Sheet) -> list[ItemDraft]:
    """The items of a sheet as prices to be approved: one for each tier that has one."""
    return [
        ItemDraft(
            code=item.code,
            name_zh=item.name_zh,
            name_en=item.name_en,
            service_mode=item.service_mode,
            unit=item.unit,
            tier=tier,
            price_fen=fen,
            position=position,
            function=item.function,
            unit_minutes=item.unit_minutes or 0,
            block_start=item.block_start,
            block_end=item.block_end,
            follows=item.follows,
            following_rate=item.following_rate,
            parts=item.cost.stated if item.cost else Parts(),
        )
        for position, item in enumerate(sheet.items)
        for tier in TIERS
        if (fen := item.prices.of(tier)) is not None
    ]
