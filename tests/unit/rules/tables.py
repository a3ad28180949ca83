"""Tables, facts and an oracle of their own for the tests of the rules room; it asserts nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import typing
from decimal import Decimal

from rules.facts import Kind, parse
from rules.table import Cell, Column, HitPolicy, Row, RuleSet


@dataclasses.dataclass(frozen=True)
class Access:
    """One fact of every kind, nullable and not."""

    state: str
    role: str
    trained: bool
    expires: dt.date | None
    fee: typing.Annotated[Decimal, 2]
    hours: int
    seen: dt.datetime | None = None
    groups: frozenset[str] = frozenset()
    left: int | None = None
    tags: frozenset[str] | None = None


LI_LEI: dict[str, typing.Any] = {
    "state": "approved",
    "role": "student",
    "trained": True,
    "expires": dt.date(2030, 1, 1),
    "fee": Decimal("10.50"),
    "hours": 2,
    "groups": frozenset({"物理系"}),
}


def li_lei(**changes: typing.Any) -> Access:
    """Li Lei, a trained student with an approved two-hour booking."""
    return Access(**{**LI_LEI, **changes})


def deny(row: str, *cells: Cell, code: str = "test.denied", **more: typing.Any) -> Row:
    """A deny row with its reasons."""
    return Row(row, cells, "deny", code=code, zh="不行", en="no", **more)


def permit(row: str, *cells: Cell) -> Row:
    """A permit row."""
    return Row(row, cells, "permit", code="test.permitted", zh="行", en="yes")


def table(*rows: Row, hit: HitPolicy = HitPolicy.DENY_OVERRIDES, **more: typing.Any) -> RuleSet:
    """A table over Access."""
    default = "deny" if hit is HitPolicy.DENY_OVERRIDES else "none"
    return RuleSet("test.access", 1, hit, Access, rows, **{"default": default, **more})


ACCESS = table(
    deny("deny-untrained", Cell("trained", "eq", value=False), code="training.none"),
    deny("deny-no-expiry", Cell("expires", "is_null"), code="training.missing"),
    deny("deny-expired", Cell("expires", "lt", "2026-01-01"), code="training.expired"),
    deny("deny-blacklist", Cell("groups", "contains", "黑名单"), code="user.listed"),
    permit(
        "permit-student",
        Cell("state", "eq", "approved"),
        Cell("role", "in", ["student", "postdoc"]),
        Cell("hours", "lte", 4),
    ),
    permit(
        "permit-staff",
        Cell("state", "in", ["approved", "waived"]),
        Cell("role", "eq", "staff"),
        Cell("fee", "between", ["0", "1000.00"]),
    ),
)

TEXTS = ["approved", "draft", 'x"y\n', "电镜"]
_ORDERED_OPS = ["eq", "neq", "lt", "lte", "gt", "gte", "between", "in", "not_in"]


def random_table(rnd: random.Random, rows: int, hit: HitPolicy = HitPolicy.FIRST) -> RuleSet:
    """A table of random rows with up to four random cells each."""
    outcomes = ["permit", "permit", "deny"] if hit is HitPolicy.DENY_OVERRIDES else ["a", "b", "c"]
    return table(
        *(
            Row(
                f"r{index}",
                tuple(_random_cell(rnd) for _ in range(rnd.randint(0, 4))),
                rnd.choice(outcomes),
                code="test.row",
                zh="因",
                en="why",
            )
            for index in range(rows)
        ),
        hit=hit,
    )


def _random_cell(rnd: random.Random) -> Cell:
    name = rnd.choice([*LI_LEI, "left", "tags", "seen"])
    if name in ("state", "role"):
        op = rnd.choice(["eq", "neq", "in", "not_in"])
        return Cell(name, op, rnd.sample(TEXTS, 2) if "in" in op else rnd.choice(TEXTS))
    if name == "trained":
        return Cell(name, rnd.choice(["eq", "neq"]), rnd.random() < 0.5)
    nullable = ["is_null", "not_null"] if name in ("expires", "left", "tags", "seen") else []
    if name in ("groups", "tags"):
        op = rnd.choice(["contains", "lacks", *nullable])
        return Cell(name, op, None if op in nullable else rnd.choice("abc"))
    op = rnd.choice(_ORDERED_OPS + nullable)
    if op in nullable:
        return Cell(name, op)
    if op in ("in", "not_in", "between"):
        return Cell(name, op, sorted([_random_value(rnd, name), _random_value(rnd, name)]))  # type: ignore[type-var]
    return Cell(name, op, _random_value(rnd, name))


def _random_value(rnd: random.Random, name: str) -> object:
    if name == "expires":
        return f"2026-01-0{rnd.randint(1, 5)}"
    if name == "seen":
        return f"2026-01-0{rnd.randint(1, 5)}T00:00:00+00:00"
    if name == "fee":
        return f"{rnd.randint(0, 3)}.{rnd.randint(0, 9)}0"
    return rnd.randint(-3, 3)


def random_facts(rnd: random.Random) -> Access:
    """Facts near the constants of ``random_table``."""
    return Access(
        state=rnd.choice([*TEXTS, "zz", ""]),
        role=rnd.choice([*TEXTS, "q"]),
        trained=rnd.random() < 0.5,
        expires=None if rnd.random() < 0.25 else dt.date(2026, 1, rnd.randint(1, 6)),
        fee=Decimal(rnd.randint(0, 400)) / 100,
        hours=rnd.randint(-4, 4),
        seen=None if rnd.random() < 0.25 else dt.datetime(2026, 1, rnd.randint(1, 6), tzinfo=dt.UTC),
        groups=frozenset(rnd.sample("abcd", rnd.randint(0, 3))),
        left=None if rnd.random() < 0.3 else rnd.randint(-4, 4),
        tags=None if rnd.random() < 0.3 else frozenset(rnd.sample("abcd", rnd.randint(0, 3))),
    )


def direct(rules: RuleSet, facts: Access) -> tuple[int, ...]:
    """An independent oracle: straight from cells and Python values, no compilation."""
    return tuple(
        index
        for index, row in enumerate(rules.rows)
        if all(_holds(cell, rules.columns[cell.column], facts) for cell in row.cells)
    )


def _holds(cell: Cell, column: Column, facts: Access) -> bool:
    actual = getattr(facts, cell.column)
    if cell.op in ("is_null", "not_null"):
        return (actual is None) == (cell.op == "is_null")
    if actual is None:
        return False
    if column.kind is Kind.SET:
        return (cell.value in actual) == (cell.op == "contains")
    raw = cell.value if isinstance(cell.value, tuple) else (cell.value,)
    wanted: list[typing.Any] = [parse(column, value) for value in raw]
    verdicts: dict[str, typing.Callable[[], object]] = {
        "eq": lambda: actual == wanted[0],
        "neq": lambda: actual != wanted[0],
        "lt": lambda: actual < wanted[0],
        "lte": lambda: actual <= wanted[0],
        "gt": lambda: actual > wanted[0],
        "gte": lambda: actual >= wanted[0],
        "in": lambda: actual in wanted,
        "not_in": lambda: actual not in wanted,
        "between": lambda: wanted[0] <= actual <= wanted[-1],
    }
    return bool(verdicts[cell.op]())
