"""The controller's non-volatile store: a log of checksummed records, each a patch to a table of JSON
values. It owns durability (a record counts once it is synced, a half-written one never), tells a torn end
from damage in the middle, and knows nothing of what the values mean."""

import json
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any, Protocol

COMPACT_BYTES = 256 * 1024
_HEAD = re.compile(rb"[0-9a-f]{8} \{")


class PowerLoss(Exception):
    """The power went while flash was being written; only tests meet it."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a log says: the table, the length of its undamaged beginning, and whether it is damaged.

    One torn last record is no damage: it was never promised. More than one, or a bad record that whole ones
    follow, is: what it held (a version, a boot or a journal number) is lost, and nobody can tell which. The
    table then holds what all whole records say, for showing and for refusing, not for working on.
    """

    table: dict[str, Any]
    good: int
    damaged: bool


class Flash(Protocol):
    """A table that survives power loss. `load` once, then `write` patches; None deletes a key."""

    damaged: bool
    """Whether the log that was loaded is damaged before its end; it is then only ever appended to."""

    def load(self) -> dict[str, Any]:
        """The table as of the last whole record."""

    def write(self, patch: Mapping[str, Any]) -> None:
        """Make `patch` durable before returning; raises OSError when that is impossible."""


def _record(patch: Mapping[str, Any]) -> bytes:
    body = json.dumps(patch, separators=(",", ":"), sort_keys=True).encode("utf-8")
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _read(line: bytes) -> dict[str, Any] | None:
    if not _HEAD.match(line) or zlib.crc32(line[9:]) != int(line[:8], 16):
        return None
    try:
        patch = json.loads(line[9:])
    except ValueError:
        return None
    return patch if isinstance(patch, dict) else None


def replay(log: bytes) -> Replayed:
    """Read a whole log, whatever stands in it."""
    table: dict[str, Any] = {}
    good = bad = 0
    damaged = False
    *lines, torn = log.split(b"\n")
    for line in lines:
        patch = _read(line)
        if patch is not None:
            damaged = damaged or bad > 0
            good += len(line) + 1 if not bad else 0
            apply(table, patch)
            continue
        # A line end that was hit joins two records: the second is then whole inside the bad line.
        hidden = _inside(line)
        for found in hidden:
            apply(table, found)
        bad += 1
        damaged = damaged or bool(hidden)
    # One record at most was being written when the power went.
    damaged = damaged or bad + bool(torn) > 1 or bool(_inside(torn))
    return Replayed(table=table, good=good, damaged=damaged)


def _inside(line: bytes) -> list[dict[str, Any]]:
    """The whole records that end a line without having begun it."""
    ends = [_read(line[head.start() :]) for head in _HEAD.finditer(line) if head.start() > 0]
    return [patch for patch in ends if patch is not None]


def _compacted(table: Mapping[str, Any]) -> bytes:
    """A log of one record and an empty one behind it: damage to the first cannot pass for a torn end."""
    return _record(table) + _record({})


def apply(table: dict[str, Any], patch: Mapping[str, Any]) -> None:
    """Change `table` by `patch`."""
    for key, value in patch.items():
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value


class FileFlash:
    """A log file: append and fsync; rewritten by an atomic rename once it is long."""

    def __init__(self, path: Path) -> None:
        self.damaged = False
        self._path = path
        self._table: dict[str, Any] = {}
        self._fd: int | None = None
        self._lock: int | None = None
        self._size = 0

    def load(self) -> dict[str, Any]:
        """The table as of the last whole record; a torn tail is cut off so that later records are not lost
        behind it. A log that is `damaged` in its middle is left as it is, for whoever looks into it. OSError
        when another process holds it: two would use the same journal numbers.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        log = self._path.read_bytes()
        found = replay(log)
        self._table, self._size, self.damaged = found.table, found.good, found.damaged
        if self.damaged:
            self._size = len(log)
            if not log.endswith(b"\n"):
                # What is appended must not disappear in the torn end before it.
                os.write(self._fd, b"\n")
        elif self._size != len(log):
            os.ftruncate(self._fd, self._size)
            os.fsync(self._fd)
        _sync_directory(self._path.parent)
        return dict(self._table)

    def write(self, patch: Mapping[str, Any]) -> None:
        """Append one record and sync it."""
        if self._fd is None:
            raise OSError("flash is not loaded")
        record = _record(patch)
        view = memoryview(record)
        while view:
            view = view[os.write(self._fd, view) :]
        os.fdatasync(self._fd)
        self._size += len(record)
        apply(self._table, patch)
        if self._size > COMPACT_BYTES and not self.damaged:
            self._compact()

    def set_aside(self) -> Path:
        """Rename a loaded log, so that the next `load` begins with an empty table; returns its new path."""
        number = 1
        while (aside := self._path.with_suffix(f".damaged-{number}")).exists():
            number += 1
        self._path.replace(aside)
        _sync_directory(self._path.parent)
        return aside

    def close(self) -> None:
        """Let go of the file."""
        for descriptor in (self._fd, self._lock):
            if descriptor is not None:
                os.close(descriptor)
        self._fd = self._lock = None

    def _take_lock(self) -> None:
        # Beside the log, not on it: compaction replaces the log.
        lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise OSError("another process uses this flash") from error
        self._lock = lock

    def _compact(self) -> None:
        fresh = self._path.with_suffix(".new")
        record = _compacted(self._table)
        with fresh.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(record)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        _sync_directory(self._path.parent)
        if self._fd is not None:
            os.close(self._fd)
        self._fd = os.open(self._path, os.O_RDWR | os.O_APPEND)
        self._size = len(record)


class MemoryFlash:
    """The same log in memory, whose next write can be torn by a power loss after any number of bytes."""

    def __init__(self) -> None:
        self.log = b""
        self.damaged = False
        self.tear_after: int | None = None

    def load(self) -> dict[str, Any]:
        """The table as of the last whole record."""
        found = replay(self.log)
        self.damaged = found.damaged
        if not self.damaged:
            self.log = self.log[: found.good]
        return found.table

    def write(self, patch: Mapping[str, Any]) -> None:
        """Append one record; when a tear is set only its beginning arrives, and PowerLoss is raised."""
        record = _record(patch)
        if self.tear_after is not None:
            # A whole record is no torn one: at least its last byte is missing.
            self.log += record[: min(self.tear_after, len(record) - 1)]
            self.tear_after = None
            raise PowerLoss
        self.log += record
        if len(self.log) > COMPACT_BYTES:
            self.log = _compacted(replay(self.log).table)


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
