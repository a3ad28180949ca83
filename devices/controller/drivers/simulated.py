"""A controller's hardware on paper: relays that write a trace, a reader and sensors fed through a socket.
It owns the files `trace.jsonl`, `display.jsonl`, `alive` and the datagram socket `control.sock` in the
state directory, and judges nothing. The trace is the truth the fault tests compare everything else
with.

Like real hardware it has a watchdog: a program that is killed or stalled loses its relays, at the moment of
its last sign of life (power loss) or a watchdog period after it (stall), and the trace says so at the next
opportunity."""

import json
import logging
import mmap
import os
import select
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from devices.controller.drivers import (
    Alarm,
    CardRead,
    DriverEvent,
    KeyTurned,
    LoadChanged,
    WatchdogFired,
    Welded,
)

logger = logging.getLogger(__name__)

ALIVE = struct.Struct("<qq")
WATCHDOG_MS = 2000
MAX_DATAGRAM = 4096


def monotonic_ms() -> int:
    """The monotonic clock that machine, runner and trace share, in milliseconds."""
    return time.monotonic_ns() // 1_000_000


class SimulatedDriver:
    """Relays, reader, sensors and watchdog of a simulated controller. Option `watchdog_ms` (default 2000)."""

    def __init__(self, *, nodes: Sequence[int], state_dir: Path, options: Mapping[str, Any]) -> None:
        self._nodes = tuple(nodes)
        self._dir = state_dir
        self._watchdog_ms = int(options.get("watchdog_ms", WATCHDOG_MS))
        self._on: dict[int, bool] = dict.fromkeys(nodes, False)
        self._trace: TextIO | None = None
        self._display: TextIO | None = None
        self._socket: socket.socket | None = None
        self._alive: mmap.mmap | None = None
        self._fired: list[DriverEvent] = []
        self._wake_r, self._wake_w = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    @property
    def control_path(self) -> Path:
        """Where the reader and the sensors are fed."""
        return self._dir / "control.sock"

    def open(self) -> None:
        """Take the files; relays that a killed predecessor left on are written off at its last sign of
        life.
        """
        self._dir.mkdir(parents=True, exist_ok=True)
        self._trace = (self._dir / "trace.jsonl").open("a", encoding="utf-8")
        self._display = (self._dir / "display.jsonl").open("a", encoding="utf-8")
        alive = self._dir / "alive"
        if not alive.exists() or alive.stat().st_size != ALIVE.size:
            alive.write_bytes(ALIVE.pack(0, 0))
        with alive.open("r+b") as file:
            self._alive = mmap.mmap(file.fileno(), ALIVE.size)
        mono, wall = ALIVE.unpack(self._alive[:])
        for node in last_states(self._dir / "trace.jsonl"):
            self._write_trace(node, on=False, why="power_loss", mono=mono, wall=wall)
        self.control_path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        _bind_short(self._socket, self.control_path)
        self._feed()

    def poll(self, timeout_s: float) -> list[DriverEvent]:
        """Feed the watchdog and collect what came through the socket within `timeout_s` seconds."""
        self._feed()
        events, self._fired = self._fired, []
        if self._socket is None:
            return events
        watched: list[Any] = [self._socket, self._wake_r]
        ready, _, _ = select.select(watched, [], [], 0 if events else max(0.0, timeout_s))
        self._feed()
        events += self._fired
        self._fired = []
        if self._wake_r in ready:
            os.read(self._wake_r, 4096)
        if self._socket in ready:
            events += self._receive(self._socket)
        return events

    def wake(self) -> None:
        """End a running `poll`."""
        try:
            os.write(self._wake_w, b"\0")
        except BlockingIOError:
            logger.debug("already awake")

    def switch(self, node: int, *, on: bool, why: str, at: int) -> None:
        """Switch, and write it to the trace when it changed something; `late_ms` is how long deciding
        took. A watchdog that came first has dropped the relay before this.
        """
        self._feed()
        if self._on.get(node) == on:
            return
        self._on[node] = on
        now = monotonic_ms()
        wall = time.time_ns() // 1_000_000
        self._write_trace(node, on=on, why=why, mono=at, wall=wall - (now - at), late=now - at)

    def show(self, node: int, *, code: str, zh: str, en: str) -> None:
        """Write the sentence to `display.jsonl`."""
        line = {"mono_ms": monotonic_ms(), "node": node, "code": code, "zh": zh, "en": en}
        _append(self._display, line)

    def self_test(self) -> bool:
        """Whether the trace can be written."""
        return self._trace is not None and not self._trace.closed

    def close(self) -> None:
        """All relays off, files closed."""
        for node in self._nodes:
            self.switch(node, on=False, why="close", at=monotonic_ms())
        for file in (self._trace, self._display, self._socket, self._alive):
            if file is not None:
                file.close()
        for descriptor in (self._wake_r, self._wake_w):
            os.close(descriptor)
        self.control_path.unlink(missing_ok=True)

    def _feed(self) -> None:
        if self._alive is None:
            return
        now, wall = monotonic_ms(), time.time_ns() // 1_000_000
        last, last_wall = ALIVE.unpack(self._alive[:])
        for node, on in self._on.items():
            if on and last and now - last > self._watchdog_ms:
                dropped = last + self._watchdog_ms
                self._on[node] = False
                self._write_trace(
                    node, on=False, why="watchdog", mono=dropped, wall=last_wall + self._watchdog_ms
                )
                self._fired.append(WatchdogFired(node=node, at=dropped))
        self._alive[:] = ALIVE.pack(now, wall)

    def _receive(self, control: socket.socket) -> list[DriverEvent]:
        events: list[DriverEvent] = []
        for line in control.recv(MAX_DATAGRAM).splitlines():
            try:
                told = json.loads(line)
                events += read_control(told)
            except (ValueError, TypeError, KeyError, AttributeError):
                logger.warning("simulated driver: a control line was not understood")
        return events

    def _write_trace(self, node: int, *, on: bool, why: str, mono: int, wall: int, late: int = 0) -> None:
        line = {"mono_ms": mono, "wall_ms": wall, "node": node, "on": on, "why": why, "late_ms": late}
        _append(self._trace, {**line, "pid": os.getpid()})


