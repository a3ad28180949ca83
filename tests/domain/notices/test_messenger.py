"""Messengers through apprise against services on this machine: what they are sent, what they may answer, and
that a person's address cannot be used to look around inside.
"""

import logging
import socket
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from apps.core.errors import Invalid, NotFound, WrongState
from apps.core.models import AuditEntry
from apps.notices.addresses import read_address
from apps.notices.kinds import Channel
from apps.notices.messenger import Undelivered, send_message
from apps.notices.models import Dispatch, MessengerAddress, Preference
from apps.notices.operations import announce
from apps.notices.preferences import (
    choose,
    lift_suppression,
    remove_messenger,
    set_messenger,
    try_messenger,
)
from apps.people.models import User
from tests.domain.notices.conftest import MAIL_ONLY, PLACE, URGENT, Send, Tell
from tests.factories.refusals import refused
from tests.fakes.webhooks import Service, web_service

pytestmark = pytest.mark.django_db
WECOM, DING = "wecombot://693a91f6-7xxx-4bc4", "dingtalk://SECabcdef1@abcdef123456"
MESSENGER = Channel.MESSENGER.value


def state() -> str:
    return Dispatch.objects.get(channel=MESSENGER).state


def test_wecom_is_sent_one_short_text_with_the_link(service: Service) -> None:
    send_message(read_address(WECOM), title="标题", body="正文" * 2000, link="https://bench.example/x")
    [heard] = service.heard
    assert (heard.path, heard.query) == ("/cgi-bin/webhook/send", {"key": ["693a91f6-7xxx-4bc4"]})
    assert heard.headers["Host"] == f"127.0.0.1:{service.port}"
    assert heard.body["msgtype"] == "text"
    content = heard.body["text"]["content"]
    assert content.startswith("标题")
    assert content.endswith("https://bench.example/x")
    assert len(content.encode()) <= 2048


def test_dingtalk_is_sent_a_signed_text(service: Service) -> None:
    send_message(read_address(DING), title="标题", body="正文")
    [heard] = service.heard
    assert heard.path == "/robot/send"
    assert heard.query["access_token"] == ["abcdef123456"]
    assert {"timestamp", "sign"} <= heard.query.keys()
    assert heard.body["text"]["content"] == "标题\r\n正文"


@pytest.mark.parametrize("scheme", ["feishu", "lark"])
def test_feishu_and_lark_are_sent_a_text(scheme: str, service: Service) -> None:
    service.answer = b'{"code": 0, "msg": "success"}'
    send_message(read_address(f"{scheme}://abcdef-123456"), title="标题", body="正文")
    [heard] = service.heard
    assert heard.path.rstrip("/") == "/open-apis/bot/v2/hook/abcdef-123456"
    assert heard.body["content"]["text"].split() == ["标题", "正文"]


def test_a_webhook_is_sent_title_and_message_as_json(service: Service) -> None:
    service.answer = b"thanks"
    address = read_address(f"http://me:pw@127.0.0.1:{service.port}/in?token=a%20b")
    send_message(address, title="标题", body="正文", link="https://bench.example/x")
    [heard] = service.heard
    assert (heard.path, heard.query) == ("/in", {"token": ["a b"]})
    assert heard.headers["Authorization"].startswith("Basic ")
    assert heard.body["title"] == "标题"
    assert heard.body["message"] == "正文\nhttps://bench.example/x"


@pytest.mark.parametrize(
    ("address", "answer", "told"),
    [
        (WECOM, b'{"errcode": 93000, "errmsg": "invalid webhook url"}', "200 93000 invalid webhook url"),
        (DING, b'{"errcode": 310000, "errmsg": "sign not match"}', "200 310000 sign not match"),
        ("feishu://abcdef-123456", b'{"code": 19001, "msg": "param invalid"}', "200 19001 param invalid"),
        ("lark://abcdef-123456", b'{"code": 9499, "msg": "Bad Request"}', "200 9499 Bad Request"),
    ],
)
def test_a_refusal_with_status_200_is_a_refusal(
    address: str, answer: bytes, told: str, service: Service
) -> None:
    service.answer = answer
    with pytest.raises(Undelivered) as caught:
        send_message(read_address(address), title="标题", body="正文")
    assert (caught.value.problem, caught.value.detail) == ("refused", told)


def test_a_webhook_that_answers_with_an_error_or_not_at_all_is_told_apart(service: Service) -> None:
    service.status, service.answer = 503, b"{}"
    address = read_address(f"{service.url}/in")
    with pytest.raises(Undelivered) as caught:
        send_message(address, title="标题", body="正文")
    assert (caught.value.problem, caught.value.detail) == ("refused", "503")
    with pytest.raises(Undelivered) as caught:
        send_message(read_address("http://127.0.0.1:1/in"), title="标题", body="正文")
    assert caught.value.problem == "unreachable"


