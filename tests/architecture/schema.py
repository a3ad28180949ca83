"""What a database holds: our tables with their columns, indexes, constraints and triggers, as plain data.
`python -m tests.architecture.schema` makes the database of DATABASE_URL with the command that is named
(`migrate` or `make_tables`) and writes this out, with the number of migrations that are still to be applied.
A migrate is made in two goes: the second finds the tables of an earlier version under their guards.
"""

import json
import sys
from typing import Any

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}
EARLIER = ("billing", "0004_booking_parts")
ROOMS = ("apps.", "devices.", "documents.", "workflows.")


def schema() -> dict[str, Any]:
    """Our tables by name; the order of columns says nothing. What others ship is theirs to keep alike."""
    names = sorted(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith(ROOMS)
    )
    with connection.cursor() as cursor:
        tables = {name: _table(cursor, name) for name in names}
        cursor.execute(TRIGGERS[connection.vendor])
        triggers = sorted(name for (name,) in cursor.fetchall())
    return {"tables": tables, "triggers": triggers}


def _table(cursor: Any, name: str) -> dict[str, Any]:
    about = connection.introspection
    columns = {
        column.name: [
            about.get_field_type(column.type_code, column),
            bool(column.null_ok),
            str(column.default),
        ]
        for column in about.get_table_description(cursor, name)
    }
    constraints = sorted(
        json.dumps(
            [
                sorted(found["columns"] or []) if found["primary_key"] else found["columns"],
                found["unique"],
                found["foreign_key"],
                found["check"],
                found["index"],
                None if found["foreign_key"] or _made_up(key) else key,
            ]
        )
        for key, found in about.get_constraints(cursor, name).items()
    )
    return {"columns": columns, "constraints": constraints}


def _made_up(name: str) -> bool:
    """Names that a database or Django gives by itself."""
    return name.startswith(("__", "sqlite_autoindex")) or name[-8:-1].isalnum()


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "migrate":
        call_command("migrate", *EARLIER, verbosity=0)
    call_command(sys.argv[1], verbosity=0)
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    sys.stdout.write(json.dumps({**schema(), "unapplied": len(plan)}))