def read_control(told: Mapping[str, Any]) -> list[DriverEvent]:
    """The events in one control object: swipe | card2 (UID), busy, key, weld (bool), tamper (bool or alarm
    kind).
    """
    node = int(told.get("node", 1))
    readers: dict[str, Callable[[Any], DriverEvent]] = {
        "swipe": lambda uid: CardRead(node=node, uid=str(uid)),
        "card2": lambda uid: CardRead(node=node, uid=str(uid)),
        "busy": lambda busy: LoadChanged(node=node, busy=busy is True),
        "key": lambda on: KeyTurned(node=node, on=on is True),
        "weld": lambda stuck: Welded(node=node, stuck=stuck is True),
        "tamper": lambda kind: Alarm(node=node, kind=kind if isinstance(kind, str) else "tamper"),
    }
    return [read(told[name]) for name, read in readers.items() if name in told]


def last_states(trace: Path) -> list[int]:
    """The nodes that the trace leaves on; a torn last line is ignored."""
    on: dict[int, bool] = {}
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
            on[int(entry["node"])] = entry["on"]
        except (ValueError, KeyError, TypeError):
            continue
    return [node for node, lit in on.items() if lit]


def _append(file: TextIO | None, line: Mapping[str, Any]) -> None:
    if file is not None:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()


def _bind_short(sock: socket.socket, path: Path) -> None:
    """Bind through the directory's descriptor: a Unix address holds only 107 bytes."""
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sock.bind(f"/proc/self/fd/{directory}/{path.name}")
    finally:
        os.close(directory)


def send_control(state_dir: Path, told: Mapping[str, Any]) -> None:
    """Feed one control object to a running simulated controller; raises OSError when none runs there."""
    directory = os.open(state_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(json.dumps(told).encode("utf-8"), f"/proc/self/fd/{directory}/control.sock")
    finally:
        os.close(directory)
