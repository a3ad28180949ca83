"""The tests make their database from the models, which takes seconds instead of most of a minute. What the
migrations make is the same.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from scripts.processes import ROOT
from tests.architecture.schema import schema


@pytest.mark.timeout(600)  # a whole migrate, on a machine that may have more to do
@pytest.mark.django_db
def test_the_migrations_make_the_database_that_the_tests_run_on(tmp_path: Path) -> None:
    _is_ours(_made("migrate", tmp_path))


@pytest.mark.once
@pytest.mark.django_db
def test_a_file_that_gets_its_tables_at_once_is_as_if_migrated(tmp_path: Path) -> None:
    (tmp_path / "new.new").write_text("left by one that was killed")
    _is_ours(_made("make_tables", tmp_path))
    assert [file.name for file in tmp_path.glob("new*")] == ["new"]


def _is_ours(made: dict[str, Any]) -> None:
    ours = json.loads(json.dumps(schema()))
    assert made["unapplied"] == 0
    assert made["triggers"] == ours["triggers"]
    assert made["tables"].keys() == ours["tables"].keys()
    for name, table in ours["tables"].items():
        assert made["tables"][name] == table, name
    assert len(ours["triggers"]) > 20


def _made(command: str, folder: Path) -> dict[str, Any]:
    """The schema of another database, empty until now: a file, or on PostgreSQL the one beside those of the
    tests.
    """
    url = os.environ["DATABASE_URL"] if connection.vendor == "postgresql" else f"sqlite:///{folder / 'new'}"
    done = subprocess.run(
        [sys.executable, "-m", "tests.architecture.schema", command],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "settings.test"},
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
