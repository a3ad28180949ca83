"""Where the bytes lie and how a part grows. Knows no person and no state.

A part is appended to by one writer at a time, under a lock of the operating system that ends with the
process, and its length is the only truth about how much has arrived: what a cut connection has brought stays.
"""

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

BLOCK = 256 * 1024  # bytes
_PART = ".part"


class Busy(Exception):
    """Somebody else is writing this part at the moment."""


class Moved(Exception):
    """The part is not as long as the writer believes; `length` is what is there."""

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length


class Full(Exception):
    """No room is left on the disk."""


def path_of(ulid: str) -> Path:
    """Where a whole file lies. Its folder is made of the last letters, which are random."""
    return Path(settings.FILES_DIR) / ulid[-2:] / ulid


def part_of(ulid: str) -> Path:
    """Where the beginning of a file lies while it grows."""
    return path_of(ulid).with_suffix(_PART)


def length_of(ulid: str) -> int:
    """How many bytes of a part have arrived."""
    try:
        return part_of(ulid).stat().st_size
    except FileNotFoundError:
        return 0


def room() -> int:
    """Free bytes where files lie, less what must stay free."""
    folder = Path(settings.FILES_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free - settings.FILES_RESERVE_BYTES


def append(ulid: str, *, offset: int, size: int, read: Callable[[int], bytes]) -> int:
    """Add what `read` gives to the part, up to `size` bytes in all; returns its length afterwards, durable.

    Whatever ends the reading (the connection is cut, the server stops), what came before stays. Raises Busy,
    Moved, Full; lets through what `read` raises.
    """
    path = part_of(ulid)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(path) as part:
        length = part.seek(0, os.SEEK_END)
        if length != offset:
            raise Moved(length)
        try:
            while length < size and (block := read(min(BLOCK, size - length))):
                part.write(block)
                length += len(block)
        except OSError as problem:
            if problem.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Full from None
            raise
        finally:
            os.fsync(part.fileno())
        return part.seek(0, os.SEEK_END)


def complete(ulid: str) -> None:
    """The part is the whole file from now on. Done twice, it is done once."""
    path = path_of(ulid)
    try:
        part_of(ulid).replace(path)
    except FileNotFoundError:
        if not path.exists():
            raise
        return
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(ulid: str) -> None:
    """No byte of it is left, whole or part."""
    path_of(ulid).unlink(missing_ok=True)
    part_of(ulid).unlink(missing_ok=True)


def digest_of(ulid: str) -> str:
    """The SHA-256 of a whole file, in hexadecimal. Reads all of it, a block at a time."""
    with path_of(ulid).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def blocks(ulid: str, first: int, length: int) -> Iterator[bytes]:
    """`length` bytes of a whole file from `first` on, a block at a time."""
    with path_of(ulid).open("rb") as file:
        file.seek(first)
        while length > 0 and (block := file.read(min(BLOCK, length))):
            length -= len(block)
            yield block


def blocks_of_part(ulid: str) -> Iterator[bytes]:
    """What has arrived of a file, a block at a time."""
    with part_of(ulid).open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def stored() -> Iterator[tuple[str, Path]]:
    """Every ULID of which something is there, whole or part, with where."""
    for path in Path(settings.FILES_DIR).glob("??/*"):
        yield path.name.removesuffix(_PART), path


@contextmanager
def _alone(path: Path) -> Iterator[BinaryIO]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as part:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield part
