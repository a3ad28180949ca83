"""What an engine is: something that compiles rows of atoms into a matcher of int and bool vectors.

It owns the protocol only. Hit policies, reasons and facts never reach an engine, so engines cannot
differ in them.
"""

from __future__ import annotations

import typing

from rules.compiler import CompiledRow, Vector

Rows = typing.Sequence[CompiledRow]


class Matcher(typing.Protocol):
    """One compiled table. Safe to call from several threads."""

    def match(self, vector: Vector) -> tuple[int, ...]:
        """The indexes of all rows that fire, ascending."""

    def close(self) -> None:
        """Release what the engine holds; the matcher must not be used any more."""


class Engine(typing.Protocol):
    """A kind of matcher."""

    def compile(self, rows: Rows) -> Matcher:
        """Compile rows; raises EngineFault when the engine cannot take them."""
