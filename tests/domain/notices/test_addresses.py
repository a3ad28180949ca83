"""Addresses of messengers: what may be typed, what is shown of it, which machines may be reached, how it is
kept.
"""

import socket
from typing import Any

import pytest
from django.test import override_settings
from pytest_django import Settings

from apps.core.errors import Invalid
from apps.core.sealing import Unreadable
from apps.notices.addresses import SEAL, Address, read_address
from apps.notices.messenger import check_reachable
from apps.notices.reaching import Unreachable, is_public, reachable
from tests.factories.refusals import refused

pytestmark = pytest.mark.once
KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
READ = [
    (f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}", Address("wecombot", key=KEY)),
    (f"wecombot://{KEY}", Address("wecombot", key=KEY)),
    (f"  wecombot://{KEY} ", Address("wecombot", key=KEY)),
    ("wecombot://AbCdEfGh12", Address("wecombot", key="AbCdEfGh12")),
    (
        "https://oapi.dingtalk.com/robot/send?access_token=abcdef123456",
        Address("dingtalk", key="abcdef123456"),
    ),
    ("dingtalk://SECabc12345@Abcdef123456", Address("dingtalk", key="Abcdef123456", secret="SECabc12345")),
    (f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}", Address("feishu", key=KEY)),
    (f"https://open.larksuite.com/open-apis/bot/v2/hook/{KEY}", Address("lark", key=KEY)),
    (f"lark://{KEY}/", Address("lark", key=KEY)),
    (
        "https://hooks.example.org:8443/in/%E7%94%B2?token=a%20b&x=",
        Address(
            "jsons",
            host="hooks.example.org",
            port=8443,
            path="/in/甲",
            query=(("token", "a b"), ("x", "")),
        ),
    ),
    (
        "https://me:p%40ss@hooks.example.org/",
        Address("jsons", host="hooks.example.org", login="me", password="p@ss"),
    ),
    ("http://hooks.example.org", Address("json", host="hooks.example.org")),
    (
        "jsons://hooks.example.org/x?-token=abc",
        Address("jsons", host="hooks.example.org", path="/x", query=(("token", "abc"),)),
    ),
    ("json://[2001:db8::1]:80/x", Address("json", host="2001:db8::1", port=80, path="/x")),
]


@pytest.mark.parametrize(("text", "address"), READ, ids=[text.strip() for text, _ in READ])
def test_an_address_is_read_and_its_one_line_reads_the_same_again(text: str, address: Address) -> None:
    assert read_address(text) == address
    assert read_address(address.written) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "wecombot://",
        "wecombot://short",
        "wecombot://bad key with blanks",
        "wecombot://secret12345@key1234567",
        "https://",
        "https://exa mple.org/",
        "https://example.org:99999/",
        "https://example.org:0/",
        "https://-bad-.example.org/",
        "https://example.org/\nHost: x",
        "https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=abcdefgh",
        "https://open.feishu.cn/",
        "x" * 600,
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with refused(Invalid, "notices.address"):
        read_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "mailto://me:pw@example.org",
        "file://localhost/etc/passwd",
        "syslog://localhost",
        "ftp://x/",
        "exec://rm",
    ],
)
def test_other_kinds_of_address_are_not_served(text: str) -> None:
    with refused(Invalid, "notices.scheme"):
        read_address(text)


@pytest.mark.parametrize(
    "option", ["verify=no", "redirect=yes", "method=GET", "+Host=x", ":title=y", "rto=900"]
)
def test_options_of_the_library_are_refused(option: str) -> None:
    with refused(Invalid, "notices.address_option"):
        read_address(f"jsons://example.org/x?{option}")


def test_what_is_shown_of_an_address_holds_no_secret() -> None:
    assert read_address(f"wecombot://{KEY}").masked == "wecombot://…5aaa"
    shown = read_address("https://me:hunter2@example.org/hook/s3cret?token=s3cret").masked
    assert shown == "https://example.org/…"
    assert "hunter2" not in repr(read_address("https://me:hunter2@example.org/"))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104 - nothing listens there
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2002:c0a8:101::",
        "2001:0:7f00:1::f5ff:fffe",
        "2001:db8::1",
    ],
)
def test_addresses_inside_are_known_as_such_in_every_disguise(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "203.119.0.1", "2400:3200::1", "64:ff9b::101:101"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.1", "0x7f.0.0.1", "2130706433", "0", "::1", "::ffff:127.0.0.1"]
)
def test_every_spelling_of_this_machine_is_refused(host: str, settings: Settings) -> None:
    settings.NOTICES_ALLOW_LOCAL = False
    with pytest.raises(Unreachable) as caught:
        reachable(host, 80)
    assert caught.value.problem == "local"


def answering(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """A name server that gives these addresses for every name."""

    def resolve(_host: str, port: int, **_: Any) -> list[Any]:
        if not addresses:
            raise socket.gaierror("no such name")
        return [
            (
                socket.AF_INET6 if ":" in one else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (one, port),
            )
            for one in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_one_private_address_among_public_ones_is_one_too_many(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.NOTICES_ALLOW_LOCAL = False
    answering(monkeypatch, "1.1.1.1", "10.0.0.1")
    with pytest.raises(Unreachable) as caught:
        reachable("rebind.example.org", 443)
    assert caught.value.problem == "local"
    answering(monkeypatch, "1.1.1.1", "1.1.1.1")
    assert reachable("good.example.org", 443) == ["1.1.1.1"]


def test_a_machine_of_the_school_that_the_operator_named_may_be_reached(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.NOTICES_ALLOW_LOCAL = False
    settings.NOTICES_LOCAL_HOSTS = {"robot.example.edu.cn"}
    answering(monkeypatch, "10.0.0.7")
    assert reachable("Robot.example.edu.cn", 80) == ["10.0.0.7"]
    with pytest.raises(Unreachable):
        reachable("other.example.edu.cn", 80)


def test_a_name_that_nobody_knows_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    for addresses in ((),):
        answering(monkeypatch, *addresses)
        with pytest.raises(Unreachable) as caught:
            reachable("nowhere.example.org", 80)
        assert caught.value.problem == "unknown_host"


def test_a_robots_service_is_not_asked_for_before_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch)
    check_reachable(read_address(f"wecombot://{KEY}"))
    with pytest.raises(Unreachable):
        check_reachable(read_address("https://example.org/"))


def test_a_sealed_address_opens_with_the_present_and_former_keys_only() -> None:
    with override_settings(SECRET_KEY="first-" + "k" * 50):
        sealed = SEAL.seal(f"wecombot://{KEY}")
        assert KEY not in sealed
        assert SEAL.unseal(sealed) == f"wecombot://{KEY}"
    with override_settings(SECRET_KEY="second-" + "k" * 50, SECRET_KEY_FALLBACKS=["first-" + "k" * 50]):
        assert SEAL.unseal(sealed) == f"wecombot://{KEY}"
    with override_settings(SECRET_KEY="second-" + "k" * 50), pytest.raises(Unreadable):
        SEAL.unseal(sealed)
    with pytest.raises(Unreadable):
        SEAL.unseal(sealed[:-4] + "AAAA")
