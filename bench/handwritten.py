"""The baseline's SQL, taken from one real swipe: which statements ran, with which parameters, and which of
those are new with every swipe. It owns that listing and writes it as JSON; running it is `replaying`'s part,
in a process without Django.

Left out are savepoints and the transaction's own brackets: whoever writes it by hand needs one transaction.
The primary keys that the swipe made are recognised by number, so every sequence is first moved to a range of
its own.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection

TRANSACTION = re.compile(r"\s*(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b", re.IGNORECASE)
INSERT = re.compile(r'\s*INSERT INTO "(\w+)"')
ULID = re.compile(r"\b[0-9a-hjkmnp-tv-z]{26}\b")
FIRST_RANGE = 900_000_000
RANGE = 1_000_000

Params = tuple[Any, ...] | Mapping[str, Any]
Statement = tuple[str, Params]


@dataclass
class Listing:
    """The statements of one swipe. `fresh` are the identifiers that were made for it: a repetition replaces
    each by a new one, also inside longer texts. `keys[i]` are the primary keys that statement i returned;
    `preparation` is what a connection is told once before.
    """

    statements: list[Statement]
    fresh: list[str]
    keys: list[list[int]]
    preparation: list[str]

    def to_json(self) -> dict[str, Any]:
        """What `replaying` reads."""
        return {
            "statements": [
                {"sql": sql, "params": all_tagged(params), "keys": keys}
                for (sql, params), keys in zip(self.statements, self.keys, strict=True)
            ],
            "fresh": self.fresh,
            "preparation": self.preparation,
        }


class Recorder:
    """Everything that one block of code asks of the database."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []

    @property
    def preparation(self) -> list[str]:
        """The statements that were only kept for later."""
        return [sql for sql, _ in self.statements if sql.startswith("PREPARE ")]

    def listening(self) -> AbstractContextManager[None]:
        """Record until the end of the `with`."""
        return connection.execute_wrapper(self._note)

    def _note(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Sequence[Any] | Mapping[str, Any] | None,
        many: bool,  # noqa: FBT001 - Django's signature
        context: dict[str, Any],
    ) -> Any:
        if not TRANSACTION.match(sql):
            self.statements.append((sql, params if isinstance(params, Mapping) else tuple(params or ())))
        return execute(sql, params, many, context)


def spread_sequences() -> None:
    """Give the primary keys of each table a range of their own, so that a number names one row."""
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)})
    with connection.cursor() as cursor:
        for number, table in enumerate(tables):
            start = FIRST_RANGE + number * RANGE
            if connection.vendor == "postgresql":
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(quote_ident(%s), 'id'), %s) "
                    "FROM information_schema.columns WHERE table_name = %s AND column_name = 'id' "
                    "AND is_identity = 'YES'",
                    [table, start, table],
                )
            else:
                # There is no unique constraint on the name, so that an upsert cannot be written.
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, start])


def listing_of(first: Callable[[], object], swipe: Callable[[], object], *, known: Sequence[str]) -> Listing:
    """What `swipe` asks of the database; `known` are identifiers that it brings along fresh (its `rid`).
    `first` is a swipe before that on the same, new connection: what is prepared, it prepares.
    """
    beginning, recorder = Recorder(), Recorder()
    connection.close()
    with beginning.listening():
        first()
    with recorder.listening():
        swipe()
    asked = recorder.statements
    return Listing(asked, _fresh(asked, known), _keys(asked), beginning.preparation)


def _fresh(statements: Sequence[Statement], known: Sequence[str]) -> list[str]:
    """Identifiers that appear first in an INSERT: the swipe made them."""
    fresh, old = list(known), set[str]()
    for sql, params in statements:
        found = {ulid for value in _values(params) for ulid in ULID.findall(str(plain(value)))}
        if INSERT.match(sql):
            fresh += sorted(found - old - set(fresh))
        old |= found - set(fresh)
    return fresh


def _keys(statements: Sequence[Statement]) -> list[list[int]]:
    """For each statement the primary keys that it made: the highest of each table belong to this swipe, in
    the order of its statements.
    """
    made: dict[str, list[int]] = {}
    keys: list[list[int]] = [[] for _ in statements]
    for index in range(len(statements) - 1, -1, -1):
        sql, _ = statements[index]
        table = INSERT.match(sql)
        if table is None or "RETURNING" not in sql:
            continue
        name = table.group(1)
        if name not in made:
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT id FROM "{name}" ORDER BY id')  # noqa: S608 - the product's own table
                made[name] = [row[0] for row in cursor.fetchall()]
        for _ in range(_rows(sql)):
            keys[index].insert(0, made[name].pop())
    return keys


def _rows(sql: str) -> int:
    """How many rows an INSERT writes."""
    values = sql[sql.index("VALUES") :]
    return values.count("(%s") or 1


def _values(params: Params) -> Sequence[Any]:
    return list(params.values()) if isinstance(params, Mapping) else params


def all_tagged(params: Params) -> list[Any] | dict[str, Any]:
    """The parameters of a statement in JSON, by place or by name."""
    if isinstance(params, Mapping):
        return {name: tagged(value) for name, value in params.items()}
    return [tagged(value) for value in params]


def plain(value: Any) -> Any:
    """A parameter without its driver's wrapper."""
    return value.obj if hasattr(value, "obj") else value


def tagged(value: Any) -> Any:
    """A parameter in JSON that `replaying` turns back into the same type."""
    if hasattr(value, "obj"):
        return {"json": value.obj}
    if isinstance(value, dt.datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, dt.date):
        return {"day": value.isoformat()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, list | tuple):
        return {"list": [tagged(one) for one in value]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a parameter of type {type(value).__name__} cannot be repeated")
