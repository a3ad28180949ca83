"""Conditions sorted for a reader: what fails, what holds, and what cannot be said to hold because it stands
on something that fails (a level of a certificate that is not there). It sorts what the gate said and judges
nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Judged(Protocol):
    """A condition as the gate or a record tells it."""

    @property
    def code(self) -> str: ...

    @property
    def met(self) -> bool: ...


C = TypeVar("C", bound=Judged)


@dataclass(frozen=True)
class Sorted(Generic[C]):
    """The conditions of one decision, in table order within each kind."""

    failing: tuple[C, ...]
    moot: tuple[C, ...]
    met: tuple[C, ...]


def sort_conditions(conditions: Iterable[C]) -> Sorted[C]:
    """A condition that did not fail is moot when another of its family (the code's first part) does."""
    every = tuple(conditions)
    failing = tuple(one for one in every if not one.met)
    families = {_family(one) for one in failing}
    return Sorted(
        failing=failing,
        moot=tuple(one for one in every if one.met and _family(one) in families),
        met=tuple(one for one in every if one.met and _family(one) not in families),
    )


def _family(condition: Judged) -> str:
    return condition.code.partition(".")[0]
