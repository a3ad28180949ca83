"""Uploads over HTTP, as a client of the tus protocol sends them."""

import hashlib
import socket
import time
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from apps.core import clock
from apps.files import checking, disk
from apps.files.api import MEDIA_TYPE, VERSION
from apps.files.models import StoredFile
from apps.people.models import User
from tests.api.client import secret_for
from tests.domain.files.conftest import begun, some_bytes

CONTENT = some_bytes(100_000)


class Sender:
    """A program of a person's own."""

    def __init__(self, user: User, now: datetime) -> None:
        self.secret = secret_for(user, now)

    def ask(self, method: str, file: StoredFile, content: bytes = b"", **headers: str) -> Any:
        """The response."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        given["Authorization"] = f"Bearer {self.secret}"
        kind = given.pop("Content-Type", MEDIA_TYPE)
        return Client().generic(
            method, f"/api/v1/uploads/{file.ulid}", content, content_type=kind, headers=given
        )


@pytest.fixture
def sender(alice: User, present: datetime) -> Sender:
    """Alice's program."""
    return Sender(alice, present)


@pytest.fixture
def present() -> datetime:
    """The clock of requests."""
    return clock.now()


def test_a_file_is_sent_in_two_pieces_and_its_state_is_read(
    sender: Sender, alice: User, present: datetime
) -> None:
    file = begun(alice, present, len(CONTENT))
    head = sender.ask("HEAD", file)
    assert (head.status_code, head.headers["Upload-Offset"]) == (200, "0")
    assert head.headers["Upload-Length"] == str(len(CONTENT))
    assert head.headers["Tus-Resumable"] == VERSION
    assert head.headers["Cache-Control"] == "no-store"
    first = sender.ask("PATCH", file, CONTENT[:30_000], Upload_Offset="0")
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "30000")
    assert sender.ask("HEAD", file).headers["Upload-Offset"] == "30000"
    second = sender.ask("PATCH", file, CONTENT[30_000:], Upload_Offset="30000")
    assert (second.status_code, second.headers["Upload-Offset"]) == (204, "100000")
    assert sender.ask("GET", file).json()["state"] == "received"
    checking.check_next(now=clock.now())
    told = sender.ask("GET", file).json()
    assert (told["state"], told["offset"]) == ("ready", 100_000)
    assert told["sha256"] == hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.django_db(transaction=True)
def test_a_connection_cut_in_the_middle_of_a_body_keeps_what_came(
    live_server: Any, request: pytest.FixtureRequest, present: datetime
) -> None:
    alice: User = request.getfixturevalue("alice")
    sender = Sender(alice, present)
    file = begun(alice, present, len(CONTENT))
    host, _colon, port = live_server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as cut:
        secret = sender.secret
        cut.sendall(
            f"PATCH /api/v1/uploads/{file.ulid} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {MEDIA_TYPE}\r\n"
            f"Authorization: Bearer {secret}\r\nUpload-Offset: 0\r\nContent-Length: 100000\r\n\r\n".encode()
            + CONTENT[:777]
        )
    until = time.monotonic() + 20
    while disk.length_of(file.ulid) < 777 and time.monotonic() < until:
        time.sleep(0.02)
    assert disk.length_of(file.ulid) == 777
    while (answer := sender.ask("PATCH", file, CONTENT[777:], Upload_Offset="777")).status_code == 423:
        time.sleep(0.02)  # the server has not noticed yet that the other end is gone
        assert time.monotonic() < until
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "100000")
    checking.check_next(now=clock.now())
    assert sender.ask("GET", file).json()["sha256"] == hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload_Offset": "7"}, 409, "files.offset"),
        ({}, 422, "files.offset_missing"),
        ({"Upload_Offset": "-1"}, 422, "files.offset_missing"),
        ({"Upload_Offset": "\uff11"}, 422, "files.offset_missing"),
        ({"Upload_Offset": "9" * 40}, 422, "files.offset_missing"),
        ({"Upload_Offset": "9" * 5000}, 422, "files.offset_missing"),
        ({"Upload_Offset": "0", "Content_Type": "application/json"}, 415, "files.media_type"),
    ],
)
def test_what_a_client_gets_wrong_is_told(
    sender: Sender, alice: User, present: datetime, headers: dict[str, str], status: int, code: str
) -> None:
    file = begun(alice, present, 10)
    answer = sender.ask("PATCH", file, b"x", **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert disk.length_of(file.ulid) == 0


def test_a_dropped_upload_is_gone(sender: Sender, alice: User, present: datetime) -> None:
    file = begun(alice, present, 10)
    assert sender.ask("DELETE", file).status_code == 204
    assert sender.ask("DELETE", file).json()["code"] == "files.ended"
    assert sender.ask("PATCH", file, b"x", Upload_Offset="0").json()["code"] == "files.ended"


def test_nobody_else_learns_that_it_is_there(alice: User, present: datetime) -> None:
    file = begun(alice, present, 10)
    bob = Sender(User.objects.get(username="bob"), present)
    for method in ("HEAD", "GET", "PATCH", "DELETE"):
        assert bob.ask(method, file, b"x", Upload_Offset="0").status_code == 404
    assert disk.length_of(file.ulid) == 0
