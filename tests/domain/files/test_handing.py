"""A file leaves whole, in parts, or not at all."""

import hashlib
from datetime import datetime

import pytest
from django.http import HttpResponseBase
from django.test import RequestFactory

from apps.core.errors import WrongState
from apps.files import checking, disk
from apps.files.handing import Damaged, hand_out
from apps.files.models import StoredFile
from apps.files.operations import erase
from apps.people.models import User
from tests.domain.files.conftest import begun, sent, some_bytes
from tests.factories.refusals import refused

CONTENT = some_bytes(3 * disk.BLOCK + 5)


@pytest.fixture
def file(alice: User, now: datetime) -> StoredFile:
    """A file that is ready."""
    made = begun(alice, now, len(CONTENT))
    sent(made, CONTENT, now)
    checking.check_next(now=now)
    made.refresh_from_db()
    return made


def got(file: StoredFile, **headers: str) -> tuple[HttpResponseBase, bytes]:
    """The answer and its bytes."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = hand_out(RequestFactory().get("/", headers=given), file)
    return answer, b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]


def test_a_whole_file_is_a_download_with_its_name_size_and_digest(file: StoredFile) -> None:
    answer, content = got(file)
    assert content == CONTENT
    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["ETag"] == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("asked", "first", "length"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-", 5, len(CONTENT) - 5),
        ("bytes=-7", len(CONTENT) - 7, 7),
        (f"bytes=10-{10**14}", 10, len(CONTENT) - 10),
        (f"bytes={disk.BLOCK - 1}-{disk.BLOCK}", disk.BLOCK - 1, 2),
    ],
)
def test_a_cut_download_goes_on_where_it_was(file: StoredFile, asked: str, first: int, length: int) -> None:
    answer, content = got(file, Range=asked)
    assert answer.status_code == 206
    assert content == CONTENT[first : first + length]
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + length - 1}/{len(CONTENT)}"
    assert answer.headers["Content-Length"] == str(length)


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=-", "nonsense"])
def test_what_is_no_range_is_the_whole_file(file: StoredFile, asked: str) -> None:
    answer, content = got(file, Range=asked)
    assert (answer.status_code, content) == (200, CONTENT)


@pytest.mark.parametrize("asked", [f"bytes={len(CONTENT)}-", "bytes=-0"])
def test_a_range_outside_the_file_is_told_its_size(file: StoredFile, asked: str) -> None:
    answer, _content = got(file, Range=asked)
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


def test_a_range_of_another_version_is_the_whole_file(file: StoredFile) -> None:
    assert got(file, Range="bytes=0-3", If_Range='"other"')[0].status_code == 200
    assert got(file, Range="bytes=0-3", If_Range=f'"{file.sha256}"')[0].status_code == 206


def test_who_has_it_already_gets_nothing(file: StoredFile) -> None:
    assert got(file, If_None_Match=f'"{file.sha256}"')[0].status_code == 304


def test_a_changed_file_is_a_cut_download_and_never_a_quiet_one(file: StoredFile) -> None:
    path = disk.path_of(file.ulid)
    path.write_bytes(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
    pieces: list[bytes] = []
    with pytest.raises(OSError, match="damaged"):
        pieces.extend(hand_out(RequestFactory().get("/"), file))
    assert len(b"".join(pieces)) < len(CONTENT)
    path.write_bytes(CONTENT[:-1])
    with refused(Damaged, "files.damaged"):
        got(file)
    path.unlink()
    with refused(Damaged, "files.damaged"):
        got(file)


def test_what_is_not_ready_is_not_handed_out(alice: User, now: datetime, file: StoredFile) -> None:
    other = begun(alice, now, 5)
    with refused(WrongState, "files.not_ready"):
        got(other)
    sent(other, b"12345", now)
    with refused(WrongState, "files.not_ready"):
        got(other)
    erase(file=file, by=None, reason="x", now=now)
    with refused(WrongState, "files.erased"):
        got(file)
