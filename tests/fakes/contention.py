"""Errors as the drivers raise them when others write at the same time, and a way to meet them on purpose."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection


class _DeadlockError(Exception):
    sqlstate = "40P01"


def deadlock() -> OperationalError:
    """As PostgreSQL tells a deadlock, through Django."""
    error = OperationalError("deadlock detected")
    error.__cause__ = _DeadlockError()
    return error


def locked() -> OperationalError:
    """As SQLite tells that it has waited in vain, through Django."""
    inner = sqlite3.OperationalError("database is locked")
    inner.sqlite_errorcode = 5
    error = OperationalError("database is locked")
    error.__cause__ = inner
    return error


@contextmanager
def meeting(error: Callable[[], OperationalError], sql: str, *, times: int) -> Iterator[list[str]]:
    """The first `times` statements that begin like this meet the error instead; gives those that did."""
    met: list[str] = []

    def execute(run: Any, statement: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if statement.startswith(sql) and len(met) < times:
            met.append(statement)
            raise error()
        return run(statement, params, many, context)

    with connection.execute_wrapper(execute):
        yield met
