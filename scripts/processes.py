"""Child processes that never outlive us, and free ports: what the supervisor and the throw-away database and
broker share. It knows nothing of what the children do.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    stdout: int | None = subprocess.PIPE,
    pass_fds: Sequence[int] = (),
    run_as: str = "",
) -> subprocess.Popen[str]:
    """Start `command` as the leader of a process group of its own, merged output as text. `run_as` drops root
    to that user.

    The kernel kills the child when we die, even by kill -9 (PR_SET_PDEATHSIG through setpriv, set after the
    change of user). The thread that calls this must live as long as the child should: the kernel means the
    thread.
    """
    launcher = ["setpriv"]
    if run_as:
        launcher += [f"--reuid={run_as}", f"--regid={run_as}", "--init-groups", "--reset-env"]
    if shutil.which("setpriv") is not None:
        command = [*launcher, "--pdeathsig", "KILL", "--", *command]
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=None if env is None else dict(env),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        pass_fds=pass_fds,
    )


def signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send a signal to the whole group, also when its leader is gone already (beat and gunicorn fork)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def stop(process: subprocess.Popen[str], *, seconds: float, first: signal.Signals = signal.SIGTERM) -> bool:
    """End a child's group: `first`, and after `seconds` SIGKILL. True when it ended by itself in time.
    Nothing of the group is left.
    """
    signal_group(process, first)
    return collect(process, seconds=seconds)


def collect(process: subprocess.Popen[str], *, seconds: float) -> bool:
    """Wait for a child that was told to end; after `seconds`, and for what its group left behind,
    SIGKILL. True when it ended in time.
    """
    try:
        process.wait(seconds)
        obeyed = True
    except subprocess.TimeoutExpired:
        obeyed = False
    signal_group(process, signal.SIGKILL)
    process.wait()
    return obeyed


def wait_until(ready: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    """Ask `ready` until it says yes or the time is over; returns its last answer."""
    deadline = time.monotonic() + seconds
    while not (answer := ready()) and time.monotonic() < deadline:
        time.sleep(every)
    return answer


def answers(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def listen(host: str, port: int, *, tries: int = 200) -> socket.socket:
    """A bound socket at `port` or, where that is taken, at the next free one. Port 0 means any. Raises
    OSError when all are taken.
    """
    for candidate in range(port, min(port + tries, 65536)):
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, candidate))
            bound.listen(2048)
        except OSError:
            bound.close()
            continue
        return bound
    raise OSError(f"no free port from {port} to {port + tries - 1} on {host}")


def free_port(host: str, port: int = 0) -> int:
    """The number of a port that is free now, for a program that binds it itself a moment later."""
    with listen(host, port) as bound:
        number: int = bound.getsockname()[1]
        return number
