"""A request to somebody else's machine ends, whatever that machine does."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests
from pytest_django import Settings

from apps.notices import calling
from tests.fakes.webhooks import web_service


@pytest.fixture
def dripping() -> Iterator[str]:
    """A service whose answer comes byte by byte and never ends."""
    over = threading.Event()

    def drip(line: socket.socket) -> None:
        with suppress(OSError), line:
            line.sendall(b"HTTP/1.1 200 OK\\r\\nX-Long: ")
            while not over.wait(0.05):
                line.sendall(b"a")

    def serve(door: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=[door.accept()[0]], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=serve, args=[door], daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}/in"
        over.set()


def test_an_answer_that_drips_is_left_standing(
    dripping: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.NOTICES_ALLOW_LOCAL = True
    monkeypatch.setattr(calling, "ANSWER_SECONDS", 0.5)
    begun = time.monotonic()
    with pytest.raises(requests.RequestException):
        calling.call("POST", dripping, data=b"{}")
    assert time.monotonic() - begun < 5


def test_a_name_with_thousands_of_addresses_is_tried_a_few_times(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.NOTICES_ALLOW_LOCAL = True
    tried: list[str] = []

    def reachable(_host: str, _port: int) -> list[str]:
        return [f"127.0.0.{number}" for number in range(1, 200)]

    def ask(_method: str, _url: str, _host: str, address: str, _options: dict[str, Any]) -> requests.Response:
        tried.append(address)
        raise requests.ConnectTimeout

    monkeypatch.setattr(calling, "reachable", reachable)
    monkeypatch.setattr(calling, "_ask", ask)
    with pytest.raises(requests.ConnectTimeout):
        calling.call("POST", "http://many.example.org/in")
    assert tried == ["127.0.0.1", "127.0.0.2", "127.0.0.3"]


def test_an_answer_that_comes_in_time_is_read(settings: Settings) -> None:
    settings.NOTICES_ALLOW_LOCAL = True
    with web_service() as service:
        answer = calling.call("POST", f"{service.url}/in", data=b"{}")
    assert (answer.status_code, answer.json()["errmsg"]) == (200, "ok")
