"""The ``codegen`` engine: one generated Python function per table, without any dependency.

It is taken only when the caller names it (a setting, or a Python for which durable_rules does not
exist), never as a silent substitute. Only generated slot names and int or bool literals reach the
compiler: no text that a person typed is ever executed.
"""

from __future__ import annotations

import re
import typing

from rules.compiler import Atom, Vector
from rules.engines.protocol import Rows
from rules.errors import EngineFault

_SYMBOLS = {"eq": "==", "neq": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_SLOT = re.compile(r"[cd][0-9]+n?", re.ASCII)


class CodegenMatcher:
    """Calls the generated function."""

    def __init__(self, function: typing.Callable[[Vector], tuple[int, ...]]) -> None:
        self._function = function

    def match(self, vector: Vector) -> tuple[int, ...]:
        """The indexes of all rows that fire, ascending."""
        return self._function(vector)

    def close(self) -> None:
        """Nothing is held."""


class CodegenEngine:
    """Writes and compiles Python source."""

    def compile(self, rows: Rows) -> CodegenMatcher:
        """Generate the function; raises EngineFault for atoms that are not plain ints and booleans."""
        namespace: dict[str, typing.Any] = {}
        exec(compile(source_of(rows), "<rules table>", "exec"), namespace)  # noqa: S102  # see the module text
        return CodegenMatcher(namespace["match"])


def source_of(rows: Rows) -> str:
    """The Python source of the matching function."""
    slots = sorted({atom.slot for row in rows for atom in row.atoms})
    lines = ["def match(vector):", " found = []; get = vector.get"]
    conditions = [" and ".join(_condition(atom) for atom in row.atoms) for row in rows]
    lines += [f" {slot} = get({slot!r})" for slot in slots]
    for index, condition in enumerate(conditions):
        lines.append(f" if {condition}: found.append({index})" if condition else f" found.append({index})")
    return "\n".join([*lines, " return tuple(found)", ""])


def _condition(atom: Atom) -> str:
    if not _SLOT.fullmatch(atom.slot) or type(atom.value) not in (int, bool) or atom.op not in _SYMBOLS:
        raise EngineFault("an atom that is no comparison of a slot with an int or bool")
    compared = f"{atom.slot} {_SYMBOLS[atom.op]} {atom.value!r}"
    return compared if atom.op == "eq" else f"{atom.slot} is not None and {compared}"
