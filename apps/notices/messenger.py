"""The only door to apprise: one short message to one robot or webhook. It owns how the services are spoken
to; whom, when and what is decided elsewhere.

The plugins of apprise are used without its URL parser, so that no option of an address reaches them, and
through a transport of ours in the place of `requests`: it calls as `apps.notices.calling` does, and knows
that WeCom and DingTalk say 'refused' with status 200.
"""

import json
import logging
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import requests
from apprise import AppriseAsset
from apprise.plugins import base, custom_json, dingtalk, feishu, lark, wecombot

from apps.notices.addresses import DINGTALK, FEISHU, LARK, ROBOTS, WECOM, Address
from apps.notices.calling import HTTP_PORT, HTTPS_PORT, call
from apps.notices.reaching import Unreachable, reachable

# Its warnings carry whole addresses, secrets included; what went wrong is in Undelivered.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

TITLE_BYTES, BODY_BYTES = 180, 1400  # together with the link under WeCom's 2048 bytes
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
            response = call(method, url, **options)
        except Unreachable as unreachable:
            attempt.problem = unreachable.problem
            raise requests.ConnectionError(unreachable.problem) from None
        _judge(response, attempt)
        return response


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


for _module in (custom_json, dingtalk, feishu, lark, wecombot):
    vars(_module)["requests"] = _Transport()
