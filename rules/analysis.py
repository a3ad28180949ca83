"""Static analysis of tables: gaps, overlaps, conflicts, dead rows, and what a draft newly permits.

Exact by box algebra (``rules.boxes``). It owns the findings and never changes, evaluates or approves a table.
"""

from __future__ import annotations

import dataclasses

from rules.boxes import Axis, Box, Situation, axes_of, box_of, describe, intersect, subtract
from rules.errors import RuleSetError
from rules.rows import DENY, NULLS, PERMIT, HitPolicy
from rules.table import RuleSet

PAIR_LIMIT = 2000
SITUATION_LIMIT = 200


@dataclasses.dataclass(frozen=True)
class Conflict:
    """Two rows with different outcomes that can fire together, and when."""

    first: str
    second: str
    situation: Situation


@dataclasses.dataclass(frozen=True)
class FailOpen:
    """A deny row tests a nullable column and none catches the null: without the fact nobody is denied."""

    row: str
    column: str


@dataclasses.dataclass(frozen=True)
class Analysis:
    """Findings by row id.

    ``gaps`` are situations in which no row fires (the default decides); ``overlaps`` and ``conflicts`` are
    pairs (the first 2,000); ``empty`` rows contradict themselves; ``unreachable`` rows never decide.
    """

    gaps: tuple[Situation, ...]
    overlaps: tuple[tuple[str, str], ...]
    conflicts: tuple[Conflict, ...]
    empty: tuple[str, ...]
    unreachable: tuple[str, ...]
    fail_open: tuple[FailOpen, ...]


def analyse(table: RuleSet) -> Analysis:
    """All findings of a table. Raises RuleSetError, or TooComplex when the answer would be too large."""
    table.check()
    axes = axes_of(table.columns, table.rows)
    boxes = [box_of(axes, row) for row in table.rows]
    overlaps, conflicts = _pairs(table, axes, boxes)
    gaps = _gaps(axes, boxes)
    return Analysis(
        gaps=tuple(describe(axes, box) for box in gaps[:SITUATION_LIMIT]),
        overlaps=overlaps,
        conflicts=conflicts,
        empty=tuple(row.id for row, box in zip(table.rows, boxes, strict=True) if 0 in box),
        unreachable=_unreachable(table, axes, boxes),
        fail_open=_fail_open(table, axes, boxes),
    )


def newly_permitted(old: RuleSet, new: RuleSet) -> list[Situation]:
    """Every class of situations that the draft permits and the old table denies (empty = nothing new).

    Both must be deny-overrides tables over the same facts. At most 200 are described. Raises TooComplex.
    """
    for table in (old.check(), new.check()):
        if table.hit is not HitPolicy.DENY_OVERRIDES or table.facts is not old.facts:
            message = "only two deny-overrides tables over the same facts can be compared"
            raise RuleSetError(message, code="rules.not_comparable", path="hit")
    axes = axes_of(new.columns, (*old.rows, *new.rows))
    left = _permitted(axes, new)
    for box in _permitted(axes, old):
        left = subtract(left, box)
    return [describe(axes, box) for box in left[:SITUATION_LIMIT]]


def _permitted(axes: list[Axis], table: RuleSet) -> list[Box]:
    boxes: list[Box] = []
    for row in table.rows:
        if row.outcome == PERMIT and 0 not in (box := box_of(axes, row)):
            fresh = [box]
            for known in boxes:
                fresh = subtract(fresh, known)
            boxes += fresh
    for row in table.rows:
        if row.outcome == DENY:
            boxes = subtract(boxes, box_of(axes, row))
    return boxes


def _pairs(
    table: RuleSet, axes: list[Axis], boxes: list[Box]
) -> tuple[tuple[tuple[str, str], ...], tuple[Conflict, ...]]:
    overlaps: list[tuple[str, str]] = []
    conflicts: list[Conflict] = []
    for later, (row, box) in enumerate(zip(table.rows, boxes, strict=True)):
        for earlier in range(later):
            shared = intersect(boxes[earlier], box)
            if 0 in shared or len(overlaps) >= PAIR_LIMIT:
                continue
            other = table.rows[earlier]
            overlaps.append((other.id, row.id))
            if other.outcome != row.outcome:
                conflicts.append(Conflict(other.id, row.id, describe(axes, shared)))
    return tuple(overlaps), tuple(conflicts)


def _full(axes: list[Axis]) -> Box:
    return tuple(axis.full for axis in axes)


def _gaps(axes: list[Axis], boxes: list[Box]) -> list[Box]:
    left = [_full(axes)]
    for box in boxes:
        left = subtract(left, box)
    return left


def _unreachable(table: RuleSet, axes: list[Axis], boxes: list[Box]) -> tuple[str, ...]:
    """First: rows wholly behind earlier ones. Deny-overrides: permit rows that are wholly denied."""
    found = []
    for index, (row, box) in enumerate(zip(table.rows, boxes, strict=True)):
        if 0 in box:
            continue
        if table.hit is HitPolicy.FIRST:
            covers = boxes[:index]
        elif row.outcome == PERMIT:
            covers = [b for r, b in zip(table.rows, boxes, strict=True) if r.outcome == DENY]
        else:
            covers = []
        if covers and _covered(box, covers):
            found.append(row.id)
    return tuple(found)


def _covered(box: Box, covers: list[Box]) -> bool:
    left = [box]
    for cover in covers:
        left = subtract(left, cover)
        if not left:
            return True
    return False


def _fail_open(table: RuleSet, axes: list[Axis], boxes: list[Box]) -> tuple[FailOpen, ...]:
    """Deny rows whose condition turns false on a null, where no other deny row catches that null."""
    denials = [(row, box) for row, box in zip(table.rows, boxes, strict=True) if row.outcome == DENY]
    found = []
    for row, box in denials:
        tested = {cell.column for cell in row.cells if cell.op not in NULLS}
        asked = {cell.column for cell in row.cells if cell.op in NULLS}
        for column in sorted(tested - asked):
            if not table.columns[column].nullable:
                continue
            absent = _with_null(axes, box, column)
            if not _covered(absent, [other for _, other in denials]):
                found.append(FailOpen(row.id, column))
    return tuple(found)


def _with_null(axes: list[Axis], box: Box, column: str) -> Box:
    """The box of a row with one column null instead of what the row wants."""
    return tuple(
        axis.null if axis.column.name == column else mask for axis, mask in zip(axes, box, strict=True)
    )
