"""What the engine publishes. The facts of one transition are written together at its end: two statements
however many there are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from apps.core.outbox import Payload, publish, publish_all
from workflows.moment import current

_TOLD: ContextVar[list[tuple[str, Payload]] | None] = ContextVar("workflows.told", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Inside a transaction: what is told inside is written at the end, in its order; nothing when it fails.
    Scopes nest, each writes its own.
    """
    told: list[tuple[str, Payload]] = []
    token = _TOLD.set(told)
    try:
        yield
        if told:
            publish_all(told, now=current().now)
    finally:
        _TOLD.reset(token)


def tell(name: str, **payload: Any) -> None:
    """Publish a fact of the transition that is going on."""
    told = _TOLD.get()
    if told is None:
        publish(name, now=current().now, **payload)
    else:
        told.append((name, payload))
