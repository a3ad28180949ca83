"""Decision tables: rule sets as immutable data, their check and their JSON form.

It owns what a well-formed table is (columns exist, operators apply, values are exact, reasons are
there) and never evaluates one. Everything that it refuses is a RuleSetError with a path and a code.
"""

from __future__ import annotations

import dataclasses
import types
import typing

from rules import shape
from rules.errors import FactError, RuleSetError
from rules.facts import Column, Kind, columns_of, digest_of, facts_load, parse
from rules.rows import (
    DENY,
    LISTS,
    NULLS,
    OPERATORS,
    PERMIT,
    ROW_TEXTS,
    SUPPORTED_POLICIES,
    Cell,
    Citation,
    Example,
    HitPolicy,
    Row,
    constants,
    placeholders,
)

__all__ = [
    "Cell",
    "Citation",
    "Column",
    "Example",
    "FactError",
    "HitPolicy",
    "Kind",
    "Row",
    "RuleSet",
    "RuleSetError",
    "constants",
]

MAX_ROWS = 2000
MAX_CELLS_IN_ROW = 64
MAX_CELLS = 20_000  # the slot names up to this number are proven free of hash collisions in the C engine
MAX_VALUES = 500
MAX_EXAMPLES = 500


@dataclasses.dataclass(frozen=True)
class RuleSet:
    """One immutable version of a decision table over one facts type.

    ``default`` is the outcome when no row fires; a deny-overrides table is a closed world, its default
    is ``deny``. ``discriminator`` names the column (a purpose) that says which rows are relevant to a
    situation at all. ``facts_schema`` is the version of the facts type that the rows were written for.
    """

    key: str
    version: int
    hit: HitPolicy
    facts: type
    rows: tuple[Row, ...]
    default: str = DENY
    examples: tuple[Example, ...] = ()
    facts_schema: int = 1
    discriminator: str = ""

    @property
    def columns(self) -> types.MappingProxyType[str, Column]:
        """The columns of the facts type."""
        return columns_of(self.facts)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the JSON form: equal digests decide equally."""
        # Not functools.cached_property: before Python 3.12 it holds a lock, and a child that is forked
        # while another thread computes a digest would wait for ever.
        known: str | None = self.__dict__.get("_digest")
        if known is None:
            known = digest_of(self.to_json())
            object.__setattr__(self, "_digest", known)
        return known

    def to_json(self) -> dict[str, object]:
        """The JSON form that ``from_json`` reads."""
        return {
            "key": self.key,
            "version": self.version,
            "facts_schema": self.facts_schema,
            "hit": self.hit.value,
            "discriminator": self.discriminator,
            "default": self.default,
            "rows": [row.to_json() for row in self.rows],
            "examples": [example.to_json() for example in self.examples],
        }

    @classmethod
    def from_json(cls, data: object, facts_type: type) -> RuleSet:
        """Read and check a table from JSON values of any origin; raises RuleSetError and nothing else."""
        try:
            return _read(data, facts_type).check()
        except RecursionError:
            raise RuleSetError("nested too deeply", code="rules.table_shape") from None

    def check(self) -> RuleSet:
        """Return the table itself when it is well formed, raise RuleSetError with path and code otherwise."""
        _check_head(self)
        seen: set[str] = set()
        for index, row in enumerate(self.rows):
            path = f"rows[{index}]"
            if row.id in seen:
                shape.fail(f"row id {row.id} stands twice", f"{path}.id", "rules.row_duplicate")
            seen.add(row.id)
            _check_row(self, row, path)
        for index, example in enumerate(self.examples):
            _check_example(self, example, f"examples[{index}]")
        return self


# --- check ---


def _check_head(table: RuleSet) -> None:
    columns = table.columns
    if table.hit not in SUPPORTED_POLICIES:
        raise RuleSetError(
            f"the hit policy {table.hit.value} is known but not supported yet",
            code="rules.hit_policy_unsupported",
            path="hit",
        )
    if table.hit is HitPolicy.DENY_OVERRIDES and table.default != DENY:
        shape.fail(
            "a deny-overrides table is a closed world: its default is deny", "default", "rules.outcome"
        )
    shape.matching(table.default, "default", shape.NAME)
    if len(table.rows) > MAX_ROWS or sum(len(row.cells) for row in table.rows) > MAX_CELLS:
        shape.fail(f"more than {MAX_ROWS} rows or {MAX_CELLS} cells", "rows", "rules.table_too_large")
    if table.discriminator:
        column = columns.get(table.discriminator)
        if column is None or column.kind is not Kind.STR:
            shape.fail("not a text column of the facts", "discriminator", "rules.column_unknown")


def _check_row(table: RuleSet, row: Row, path: str) -> None:
    shape.matching(row.id, f"{path}.id", shape.NAME)
    shape.matching(row.outcome, f"{path}.then", shape.NAME)
    if row.code:
        shape.matching(row.code, f"{path}.code", shape.DOTTED)
    if table.hit is HitPolicy.DENY_OVERRIDES:
        if row.outcome not in (PERMIT, DENY):
            shape.fail("the outcome must be permit or deny", f"{path}.then", "rules.outcome")
        if row.outcome == DENY and not (row.code and row.zh and row.en):
            shape.fail(
                "a refusal needs a code and its reason in both languages", path, "rules.row_unexplained"
            )
    if len(row.cells) > MAX_CELLS_IN_ROW:
        shape.fail(f"more than {MAX_CELLS_IN_ROW} cells", f"{path}.when", "rules.table_too_large")
    for index, cell in enumerate(row.cells):
        _check_cell(table.columns, cell, f"{path}.when[{index}]")
    for name in ("zh", "en", "title_zh", "title_en"):
        _check_sentence(table.columns, getattr(row, name), f"{path}.{name}")


def _check_sentence(columns: typing.Mapping[str, Column], sentence: str, path: str) -> None:
    shape.text(sentence, path)
    try:
        found = placeholders(sentence)
    except ValueError as error:
        shape.fail(str(error), path, "rules.placeholder")
    for name, spec in found:
        if name not in columns:
            shape.fail(f"no column {name[:40]}", path, "rules.placeholder")
        if spec and columns[name].kind is not Kind.INT:
            shape.fail(f"{spec} applies to whole numbers only", path, "rules.placeholder")


def _check_cell(columns: typing.Mapping[str, Column], cell: Cell, path: str) -> None:
    column = columns.get(cell.column)
    if column is None:
        shape.fail(f"unknown column {cell.column[:100]}", f"{path}[0]", "rules.column_unknown")
    if cell.op in NULLS:
        if not column.nullable:
            shape.fail(f"{cell.column} is never null", f"{path}[1]", "rules.operator")
        if cell.value is not None:
            shape.fail(f"{cell.op} takes no value", f"{path}[2]", "rules.cell_value")
        return
    if cell.op not in OPERATORS[column.kind]:
        shape.fail(
            f"{cell.op[:40]} does not apply to the {column.kind.value} {cell.column}",
            f"{path}[1]",
            "rules.operator",
        )
    _check_list(cell, path)
    try:
        constants(column, cell)
    except FactError as error:
        shape.fail(error.message, f"{path}[2]", "rules.cell_value")


def _check_list(cell: Cell, path: str) -> None:
    if (cell.op in LISTS) != isinstance(cell.value, tuple):
        shape.fail("one value or a list, as the operator wants", f"{path}[2]", "rules.cell_value")
    if isinstance(cell.value, tuple):
        if not 1 <= len(cell.value) <= MAX_VALUES:
            shape.fail(f"between 1 and {MAX_VALUES} values", f"{path}[2]", "rules.cell_value")
        if cell.op == "between" and len(cell.value) != 2:
            shape.fail("between needs two values", f"{path}[2]", "rules.cell_value")


def _check_example(table: RuleSet, example: Example, path: str) -> None:
    try:
        facts_load(table.facts, example.facts)
    except FactError as error:
        shape.fail(f"{error.path}: {error.message}", f"{path}.facts", "rules.example_facts")
    shape.matching(example.outcome, f"{path}.outcome", shape.NAME)


# --- JSON ---

_HEAD = frozenset({"key", "version", "hit", "rows"})
_HEAD_OPTIONAL = frozenset({"facts_schema", "discriminator", "default", "examples"})


def _read(data: object, facts_type: type) -> RuleSet:
    head = shape.members(data, "", required=_HEAD, optional=_HEAD_OPTIONAL)
    rows = shape.array(head["rows"], "rows", limit=MAX_ROWS)
    examples = shape.array(head.get("examples", []), "examples", limit=MAX_EXAMPLES)
    return RuleSet(
        key=shape.matching(head["key"], "key", shape.DOTTED),
        version=shape.integer(head["version"], "version"),
        hit=_read_policy(head["hit"]),
        facts=facts_type,
        rows=tuple(_read_row(row, f"rows[{index}]") for index, row in enumerate(rows)),
        default=shape.text(head.get("default", DENY), "default"),
        examples=tuple(_read_example(item, f"examples[{index}]") for index, item in enumerate(examples)),
        facts_schema=shape.integer(head.get("facts_schema", 1), "facts_schema"),
        discriminator=shape.text(head.get("discriminator", ""), "discriminator"),
    )


def _read_policy(value: object) -> HitPolicy:
    name = shape.text(value, "hit")
    try:
        return HitPolicy(name)
    except ValueError:
        shape.fail("no such hit policy", "hit", "rules.hit_policy_unknown")


def _read_row(value: object, path: str) -> Row:
    row = shape.members(
        value,
        path,
        required=frozenset({"id", "when", "then"}),
        optional=frozenset({*ROW_TEXTS, "cite"}),
    )
    cells = shape.array(row["when"], f"{path}.when", limit=MAX_CELLS_IN_ROW)
    return Row(
        id=shape.text(row["id"], f"{path}.id"),
        cells=tuple(_read_cell(cell, f"{path}.when[{index}]") for index, cell in enumerate(cells)),
        outcome=shape.text(row["then"], f"{path}.then"),
        cite=None if row.get("cite") is None else _read_citation(row["cite"], f"{path}.cite"),
        **{name: shape.text(row.get(name, ""), f"{path}.{name}") for name in ROW_TEXTS},
    )


def _read_citation(value: object, path: str) -> Citation:
    found = shape.members(
        value, path, required=frozenset({"regulation"}), optional=frozenset({"clause", "date"})
    )
    texts = {name: shape.text(item, f"{path}.{name}") for name, item in found.items()}
    if texts.get("date"):
        try:
            parse(Column("date", Kind.DATE), texts["date"])
        except FactError as error:
            shape.fail(error.message, f"{path}.date")
    return Citation(**texts)


def _read_cell(value: object, path: str) -> Cell:
    parts = shape.array(value, path, limit=3)
    if len(parts) < 2:
        shape.fail("a cell is [column, op, value]", path)
    found = parts[2] if len(parts) == 3 else None
    if isinstance(found, dict):
        shape.fail("a value is no object", f"{path}[2]", "rules.cell_value")
    return Cell(shape.text(parts[0], f"{path}[0]"), shape.text(parts[1], f"{path}[1]"), found)


def _read_example(value: object, path: str) -> Example:
    found = shape.members(
        value,
        path,
        required=frozenset({"name", "facts", "outcome"}),
        optional=frozenset({"codes"}),
    )
    facts = found["facts"]
    if not isinstance(facts, dict):
        shape.fail("facts must be an object", f"{path}.facts")
    codes = found.get("codes")
    return Example(
        name=shape.text(found["name"], f"{path}.name"),
        facts=dict(facts),
        outcome=shape.text(found["outcome"], f"{path}.outcome"),
        codes=None
        if codes is None
        else tuple(
            shape.matching(code, f"{path}.codes", shape.DOTTED)
            for code in shape.array(codes, f"{path}.codes", limit=100)
        ),
    )