def test_a_redirect_is_not_followed(service: Service) -> None:
    with web_service() as inside:
        service.location = f"{inside.url}/secret"
        with pytest.raises(Undelivered):
            send_message(read_address(f"{service.url}/in"), title="标题", body="正文")
        assert inside.heard == []
    assert len(service.heard) == 1


def test_a_name_that_turns_to_the_inside_after_it_was_kept_reaches_nothing(
    alice: User,
    tell: Tell,
    send: Send,
    service: Service,
    settings: Settings,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.NOTICES_ALLOW_LOCAL = False
    answers = ["1.1.1.1", "127.0.0.1"]

    def resolve(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    with monkeypatch.context() as turning:
        turning.setattr(socket, "getaddrinfo", resolve)
        set_messenger(user=alice, address=f"http://rebind.example.org:{service.port}/in", now=now)
        tell(alice)
        send()
    assert answers == []
    assert service.heard == []
    assert state() == "failed"
    assert MessengerAddress.objects.get().last_error == "local"


def test_a_proxy_of_the_environment_is_not_asked(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    service.answer = b"{}"
    send_message(read_address(f"{service.url}/in"), title="标题", body="正文")
    assert len(service.heard) == 1


def test_an_encrypted_webhook_must_show_the_certificate_of_its_name(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(Undelivered) as caught:
        send_message(
            read_address(f"https://127.0.0.1:{service.port}/in?token=s3cret"), title="标题", body="正文"
        )
    assert caught.value.problem == "unreachable"
    assert service.heard == []
    assert not [line for line in caplog.records if line.name.startswith("apprise")]


def test_an_endless_answer_is_cut_off(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def pour() -> None:
            peer, _address = server.accept()
            with peer:
                peer.recv(65536)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
                try:
                    while True:
                        peer.sendall(b"x" * 65536)
                except OSError:
                    return

        thread = threading.Thread(target=pour, daemon=True)
        thread.start()
        send_message(read_address(f"http://127.0.0.1:{port}/in"), title="标题", body="正文")
        thread.join(timeout=30)
        assert not thread.is_alive()


def test_a_notice_reaches_the_messenger_once(
    alice: User, tell: Tell, send: Send, service: Service, now: datetime
) -> None:
    set_messenger(user=alice, address=WECOM, now=now)
    notice = tell(alice)
    assert send() == 2  # by mail and by messenger
    assert send(days=1) == 0
    [heard] = service.heard
    assert "Session at 电镜中心" in heard.body["text"]["content"]
    assert f"/notices/{notice.ulid}/" in heard.body["text"]["content"]
    assert state() == "sent"
    assert MessengerAddress.objects.get().sent_at == now


def test_a_refused_message_is_shown_and_tried_again(
    alice: User, tell: Tell, send: Send, service: Service, now: datetime
) -> None:
    set_messenger(user=alice, address=WECOM, now=now)
    service.answer = b'{"errcode": 45009, "errmsg": "api freq out of limit"}'
    tell(alice)
    send()
    assert state() == "pending"
    assert MessengerAddress.objects.get().last_error == "refused 200 45009 api freq out of limit"
    service.answer = b'{"errcode": 0}'
    send(minutes=2)
    assert state() == "sent"
    assert MessengerAddress.objects.get().last_error == ""


def test_the_messengers_daily_summary_lists_titles(
    alice: User, tell: Tell, send: Send, service: Service, now: datetime
) -> None:
    set_messenger(user=alice, address=DING, now=now)
    modes = {("tasks", "messenger"): "daily", ("tasks", "email"): "off"}
    choose(user=alice, modes=modes, language="en", quiet_from=None, quiet_until=None, now=now)
    for _ in range(12):
        tell(alice)
    assert send() == 0
    assert send(days=1) == 12
    [heard] = service.heard
    text = heard.body["text"]["content"]
    assert text.startswith("12 notices")
    assert text.count("Session at Microscopy Centre") == 10
    assert "… and 2 more" in text


def test_a_kind_that_is_not_for_messengers_goes_there_only_when_chosen(
    alice: User, tell: Tell, send: Send, service: Service, now: datetime
) -> None:
    set_messenger(user=alice, address=WECOM, now=now)
    tell(alice, kind=MAIL_ONLY)
    send()
    assert service.heard == []
    choose(
        user=alice,
        modes={("system", "messenger"): "now"},
        language="",
        quiet_from=None,
        quiet_until=None,
        now=now,
    )
    tell(alice, kind=MAIL_ONLY)
    send()
    assert len(service.heard) == 1


def test_the_schools_channels_hear_an_announcement_in_the_schools_language(
    settings: Settings, send: Send, service: Service, now: datetime
) -> None:
    settings.NOTICES_SCHOOL_ADDRESSES = [WECOM, DING]
    announce(kind=URGENT.key, now=now, args={"place": PLACE}, url="/wall/")
    assert send() == 1
    texts = [heard.body["text"]["content"] for heard in service.heard]
    assert len(texts) == 2
    assert all("Leave 电镜中心" in text and f"{settings.SITE_URL}wall/" in text for text in texts)


def test_an_announcement_that_one_channel_took_is_sent(
    settings: Settings, send: Send, service: Service, now: datetime
) -> None:
    settings.NOTICES_SCHOOL_ADDRESSES = ["http://127.0.0.1:1/x", WECOM]
    announce(kind=URGENT.key, now=now, args={"place": PLACE})
    send()
    assert state() == "sent"
    settings.NOTICES_SCHOOL_ADDRESSES = ["http://127.0.0.1:1/x"]
    announce(kind=URGENT.key, now=now, args={"place": PLACE})
    send()
    assert Dispatch.objects.latest("id").state == "pending"


def test_without_channels_of_the_school_an_announcement_goes_nowhere(send: Send, now: datetime) -> None:
    announce(kind=URGENT.key, now=now, args={"place": PLACE})
    assert send() == 0
    assert not Dispatch.objects.exists()


def test_an_address_is_kept_sealed_shown_masked_and_noted_without_its_secret(
    alice: User, now: datetime
) -> None:
    row = set_messenger(user=alice, address=WECOM, now=now)
    assert "693a91f6" not in row.sealed + row.masked
    entry = AuditEntry.objects.get(action="notices.set_messenger")
    assert "693a91f6" not in str(entry.details)
    again = set_messenger(user=alice, address=DING, now=now)
    assert (again.pk, again.scheme) == (row.pk, "dingtalk")
    remove_messenger(user=alice, now=now)
    with refused(NotFound, "notices.no_messenger"):
        remove_messenger(user=alice, now=now)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://127.0.0.1:8000/", "notices.local_address"),
        ("http://localhost/", "notices.local_address"),
        ("http://169.254.169.254/latest/meta-data/", "notices.local_address"),
        ("http://[::1]/", "notices.local_address"),
        ("https://no-such-host.invalid/", "notices.unknown_host"),
        ("mailto://x", "notices.scheme"),
        ("jsons://example.org/?verify=no", "notices.address_option"),
        ("hello", "notices.address"),
    ],
)
def test_addresses_that_look_inside_are_refused(
    alice: User, now: datetime, settings: Settings, address: str, code: str
) -> None:
    settings.NOTICES_ALLOW_LOCAL = False
    with refused(Invalid, code) as met:
        set_messenger(user=alice, address=address, now=now)
    assert met.field == "address"
    assert not MessengerAddress.objects.exists()


def test_a_test_message_tells_whether_it_was_taken_and_not_too_often(
    alice: User, now: datetime, service: Service
) -> None:
    with refused(NotFound, "notices.no_messenger"):
        try_messenger(user=alice, now=now)
    set_messenger(user=alice, address=WECOM, now=now)
    assert try_messenger(user=alice, now=now).sent_at == now
    assert len(service.heard) == 1
    with refused(WrongState, "notices.test_too_often"):
        try_messenger(user=alice, now=now + timedelta(seconds=9))
    service.answer = b'{"errcode": 93000, "errmsg": "invalid webhook url"}'
    with refused(WrongState, "notices.undelivered") as met:
        try_messenger(user=alice, now=now + timedelta(seconds=10))
    assert met.details == {"problem": "refused", "answer": "200 93000 invalid webhook url"}
    assert MessengerAddress.objects.get().failed_at is not None


def test_an_address_sealed_under_a_lost_key_is_asked_for_again(
    alice: User, tell: Tell, send: Send, now: datetime, settings: Settings
) -> None:
    set_messenger(user=alice, address=WECOM, now=now)
    settings.SECRET_KEY = "another-" + "k" * 60
    tell(alice)
    send()
    assert state() == "failed"
    assert MessengerAddress.objects.get().last_error == "unreadable"
    with refused(WrongState, "notices.unreadable"):
        try_messenger(user=alice, now=now)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"language": "fr"}, "notices.language"),
        ({"quiet_from": datetime(2026, 1, 1, 22, 0).time()}, "notices.quiet_hours"),  # noqa: DTZ001
        ({"modes": {("tasks", "in_app"): "daily"}}, "notices.mode"),
        ({"modes": {("tasks", "pigeon"): "now"}}, "notices.mode"),
        ({"modes": {("gossip", "email"): "now"}}, "notices.mode"),
    ],
)
def test_choices_that_do_not_exist_are_refused(
    alice: User, now: datetime, wish: dict[str, Any], code: str
) -> None:
    given: dict[str, Any] = {"modes": {}, "language": "", "quiet_from": None, "quiet_until": None} | wish
    with refused(Invalid, code):
        choose(user=alice, now=now, **given)
    assert not Preference.objects.exists()


def test_nothing_to_lift_is_told(alice: User, now: datetime) -> None:
    with refused(NotFound, "notices.not_suppressed"):
        lift_suppression(user=alice, now=now)
