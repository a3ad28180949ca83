"""Addresses of messengers: what a person may type, and one strict form of it. A robot's address is its key at
a service whose host is fixed; a webhook's is a whole web address. Nothing here reaches out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from apps.core.sealing import Seal

WECOM, DINGTALK, FEISHU, LARK, JSON, JSONS = "wecombot", "dingtalk", "feishu", "lark", "json", "jsons"
ROBOTS = frozenset({WECOM, DINGTALK, FEISHU, LARK})
WEBHOOKS: Mapping[str, str] = MappingProxyType({JSON: "http", JSONS: "https"})
LONGEST = 500
SEAL = Seal("clearbench notices: messenger addresses, version 1")

_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")
_PORTS = range(1, 65536)
_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")


@dataclass(frozen=True)
class Address:
    """One messenger. `key` and `secret` belong to robots; host, port, path, query and login to webhooks."""

    scheme: str
    key: str = ""
    secret: str = ""
    host: str = ""
    port: int | None = None
    path: str = "/"
    query: tuple[tuple[str, str], ...] = ()
    login: str = ""
    password: str = field(default="", repr=False)

    @property
    def written(self) -> str:
        """The address in one line, secrets included: what is sealed and what `read_address` reads again."""
        if self.scheme in ROBOTS:
            return f"{self.scheme}://{self.secret}{'@' if self.secret else ''}{self.key}"
        login = f"{quote(self.login, safe='')}:{quote(self.password, safe='')}@" if self.login else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        query = f"?{urlencode(self.query)}" if self.query else ""
        return f"{WEBHOOKS[self.scheme]}://{login}{host}{port}{quote(self.path)}{query}"

    @property
    def masked(self) -> str:
        """What may be shown: the service and the end of a robot's key, or only the host of a webhook."""
        if self.scheme in ROBOTS:
            return f"{self.scheme}://…{self.key[-4:]}"
        return f"{WEBHOOKS[self.scheme]}://{self.host}/…"


# What the services give people to copy, and the member of it that is the key.
_NATIVE: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (WECOM, "qyapi.weixin.qq.com", re.compile(r"/cgi-bin/webhook/send/?\?(?:.*&)?key=([^&]+)")),
    (DINGTALK, "oapi.dingtalk.com", re.compile(r"/robot/send/?\?(?:.*&)?access_token=([^&]+)")),
    (FEISHU, "open.feishu.cn", re.compile(r"/open-apis/bot/v2/hook/([^/?]+)/?")),
    (LARK, "open.larksuite.com", re.compile(r"/open-apis/bot/v2/hook/([^/?]+)/?")),
)


def read_address(text: str) -> Address:
    """The address that a person typed: what the messenger's robot page shows, an address of apprise's kind
    (`wecombot://key`, `dingtalk://secret@key`, `feishu://key`, `lark://key`, `json://host/path`,
    `jsons://…`), or any web address that takes JSON. Raises Invalid `notices.address` and `notices.scheme`.
    """
    text = text.strip()
    if not text or len(text) > LONGEST or any(not one.isprintable() or one.isspace() for one in text):
        raise _unreadable()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _unreadable() from None
    if parts.scheme in ROBOTS:
        return _robot(parts.scheme, parts.hostname and _as_typed(parts), unquote(parts.username or ""))
    if parts.scheme in ("http", "https"):
        return _native(parts) or _webhook(JSONS if parts.scheme == "https" else JSON, parts, port)
    if parts.scheme in WEBHOOKS:
        return _webhook(parts.scheme, parts, port, marked=True)
    if not parts.scheme or not parts.netloc:
        raise _unreadable()
    raise Invalid(
        _("This kind of address is not served. WeCom, DingTalk, Feishu, Lark and JSON webhooks are."),
        code="notices.scheme",
        field="address",
    )


def _native(parts: SplitResult) -> Address | None:
    for scheme, host, pattern in _NATIVE:
        if parts.hostname == host:
            found = pattern.fullmatch(f"{parts.path}{'?' if parts.query else ''}{parts.query}")
            return _robot(scheme, found[1] if found else "", "")
    return None


def _robot(scheme: str, key: str | None, secret: str) -> Address:
    if not key or not _KEY.fullmatch(key) or (secret and not _KEY.fullmatch(secret)):
        raise _unreadable()
    if secret and scheme != DINGTALK:
        raise _unreadable()
    return Address(scheme, key=key, secret=secret)


def _webhook(scheme: str, parts: SplitResult, port: int | None, *, marked: bool = False) -> Address:
    """`marked`: in apprise's own form a member of the query is written with a dash before it, and one without
    a dash would be an option of the library (skip the certificate, follow redirects): those are refused.
    """
    host = parts.hostname or ""
    if not (_HOST.fullmatch(host) or ":" in host) or (port is not None and port not in _PORTS):
        raise _unreadable()
    query = parse_qsl(parts.query, keep_blank_values=True)
    if marked:
        if any(not name.startswith("-") for name, _value in query):
            raise Invalid(
                _("Options in the address are not served; write the plain web address."),
                code="notices.address_option",
                field="address",
            )
        query = [(name[1:], value) for name, value in query]
    return Address(
        scheme,
        host=host,
        port=port,
        path=unquote(parts.path) or "/",
        query=tuple(query),
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _as_typed(parts: SplitResult) -> str:
    """The host without the lower case that urlsplit makes of it: here it is a key."""
    return parts.netloc.rpartition("@")[2].partition(":")[0]


def _unreadable() -> Invalid:
    return Invalid(_("This is no address of a messenger."), code="notices.address", field="address")
