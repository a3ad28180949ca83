"""A PostgreSQL server that exists for one command: own folder, own port, own password, gone afterwards. It
never touches a cluster that is already on the machine, and any number of them run side by side. Started by
root it drops to the user `postgres`, as initdb demands.

python -m scripts.postgres pytest -q          # DATABASE_URL is set for the command
"""

import argparse
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.processes import free_port, spawn, stop, wait_until

HOST = "127.0.0.1"
USER = "app"
DATABASE = "clearbench"
# It is thrown away anyway: durability would only cost time. Everything that decides an outcome (isolation,
# constraints) stays default.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "listen_addresses": HOST,
    "timezone": "UTC",
}


def server_programs() -> Path:
    """The folder of initdb and postgres, the newest when there are several. Raises FileNotFoundError naming
    what to install.
    """
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise FileNotFoundError("no PostgreSQL server programs: install the package postgresql (make system)")
    return found[-1].parent


@contextmanager
def throwaway_postgres(*, durable: bool = False) -> Iterator[str]:
    """A fresh server with an empty database; yields its DATABASE_URL. `durable` leaves fsync on, for
    measuring. Removed at the end, also after an exception.
    """
    folder = Path(tempfile.mkdtemp(prefix="clearbench-pg-"))
    run_as = "postgres" if os.geteuid() == 0 else ""
    try:
        if run_as:
            shutil.chown(folder, run_as, run_as)
        password = secrets.token_hex(16)
        _initialise(folder, password, run_as)
        server, port = _start(folder, run_as, durable=durable)
        try:
            _create_database(port, password)
            yield f"postgresql://{USER}:{password}@{HOST}:{port}/{DATABASE}"
        finally:
            stop(server, seconds=10, first=signal.SIGINT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(folder: Path, password: str, run_as: str) -> None:
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    if run_as:
        shutil.chown(secret, run_as, run_as)
    command = [
        str(server_programs() / "initdb"),
        "-D",
        str(folder / "data"),
        "-U",
        USER,
        "-A",
        "scram-sha-256",
    ]
    command += ["--pwfile", str(secret), "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    initialiser = spawn(command, cwd=folder, run_as=run_as)
    output, _ = initialiser.communicate()
    secret.unlink()
    if initialiser.returncode:
        raise RuntimeError(f"initdb failed:\n{output}")


def _start(folder: Path, run_as: str, *, durable: bool) -> tuple[subprocess.Popen[str], int]:
    """Start the server on a free port. The port can be lost to another program between the look and the bind:
    then try the next.
    """
    log = folder / "log"
    settings = {**SETTINGS, "unix_socket_directories": str(folder)}
    if durable:
        settings = {name: value for name, value in settings.items() if value != "off"}
    for _ in range(5):
        port = free_port(HOST)
        command = [str(server_programs() / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with log.open("a") as output:
            server = spawn(command, cwd=folder, stdout=output.fileno(), run_as=run_as)
        asked = [str(server_programs() / "pg_isready"), "-q", "-h", HOST, "-p", str(port)]

        def settled(server: subprocess.Popen[str] = server, asked: list[str] = asked) -> bool:
            return server.poll() is not None or subprocess.run(asked, check=False).returncode == 0

        if wait_until(settled, seconds=30) and server.poll() is None:
            return server, port
        stop(server, seconds=1)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")


def _create_database(port: int, password: str) -> None:
    command = [str(server_programs() / "createdb"), "-h", HOST, "-p", str(port), "-U", USER, DATABASE]
    subprocess.run(command, check=True, env={**os.environ, "PGPASSWORD": password})


def main() -> int:
    """Run a command with DATABASE_URL at a throw-away server; its exit code is ours. Signals reach the
    command, then we clean up.
    """
    parser = argparse.ArgumentParser(prog="python -m scripts.postgres", description=__doc__)
    parser.add_argument("--durable", action="store_true", help="keep fsync and friends on")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    command_line = chosen.command[1:] if chosen.command[:1] == ["--"] else chosen.command
    if not command_line:
        parser.error("a command is needed")
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _leave)
    with throwaway_postgres(durable=chosen.durable) as url:
        command = subprocess.Popen(command_line, env={**os.environ, "DATABASE_URL": url})
        try:
            return command.wait()
        finally:
            if command.poll() is None:
                command.terminate()
                command.wait()


def _leave(number: int, _frame: object) -> None:
    """Turn the signal into an exit that runs every `finally` on its way."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
