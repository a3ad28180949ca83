"""Instruments for tests: rows of the demonstration school, imported as an office would, and invented ones in
number.
"""

from datetime import datetime
from functools import cache
from typing import Any

from apps.instruments.importing import import_instruments, read_csv
from apps.instruments.layout import DATA
from apps.instruments.models import Instrument


@cache
def demo_rows() -> dict[str, dict[str, str]]:
    """The 84 rows of the demonstration school by asset number."""
    return {row["asset_no"]: row for row in read_csv(DATA / "demo_instruments.csv")}


def imported(asset_no: str, now: datetime, **columns: str) -> Instrument:
    """One instrument of the demonstration school, with some columns of its row written differently."""
    [instrument] = import_instruments(source=[{**demo_rows()[asset_no], **columns}], now=now)
    return instrument


def sister(of: Instrument, asset_no: str, now: datetime, **fields: Any) -> Instrument:
    """Another instrument beside one in hand: same facility, same kind, its own number."""
    copied = {
        field.name: getattr(of, field.name)
        for field in Instrument._meta.concrete_fields
        if field.name not in ("id", "ulid")
    }
    return Instrument.objects.create(**{**copied, "asset_no": asset_no, "valid_from": now, **fields})


def many(of: Instrument, count: int, first: int = 0) -> list[Instrument]:
    """`count` more instruments like one in hand, in one statement: for pages and benches that
    need a crowd.
    """
    copied = {
        field.name: getattr(of, field.name)
        for field in Instrument._meta.concrete_fields
        if field.name not in ("id", "ulid", "asset_no")
    }
    return Instrument.objects.bulk_create(
        [Instrument(**copied, asset_no=f"ZZ{n:06d}") for n in range(first, first + count)], batch_size=1000
    )
