"""Webhooks under the account: made behind the password, their secret seen once, their log read."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.core import clock
from apps.webhooks import sending, tasks
from apps.webhooks.models import Delivery, Webhook
from apps.webhooks.operations import create_webhook, deliver, pause_webhook
from tests.people import PASSWORD
from tests.web.conftest import SignedIn
from tests.web.scene import Scene

SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")
GIVEN = {"label": "排期程序", "address": "http://127.0.0.1:9/in?key=7", "events": ["booking.confirmed"]}


@pytest.fixture(autouse=True)
def _local(settings: Settings) -> None:
    settings.NOTICES_ALLOW_LOCAL = True


def _made(scene: Scene, **given: Any) -> Webhook:
    alice = scene.people.alice
    asked = {"user": alice, "instrument": None, **GIVEN, **given}
    return create_webhook(by=asked["user"], now=scene.now, **asked)[0]


def _with_password(client: Client, address: str, login: str = "alice") -> None:
    client.post(reverse("account_login"), {"login": login, "password": PASSWORD})
    asked = client.get(address)
    assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
    client.post(asked.headers["Location"], {"password": PASSWORD, "next": address})


def test_a_session_that_lies_open_makes_none_through_the_interface_either(
    scene: Scene, client: Client
) -> None:
    hook, key = _made(scene), {"X-CSRFToken": "t" * 32}
    client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})
    client.cookies["csrftoken"] = "t" * 32
    for address in ("/api/v1/webhooks", f"/api/v1/webhooks/{hook.ulid}/secret"):
        asked: dict[str, Any] = {"content_type": "application/json", "headers": key}
        answer = client.post(address, GIVEN, **asked)
        assert (answer.status_code, answer.json()["code"]) == (403, "webhooks.password")
    again = client.get(reverse("webhook_create")).headers["Location"]
    client.post(again, {"password": PASSWORD, "next": reverse("webhook_create")})
    client.cookies["csrftoken"] = "t" * 32
    assert client.post("/api/v1/webhooks", GIVEN, **asked).status_code == 201
    assert client.post(address, {}, **asked).status_code == 200


def test_who_has_none_is_told_what_they_are_for(scene: Scene, signed_in: SignedIn) -> None:
    page = signed_in(scene.people.alice).get(reverse("webhook_list")).content.decode()
    assert page.count(reverse("webhook_create")) == 1
    assert 'class="empty"' in page


def test_one_is_made_behind_the_password_and_its_secret_shown_once(scene: Scene, client: Client) -> None:
    address = reverse("webhook_create")
    _with_password(client, address)
    assert 'name="about"' not in client.get(address).content.decode()  # Alice runs nothing
    answer = client.post(address, GIVEN)
    assert answer.status_code == 201
    [secret] = set(SECRET.findall(answer.content.decode()))
    webhook = scene.people.alice.webhooks.get()
    for name in ("webhook_list", "webhook_detail"):
        page = client.get(reverse(name, args=[webhook.ulid] if name == "webhook_detail" else []))
        assert "排期程序" in page.content.decode()
        assert secret not in page.content.decode()
        assert "key=7" not in page.content.decode()


def test_the_crew_chooses_an_instrument(scene: Scene, client: Client) -> None:
    address = reverse("webhook_create")
    _with_password(client, address, "teng")
    assert f'value="{scene.people.sem.asset_no}"' in client.get(address).content.decode()
    assert client.post(address, {**GIVEN, "about": scene.people.sem.asset_no}).status_code == 201
    assert scene.people.teng.webhooks.get().instrument == scene.people.sem


def test_what_was_typed_is_kept_when_it_is_refused(scene: Scene, client: Client) -> None:
    address = reverse("webhook_create")
    _with_password(client, address)
    answer = client.post(address, {**GIVEN, "address": "ftp://x"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "(notices.scheme)" in page
    assert 'value="排期程序"' in page
    assert 'value="ftp://x"' in page
    assert re.search(r'value="booking.confirmed"[^>]* checked', page)


def test_it_is_changed_behind_the_password_and_an_empty_address_keeps_it(
    scene: Scene, client: Client
) -> None:
    webhook = _made(scene)
    address = reverse("webhook_change", args=[webhook.ulid])
    _with_password(client, address)
    sealed = webhook.address_sealed
    answer = client.post(address, {"label": "新名", "address": "", "events": ["booking.cancelled"]})
    assert answer.headers["Location"] == reverse("webhook_detail", args=[webhook.ulid])
    webhook.refresh_from_db()
    assert (webhook.label, webhook.events, webhook.address_sealed) == ("新名", ["booking.cancelled"], sealed)


def test_another_secret_is_shown_once_and_the_page_says_how_long_both_count(
    scene: Scene, client: Client
) -> None:
    webhook = _made(scene)
    address = reverse("webhook_secret", args=[webhook.ulid])
    _with_password(client, address)
    assert client.get(address).status_code == 200
    page = client.post(address).content.decode()
    assert len(set(SECRET.findall(page))) == 1
    webhook.refresh_from_db()
    assert webhook.old_until is not None


def test_test_pause_resume_and_end(scene: Scene, signed_in: SignedIn) -> None:
    webhook, browser = _made(scene), signed_in(scene.people.alice)
    detail = reverse("webhook_detail", args=[webhook.ulid])
    for act, shown in (
        ("test", "测试"),
        ("test", "webhooks.test_waits"),
        ("pause", "已暂停"),
        ("resume", ""),
    ):
        page = browser.post(reverse("webhook_act", args=[webhook.ulid, act]), follow=True)
        assert shown in page.content.decode(), act
    assert browser.post(reverse("webhook_act", args=[webhook.ulid, "explode"])).status_code == 404
    assert (
        "webhooks.waits"
        in browser.post(
            reverse("webhook_again", args=[webhook.deliveries.get().ulid]), follow=True
        ).content.decode()
    )
    end = reverse("webhook_end", args=[webhook.ulid])
    assert browser.get(end).status_code == 200
    assert browser.post(end).headers["Location"] == reverse("webhook_list")
    assert browser.post(end).status_code == 409
    ended = browser.get(detail).content.decode()
    assert reverse("webhook_change", args=[webhook.ulid]) not in ended


@pytest.mark.parametrize(("count", "words"), [(1, "1 message waited"), (12, "12 messages waited")])
def test_what_waited_too_long_is_told_with_its_number(
    scene: Scene, signed_in: SignedIn, count: int, words: str
) -> None:
    webhook, browser = _made(scene), signed_in(scene.people.alice)
    detail = reverse("webhook_detail", args=[webhook.ulid])
    assert "waited for longer" not in browser.get(detail, headers={"Accept-Language": "en"}).content.decode()
    now = clock.now()
    paused = pause_webhook(webhook=webhook, reason="person", by=scene.people.alice, now=now)
    long_ago = now - timedelta(days=31)
    for _again in range(count):
        deliver(paused, "booking.confirmed", {}, long_ago)
    deliver(paused, "booking.confirmed", {}, now)
    assert tasks.purge() == count
    page = browser.get(detail, headers={"Accept-Language": "en"}).content.decode()
    assert f"{words} for longer than 30 days" in page
    assert page.count('<details class="fold-line') == 1
    assert "for 30 days at most" in page


def test_the_log_says_how_each_attempt_went_and_is_filtered_and_paged(
    scene: Scene, signed_in: SignedIn, django_assert_max_num_queries: Any
) -> None:
    webhook, browser = _made(scene), signed_in(scene.people.alice)
    for number in range(60):
        deliver(
            webhook, "booking.confirmed", {"number": number}, clock.now() - timedelta(minutes=60 - number)
        )
    sending.send_due(clock=clock.now)
    detail = reverse("webhook_detail", args=[webhook.ulid])
    with django_assert_max_num_queries(12):
        page = browser.get(detail).content.decode()
    assert page.count('<details class="fold-line') == 25
    assert "{&quot;type&quot;:&quot;booking.confirmed&quot;" in page
    cursor = re.search(r'rel="next" aria-keyshortcuts="n" href="([^"]+)"', page)
    assert cursor is not None
    later = browser.get(detail + cursor[1].replace("&amp;", "&")).content.decode()
    assert "&quot;number&quot;:59}" in page
    assert "&quot;number&quot;:59}" not in later
    assert (
        "没有响应" in browser.get(detail, {"state": "pending"}).content.decode()
        or Delivery.objects.filter(state="pending").exists()
    )
    assert 'class="empty"' in browser.get(detail, {"state": "failed"}).content.decode()
