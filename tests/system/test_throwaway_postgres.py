"""The throw-away PostgreSQL: beside others, never in their way, and gone afterwards however its user ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from scripts.postgres import throwaway_postgres
from scripts.processes import ROOT, wait_until
from tests.system.test_children import alive

pytestmark = pytest.mark.once


def servers(folder: Path) -> list[int]:
    """The process ids of PostgreSQL servers whose data lies in `folder`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            told = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in told and alive(int(entry.name)):
            found.append(int(entry.name))
    return found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where servers are made during a test: a folder that the user `postgres` may pass through, unlike
    pytest's own.
    """
    short = Path("/tmp") / f"clearbench-test-{os.getpid()}-{tmp_path.name[-6:]}"  # noqa: S108 - a socket's path must be short
    short.mkdir(mode=0o755)
    monkeypatch.setenv("TMPDIR", str(short))
    monkeypatch.setattr("tempfile.tempdir", None)
    return short


@pytest.fixture(autouse=True)
def _nothing_is_left(place: Path) -> object:
    yield
    assert wait_until(lambda: servers(place) == [], seconds=20)
    for left in place.iterdir():
        subprocess.run(["rm", "-rf", str(left)], check=True)
    place.rmdir()


def start(*command: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "scripts.postgres", "--", *command]
    return subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_two_servers_run_side_by_side_and_know_nothing_of_one_another(place: Path) -> None:
    with throwaway_postgres() as one, throwaway_postgres() as two:
        assert one != two
        with psycopg.connect(one) as first, psycopg.connect(two) as second:
            first.execute("CREATE TABLE only_here (x int)")
            first.commit()
            assert second.execute("SELECT to_regclass('only_here')").fetchone() == (None,)
            assert first.execute("SHOW fsync").fetchone() == ("off",)
    assert list(place.iterdir()) == []


def test_a_wrong_password_does_not_get_in(place: Path) -> None:
    with throwaway_postgres() as url:
        secret = url.split("@")[0].rsplit(":", 1)[1]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url.replace(secret, "0" * 32))
    assert list(place.iterdir()) == []


def test_it_is_removed_after_an_exception(place: Path) -> None:
    with pytest.raises(ZeroDivisionError), throwaway_postgres():
        raise ZeroDivisionError
    assert list(place.iterdir()) == []


def test_the_commands_exit_code_is_ours_and_it_sees_the_database(place: Path) -> None:
    run = start("sh", "-c", 'echo "$DATABASE_URL"; exit 7')
    told, _ = run.communicate(timeout=60)
    assert told.startswith("postgresql://app:")
    assert run.returncode == 7
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_command_and_removes_the_server(place: Path, number: signal.Signals) -> None:
    run = start("sh", "-c", "echo up; exec sleep 60")
    assert run.stdout is not None
    assert run.stdout.readline() == "up\n"
    run.send_signal(number)
    assert run.wait(30) == 128 + number
    run.stdout.close()
    assert list(place.iterdir()) == []


def test_no_server_outlives_a_user_that_is_killed(place: Path) -> None:
    run = start("sh", "-c", "echo up; exec sleep 5")
    assert run.stdout is not None
    assert run.stdout.readline() == "up\n"
    assert servers(place)
    run.kill()
    run.wait()
    run.stdout.close()
    assert wait_until(lambda: servers(place) == [], seconds=20)
