"""The engines behind one protocol: ``durable`` (default), ``codegen`` and ``python`` (the reference).

It owns the register of names and never chooses: the caller names the engine (a setting of the product),
and one that is unknown or not installed is refused, never replaced by another.
"""

from __future__ import annotations

import importlib
import importlib.util
import typing

from rules.engines.protocol import Engine, Matcher
from rules.errors import EngineMissing

__all__ = ["ENGINES", "Engine", "Matcher", "available", "get_engine", "names"]

# name -> (entry point "module:attribute", the module it needs). A site adds a line of its own at start-up.
ENGINES: dict[str, tuple[str, str]] = {
    "durable": ("rules.engines.durable:DurableEngine", "durable_rules_engine"),
    "codegen": ("rules.engines.codegen:CodegenEngine", ""),
    "python": ("rules.engines.reference:ReferenceEngine", ""),
}


def names() -> tuple[str, ...]:
    """All registered engine names, installed or not."""
    return tuple(ENGINES)


def available(name: str) -> bool:
    """True when the engine is registered and the module it needs can be found (durable: Python < 3.13)."""
    if name not in ENGINES:
        return False
    needs = ENGINES[name][1]
    return not needs or importlib.util.find_spec(needs) is not None


def get_engine(name: str) -> Engine:
    """The engine of that name; raises EngineMissing (``rules.engine_missing``)."""
    if name not in ENGINES:
        raise EngineMissing(f"there is no engine {name!r}; known are {', '.join(ENGINES)}")
    entry_point, needs = ENGINES[name]
    module, _, attribute = entry_point.partition(":")
    try:
        return typing.cast(Engine, getattr(importlib.import_module(module), attribute)())
    except ImportError as error:
        raise EngineMissing(f"the engine {name} needs the module {needs or module}: {error}") from error
