"""One HTTP request of this server to an address that a person gave: to checked addresses only
(`apps.notices.reaching`), no redirect followed, no proxy taken from the environment, a bounded answer read in
bounded time.
"""

import socket
import threading
import time
from contextlib import suppress
from typing import Any, ClassVar
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter

from apps.notices.reaching import reachable

ANSWER_BYTES = 65536
TIMEOUT = (4.0, 6.0)  # seconds to connect, seconds for one read
ANSWER_SECONDS = 10.0  # for the head of the answer, and again for its body
MOST_ADDRESSES = 3  # of one host that are tried: whoever owns a name may give it thousands
HTTPS_PORT, HTTP_PORT = 443, 80


def call(method: str, url: str, **options: Any) -> requests.Response:
    """The answer of the first address of the host that answers, its body read. `options` are `headers`,
    `data`, `params` and `auth` as requests has them. Takes at most about half a minute, whatever the other
    side does; call it outside any transaction. Raises Unreachable; requests.RequestException.
    """
    url = _endpoint(url)
    parts = urlsplit(url)
    host = parts.hostname or ""
    failure: requests.RequestException = requests.ConnectionError("no address")
    port = parts.port or (HTTPS_PORT if parts.scheme == "https" else HTTP_PORT)
    for address in reachable(host, port)[:MOST_ADDRESSES]:
        try:
            return _ask(method, url, host, address, options)
        except requests.ConnectionError as error:
            if not _never_connected(error):
                raise  # it may have been heard: the next address would make it twice
            failure = error
    raise failure


class _Timed(urllib3.connection.HTTPConnection):
    """Waits for the head of an answer for so long in all: the time of one read begins anew with every byte,
    so that who sends one now and then would hold this process for days.
    """

    def getresponse(self) -> Any:
        """The answer once its head is there; the connection is cut when that takes too long."""
        over = threading.Event()
        watch = threading.Timer(ANSWER_SECONDS, _cut, [self.sock, over])
        watch.daemon = True
        watch.start()
        try:
            answer = super().getresponse()
        finally:
            watch.cancel()
        if over.is_set():  # a head that ends in the middle passes for a whole one
            answer.close()
            raise TimeoutError
        return answer


class _TimedTls(_Timed, urllib3.connection.HTTPSConnection):
    """The same over TLS."""


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Timed


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TimedTls


class _Pinned(HTTPAdapter):
    """Connects to a numeric address and still demands the certificate of the name."""

    _POOLS: ClassVar = {"http": _Pool, "https": _TlsPool}

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, server_hostname=self._name, assert_hostname=self._name, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._POOLS


def _cut(line: socket.socket, over: threading.Event) -> None:
    over.set()
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _never_connected(error: requests.ConnectionError) -> bool:
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(
        cause, urllib3.exceptions.NewConnectionError
    )


def _ask(method: str, url: str, host: str, address: str, options: dict[str, Any]) -> requests.Response:
    parts = urlsplit(url)
    numeric = f"[{address}]" if ":" in address else address
    port = f":{parts.port}" if parts.port else ""
    pinned = parts._replace(netloc=f"{numeric}{port}").geturl()
    name = f"[{host}]" if ":" in host else host
    with requests.Session() as session:
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Pinned(host))
        response = session.request(
            method,
            pinned,
            headers={**(options.get("headers") or {}), "Host": f"{name}{port}"},
            data=options.get("data"),
            params=options.get("params"),
            auth=options.get("auth"),
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        )
        response._content = _bounded(response)  # what `content` and `json` give from now on
        response.close()
    return response


def _bounded(response: requests.Response) -> bytes:
    """The beginning of the answer; one that drips is left standing."""
    told, until = b"", time.monotonic() + ANSWER_SECONDS
    try:
        while len(told) < ANSWER_BYTES and time.monotonic() < until:
            piece = response.raw.read1(ANSWER_BYTES - len(told), decode_content=True)
            if not piece:
                break
            told += piece
    except (OSError, requests.RequestException, urllib3.exceptions.HTTPError):
        return told
    return told


def _endpoint(url: str) -> str:
    """Where the request goes: tests put services of their own in the place of real ones."""
    for real, local in settings.NOTICES_ENDPOINTS.items():
        if url.startswith(f"{real}/"):
            return f"{local}{url.removeprefix(real)}"
    return url
