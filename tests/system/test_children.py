"""The supervisor's handling of processes, with small real ones: output, readiness, death, stubbornness,
and its own sudden end.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.processes import ROOT, free_port, listen, wait_until
from scripts.supervisor.children import ChildDied, Family, Interrupted, Recipe

pytestmark = pytest.mark.once

STUBBORN = (
    "import signal, time, pathlib, sys; signal.signal(15, signal.SIG_IGN);"
    "pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
)


def alive(pid: int) -> bool:
    """Whether a process exists and is not a zombie that only waits to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def wanted_down() -> threading.Event:
    return threading.Event()


@pytest.fixture
def family(wanted_down: threading.Event) -> Iterator[Family]:
    family = Family({"PATH": os.environ["PATH"]}, wanted_down)
    yield family
    family.stop(seconds=2)


def test_each_line_of_a_child_carries_its_name(family: Family, capsys: pytest.CaptureFixture[str]) -> None:
    family.run(Recipe("greeter", ["sh", "-c", "echo good morning; echo trouble >&2"]))
    assert capsys.readouterr().out.splitlines() == ["greeter   | good morning", "greeter   | trouble"]


def test_a_generation_is_ready_when_each_of_it_says_so(family: Family, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    slow = Recipe("slow", ["sh", "-c", f"sleep 0.3; touch {ready}; sleep 60"], ready.exists)
    family.start([slow, Recipe("quick", ["sleep", "60"])], seconds=20)
    assert ready.exists()
    assert set(family.pids) == {"slow", "quick"}
    assert all(alive(pid) for pid in family.pids.values())


def test_a_chore_that_fails_is_named_with_its_exit_code(family: Family) -> None:
    with pytest.raises(ChildDied, match="migrate ended with exit code 3"):
        family.run(Recipe("migrate", ["sh", "-c", "exit 3"]))


def test_a_child_that_dies_before_it_is_ready_is_named(family: Family) -> None:
    with pytest.raises(ChildDied, match="gateway ended with exit code 7"):
        family.start([Recipe("gateway", ["sh", "-c", "exit 7"], lambda: False)], seconds=20)


def test_a_child_that_is_never_ready_is_named(family: Family) -> None:
    with pytest.raises(ChildDied, match="beat was not ready"):
        family.start([Recipe("beat", ["sleep", "60"], lambda: False)], seconds=0.2)


def test_a_child_that_is_killed_ends_the_watch_and_is_named_with_its_signal(family: Family) -> None:
    family.start([Recipe("web", ["sleep", "60"]), Recipe("worker", ["sleep", "60"])], seconds=5)
    os.kill(family.pids["worker"], signal.SIGKILL)
    with pytest.raises(ChildDied, match=r"^worker was killed by signal 9$"):
        family.watch()


def test_a_wish_to_stop_ends_every_wait(family: Family, wanted_down: threading.Event) -> None:
    family.start([Recipe("web", ["sleep", "60"])], seconds=5)
    wanted_down.set()
    family.watch()
    with pytest.raises(Interrupted):
        family.run(Recipe("migrate", ["sleep", "60"]))
    with pytest.raises(Interrupted):
        family.start([Recipe("late", ["sleep", "60"], lambda: False)], seconds=5)


def test_who_does_not_obey_is_killed_in_time_with_its_whole_group(family: Family, tmp_path: Path) -> None:
    ready, note = tmp_path / "ready", tmp_path / "grandchild"
    stubborn = [sys.executable, "-c", STUBBORN, str(ready)]
    forks = ["sh", "-c", f"sleep 60 & echo $! > {note}; wait"]
    family.start(
        [Recipe("stubborn", stubborn, ready.exists), Recipe("forks", forks, note.exists)], seconds=20
    )
    assert wait_until(lambda: note.read_text().strip() != "", seconds=20)
    pids = [*family.pids.values(), int(note.read_text())]
    began = time.monotonic()
    assert family.stop(seconds=0.5) == ["stubborn"]
    assert time.monotonic() - began < 4
    assert wait_until(lambda: not any(alive(pid) for pid in pids), seconds=20)


def test_the_young_are_asked_before_the_old(family: Family, tmp_path: Path) -> None:
    order = tmp_path / "order"
    trap = "trap 'echo {0} >> {1}; exit 0' TERM; touch {2}; while :; do sleep 0.05; done"
    for name in ("broker", "gateway", "nmr01"):
        up = tmp_path / name
        family.start([Recipe(name, ["sh", "-c", trap.format(name, order, up)], up.exists)], seconds=20)
    assert family.stop(seconds=5) == []
    assert order.read_text().split() == ["nmr01", "gateway", "broker"]


def test_children_do_not_outlive_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = (
        "import sys, threading, os, time; from pathlib import Path;"
        "from scripts.supervisor.children import Family, Recipe;"
        "family = Family(dict(os.environ), threading.Event());"
        "family.start([Recipe('child', ['sleep', '60'])], seconds=5);"
        "Path(sys.argv[1]).write_text(str(family.pids['child'])); time.sleep(60)"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", script, str(note)], cwd=ROOT)
    assert wait_until(lambda: note.exists() and note.read_text() != "", seconds=20)
    child = int(note.read_text())
    assert alive(child)
    supervisor.kill()
    supervisor.wait()
    assert wait_until(lambda: not alive(child), seconds=20)


def test_a_taken_port_moves_to_the_next_free_one() -> None:
    with listen("127.0.0.1", free_port("127.0.0.1")) as first:
        taken = first.getsockname()[1]
        with listen("127.0.0.1", taken) as second:
            assert second.getsockname()[1] > taken
