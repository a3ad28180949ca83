"""A sender, a folder of their own, and bytes that differ everywhere."""

import hashlib
from datetime import datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.files import operations
from apps.files.models import StoredFile
from apps.people.models import User
from tests.people import gather


def some_bytes(length: int) -> bytes:
    """Bytes in which no two places look alike: a lost or doubled piece shows."""
    words = (hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(length // 32 + 1))
    return b"".join(words)[:length]


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where the files of this test lie."""
    settings.FILES_DIR = str(tmp_path / "files")
    settings.FILES_RESERVE_BYTES = 0
    return tmp_path / "files"


@pytest.fixture
def alice(db: None, now: datetime) -> User:
    """Who sends."""
    return gather(now).alice


def begun(by: User, now: datetime, size: int, *, announced: str = "", name: str = "谱图.raw") -> StoredFile:
    """An upload about a thing of the test's own."""
    return operations.begin(about="toy:1", name=name, size=size, by=by, now=now, announced=announced)


def sent(file: StoredFile, content: bytes, now: datetime, offset: int = 0) -> int:
    """Send bytes from an offset on, as one connection does."""
    return operations.append(file=file, offset=offset, read=reader(content), by=file.by, now=now)


class reader:
    """Gives bytes as a connection does; after `cut` bytes it breaks."""

    def __init__(self, content: bytes, cut: int | None = None) -> None:
        self.left, self.cut = content, cut

    def __call__(self, length: int) -> bytes:
        if self.cut is not None and self.cut <= 0:
            raise ConnectionResetError("cut")
        take = length if self.cut is None else min(length, self.cut)
        block, self.left = self.left[:take], self.left[take:]
        if self.cut is not None:
            self.cut -= len(block)
        return block
