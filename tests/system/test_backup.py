"""The backup and restore commands of docs/operations.md, run as they stand there."""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest

from scripts.postgres import throwaway_postgres
from scripts.processes import ROOT
from tests.system.production import production_environment

pytestmark = pytest.mark.once


def commands(label: str) -> str:
    """The shell block under `<!-- tested: LABEL -->`."""
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    block = re.search(rf"<!-- tested: {re.escape(label)} -->\n```sh\n(.*?)```", text, re.DOTALL)
    assert block, f"docs/operations.md has no block for {label}"
    return block[1]


def sh(script: str, variables: Mapping[str, str]) -> None:
    """Run a block as an operator would; the first failing line ends it."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(["sh", "-euc", script], cwd=ROOT, env={**variables, "PATH": path}, check=True)


def count_tables(url: str) -> tuple[int, int, int]:
    """Tables, triggers and applied migrations: what a restore must bring back."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM pg_tables WHERE schemaname = 'public'),"
            " (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal),"
            " (SELECT count(*) FROM django_migrations)"
        ).fetchone()
    assert row
    return int(row[0]), int(row[1]), int(row[2])


def test_a_school_comes_back_from_its_backup_with_its_triggers_and_files(tmp_path: Path) -> None:
    backup, first, second = tmp_path / "backup", tmp_path / "first", tmp_path / "second"
    for folder in (backup, first, second):
        folder.mkdir()
    (first / "files").mkdir()
    (first / "files" / "evidence").write_text("sealed")
    with throwaway_postgres() as old, throwaway_postgres() as new:
        lost = production_environment(first) | {"DATABASE_URL": old, "BACKUP": str(backup)}
        sh("python manage.py migrate --noinput --verbosity 0", lost)
        sh(commands("backup"), lost)
        sh(commands("restore"), production_environment(second) | {"DATABASE_URL": new, "BACKUP": str(backup)})
        assert count_tables(new) == count_tables(old)
        assert count_tables(new)[1] > 0
    assert (second / "files" / "evidence").read_text() == "sealed"


def test_the_embedded_database_is_copied_whole_while_it_is_in_use(tmp_path: Path) -> None:
    run_dir, backup = tmp_path / "run", tmp_path / "backup"
    run_dir.mkdir()
    backup.mkdir()
    busy = sqlite3.connect(run_dir / "clearbench.sqlite3", isolation_level=None)
    busy.executescript(
        "PRAGMA journal_mode=WAL; CREATE TABLE use (seconds INTEGER); INSERT INTO use VALUES (3600);"
    )
    sh(commands("embedded backup"), {"RUN_DIR": str(run_dir), "BACKUP": str(backup)})
    busy.close()
    copy = sqlite3.connect(backup / "clearbench.sqlite3")
    assert copy.execute("SELECT seconds FROM use").fetchall() == [(3600,)]
    copy.close()
