"""Fixtures of the notices: two people, kinds for the tests, a mail host and a web service on this machine."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from apps.core import outbox
from apps.notices import kinds
from apps.notices.kinds import Channel, Group, Kind, Takes
from apps.notices.models import Notice
from apps.notices.operations import notify
from apps.notices.sending import send_due
from apps.people.models import User
from apps.people.operations import register_user
from tests.fakes.smtp import MailHost, mail_host
from tests.fakes.webhooks import Service, web_service

KIND = Kind(
    key="test.plain",
    group=Group.TASKS,
    label="A notice of the tests",
    title="Session at %(place)s",
    body="Bring %(what)s.",
    takes={"place": Takes.NAME, "what": Takes.TEXT},
)
URGENT = Kind(
    key="test.urgent",
    group=Group.TASKS,
    label="An urgent notice of the tests",
    title="Leave %(place)s",
    body="",
    takes={"place": Takes.NAME},
    urgent=True,
)
MAIL_ONLY = Kind(
    key="test.mail_only",
    group=Group.SYSTEM,
    label="A notice of the tests that goes by mail",
    title="Quiet matter",
    body="",
    takes={},
    channels=frozenset({Channel.EMAIL}),
)
PLACE = {"zh": "电镜中心", "en": "Microscopy Centre"}

Tell = Callable[..., Notice]
Send = Callable[..., int]


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' kinds, for the length of a test."""
    for kind in (KIND, URGENT, MAIL_ONLY):
        monkeypatch.setitem(kinds._KINDS, kind.key, kind)


@pytest.fixture
def alice(db: None, now: datetime) -> User:
    return person("alice", "艾丽", "Alice", now)


@pytest.fixture
def bob(db: None, now: datetime) -> User:
    return person("bob", "包博", "Bob", now)


@pytest.fixture
def host(settings: Settings) -> Iterator[MailHost]:
    """The mail host, and the product knows of it."""
    with mail_host() as host:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", host.port
        settings.SITE_URL = "https://bench.example.edu.cn/"
        settings.DEFAULT_FROM_EMAIL = "Clearbench <clearbench@example.edu.cn>"
        yield host


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    """One web service in the place of all the real ones."""
    with web_service() as service:
        settings.NOTICES_ENDPOINTS = dict.fromkeys(
            (
                "https://qyapi.weixin.qq.com",
                "https://oapi.dingtalk.com",
                "https://open.feishu.cn",
                "https://open.larksuite.com",
            ),
            service.url,
        )
        yield service


@pytest.fixture
def tell(now: datetime) -> Tell:
    """A notice of the tests' plain kind, or of another."""

    def make(user: User, *, kind: Kind = KIND, at: datetime | None = None, **more: Any) -> Notice:
        args = {"place": PLACE, "what": "手套"}
        given = {name: args[name] for name in kind.takes}
        return notify(user=user, kind=kind.key, now=at or now, args=given, **more)

    return make


@pytest.fixture
def send(now: datetime) -> Send:
    """The relay and both senders, at a moment; returns how many notices were handled."""

    def run(at: datetime | None = None, **later: float) -> int:
        moment = (at or now) + timedelta(**later)
        outbox.relay(channel=outbox.WORKER, now=moment)
        return sum(send_due(channel=channel, clock=lambda: moment) for channel in Channel.values)

    return run


def person(login: str, name_zh: str, name_en: str, now: datetime) -> User:
    """A registered person with a mailbox."""
    return register_user(
        username=login,
        name_zh=name_zh,
        name_en=name_en,
        kind="student",
        unit=None,
        email=f"{login}@example.edu.cn",
        now=now - timedelta(days=30),
    )
