"""The ``python`` engine: the six lines that define what a table means.

Tests use it as the oracle; it never answers in production unless the caller names it.
"""

from __future__ import annotations

from rules.compiler import Vector
from rules.engines.protocol import Rows


class ReferenceMatcher:
    """Asks every atom of every row."""

    def __init__(self, rows: Rows) -> None:
        self._rows = tuple(row.atoms for row in rows)

    def match(self, vector: Vector) -> tuple[int, ...]:
        """The indexes of all rows that fire, ascending."""
        return tuple(
            index for index, atoms in enumerate(self._rows) if all(atom.holds(vector) for atom in atoms)
        )

    def close(self) -> None:
        """Nothing is held."""


class ReferenceEngine:
    """Compiles to plain Python objects."""

    def compile(self, rows: Rows) -> ReferenceMatcher:
        """Keep the atoms."""
        return ReferenceMatcher(rows)
