"""Guards that live in the database itself, on SQLite and PostgreSQL alike: append-only tables, periods that
may not overlap, and whatever else an app's `guards.py` declares. They are (re)installed after every
migrate. On SQLite they are lifted before it: a migration rebuilds a table under another name, and a trigger
that mentions the table would refuse that, or go with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, transaction
from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True)
class Guard:
    """A named guard: statements by vendor. Each statement must be safe to run again."""

    name: str
    table: str
    statements: dict[str, tuple[str, ...]] = field(default_factory=dict)


_GUARDS: dict[str, Guard] = {}


def declare(guard: Guard) -> None:
    """Register a guard; used at import time by `guards.py` of each app, discovered like `admin.py`."""
    _GUARDS[guard.name] = guard


def declared() -> Iterator[Guard]:
    """All guards, by name."""
    yield from (_GUARDS[name] for name in sorted(_GUARDS))


def install(*, using: str = "default", **_: Any) -> None:
    """Install every guard whose table exists, all in one transaction. Connected to post_migrate."""
    autodiscover_modules("guards")
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for guard in declared():
            if guard.table in tables:
                for statement in guard.statements[connection.vendor]:
                    cursor.execute(statement)


def lift(*, using: str = "default", plan: Sequence[object] = (), **_: Any) -> None:
    """Take the triggers off a SQLite database that is about to be changed; `install` puts them back when the
    last change is made. A migrate that fails in between leaves it without: it is to be repeated before
    anybody works with the database. Connected to pre_migrate.
    """
    connection = connections[using]
    if connection.vendor != "sqlite" or not plan:
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")


def sqlite_trigger(name: str, when: str, table: str, code: str, condition: str = "") -> tuple[str, str]:
    """Two statements that (re)create a SQLite trigger raising `code` when `condition` (a SELECT ... body)
    holds.
    """
    body = f"SELECT RAISE(ABORT, '{code}')" + (f" WHERE {condition}" if condition else "")
    return (
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW BEGIN {body}; END",
    )


def postgres_trigger(name: str, when: str, table: str, code: str, condition: str = "TRUE") -> tuple[str, ...]:
    """Statements that (re)create a PostgreSQL trigger raising `code` when `condition` holds. A row that may
    go is returned: without it PostgreSQL would keep it, and say nothing.
    """
    kept = "OLD" if when == "BEFORE DELETE" else "NEW"
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{code}' USING ERRCODE = 'integrity_constraint_violation'; "
        f"END IF; RETURN {kept}; END $$",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )


def append_only(table: str) -> None:
    """Rows of this table are only ever added."""
    code = f"{table} is append-only"
    update, delete = f"{table}_no_update", f"{table}_no_delete"
    declare(
        Guard(
            name=f"{table}_append_only",
            table=table,
            statements={
                "sqlite": sqlite_trigger(update, "BEFORE UPDATE", table, code)
                + sqlite_trigger(delete, "BEFORE DELETE", table, code),
                "postgresql": postgres_trigger(update, "BEFORE UPDATE", table, code)
                + postgres_trigger(delete, "BEFORE DELETE", table, code),
            },
        )
    )


def no_overlap(
    *, name: str, table: str, key: str | tuple[str, ...], first: str, last: str, live: str
) -> None:
    """No two live rows of one `key` (a column, or several) may have periods [first, last) that meet; an empty
    `last` means for ever.

    `live` is a condition on the row's own columns; in it `{row}` stands for the row's prefix ('NEW.' or
    none).
    """
    far = "9999-12-31"
    keys = (key,) if isinstance(key, str) else key
    same = " AND ".join(f"o.{column} = NEW.{column}" for column in keys)
    clash = (
        f"({live.format(row='NEW.')}) AND EXISTS (SELECT 1 FROM {table} o "  # noqa: S608 - our own constants
        f"WHERE {same} AND o.id <> NEW.id "
        f'AND ({live.format(row="o.")}) AND o."{first}" < COALESCE(NEW."{last}", \'{far}\') '
        f'AND COALESCE(o."{last}", \'{far}\') > NEW."{first}")'
    )
    cast = live.format(row="")
    declare(
        Guard(
            name=name,
            table=table,
            statements={
                # The id of a row to be inserted is still -1 in a BEFORE trigger of SQLite, so AFTER it is.
                "sqlite": sqlite_trigger(f"{name}_insert", "AFTER INSERT", table, name, clash)
                + sqlite_trigger(f"{name}_update", "AFTER UPDATE", table, name, clash),
                "postgresql": (
                    "CREATE EXTENSION IF NOT EXISTS btree_gist",
                    "DO $$ BEGIN IF NOT EXISTS "  # noqa: S608 - our own constants
                    f"(SELECT 1 FROM pg_constraint WHERE conname = '{name}') THEN "
                    f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist ("
                    f"{', '.join(f'{column} WITH =' for column in keys)}, "
                    f'tstzrange("{first}", "{last}") WITH &&) WHERE ({cast}); END IF; END $$',
                ),
            },
        )
    )


append_only("core_fact")
append_only("core_auditentry")
