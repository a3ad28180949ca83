"""Box algebra over the elementary classes of a table: every row is a box, one bitmask per axis.

Between two neighbouring constants all values behave alike, so a finite number of classes stands for all
situations exactly, without a solver. It owns that geometry and knows no hit policy.
"""

from __future__ import annotations

import dataclasses
import typing

from rules.compiler import COMPARE, Constant
from rules.errors import TooComplex
from rules.facts import ORDERED, Column, Kind
from rules.rows import LISTS, NULLS, Cell, Row, constants

Box = tuple[int, ...]
Situation = dict[str, list[str]]
BOX_LIMIT = 20_000
_OTHER = "<other>"
_NULL = "<null>"


@dataclasses.dataclass(frozen=True)
class _Class:
    """One elementary class: its printed name and the value that stands for it (doubled for ordered kinds)."""

    label: str
    point: Constant | None


class Axis:
    """The classes of one column (or of one member of a set column) and the mask of every cell on it."""

    def __init__(self, column: Column, label: str, classes: list[_Class], member: str | None = None) -> None:
        self.column, self.label, self.classes, self.member = column, label, classes, member
        self.full = (1 << len(classes)) - 1

    @property
    def null(self) -> int:
        """The class of the null (0 when the column has none)."""
        return self._where("is_null")

    def mask(self, cell: Cell) -> int | None:
        """The classes in which the cell holds; None when it speaks of another axis."""
        if cell.column != self.column.name:
            return None
        if cell.op in NULLS:
            return self._where(cell.op)
        wanted = constants(self.column, cell)
        if self.member is not None and self.member not in wanted:
            return None
        holds = (self._holds(cell.op, found, wanted) for found in self.classes)
        return sum(1 << index for index, held in enumerate(holds) if held)

    def _where(self, op: str) -> int:
        null = sum(1 << index for index, found in enumerate(self.classes) if found.label == _NULL)
        return null if op == "is_null" else self.full & ~null

    def _holds(self, op: str, found: _Class, wanted: tuple[Constant, ...]) -> bool:
        if found.point is None:
            return found.label == _OTHER and op in ("neq", "not_in", "lacks")
        if self.member is not None:
            return (op == "contains") == (found.point is True)
        if self.column.kind in ORDERED:
            wanted = tuple(2 * int(value) for value in wanted)
        return _compare(op, found.point, wanted)

    def show(self, mask: int) -> list[str]:
        """The printed classes of a mask."""
        return [found.label for index, found in enumerate(self.classes) if mask >> index & 1]


def _compare(op: str, point: Constant, wanted: tuple[Constant, ...]) -> bool:
    if op in LISTS and op != "between":
        return (point in wanted) == (op == "in")
    if isinstance(point, str):
        return (point == wanted[0]) == (op == "eq")
    numbers = [value for value in wanted if not isinstance(value, str)]
    if op == "between":
        return numbers[0] <= point <= numbers[1]
    return COMPARE[op](point, numbers[0])


def axes_of(columns: typing.Mapping[str, Column], rows: typing.Iterable[Row]) -> list[Axis]:
    """The axes of all columns that the rows test."""
    cells: dict[str, list[Cell]] = {}
    for row in rows:
        for cell in row.cells:
            cells.setdefault(cell.column, []).append(cell)
    axes: list[Axis] = []
    for name, column in columns.items():
        if name in cells:
            axes += _axes_of_column(column, cells[name])
    return axes


def _axes_of_column(column: Column, cells: list[Cell]) -> list[Axis]:
    printed = {value: text for cell in cells for value, text in _printed(column, cell)}
    if column.kind is not Kind.SET:
        classes = _CLASSES.get(column.kind, _ordered_classes)(column, printed)
        return [Axis(column, column.name, classes + _null_class(column))]
    axes = []
    for member in sorted(str(value) for value in printed):
        classes = [_Class("yes", point=True), _Class("no", point=False), *_null_class(column)]
        axes.append(Axis(column, f"{column.name}∋{member}", classes, member))
    return axes or [Axis(column, column.name, [_Class(_OTHER, None), *_null_class(column)])]


def _null_class(column: Column) -> list[_Class]:
    return [_Class(_NULL, None)] if column.nullable else []


def _printed(column: Column, cell: Cell) -> typing.Iterator[tuple[Constant, str]]:
    raw = cell.value if isinstance(cell.value, tuple) else (cell.value,)
    return zip(constants(column, cell), map(str, raw), strict=False)


def _bool_classes(column: Column, printed: dict[Constant, str]) -> list[_Class]:
    return [_Class("false", point=False), _Class("true", point=True)]


def _text_classes(column: Column, printed: dict[Constant, str]) -> list[_Class]:
    if column.values is not None:
        return [_Class(value, value) for value in column.values]  # a closed set has no other text
    return [_Class(text, value) for value, text in sorted(printed.items(), key=str)] + [_Class(_OTHER, None)]


def _ordered_classes(column: Column, printed: dict[Constant, str]) -> list[_Class]:
    """``<a``, ``a``, ``(a,b)``, ``b``, ``>b``; neighbours leave no room between them. Points are doubled."""
    values = sorted(int(value) for value in printed)
    if not values:
        return [_Class("any", 0)]
    classes = [_Class(f"<{printed[values[0]]}", 2 * values[0] - 1)]
    for index, value in enumerate(values):
        if index and value - values[index - 1] > 1:
            classes.append(_Class(f"({printed[values[index - 1]]},{printed[value]})", 2 * value - 1))
        classes.append(_Class(printed[value], 2 * value))
    return [*classes, _Class(f">{printed[values[-1]]}", 2 * values[-1] + 1)]


_CLASSES: dict[Kind, typing.Callable[[Column, dict[Constant, str]], list[_Class]]] = {
    Kind.BOOL: _bool_classes,
    Kind.STR: _text_classes,
}


def box_of(axes: list[Axis], row: Row) -> Box:
    """The situations in which a row fires."""
    masks = [axis.full for axis in axes]
    for index, axis in enumerate(axes):
        for cell in row.cells:
            mask = axis.mask(cell)
            if mask is not None:
                masks[index] &= mask
    return tuple(masks)


def intersect(left: Box, right: Box) -> Box:
    """What two boxes share (empty when any axis is 0)."""
    return tuple(a & b for a, b in zip(left, right, strict=True))


def subtract(boxes: list[Box], cut: Box) -> list[Box]:
    """The boxes without a box, as disjoint boxes. Raises TooComplex beyond 20,000."""
    left: list[Box] = []
    for box in boxes:
        if 0 in intersect(box, cut):
            left.append(box)
            continue
        rest = list(box)
        for index, (mine, theirs) in enumerate(zip(box, cut, strict=True)):
            if outside := mine & ~theirs:
                left.append((*rest[:index], outside, *rest[index + 1 :]))
            rest[index] = mine & theirs
        if len(left) > BOX_LIMIT:
            raise TooComplex(f"more than {BOX_LIMIT} boxes")
    return left


def describe(axes: list[Axis], box: Box) -> Situation:
    """A box in words: the classes of every axis that it restricts."""
    return {axis.label: axis.show(mask) for axis, mask in zip(axes, box, strict=True) if mask != axis.full}
