"""Emptying the database after a transactional test. Django's own flush empties every table and then does the
work of a whole migrate again (content types, permissions, guards, rights): seconds for each of hundreds of
tests. Here the tables that have rows are emptied and what a migrate made stays.
"""

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
    quote = connection.ops.quote_name
    with (
        connection.constraint_checks_disabled(),
        transaction.atomic(using=using),
        connection.cursor() as cursor,
    ):
        names = [quote(name) for name in filled(using)]
        if connection.vendor == "postgresql":
            if names:
                cursor.execute(f"TRUNCATE {', '.join(names)} CASCADE")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for statement in (
            *(f"DROP TRIGGER {quote(name)}" for name, _ in triggers),
            *(f"DELETE FROM {name}" for name in names),  # noqa: S608 - names of our own tables
            *(sql for _, sql in triggers),
        ):
            cursor.execute(statement)


def _teardown(case: Any) -> None:
    for using in case._databases_names(include_mirrors=False):
        empty(using)


def install() -> None:
    """Every transactional test empties the database this way."""
    TransactionTestCase._fixture_teardown = _teardown  # type: ignore[attr-defined]
