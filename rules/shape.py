"""Reads untrusted JSON values by shape: the typed value, or RuleSetError with the path.

It owns the words 'member', 'text', 'array' and 'integer', knows nothing of rules, and no other
exception leaves it.
"""

from __future__ import annotations

import re
import typing

from rules.errors import RuleSetError
from rules.facts import INT_MAX, show, storable

DOTTED = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", re.ASCII)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", re.ASCII)
TEXT_LIMIT = 500


def fail(message: str, path: str, code: str = "rules.table_shape") -> typing.NoReturn:
    """Raise RuleSetError at a path."""
    raise RuleSetError(message, code=code, path=path)


def members(
    data: object, path: str, *, required: frozenset[str], optional: frozenset[str] = frozenset()
) -> dict[str, object]:
    """A JSON object with all required and no unknown members."""
    if not isinstance(data, dict):
        fail(f"expected an object, found {show(data)}", path)
    for name in data:
        if name not in required and name not in optional:
            fail(f"unknown member {show(name)}", path, "rules.table_unknown_member")
    for name in sorted(required - data.keys()):
        fail(f"member {name} is missing", path, "rules.table_missing_member")
    return data


def array(value: object, path: str, *, limit: int) -> list[object]:
    """A JSON array of at most ``limit`` items."""
    if not isinstance(value, list):
        fail(f"expected an array, found {show(value)}", path)
    if len(value) > limit:
        fail(f"more than {limit} items", path, "rules.table_too_large")
    return value


def text(value: object, path: str, *, limit: int = TEXT_LIMIT) -> str:
    """A string that a database can hold, at most ``limit`` characters."""
    if not isinstance(value, str) or not storable(value):
        fail(f"expected a string, found {show(value)}", path)
    if len(value) > limit:
        fail(f"longer than {limit} characters", path, "rules.table_too_large")
    return value


def matching(value: object, path: str, pattern: re.Pattern[str]) -> str:
    """A string of the given form."""
    if not pattern.fullmatch(found := text(value, path)):
        fail(f"{show(found)} does not have the form {pattern.pattern}", path)
    return found


def integer(value: object, path: str) -> int:
    """A positive integer (booleans and floats are none)."""
    if type(value) is not int or not 1 <= value <= INT_MAX:
        fail(f"expected a positive integer, found {show(value)}", path)
    return value
