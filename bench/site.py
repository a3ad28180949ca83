"""Throw-away databases for benches and the child process that measures on each. It owns that a database under
measurement is as durable as in service (PostgreSQL with fsync, SQLite in WAL with synchronous=FULL, both on a
real disk) and that nothing is left behind; it knows nothing of Django.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.postgres import throwaway_postgres
from scripts.processes import ROOT

DATABASES = ("postgresql", "sqlite")
FOLDER_VARIABLE = "BENCH_DIR"


def arguments(description: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """The options that all benches on databases share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a small size, to see that it runs")
    parser.add_argument("--database", choices=DATABASES, action="append", help="only this one")
    parser.add_argument("--profile", type=Path, help="keep a cProfile of the gateway in this file")
    return parser.parse_args(argv)


def on_each_database(module: str, options: argparse.Namespace, *, settings: str = "settings.demo") -> int:
    """Run `module.run(quick=..., profile=...)` in a child process on a fresh, durable database of each kind.
    Returns 0 when all of them came to their end.
    """
    failed = 0
    for database in options.database or DATABASES:
        with throwaway_folder() as folder, _database(database, folder) as url:
            environment = {
                **os.environ,
                "DJANGO_SETTINGS_MODULE": settings,
                "RUN_DIR": str(folder),
                "DATABASE_URL": url,
                "PYTHONUNBUFFERED": "1",
            }
            told = {
                "quick": options.quick,
                "profile": str(options.profile.resolve()) if options.profile else None,
            }
            command = [sys.executable, "-m", "bench.inside", module, json.dumps(told)]
            child = subprocess.run(command, cwd=ROOT, env=environment, check=False)  # noqa: S603 - ourselves
            failed |= child.returncode
    return int(bool(failed))


@contextmanager
def throwaway_folder() -> Iterator[Path]:
    """A folder on a real disk: under BENCH_DIR where that is set (when /tmp is kept in memory), else where
    temporary files go.
    """
    with tempfile.TemporaryDirectory(prefix="clearbench-bench-", dir=os.environ.get(FOLDER_VARIABLE)) as name:
        yield Path(name)


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'clearbench.sqlite3'}"
        return
    with throwaway_postgres(durable=True) as url:
        yield url
