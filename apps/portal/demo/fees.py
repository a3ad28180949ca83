"""The demonstration school's approved fee standards, the hours of its machines in the year before, and what
other (invented) schools publish for the like.
"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from apps.core.money import round_fen
from apps.fees.content import CORE_HOUR, EXTERNAL, PARTS, Item, Parts
from apps.fees.measuring import record_measured_year
from apps.fees.operations import approve_version
from apps.fees.outside import record_outside_price
from apps.fees.versioning import item_drafts
from apps.instruments.layout import DATA
from apps.instruments.models import Instrument
from apps.portal.demo.fee_rows import Row, rows, sheet_of, without_fault

_NOT_METERED = (
    "core-hours are no instrument hours: they are metered by the scheduler, not by a controller; "
    "a draft proposes them, with what the checks find"
)
SCHOOLS = (  # invented, as is everything that they publish
    ("海陵大学", "Hailing University"),
    ("云岭理工大学", "Yunling University of Technology"),
    ("江畔师范大学", "Jiangpan Normal University"),
    ("北原大学", "Beiyuan University"),
    ("南屿科技大学", "Nanyu University of Science and Technology"),
)
_GRADES = {"routine": "常规", "research": "科研级", "flagship": "旗舰"}
_TIERS = ("internal", *EXTERNAL)
MEASURED = (date(2025, 9, 1), date(2026, 8, 31))


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
    for row in rows():
        instrument = Instrument.objects.get(asset_no=row["asset_no"])
        sheet = sheet_of(row, instrument.ulid)
        if sheet.items[0].unit == CORE_HOUR:
            skipped.append(Skipped(row["fee_code"], row["asset_no"], _NOT_METERED))
            continue
        approve_version(
            instrument=instrument,
            approval_no=f"QYU-{row['fee_code']}",
            items=item_drafts(sheet),
            terms=sheet.terms,
            planned_hours_year=sheet.hours.planned_hours_year,
            valid_from=now,
            source_case=f"import:{row['fee_code']}",
            now=now,
        )
    return skipped


def publish_outside_prices(*, now: datetime) -> int:
    """What the other schools publish for every group of peers of the price list, the same on every machine
    and in every year: so much dearer or cheaper as a digest of the names says. Returns how many prices.
    """
    count = 0
    for item, like in _groups():
        instrument = Instrument.objects.get(asset_no=like["asset_no"])
        for zh, en in SCHOOLS:
            parts = _parts(item, zh)
            for tier in _TIERS:
                record_outside_price(
                    institution_zh=zh,
                    institution_en=en,
                    name_zh=f"{_GRADES[instrument.grade]} {item.function}",
                    name_en=f"{item.function}, {instrument.grade}",
                    class6=instrument.class6,
                    grade=instrument.grade,
                    function=item.function,
                    service_mode=item.service_mode,
                    unit=item.unit,
                    tier=tier,
                    price_fen=_price(item, zh, tier),
                    parts=parts,
                    source=f"{zh}大型仪器收费标准公示 (虚构)",
                    valid_from=now,
                    by=None,
                    now=now,
                )
                count += 1
    return count


def record_hours(*, now: datetime) -> int:
    """The effective hours of every machine in the academic year before, as its asset list has them."""
    first, last = MEASURED
    known = {row.asset_no: row for row in Instrument.objects.all()}
    count = 0
    for asset_no, hours in demo_hours().items():
        if asset_no in known:
            record_measured_year(
                instrument=known[asset_no],
                first=first,
                last=last,
                effective_hours=hours,
                source="学年机时统计 (虚构)",
                by=None,
                now=now,
            )
            count += 1
    return count


def demo_hours() -> dict[str, int]:
    """The (synthetic) effective hours of a year by asset number."""
    with (DATA / "demo_instruments.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["asset_no"]: int(row["effective_hours_synthetic"]) for row in csv.DictReader(file)}


def _groups() -> Iterator[tuple[Item, Row]]:
    """One line for each group of peers: of those without a fault the one with the middle price, else the
    first one mended.
    """
    groups: dict[tuple[str, ...], list[Row]] = {}
    grades = dict(Instrument.objects.values_list("asset_no", "grade"))
    for row in rows():
        key = (row["peer_group"], row["service_mode"], row["unit"], grades[row["asset_no"]])
        groups.setdefault(key, []).append(row)
    for members in groups.values():
        sound = [row for row in members if not row["seeded_issue"]] or members[:1]
        like = sorted(sound, key=lambda row: Decimal(row["price_internal"]))[(len(sound) - 1) // 2]
        yield without_fault(like), like


def _price(item: Item, school: str, tier: str) -> int:
    """Within 15 % of the item's, in whole yuan above ten yuan."""
    fen = round_fen((item.prices.of(tier) or 0) * _factor(school, item.code, tier, 15))
    return fen - fen % 100 if fen >= 1000 else fen


def _parts(item: Item, school: str) -> Parts | None:
    """Costs within 20 % of the item's; four of five schools publish them."""
    if item.cost is None or school == SCHOOLS[-1][0]:
        return None
    stated = item.cost.stated
    costs = {part: round_fen(stated.of(part) * _factor(school, item.code, part, 20)) for part in PARTS}
    return Parts(**{f"{part}_e4": e4 for part, e4 in costs.items()})


def _factor(school: str, code: str, what: str, most_percent: int) -> Fraction:
    """A factor in [1 - most, 1 + most] that these words decide."""
    drawn = int(hashlib.sha256(f"{school}|{code}|{what}".encode()).hexdigest()[:8], 16)
    return 1 + Fraction(drawn % (2 * most_percent + 1) - most_percent, 100)
