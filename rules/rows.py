"""The parts of a decision table: cells, rows, citations, examples, operators and hit policies.

It owns what a single condition means and which operators a kind of column has; it never sees a whole table.
"""

from __future__ import annotations

import dataclasses
import enum
import string

from rules.facts import ORDERED, Column, Kind, parse, scalar

PERMIT, DENY = "permit", "deny"


class HitPolicy(enum.StrEnum):
    """How many matching rows become one outcome. Those that are not supported yet are refused by name."""

    FIRST = "first"
    DENY_OVERRIDES = "deny-overrides"
    UNIQUE = "unique"
    ANY = "any"
    PRIORITY = "priority"
    COLLECT = "collect"


SUPPORTED_POLICIES = frozenset({HitPolicy.FIRST, HitPolicy.DENY_OVERRIDES})

LISTS = frozenset({"in", "not_in", "between"})
NULLS = frozenset({"is_null", "not_null"})
_ORDER = frozenset({"eq", "neq", "lt", "lte", "gt", "gte", "between", "in", "not_in"})
OPERATORS: dict[Kind, frozenset[str]] = {
    Kind.BOOL: frozenset({"eq", "neq"}),
    Kind.STR: frozenset({"eq", "neq", "in", "not_in"}),
    Kind.SET: frozenset({"contains", "lacks"}),
    **dict.fromkeys(ORDERED, _ORDER),
}
# {days_left:abs} without its sign, {cost_fen:yuan} as 12.30, {purse_fen:left} too, but 0.00 when overspent
FORMATS = frozenset({"", "abs", "yuan", "left"})


@dataclasses.dataclass(frozen=True)
class Cell:
    """One condition ``[column, op, value]``; the value is in JSON form, a list for in, not_in and between.

    A null fact matches only ``is_null``; every other operator is false on it.
    """

    column: str
    op: str
    value: object = None

    def __post_init__(self) -> None:
        if isinstance(self.value, list):
            object.__setattr__(self, "value", tuple(self.value))

    def to_json(self) -> list[object]:
        """``[column, op, value]``."""
        return [self.column, self.op, list(self.value) if isinstance(self.value, tuple) else self.value]


def is_true(column: str) -> Cell:
    """The cell that wants a boolean fact to be true."""
    return Cell(column, op="eq", value=True)


def is_false(column: str) -> Cell:
    """The cell that wants a boolean fact to be false."""
    return Cell(column, op="eq", value=False)


@dataclasses.dataclass(frozen=True)
class Citation:
    """Where a rule comes from: the regulation, its clause and its date (``YYYY-MM-DD``)."""

    regulation: str
    clause: str = ""
    date: str = ""


@dataclasses.dataclass(frozen=True)
class Row:
    """All cells true = the row fires. No cells = it always fires.

    ``code`` is dotted and stable; ``zh`` and ``en`` are the reason in the user's words and may hold
    ``{column}`` (also ``{column:abs}``, ``{column:yuan}``, ``{column:left}``); ``title_zh`` and
    ``title_en`` name the condition positively for a list of conditions met or failed; ``mender`` is who
    can mend it.
    """

    id: str
    cells: tuple[Cell, ...]
    outcome: str
    code: str = ""
    zh: str = ""
    en: str = ""
    mender: str = ""
    title_zh: str = ""
    title_en: str = ""
    cite: Citation | None = None

    def to_json(self) -> dict[str, object]:
        """The JSON object of the row; empty texts are left out."""
        out: dict[str, object] = {"id": self.id, "when": [cell.to_json() for cell in self.cells]}
        out["then"] = self.outcome
        out |= {name: getattr(self, name) for name in ROW_TEXTS if getattr(self, name)}
        if self.cite is not None:
            out["cite"] = dataclasses.asdict(self.cite)
        return out


ROW_TEXTS = ("code", "zh", "en", "mender", "title_zh", "title_en")


@dataclasses.dataclass(frozen=True)
class Example:
    """A situation with the outcome (and, where stated, the exact reason codes) that the table must give."""

    name: str
    facts: dict[str, object] = dataclasses.field(hash=False)
    outcome: str
    codes: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, object]:
        """The JSON object of the example."""
        out: dict[str, object] = {"name": self.name, "facts": dict(self.facts), "outcome": self.outcome}
        return out if self.codes is None else out | {"codes": list(self.codes)}


def constants(column: Column, cell: Cell) -> tuple[int | bool | str, ...]:
    """The exact scalars that a cell compares with (none for is_null and not_null); raises FactError."""
    if cell.op in NULLS:
        return ()
    values = cell.value if cell.op in LISTS and isinstance(cell.value, tuple) else (cell.value,)
    element = dataclasses.replace(column, kind=Kind.STR) if column.kind is Kind.SET else column
    return tuple(_constant(element, value) for value in values)


def _constant(column: Column, value: object) -> int | bool | str:
    found = scalar(column, parse(column, value))
    assert not isinstance(found, frozenset)  # noqa: S101  # for the type checker: a set column compares with its elements
    return found


def placeholders(sentence: str) -> list[tuple[str, str]]:
    """``(column, format)`` of every placeholder; raises ValueError on malformed braces or conversions."""
    found = []
    for _, name, spec, conversion in string.Formatter().parse(sentence):
        if name is None:
            continue
        if conversion or spec not in FORMATS:
            raise ValueError(f"unsupported format in {{{name}}}")
        found.append((name, spec or ""))
    return found
