"""What the buttons of the page do to the rows: one more, one less, up, filled in from the asset record.
They work on text, with scripts and without.
"""

import re
from collections.abc import Callable, Mapping

from apps.fees.assets import Asset
from apps.fees.content import QUOTA, Parts
from apps.fees.cost import Cost
from apps.fees.grid.columns import STATED, TABLES
from apps.fees.grid.typed import Row, Typed

_NUMBER = re.compile(r"(.*?)(\d+)")
_LIFE_YEARS = 5  # what most sheets take


def act(typed: Typed, verb: str, asset: Asset, costs: Mapping[str, Cost | None]) -> bool:
    """Do what a button says ('more.i', 'drop.i.a3', 'up.i.a3', 'fill.i.a3'); whether there is
    such a button. `costs` are the recomputed ones by the code of the item.
    """
    name, _dot, place = verb.partition(".")
    table, _dot, key = place.partition(".")
    if table not in TABLES:
        return False
    if name == "more":
        more(typed, table, asset)
        return True
    row = typed.row(table, key)
    todo: Callable[[], None] | None = {
        "drop": lambda: _drop(typed, table, key),
        "up": lambda: _up(typed, table, key),
        "fill": lambda: _fill(row, costs),
    }.get(name)
    if row is None or todo is None:
        return False
    todo()
    return True


def more(typed: Typed, table: str, asset: Asset) -> Row | None:
    """One more row at the end, with what is usual; None when the table is full."""
    rows = typed.tables[table]
    if len(rows) >= TABLES[table].most:
        return None
    row = Row(typed.fresh_key(table), usual(asset) if table == "i" else {})
    rows.append(row)
    return row


def number(typed: Typed) -> None:
    """Give a code to each item that has none."""
    for row in typed.tables["i"]:
        if not row.is_blank("i") and not row.cells.get("code", "").strip():
            row.cells["code"] = next_code([one.cells.get("code", "") for one in typed.tables["i"]])


def usual(asset: Asset) -> dict[str, str]:
    """How the cells of a new item begin: formula B with value and quota hours of the asset record."""
    return {
        "service_mode": "self",
        "unit": "hour",
        "following_rate": "1",
        "cost.formula": "B",
        "cost.value_fen": _column("cost.value_fen", asset.value_fen),
        "cost.life_years": str(_LIFE_YEARS),
        "cost.hours_basis": QUOTA,
        "cost.hours": str(asset.quota_hours or ""),
        "cost.maintenance_rate": "0.06",
        "cost.management_rate": "0.10",
        "cost.unit_minutes": "60",
    }


def next_code(codes: list[str]) -> str:
    """A code after the last one: 'FEE012' -> 'FEE013'; 'F1' where none ends in a number."""
    taken = set(codes)
    for code in reversed(codes):
        found = _NUMBER.fullmatch(code.strip())
        if found:
            number, width = int(found[2]), len(found[2])
            while (fresh := f"{found[1]}{number:0{width}d}") in taken:
                number += 1
            return fresh
    return next(f"F{number}" for number in range(1, len(taken) + 2) if f"F{number}" not in taken)


def filled(cost: Cost) -> dict[str, str]:
    """The cells of a recomputed cost."""
    stated = {f"cost.stated.{name}": value for name, value in _members(cost.parts).items()}
    values = {**stated, "cost.subtotal_e4": cost.subtotal_e4, "cost.full_cost_e4": cost.full_cost_e4}
    return {column.path: column.write(values[column.path]) for column in STATED}


def _fill(row: Row | None, costs: Mapping[str, Cost | None]) -> None:
    cost = costs.get(row.cells.get("code", "").strip()) if row else None
    if row is not None and cost is not None:
        row.cells |= filled(cost)


def _members(parts: Parts) -> dict[str, int]:
    return {name: getattr(parts, name) or 0 for name in parts.__slots__}


def _column(path: str, value: int) -> str:
    column = next(column for column in TABLES["i"].columns if column.path == path)
    return column.write(value)


def _drop(typed: Typed, table: str, key: str) -> None:
    typed.tables[table] = [row for row in typed.tables[table] if row.key != key]


def _up(typed: Typed, table: str, key: str) -> None:
    rows = typed.tables[table]
    here = next(number for number, row in enumerate(rows) if row.key == key)
    if here:
        rows[here - 1], rows[here] = rows[here], rows[here - 1]
