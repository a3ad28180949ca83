"""What most tests begin with is made by operations once in a process; for every other test its rows are
written back as they were. Of a tenth of a second a hundredth is left, thousands of times.
"""

import pickle
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import connection, transaction

from apps.core import outbox
from tests.emptying import filled

Made = TypeVar("Made")


class _Memory(NamedTuple):
    """The statements that write the rows, and what was given back."""

    statements: list[str]
    made: bytes


_memories: dict[tuple[Any, ...], _Memory] = {}
_CELL = {"sqlite": "quote({})", "postgresql": "quote_nullable({}::text)"}


def remembered(make: Callable[[datetime], Made]) -> Callable[[datetime], Made]:
    """`make` as before on a database that has rows already; on an empty one the same rows as the first time,
    with the same keys, and a copy of what it gave back. `make` must leave nothing but rows.
    """

    @wraps(make)
    def again(now: datetime) -> Made:
        if filled():
            return make(now)
        key = (make.__module__, make.__qualname__, now, *_surroundings())
        if key not in _memories:
            made = make(now)
            _memories[key] = _Memory([_statement(table) for table in filled()], pickle.dumps(made))
            return made
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in _memories[key].statements:
                cursor.execute(statement)
        copy: Made = pickle.loads(_memories[key].made)  # noqa: S301 - our own, of this process
        return copy

    return again


def _surroundings() -> tuple[Any, ...]:
    """What else the rows hang on: who listens to facts, the keys of cards and of controllers."""
    return (frozenset(outbox._SUBSCRIBERS), settings.CARD_KEY, settings.SERVER_SIGNING_KEY)


def _statement(table: str) -> str:
    """The statement that writes all rows of a table, as the database itself quotes their cells."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
        columns = [quote(column.name) for column in described]
        cells = ", ".join(_CELL[connection.vendor].format(column) for column in columns)
        cursor.execute(f"SELECT {cells} FROM {quote(table)}")  # noqa: S608 - names of our own tables
        rows = ", ".join(f"({', '.join(row)})" for row in cursor.fetchall())
    return f"INSERT INTO {quote(table)} ({', '.join(columns)}) VALUES {rows}"  # noqa: S608 - by the database
