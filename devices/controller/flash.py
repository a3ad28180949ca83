"""The controller's non-volatile store: a log of checksummed records, each a patch to a table of JSON
values. It owns durability (a record counts once it is synced, a half-written one never) and knows
nothing of what the values mean."""

import json
import os
import zlib
from collections.abc import Mapping
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any, Protocol

COMPACT_BYTES = 256 * 1024


class PowerLoss(Exception):
    """The power went while flash was being written; only tests meet it."""


class Flash(Protocol):
    """A table that survives power loss. `load` once, then `write` patches; None deletes a key."""

    def load(self) -> dict[str, Any]:
        """The table as of the last whole record."""

    def write(self, patch: Mapping[str, Any]) -> None:
        """Make `patch` durable before returning; raises OSError when that is impossible."""


def _record(patch: Mapping[str, Any]) -> bytes:
    body = json.dumps(patch, separators=(",", ":"), sort_keys=True).encode("utf-8")
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        if zlib.crc32(line[9:]) != int(line[:8], 16):
            return None
        patch = json.loads(line[9:])
    except ValueError:
        return None
    return patch if isinstance(patch, dict) else None


def replay(log: bytes) -> tuple[dict[str, Any], int]:
    """The table that whole records at the beginning of `log` make, and how many bytes they take."""
    table: dict[str, Any] = {}
    good = 0
    for line in log.splitlines(keepends=True):
        patch = _read(line[:-1]) if line.endswith(b"\n") else None
        if patch is None:
            break
        apply(table, patch)
        good += len(line)
    return table, good


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
        self._path = path
        self._table: dict[str, Any] = {}
        self._fd: int | None = None
        self._lock: int | None = None
        self._size = 0

    def load(self) -> dict[str, Any]:
        """The table as of the last whole record; a torn tail is cut off so that later records are not lost
        behind it. OSError when another process holds it: two would use the same journal numbers.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        log = self._path.read_bytes()
        self._table, self._size = replay(log)
        if self._size != len(log):
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
        if self._size > COMPACT_BYTES:
            self._compact()

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
        record = _record(self._table)
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
        self.tear_after: int | None = None

    def load(self) -> dict[str, Any]:
        """The table as of the last whole record."""
        table, good = replay(self.log)
        self.log = self.log[:good]
        return table

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
            self.log = _record(replay(self.log)[0])


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
