"""What a receiver gets, what it may answer, and how long it is tried."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from apps.core.errors import WrongState
from apps.notices.models import Notice
from apps.people.operations import suspend_user
from apps.webhooks import sending
from apps.webhooks.models import Attempt, Delivery, Webhook
from apps.webhooks.operations import (
    deliver,
    end_webhook,
    pause_webhook,
    renew_secret,
    resume_webhook,
    send_again,
    send_test,
)
from tests.domain.webhooks.conftest import Book, Made
from tests.factories.refusals import refused
from tests.fakes.webhooks import Service
from tests.people import People

Make = Callable[..., Made]
State = Delivery.State
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3600, 86400))


def sent(at: datetime) -> int:
    """One round of sending."""
    return sending.send_due(clock=lambda: at)


def verified(service: Service, secret: str, number: int = -1) -> bool:
    """What a receiver does: the signature over the very bytes that came."""
    heard = service.heard[number]
    content = f"{heard.headers['webhook-id']}.{heard.headers['webhook-timestamp']}.".encode() + heard.raw
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in heard.headers["webhook-signature"].split(" ")


def test_a_receiver_that_takes_its_time_holds_up_nobody_else(
    make: Make, they: People, service: Service, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook, _secret = make()
    other, _secret = make(address=f"{service.url}/quick")
    for _again in range(4):
        deliver(webhook, "booking.confirmed", {}, now)
    deliver(other, "booking.confirmed", {}, now)
    passed = iter(range(0, 1000, 10))
    monkeypatch.setattr("apps.webhooks.sending.time", SimpleNamespace(monotonic=lambda: float(next(passed))))
    assert sent(now) == 2
    assert [heard.path for heard in service.heard] == ["/in", "/quick"]
    assert sent(now) == 1  # the slow one goes on in the next round


def test_a_receiver_gets_the_happening_once_signed_and_says_thanks(
    make: Make, booking: Book, service: Service, now: datetime
) -> None:
    webhook, secret = make()
    one = booking(2)
    assert sent(now) == 1
    assert sent(now + HOUR) == 0
    [heard] = service.heard
    assert (heard.path, heard.query) == ("/in", {"team": ["7"]})
    assert heard.headers["Content-Type"] == "application/json"
    assert heard.headers["webhook-timestamp"] == str(int(now.timestamp()))
    assert heard.body["data"]["booking"] == one.ulid
    assert verified(service, secret)
    assert not verified(service, "whsec_" + base64.b64encode(b"x" * 32).decode())
    [delivery] = webhook.deliveries.all()
    assert (delivery.state, delivery.done_at, heard.headers["webhook-id"]) == (
        State.DELIVERED,
        now,
        delivery.ulid,
    )
    assert [(a.status, a.problem) for a in Attempt.objects.all()] == [(200, "")]


def test_what_is_not_taken_is_sent_again_the_same_bytes_under_the_same_id_then_given_up(
    make: Make, booking: Book, service: Service, they: People, now: datetime
) -> None:
    webhook, secret = make()
    booking(2)
    service.status = 500
    moment, waits = now, []
    for _attempt in range(len(sending.WAITS)):
        assert sent(moment) == 1
        [delivery] = webhook.deliveries.all()
        waits.append(delivery.due_at - moment)
        assert sent(delivery.due_at - SECOND) == 0
        moment = delivery.due_at
    assert tuple(waits) == sending.WAITS
    assert 3 * DAY < moment - now < 4 * DAY
    assert sent(moment) == 1
    delivery.refresh_from_db()
    webhook.refresh_from_db()
    assert delivery.state == State.FAILED
    assert (webhook.paused_at, webhook.pause_reason) == (moment, "failing")
    assert len({heard.raw for heard in service.heard}) == 1
    assert len({heard.headers["webhook-id"] for heard in service.heard}) == 1
    assert len(service.heard) == Attempt.objects.count() == 10
    assert all(verified(service, secret, number) for number in range(10))
    assert Notice.objects.filter(user=they.alice, kind="webhooks.paused").count() == 1


def test_a_redirect_is_no_acceptance_and_is_not_followed(
    make: Make, booking: Book, service: Service, now: datetime
) -> None:
    webhook, _ = make()
    booking(2)
    service.location = f"{service.url}/elsewhere"
    sent(now)
    assert [heard.path for heard in service.heard] == ["/in"]
    assert webhook.deliveries.get().state == State.PENDING


def test_a_receiver_that_is_gone_for_good_ends_the_webhook(
    make: Make, booking: Book, service: Service, now: datetime
) -> None:
    webhook, _ = make()
    booking(2)
    service.status = 410
    sent(now)
    webhook.refresh_from_db()
    assert webhook.revoked_at == now
    assert webhook.deliveries.get().state == State.FAILED


def test_nobody_there_costs_one_attempt_a_round_whatever_waits(
    make: Make, booking: Book, service: Service, now: datetime
) -> None:
    webhook, _ = make(address="http://127.0.0.1:9/closed")
    for hours in (2, 4, 6):
        booking(hours)
    assert sent(now) == 1
    assert [a.problem for a in Attempt.objects.all()] == ["unreachable"]
    assert set(webhook.deliveries.values_list("due_at", flat=True)) == {now + sending.WAITS[0]}
    assert sorted(webhook.deliveries.values_list("attempts", flat=True)) == [0, 0, 1]


def test_a_bad_receiver_does_not_hold_up_another(
    make: Make, booking: Book, service: Service, they: People, now: datetime
) -> None:
    make(address="http://127.0.0.1:9/closed")
    good, _ = make(user=they.teng, instrument=they.sem)
    booking(2)
    assert sent(now) == 2
    assert good.deliveries.get().state == State.DELIVERED


def test_a_worker_that_dies_while_it_sends_costs_a_delay(
    make: Make, booking: Book, service: Service, now: datetime
) -> None:
    webhook, _ = make()
    booking(2)
    assert sending._claim(now) is not None  # and dies here
    assert sent(now + MINUTE) == 0
    assert sent(now + sending.LEASE) == 1
    assert webhook.deliveries.get().state == State.DELIVERED


def test_two_workers_do_not_send_the_same(make: Make, booking: Book, now: datetime) -> None:
    make()
    booking(2)
    assert sending._claim(now) is not None
    assert sending._claim(now) is None


def test_both_secrets_sign_for_a_day_after_a_change(
    make: Make, booking: Book, service: Service, they: People, now: datetime
) -> None:
    webhook, old = make()
    _webhook, new = renew_secret(webhook=webhook, by=they.alice, now=now)
    send_test(webhook=webhook, by=they.alice, now=now)
    sent(now)
    assert verified(service, old)
    assert verified(service, new)
    send_test(webhook=webhook, by=they.alice, now=now + DAY)
    sent(now + DAY)
    assert not verified(service, old)
    assert verified(service, new)


def test_what_happens_while_it_is_paused_waits(
    make: Make, booking: Book, service: Service, they: People, now: datetime
) -> None:
    webhook, _ = make()
    pause_webhook(webhook=webhook, reason="person", by=they.alice, now=now)
    booking(2)
    assert sent(now + HOUR) == 0
    resume_webhook(webhook=webhook, by=they.alice, now=now + HOUR)
    assert sent(now + HOUR) == 1
    assert service.heard[0].body["type"] == "booking.confirmed"


def test_an_ended_webhook_sends_nothing_not_even_what_waits(
    make: Make, booking: Book, service: Service, they: People, now: datetime
) -> None:
    webhook, _ = make()
    booking(2)
    end_webhook(webhook=webhook, by=they.alice, now=now)
    booking(4)
    assert sent(now) == 0
    assert [d.state for d in webhook.deliveries.all()] == [State.SKIPPED]


def test_nothing_is_sent_for_somebody_who_is_suspended(
    make: Make, booking: Book, service: Service, they: People, now: datetime
) -> None:
    make()
    booking(2)
    suspend_user(user=they.alice, reason="x", by=None, now=now)
    sent(now)
    assert service.heard == []
    assert Attempt.objects.get().problem == "suspended"


def test_an_address_that_points_inside_later_gains_nothing(
    make: Make, booking: Book, service: Service, now: datetime, settings: Settings
) -> None:
    make()
    booking(2)
    settings.NOTICES_ALLOW_LOCAL = False
    sent(now)
    assert service.heard == []
    assert Attempt.objects.get().problem == "local"


def test_a_secret_that_no_key_opens_any_more_pauses_and_says_so(
    make: Make, booking: Book, they: People, now: datetime, settings: Settings
) -> None:
    webhook, _ = make()
    booking(2)
    settings.SECRET_KEY = "another-" * 10
    settings.SECRET_KEY_FALLBACKS = []
    assert sent(now) == 1
    webhook.refresh_from_db()
    assert webhook.pause_reason == "unreadable"
    assert Notice.objects.filter(user=they.alice, kind="webhooks.paused").count() == 1


def test_sent_again_it_is_the_same_and_a_receiver_knows_it_by_its_id(
    make: Make, booking: Book, service: Service, they: People, now: datetime
) -> None:
    webhook, _ = make()
    booking(2)
    sent(now)
    delivery = webhook.deliveries.get()
    send_again(delivery=delivery, by=they.alice, now=now)
    with refused(WrongState, "webhooks.waits"):
        send_again(delivery=delivery, by=they.alice, now=now)
    sent(now)
    first, second = service.heard
    assert (first.raw, first.headers["webhook-id"]) == (second.raw, second.headers["webhook-id"])


def test_one_test_at_a_time(make: Make, they: People, now: datetime) -> None:
    webhook, _ = make()
    send_test(webhook=webhook, by=they.alice, now=now)
    with refused(WrongState, "webhooks.test_waits"):
        send_test(webhook=webhook, by=they.alice, now=now)
    pause_webhook(webhook=webhook, reason="person", by=they.alice, now=now)
    with refused(WrongState, "webhooks.paused"):
        send_test(webhook=webhook, by=they.alice, now=now)


def test_the_log_forgets_what_is_old_and_done(
    make: Make, booking: Book, they: People, service: Service, now: datetime
) -> None:
    webhook, _ = make()
    booking(2)
    sent(now)
    pause_webhook(webhook=webhook, reason="person", by=they.alice, now=now)
    booking(4)
    webhook.deliveries.filter(state=State.PENDING).update(due_at=now + SECOND)
    assert sending.purge(before=now) == 0
    assert sending.purge(before=now + SECOND) == 1
    assert [d.state for d in webhook.deliveries.all()] == [State.PENDING]
    assert not Attempt.objects.exists()
    assert Webhook.objects.count() == 1


def test_what_waits_for_a_paused_webhook_is_kept_for_so_long_and_counted(
    make: Make, booking: Book, they: People, now: datetime
) -> None:
    webhook, _ = make()
    pause_webhook(webhook=webhook, reason="person", by=they.alice, now=now)
    booking(2)
    booking(4)
    Attempt.objects.create(delivery=webhook.deliveries.all()[0], at=now, took_ms=3)
    assert sending.purge(before=now) == 0
    for expected in (2, 0):
        assert sending.purge(before=now + SECOND) == expected
    webhook.refresh_from_db()
    assert (webhook.dropped, webhook.deliveries.count()) == (2, 0)
    booking(6)
    resume_webhook(webhook=webhook, by=they.alice, now=now + DAY)
    assert webhook.deliveries.get().due_at == now + DAY
    assert sending.purge(before=now + 2 * DAY) == 0  # it is sent, however late
    webhook.refresh_from_db()
    assert webhook.dropped == 2
