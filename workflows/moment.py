"""The moment and the person of the transition that is going on. Services set them once; every node and
every hook of a flow reads them here, so that nothing inside a transition looks at a clock of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from apps.people.models import User


@dataclass(frozen=True)
class Moment:
    """When it happens and who does it; `by=None` is the system (a timer, an import, a fact)."""

    now: datetime
    by: User | None


_CURRENT: ContextVar[Moment] = ContextVar("workflows.moment")


@contextmanager
def moment(*, now: datetime, by: User | None) -> Iterator[Moment]:
    """Everything inside happens now and is done by this person. Scopes nest; the innermost counts."""
    token = _CURRENT.set(Moment(now, by))
    try:
        yield _CURRENT.get()
    finally:
        _CURRENT.reset(token)


def current() -> Moment:
    """The moment of the transition that is going on. Raises LookupError outside of one: a node was run past
    the services, which are its only door.
    """
    return _CURRENT.get()
