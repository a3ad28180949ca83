"""Compiles a table into a program: rows of atoms over small integers and booleans, and an encoder of facts.

Only integers and booleans ever reach an engine, so an engine's own ideas about strings, dates, decimals
and nulls cannot matter. It owns that translation and never matches a row.
"""

from __future__ import annotations

import dataclasses
import operator
import typing

from rules.errors import FactError
from rules.facts import Column, Facts, Kind, scalar
from rules.rows import LISTS, NULLS, Cell, constants
from rules.table import RuleSet

Number = int | bool
Constant = int | bool | str
Vector = dict[str, Number]
Comparison = typing.Callable[[Number, Number], bool]

COMPARE: dict[str, Comparison] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


@dataclasses.dataclass(frozen=True)
class Atom:
    """One comparison of a slot with a constant; false when the vector has no such slot (a null fact)."""

    slot: str
    op: str
    value: Number

    def holds(self, vector: Vector) -> bool:
        """The meaning of the atom."""
        return self.slot in vector and COMPARE[self.op](vector[self.slot], self.value)


@dataclasses.dataclass(frozen=True)
class CompiledRow:
    """The atoms of a row, cell by cell (a cell may need two)."""

    cells: tuple[tuple[Atom, ...], ...]

    @property
    def atoms(self) -> tuple[Atom, ...]:
        """All atoms; the row fires when all hold."""
        return tuple(atom for cell in self.cells for atom in cell)


@dataclasses.dataclass(frozen=True)
class _ColumnPlan:
    """How one fact becomes slots: its own, a null flag where a row asks for it, and derived memberships."""

    column: Column
    slot: str
    null_slot: str
    codes: dict[str, int]
    derived: tuple[tuple[str, frozenset[Constant]], ...]

    def encode(self, value: object, vector: Vector) -> None:
        """Write the slots of a fact into the vector; raises FactError."""
        if value is None:
            if not self.column.nullable:
                raise FactError("must not be null", code="rules.fact_null", path=self.column.name)
            if self.null_slot:
                vector[self.null_slot] = True
            return  # no slot, no derived slot: every comparison with null is false
        found = scalar(self.column, value)
        if self.null_slot:
            vector[self.null_slot] = False
        if isinstance(found, frozenset):
            vector.update((slot, not wanted.isdisjoint(found)) for slot, wanted in self.derived)
            return
        vector.update((slot, found in wanted) for slot, wanted in self.derived)
        if self.slot:
            vector[self.slot] = self.number(found)

    def number(self, found: Constant) -> Number:
        """The number of a scalar; 0 is any text that no row names."""
        return self.codes.get(found, 0) if isinstance(found, str) else found


@dataclasses.dataclass(frozen=True)
class Program:
    """What an engine gets (``rows``) and how facts become what it matches (``encode``)."""

    ruleset: RuleSet
    rows: tuple[CompiledRow, ...]
    used: tuple[str, ...]
    plans: tuple[_ColumnPlan, ...]

    def encode(self, facts: Facts) -> Vector:
        """Facts -> vector of ints and booleans. Every fact is checked, used or not; raises FactError."""
        if type(facts) is not self.ruleset.facts:
            raise FactError(
                f"{self.ruleset.key} wants {self.ruleset.facts.__name__}, not {type(facts).__name__}",
                code="rules.facts_type",
            )
        vector: Vector = {}
        for plan in self.plans:
            plan.encode(getattr(facts, plan.column.name), vector)
        return vector


class _Builder:
    """Numbers the slots while cells are translated."""

    def __init__(self, table: RuleSet) -> None:
        self.columns = table.columns
        tested = {cell.column for row in table.rows for cell in row.cells}
        self.used = tuple(name for name in self.columns if name in tested)
        self.number = {name: f"c{index}" for index, name in enumerate(self.used)}
        self.codes: dict[str, dict[str, int]] = {
            name: {} for name in self.used if self.columns[name].kind is Kind.STR
        }
        self.derived: dict[tuple[str, frozenset[Constant]], str] = {}
        self.plain: set[str] = set()
        self.null_tested: set[str] = set()

    def cell(self, cell: Cell) -> tuple[Atom, ...]:
        """Translate one cell."""
        column, slot = self.columns[cell.column], self.number[cell.column]
        if cell.op in NULLS:
            self.null_tested.add(cell.column)
            return (Atom(f"{slot}n", "eq", cell.op == "is_null"),)
        wanted = constants(column, cell)
        if column.kind is Kind.SET or (cell.op in LISTS and cell.op != "between"):
            member = self._derived(cell.column, frozenset(wanted))
            return (Atom(member, "eq", cell.op in ("contains", "in")),)
        self.plain.add(cell.column)
        if cell.op == "between":
            low, high = (self._number(cell.column, value) for value in wanted)
            return (Atom(slot, "gte", low), Atom(slot, "lte", high))
        return (Atom(slot, cell.op, self._number(cell.column, wanted[0])),)

    def _derived(self, name: str, wanted: frozenset[Constant]) -> str:
        return self.derived.setdefault((name, wanted), f"d{len(self.derived)}")

    def _number(self, name: str, value: Constant) -> Number:
        if not isinstance(value, str):
            return value
        codes = self.codes[name]
        return codes.setdefault(value, len(codes) + 1)  # 0 stays for any text that no row names

    def plan(self, name: str, column: Column) -> _ColumnPlan:
        """The encoding of one fact, after all cells are translated."""
        slot = self.number.get(name, "")
        return _ColumnPlan(
            column=column,
            slot=slot if name in self.plain else "",
            null_slot=f"{slot}n" if name in self.null_tested else "",
            codes=self.codes.get(name, {}),
            derived=tuple(
                (member, wanted) for (owner, wanted), member in self.derived.items() if owner == name
            ),
        )


def compile_ruleset(table: RuleSet) -> Program:
    """Check a table and compile it. Raises RuleSetError."""
    table.check()
    builder = _Builder(table)
    rows = tuple(CompiledRow(tuple(builder.cell(cell) for cell in row.cells)) for row in table.rows)
    plans = tuple(builder.plan(name, column) for name, column in table.columns.items())
    return Program(table, rows, builder.used, plans)
