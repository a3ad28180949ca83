"""A web service on this machine in the place of WeCom, DingTalk, Feishu, Lark or somebody's webhook: it keeps
every request and gives the answers it is told to.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Heard:
    """One request."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: dict[str, Any]
    raw: bytes = b""


@dataclass
class Service:
    """What the service answers and was asked. `location` makes it redirect."""

    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    status: int = 200
    answer: bytes = b'{"errcode": 0, "errmsg": "ok"}'
    location: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    service: Service


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        service, parts = self.server.service, urlsplit(self.path)
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        service.heard.append(
            Heard(parts.path, parse_qs(parts.query), dict(self.headers.items()), json.loads(raw), raw)
        )
        self._answer()

    def do_GET(self) -> None:
        """Only a followed redirect comes here."""
        parts = urlsplit(self.path)
        self.server.service.heard.append(Heard(parts.path, {}, dict(self.headers.items()), {}))
        self._answer()

    def _answer(self) -> None:
        service = self.server.service
        self.send_response(302 if service.location else service.status)
        if service.location:
            self.send_header("Location", service.location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(service.answer)))
        self.end_headers()
        self.wfile.write(service.answer)

    def log_message(self, *_: Any) -> None:
        """Quietly."""


@contextmanager
def web_service() -> Iterator[Service]:
    """A service that listens while the block runs."""
    service = Service()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.service = service
        service.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
