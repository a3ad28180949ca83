"""`make run` as a user meets it: one supervisor, every process, READY, run.json; taken ports, a dying
child, Ctrl-C, a restart.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scripts.processes import ROOT, answers, free_port, listen, wait_until
from tests.system.test_children import alive

pytestmark = [pytest.mark.system, pytest.mark.once, pytest.mark.timeout(900)]

READY_SECONDS = 600  # against hanging: a machine in use takes several times as long as an idle one
SERVICES = {"supervisor", "broker", "web", "worker", "beat", "gateway"}


class Run:
    """A supervisor on a data folder of its own, its output collected line by line."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        clean = {
            name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "USER")
        }
        command = [sys.executable, "-m", "scripts.supervisor", "--data", str(folder), *arguments]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            self.lines.extend(line.rstrip() for line in self.process.stdout)

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def until_ready(self) -> dict[str, Any]:
        wait_until(lambda: "READY" in self.lines or self.process.poll() is not None, seconds=READY_SECONDS)
        assert "READY" in self.lines, self.output
        told: dict[str, Any] = json.loads((self.folder / "run.json").read_text())
        return told

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(30)
        self._reader.join(5)
        return code


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for the whole file: the others restart on what the first has left."""
    return tmp_path_factory.mktemp("demo") / "data folder"


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


def of_ours(folder: Path) -> list[str]:
    """The command lines of living processes that name this data folder: what a supervisor could have left
    behind.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in told and alive(int(entry.name)) and int(entry.name) != os.getpid():
            found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def test_the_demo_starts_beside_taken_ports_tells_where_it_is_and_leaves_nothing(
    folder: Path, runs: list[Run]
) -> None:
    with (
        listen("127.0.0.1", free_port("127.0.0.1")) as web,
        listen("127.0.0.1", free_port("127.0.0.1")) as mqtt,
    ):
        taken = {web.getsockname()[1], mqtt.getsockname()[1]}
        runs.append(
            Run(folder, "--web-port", str(web.getsockname()[1]), "--mqtt-port", str(mqtt.getsockname()[1]))
        )
        run = runs[-1]
        told = run.until_ready()
    port = int(told["url"].rstrip("/").rpartition(":")[2])
    assert port not in taken
    assert told["mqtt"]["port"] not in taken
    with urllib.request.urlopen(told["url"] + "healthz", timeout=5) as answer:  # noqa: S310 - our own http address
        assert answer.status == 200
    assert answers(told["mqtt"]["host"], told["mqtt"]["port"])
    controllers = set(told["pids"]) - SERVICES
    assert set(told["pids"]) >= SERVICES
    assert len(controllers) == 6
    assert all(set(one) == {"login", "password", "role"} for one in told["logins"])
    assert len({one["role"] for one in told["logins"]}) >= 2, "somebody who uses and somebody who manages"
    assert f"site    {told['url']}" in run.output
    assert all(one["password"] in run.output for one in told["logins"])
    for name in controllers:
        assert (
            json.loads((folder / "controllers" / name / "config.json").read_text())["mqtt"]["port"]
            == told["mqtt"]["port"]
        )

    second = Run(folder)
    runs.append(second)
    assert second.wait() == 1
    assert "already running" in second.output

    assert run.end() == 0, run.output
    assert not any(alive(pid) for pid in told["pids"].values())
    assert wait_until(lambda: of_ours(folder) == [], seconds=5), of_ours(folder)
    assert not (folder / "run.json").exists()


@pytest.mark.parametrize("victim", ["gateway", "a controller"])
def test_on_the_same_data_a_child_that_dies_is_named_and_everything_stops(
    folder: Path, runs: list[Run], victim: str
) -> None:
    runs.append(
        Run(folder, "--web-port", str(free_port("127.0.0.1")), "--mqtt-port", str(free_port("127.0.0.1")))
    )
    run = runs[-1]
    told = run.until_ready()
    name = victim if victim in told["pids"] else min(set(told["pids"]) - SERVICES)
    os.kill(told["pids"][name], signal.SIGKILL)
    assert run.wait() == 1
    assert f"{name} was killed by signal 9" in run.output
    assert not any(alive(pid) for pid in told["pids"].values())
    assert wait_until(lambda: of_ours(folder) == [], seconds=5), of_ours(folder)


def test_a_supervisor_that_is_killed_takes_its_children_with_it(folder: Path, runs: list[Run]) -> None:
    runs.append(
        Run(folder, "--web-port", str(free_port("127.0.0.1")), "--mqtt-port", str(free_port("127.0.0.1")))
    )
    told = runs[-1].until_ready()
    runs[-1].process.kill()
    assert runs[-1].wait() == -signal.SIGKILL
    assert wait_until(lambda: not any(alive(pid) for pid in told["pids"].values()), seconds=10)
    assert wait_until(lambda: of_ours(folder) == [], seconds=10), of_ours(folder)


def test_without_mosquitto_the_stand_in_broker_serves_and_its_weakness_is_told(
    folder: Path, runs: list[Run]
) -> None:
    runs.append(
        Run(
            folder,
            "--broker",
            "iotcore",
            "--web-port",
            str(free_port("127.0.0.1")),
            "--mqtt-port",
            str(free_port("127.0.0.1")),
        )
    )
    told = runs[-1].until_ready()
    assert told["broker"] == "iotcore"
    assert "no per-device rights" in runs[-1].output
    assert runs[-1].end(signal.SIGTERM) == 0
    with socket.socket() as probe:
        assert probe.connect_ex((told["mqtt"]["host"], told["mqtt"]["port"])) != 0
