"""Emptying the database after a transactional test. Django's own flush empties every table and then does the
work of a whole migrate again (content types, permissions, guards, rights): seconds for each of hundreds of
tests. Here the tables that have rows are emptied and what a migrate made stays.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import connections, transaction
from django.test import TransactionTestCase

MADE_BY_MIGRATE = frozenset({"django_content_type", "auth_permission"})


def filled(using: str = "default") -> list[str]:
    """The tables that have rows, but for those that a migrate fills. One query."""
    with connections[using].cursor() as cursor:
        cursor.execute(_prepared(using) if connections[using].vendor == "postgresql" else _asked(using))
        return [name for (name,) in cursor.fetchall()]


def _prepared(using: str) -> str:
    """PostgreSQL thinks much longer about so many tables than it then looks into them: it does so once in a
    session.
    """
    session = connections[using].connection
    if getattr(session, "knows_filled", None) is None:
        with connections[using].cursor() as cursor:
            cursor.execute(f"PREPARE filled_tables AS {_asked(using)}")
        session.knows_filled = True
    return "EXECUTE filled_tables"


@cache
def _asked(using: str) -> str:
    connection = connections[using]
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    return " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(name)})"  # noqa: S608 - names of our own tables
        for name in sorted(tables - MADE_BY_MIGRATE)
    )


def empty(using: str = "default") -> None:
    """Take all rows out of all tables, past the guards that refuse it, which are there again afterwards."""
    connection = connections[using]
    with (
        connection.constraint_checks_disabled(),
        transaction.atomic(using=using),
        connection.cursor() as cursor,
    ):
        names = filled(using)
        if names:
            (_empty_postgresql if connection.vendor == "postgresql" else _empty_sqlite)(cursor, names)


def _empty_postgresql(cursor: Any, names: list[str]) -> None:
    """A TRUNCATE makes new files for every table that refers to one of these: seconds. Rows are few, so they
    are deleted, with keys and guards asleep for this transaction; only a superuser may let them sleep.
    """
    tables = ", ".join(_quoted(names))
    if cursor.connection.info.parameter_status("is_superuser") != "on":
        cursor.execute(f"TRUNCATE {tables} CASCADE")
        return
    cursor.execute("SET LOCAL session_replication_role = replica")
    # As a TRUNCATE does: whoever still writes is waited for, and what they wrote goes too.
    cursor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
    cursor.execute("; ".join(f"DELETE FROM {name}" for name in _quoted(names)))  # noqa: S608 - our own tables


def _empty_sqlite(cursor: Any, names: list[str]) -> None:
    cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
    asleep = [(name, sql) for name, of, sql in cursor.fetchall() if of in names and " DELETE ON " in sql]
    for statement in (
        *(f"DROP TRIGGER {name}" for name in _quoted(name for name, _ in asleep)),
        *(f"DELETE FROM {name}" for name in _quoted(names)),  # noqa: S608 - names of our own tables
        *(sql for _, sql in asleep),
    ):
        cursor.execute(statement)


def _quoted(names: Iterable[str]) -> list[str]:
    return [f'"{name}"' for name in names]


def _teardown(case: Any) -> None:
    for using in case._databases_names(include_mirrors=False):
        empty(using)


def install() -> None:
    """Every transactional test empties the database this way."""
    TransactionTestCase._fixture_teardown = _teardown  # type: ignore[attr-defined]
