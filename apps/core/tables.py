"""The tables of a database that begins here and now. A migrate of an empty database walks the whole history
of the models, a quarter of a minute of processor time; made from the models as they are, the same tables
stand in a second (tests/architecture/test_migrations.py holds the two to each other).
"""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.migrations.executor import MigrationExecutor


def make_tables() -> None:
    """All tables as the models have them, with every migration noted as applied: in a file that is not there
    yet. Any other database is migrated as usual. Killed at any moment, it leaves no half-made database.
    """
    file = Path(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or file.exists():
        call_command("migrate", interactive=False, verbosity=0)
        return
    beginning = file.with_name(f"{file.name}.new")
    for left in ("", "-wal", "-shm"):  # by one that was killed
        beginning.with_name(beginning.name + left).unlink(missing_ok=True)
    connection.close()
    connection.settings_dict["NAME"] = str(beginning)
    try:
        _fill()
    finally:
        connection.close()  # the last one writes everything into the one file
        connection.settings_dict["NAME"] = str(file)
    beginning.replace(file)


def _fill() -> None:
    told: dict[str, Any] = {
        "verbosity": 0,
        "interactive": False,
        "db": DEFAULT_DB_ALIAS,
        "plan": [],
        "apps": apps,
    }
    emit_pre_migrate_signal(**told)
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.can_migrate(connection):
                editor.create_model(model)
    emit_post_migrate_signal(**told)
    executor = MigrationExecutor(connection)
    executor.recorder.ensure_schema()
    with transaction.atomic():
        for migration in executor.loader.graph.nodes.values():
            for label, name in migration.replaces or [(migration.app_label, migration.name)]:
                executor.recorder.record_applied(label, name)
        executor.check_replacements()
