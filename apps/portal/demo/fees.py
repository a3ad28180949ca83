"""The demonstration school's approved fee standards, read from its price list."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from apps.core.money import fen_from_yuan
from apps.fees.operations import ItemDraft, approve_version
from apps.instruments.models import Instrument

FILE = Path(__file__).resolve().parents[2] / "fees" / "data" / "demo_fee_items.csv"
_UNITS = {"元/机时": "hour", "元/样": "sample"}
_NOT_YET = {
    "元/核时": "core-hours are no instrument hours and are never added to them",
    "元/天": "days are not priced yet",
}
_PRICES = {
    "internal": "price_internal",
    "external_academic": "price_external_academic",
    "enterprise": "price_enterprise",
}
_ENGLISH = {
    "自主上机": "Self-operated use",
    "代测": "Measurement by staff",
    "代加工": "Processing by staff",
    "粉末常规": "Routine powder scan",
    "全谱+窄谱": "Survey and narrow scans",
    "样品测试": "Sample test",
    "多元素": "Multi-element analysis",
}


@dataclass(frozen=True)
class Skipped:
    """A line of the price list that was not taken, and why."""

    fee_code: str
    asset_no: str
    reason: str


def approve_fees(*, now: datetime) -> list[Skipped]:
    """One fee standard for each priced instrument, in force from `now`; returns the lines that were not
    taken.
    """
    skipped = []
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["unit"] not in _UNITS:
                skipped.append(Skipped(row["fee_code"], row["asset_no"], _NOT_YET[row["unit"]]))
                continue
            approve_version(
                instrument=Instrument.objects.get(asset_no=row["asset_no"]),
                approval_no=f"QYU-{row['fee_code']}",
                items=list(_items(row)),
                valid_from=now,
                source_case=f"import:{row['fee_code']}",
                minimum_minutes=15 if row["unit"] == "元/机时" else 0,
                billing_step_seconds=60,
                now=now,
            )
    return skipped


def _items(row: dict[str, str]) -> Iterator[ItemDraft]:
    for tier, column in _PRICES.items():
        yield ItemDraft(
            code=row["fee_code"],
            name_zh=row["item"],
            name_en=_ENGLISH[row["item"]],
            service_mode=row["service_mode"],
            unit=_UNITS[row["unit"]],
            tier=tier,
            price_fen=fen_from_yuan(row[column]),
        )
