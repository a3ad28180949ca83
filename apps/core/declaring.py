"""What a declared parameter is."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Parameter:
    """A declared parameter: its key, its default, and what it means in one sentence."""

    key: str
    default: Any
    meaning: str
