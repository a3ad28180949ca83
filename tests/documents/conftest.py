"""A folder of its own for every test's files, and the people whom papers are about."""

import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.people.models import User
from apps.people.operations import register_user
from documents.models import Document
from documents.operations import issue_document
from tests.documents.papers import certificate

Read = Callable[..., str]


@pytest.fixture(autouse=True)
def archive(settings: Settings, tmp_path: Path) -> Path:
    """Where this test's files are kept."""
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    return tmp_path / "documents"


@pytest.fixture
def alice(db: None, now: datetime) -> User:
    return register_user(
        username="alice", name_zh="艾丽", name_en="Alice", kind="student", unit=None, now=now
    )


@pytest.fixture
def teng(db: None, now: datetime) -> User:
    return register_user(username="teng", name_zh="滕老师", name_en="Teng", kind="staff", unit=None, now=now)


@pytest.fixture
def paper(alice: User, teng: User, now: datetime) -> Document:
    """Alice's certificate, issued by Teng; its file is not made yet, because no transaction has ended."""
    return issue_document(
        context=certificate(), subject_ref="certificate:1", holder=alice, by=teng, now=now, language="zh-hans"
    )


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """What a program of poppler says of a PDF."""

    def run(pdf: bytes, program: str = "pdftotext", *options: str) -> str:
        file = tmp_path / "paper.pdf"
        file.write_bytes(pdf)
        command = [program, *options, str(file), *(["-"] if program == "pdftotext" else [])]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    return run
