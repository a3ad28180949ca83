"""From the rows of a version to the prices of one tier and service mode. Pure: the same for rows of the
database, rows that the gate has gathered, and items of a sheet that is only proposed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.core.clock import SCHOOL_ZONE
from apps.fees.clocktimes import DAY_MINUTES, minute_of
from apps.fees.content import (
    BLOCK,
    COMPONENT,
    CORE_HOUR,
    FURTHER,
    HOUR,
    PERIOD,
    POINT,
    SAMPLE,
    STARTUP,
    Item,
    Sheet,
    Terms,
)
from apps.fees.laying import weekend
from apps.fees.pricing import Block, Extra, Periods, PriceModel

_MS_PER_MINUTE = 60_000
# A tier that a version does not name pays like an internal user, when it is one of the school's own.
FALLS_BACK = {"own_group": "internal", "hosted_owner": "internal"}


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One price of one tier, as the items of a version have it."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    price_fen: int
    unit_minutes: int = 0
    block_start: str = ""
    block_end: str = ""
    follows: str = ""
    following_rate: str = "1"


def assemble(
    terms: Terms,
    rows: Sequence[PriceRow],
    *,
    tier_rate: str = "1",
    is_day_off: Callable[[date], bool] = weekend,
) -> PriceModel:
    """The price model of some rows under these terms. The rows are those of one tier and one service mode; at
    most one of them is by the hour, and so on (`requirements.require_items`).
    """
    return PriceModel(
        hour_fen=_price(rows, HOUR),
        sample_fen=_price(rows, SAMPLE),
        startup_fen=_price(rows, STARTUP),
        core_hour_fen=_price(rows, CORE_HOUR),
        periods=_periods(rows),
        blocks=tuple(_block(row) for row in rows if row.unit == BLOCK),
        extras=tuple(
            Extra(row.code, row.name_zh, row.name_en, row.unit, row.price_fen)
            for row in rows
            if row.unit in (COMPONENT, POINT)
        ),
        minimum_ms=terms.minimum_minutes * _MS_PER_MINUTE,
        minimum_fen=terms.minimum_fen,
        cap_fen=terms.cap_fen,
        step_seconds=terms.billing_step_seconds,
        night_rate=Decimal(terms.night_rate),
        night_start_hour=terms.night_start_hour,
        night_end_hour=terms.night_end_hour,
        weekend_rate=Decimal(terms.weekend_rate),
        weekend_night_rate=Decimal(terms.weekend_night_rate) if terms.weekend_night_rate else None,
        rush_rate=Decimal(terms.rush_rate),
        repeat_rate=Decimal(terms.repeat_rate),
        tier_rate=Decimal(tier_rate),
        department_rate=Decimal(terms.department_rate),
        prepaid_from_fen=terms.prepaid_from_fen,
        prepaid_rate=Decimal(terms.prepaid_rate),
        is_day_off=is_day_off,
        zone=SCHOOL_ZONE,
    )


def needs_calendar(terms: Terms) -> bool:
    """Whether a price depends on which days the school works."""
    return Decimal(terms.weekend_rate) != 1 or bool(terms.weekend_night_rate)


def rate_of_tier(terms: Terms, tier: str) -> str:
    """The factor on the internal price of a tier that has no price of its own."""
    rates = {"own_group": terms.own_group_rate, "hosted_owner": terms.hosted_owner_rate}
    return rates.get(tier, "1")


def model_of_sheet(
    sheet: Sheet,
    tier: str,
    service_mode: str,
    *,
    is_day_off: Callable[[date], bool] = weekend,
    item: str = "",
) -> PriceModel | None:
    """The price model that a sheet would give a tier; None where it names no price for it. With several items
    of one unit, `item` is the code of the one that is meant (the first one without).
    """
    items = [found for found in sheet.items if found.service_mode == service_mode]
    rows, own = _rows(items, tier), True
    if not rows and tier in FALLS_BACK:
        rows, own = _rows(items, FALLS_BACK[tier]), False
    if not rows:
        return None
    rate = "1" if own else rate_of_tier(sheet.terms, tier)
    return assemble(sheet.terms, one_sample(rows, item), tier_rate=rate, is_day_off=is_day_off)


def one_sample(rows: Sequence[PriceRow], item: str) -> list[PriceRow]:
    """The rows with one price by the sample: the named one, else the first."""
    samples = [row for row in rows if row.unit == SAMPLE]
    chosen = next((row for row in samples if row.code == item), samples[0] if samples else None)
    return [row for row in rows if row.unit != SAMPLE or row is chosen]


def _rows(items: Iterable[Item], tier: str) -> list[PriceRow]:
    return [
        PriceRow(
            item.code,
            item.name_zh,
            item.name_en,
            item.unit,
            fen,
            item.unit_minutes or 0,
            item.block_start,
            item.block_end,
            item.follows,
            item.following_rate,
        )
        for item in items
        if (fen := item.prices.of(tier)) is not None
    ]


def _price(rows: Iterable[PriceRow], unit: str) -> int:
    return sum(row.price_fen for row in rows if row.unit == unit)


def _periods(rows: Iterable[PriceRow]) -> Periods | None:
    first = next((row for row in rows if row.unit == PERIOD), None)
    further = next((row for row in rows if row.unit == FURTHER), None)
    if first is None:
        return None
    return Periods(
        first_ms=first.unit_minutes * _MS_PER_MINUTE,
        first_fen=first.price_fen,
        further_ms=further.unit_minutes * _MS_PER_MINUTE if further else 0,
        further_fen=further.price_fen if further else 0,
    )


def _block(row: PriceRow) -> Block:
    start, end = minute_of(row.block_start) or 0, minute_of(row.block_end) or DAY_MINUTES
    return Block(
        row.code,
        row.name_zh,
        row.name_en,
        start,
        end,
        row.price_fen,
        row.follows,
        Decimal(row.following_rate),
    )
