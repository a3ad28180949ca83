"""Expecting a refusal by its code, as a page or an API client would meet it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from apps.core.errors import Refusal


@dataclass
class Met:
    """What the refusal said, filled in when the block is left."""

    details: dict[str, Any] = field(default_factory=dict)
    field: str | None = None
    message: str = ""


@contextmanager
def refused(kind: type[Refusal], code: str) -> Iterator[Met]:
    """The block must be refused with exactly this kind of answer and this code, in words that somebody can
    read.
    """
    met = Met()
    with pytest.raises(kind) as caught:
        yield met
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert len(str(caught.value)) > 3
    met.details, met.field = caught.value.details, caught.value.field
    met.message = str(caught.value)
