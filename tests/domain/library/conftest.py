"""Fixtures of the library's tests: everybody, and a folder for the files that are sent."""

from datetime import datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.people import People, gather


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> None:
    """Where the files of this test lie."""
    settings.FILES_DIR = str(tmp_path / "files")
    settings.FILES_RESERVE_BYTES = 0


@pytest.fixture
def they(db: None, now: datetime) -> People:
    """Everyone."""
    return gather(now)
