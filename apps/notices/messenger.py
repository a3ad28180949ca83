"""The only door to apprise: one short message to one robot or webhook. It owns how the services are spoken
to; whom, when and what is decided elsewhere.

The plugins of apprise are used without its URL parser, so that no option of an address reaches them, and
through a transport of ours in the place of `requests`: it connects to checked addresses only
(`apps.notices.reaching`), follows no redirect, takes no proxy from the environment, reads a bounded answer in
bounded time, and knows that WeCom and DingTalk say 'refused' with status 200.
"""

import json
import logging
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from apprise import AppriseAsset
from apprise.plugins import base, custom_json, dingtalk, feishu, lark, wecombot
from django.conf import settings
from requests.adapters import HTTPAdapter

from apps.notices.addresses import DINGTALK, FEISHU, LARK, ROBOTS, WECOM, Address
from apps.notices.reaching import Unreachable, reachable

# Its warnings carry whole addresses, secrets included; what went wrong is in Undelivered.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

TITLE_BYTES, BODY_BYTES = 180, 1400  # together with the link under WeCom's 2048 bytes
ANSWER_BYTES = 65536
TIMEOUT = (4.0, 6.0)  # seconds to connect, seconds for one read
ANSWER_SECONDS = 10.0  # for the whole answer
HTTPS_PORT, HTTP_PORT = 443, 80
ACCEPTED = range(200, 300)


class Undelivered(Exception):
    """Not accepted. `problem`: `unknown_host`, `local`, `unreachable` or `refused`; `detail` is what the
    service said.
    """

    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(f"{problem} {detail}".strip())
        self.problem = problem
        self.detail = detail


@dataclass
class _Attempt:
    """What the transport learned, which the plugins keep to themselves."""

    scheme: str
    problem: str = "unreachable"
    detail: str = ""


_attempt: ContextVar[_Attempt] = ContextVar("messenger_attempt")


def send_message(address: Address, *, title: str, body: str, link: str = "") -> None:
    """Send one message; raises Undelivered. Takes at most about twenty seconds; call it outside any
    transaction.
    """
    attempt = _Attempt(address.scheme)
    token = _attempt.set(attempt)
    try:
        text = "\n".join(part for part in (_clip(body, BODY_BYTES), link) if part)
        delivered = _plugin(address).notify(title=_clip(title, TITLE_BYTES), body=text)
    finally:
        _attempt.reset(token)
    if not delivered:
        raise Undelivered(attempt.problem, attempt.detail)


def check_reachable(address: Address) -> None:
    """Whether a webhook may be talked to at all, before it is kept. Raises Unreachable."""
    if address.scheme not in ROBOTS:
        reachable(address.host, address.port or (HTTP_PORT if address.scheme == "json" else HTTPS_PORT))


def _plugin(address: Address) -> base.NotifyBase:
    asset = AppriseAsset(
        app_id="Clearbench", app_desc="Clearbench", app_url="", async_mode=False, http_redirects=False
    )
    common: dict[str, Any] = {"asset": asset, "schema": address.scheme}
    if address.scheme == WECOM:
        return wecombot.NotifyWeComBot(key=address.key, **common)
    if address.scheme == DINGTALK:
        return dingtalk.NotifyDingTalk(token=address.key, secret=address.secret or None, **common)
    if address.scheme == FEISHU:
        return feishu.NotifyFeishu(token=address.key, **common)
    if address.scheme == LARK:
        return lark.NotifyLark(token=address.key, **common)
    return custom_json.NotifyJSON(
        host=f"[{address.host}]" if ":" in address.host else address.host,
        port=address.port,
        fullpath=address.path,
        user=address.login or None,
        password=address.password or None,
        params=dict(address.query),
        **common,
    )


def _clip(text: str, length: int) -> str:
    """The text within so many bytes of UTF-8, cut at a whole character."""
    raw = text.encode()
    return text if len(raw) <= length else raw[: length - 3].decode(errors="ignore") + "…"


class _Pinned(HTTPAdapter):
    """Connects to a numeric address and still demands the certificate of the name."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, server_hostname=self._name, assert_hostname=self._name, **kwargs)


class _Transport:
    """What the plugins know as the module `requests`."""

    codes = requests.codes
    RequestException = requests.RequestException

    def post(self, url: str, **options: Any) -> requests.Response:
        return self.request("POST", url, **options)

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """One request, its answer read. Raises RequestException, and says why in the attempt."""
        attempt = _attempt.get()
        try:
            response = self._first_that_answers(method, _endpoint(url), options)
        except Unreachable as unreachable:
            attempt.problem = unreachable.problem
            raise requests.ConnectionError(unreachable.problem) from None
        _judge(response, attempt)
        return response

    def _first_that_answers(self, method: str, url: str, options: dict[str, Any]) -> requests.Response:
        parts = urlsplit(url)
        host = parts.hostname or ""
        failure: requests.RequestException = requests.ConnectionError("no address")
        for address in reachable(host, parts.port or (HTTPS_PORT if parts.scheme == "https" else HTTP_PORT)):
            try:
                return _ask(method, url, host, address, options)
            except requests.ConnectionError as error:
                if not _never_connected(error):
                    raise  # it may have been heard: the next address would make it twice
                failure = error
        raise failure


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
        session.mount("https://", _Pinned(host))
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


def _judge(response: requests.Response, attempt: _Attempt) -> None:
    """Remember a refusal in the service's own words; a robot's refusal with status 200 is made one for the
    plugin too.
    """
    said = _said(response.content)
    code = said.get("errcode", said.get("code", 0)) if attempt.scheme in ROBOTS else 0
    if response.status_code in ACCEPTED and not code:
        return
    attempt.problem = "refused"
    words = str(said.get("errmsg") or said.get("msg") or "")
    attempt.detail = f"{response.status_code}{f' {code}' if code else ''} {words}".strip()[:200]
    if code:
        raise requests.HTTPError(attempt.detail)


def _said(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _endpoint(url: str) -> str:
    """Where the request goes: tests put services of their own in the place of real ones."""
    for real, local in settings.NOTICES_ENDPOINTS.items():
        if url.startswith(f"{real}/"):
            return f"{local}{url.removeprefix(real)}"
    return url


for _module in (custom_json, dingtalk, feishu, lark, wecombot):
    vars(_module)["requests"] = _Transport()
