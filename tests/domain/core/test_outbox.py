"""Facts reach every subscriber at least once, and their effect happens exactly once."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core import audit, outbox
from apps.core.events import EVENTS, UnknownEvent, check_payload
from apps.core.models import AuditEntry, Delivery, Fact
from apps.core.outbox import MAX_ATTEMPTS, Handler, Payload, Subscriber, publish, relay, subscribe

EVENT, CHANNEL = "devices.controller_enrolled", "test"
Listen = Callable[..., None]


@pytest.fixture
def listen(monkeypatch: pytest.MonkeyPatch) -> Listen:
    """Declare a subscriber for the length of the test."""

    def declare(name: str, handle: Handler, event: str = EVENT) -> None:
        key = f"{name}:{event}"
        monkeypatch.setitem(outbox._SUBSCRIBERS, key, Subscriber(key, event, CHANNEL, handle))

    return declare


def tell(now: datetime, dev: str = "d1") -> Fact:
    with transaction.atomic():
        return publish(EVENT, now=now, dev=dev)


def write(payload: Payload, now: datetime) -> None:
    """An effect that can be counted."""
    audit.record(action="test.effect", object_ref=f"controller:{payload['dev']}", now=now)


def effects() -> list[str]:
    return list(
        AuditEntry.objects.filter(action="test.effect").order_by("id").values_list("object_ref", flat=True)
    )


def delivery(subscriber: str = "writer") -> Delivery:
    return Delivery.objects.get(subscriber=f"{subscriber}:{EVENT}")


@pytest.mark.django_db
def test_every_subscriber_hears_a_fact_once(listen: Listen, now: datetime) -> None:
    listen("writer", write)
    listen("reader", write)
    tell(now)
    assert relay(channel=CHANNEL, now=now) == 2
    assert relay(channel=CHANNEL, now=now + timedelta(days=1)) == 0
    assert effects() == ["controller:d1"] * 2
    assert (delivery().state, delivery().done_at) == ("done", now)


@pytest.mark.django_db
def test_a_fact_vanishes_with_the_transaction_that_made_it(listen: Listen, now: datetime) -> None:
    listen("writer", write)
    with transaction.atomic():
        publish(EVENT, now=now, dev="d1")
        transaction.set_rollback(True)
    assert not Fact.objects.exists()
    assert relay(channel=CHANNEL, now=now) == 0


@pytest.mark.django_db(transaction=True)
def test_a_fact_is_only_published_inside_a_transaction(now: datetime) -> None:
    with pytest.raises(RuntimeError, match="inside its transaction"):
        publish(EVENT, now=now, dev="d1")


@pytest.mark.django_db
def test_what_a_handler_publishes_is_delivered_in_the_same_call(listen: Listen, now: datetime) -> None:
    def chain(payload: Payload, at: datetime) -> None:
        publish("devices.alarm", now=at, dev=payload["dev"], code="test")

    listen("chain", chain)
    listen("writer", write, event="devices.alarm")
    tell(now)
    assert relay(channel=CHANNEL, now=now) == 2
    assert effects() == ["controller:d1"]


@pytest.mark.django_db
def test_another_channel_is_left_alone_and_the_limit_is_kept(listen: Listen, now: datetime) -> None:
    listen("writer", write)
    for number in range(5):
        tell(now, f"d{number}")
    assert relay(channel="other", now=now) == 0
    assert relay(channel=CHANNEL, now=now, limit=3) == 3
    assert relay(channel=CHANNEL, now=now) == 2
    assert effects() == [f"controller:d{number}" for number in range(5)]


@pytest.mark.django_db
def test_a_poisoned_fact_backs_off_dies_visibly_and_stops_nobody(listen: Listen, now: datetime) -> None:
    def choke(payload: Payload, at: datetime) -> None:
        if payload["dev"] == "poison":
            write(payload, at)
            raise ValueError("cannot swallow")
        write(payload, at)

    listen("writer", choke)
    tell(now, "poison")
    tell(now, "d2")
    assert relay(channel=CHANNEL, now=now) == 2
    assert effects() == ["controller:d2"]
    sick = Delivery.objects.get(fact__payload={"dev": "poison"})
    assert (sick.attempts, sick.due_at, sick.last_error) == (
        1,
        now + timedelta(seconds=2),
        "ValueError: cannot swallow",
    )
    assert relay(channel=CHANNEL, now=now + timedelta(seconds=1)) == 0
    at = now
    for attempt in range(2, MAX_ATTEMPTS + 1):
        at = sick.due_at
        assert relay(channel=CHANNEL, now=at) == 1
        sick.refresh_from_db()
        assert sick.attempts == attempt
        assert sick.due_at - at == timedelta(seconds=min(2**attempt, 600))
    assert sick.state == "dead"
    assert relay(channel=CHANNEL, now=at + timedelta(days=1)) == 0
    assert effects() == ["controller:d2"]


@pytest.mark.django_db
def test_a_subscriber_that_was_removed_leaves_a_letter_and_no_loop(listen: Listen, now: datetime) -> None:
    listen("writer", write)
    tell(now)
    Delivery.objects.update(subscriber="gone:event")
    assert relay(channel=CHANNEL, now=now) == 1
    assert Delivery.objects.get().last_error.startswith("KeyError")


@pytest.mark.django_db(transaction=True)
def test_a_relay_that_is_killed_after_the_effect_repeats_it_only_once(listen: Listen, now: datetime) -> None:
    class Killed(BaseException):
        """Nobody catches it: the process is gone."""

    deaths = iter([True, False])

    def die_once(payload: Payload, at: datetime) -> None:
        write(payload, at)
        if next(deaths):
            raise Killed

    listen("writer", die_once)
    tell(now)
    with pytest.raises(Killed):
        relay(channel=CHANNEL, now=now)
    assert effects() == []
    assert (delivery().state, delivery().attempts) == ("pending", 0)
    assert relay(channel=CHANNEL, now=now) == 1
    assert effects() == ["controller:d1"]


@pytest.mark.django_db(transaction=True)
def test_several_relays_at_once_deliver_each_fact_once(listen: Listen, now: datetime) -> None:
    listen("writer", write)
    for number in range(24):
        tell(now, f"d{number}")
    gate = threading.Barrier(3)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            gate.wait(timeout=30)
            # A relay that finds everything locked by others goes home; it is asked again a moment later.
            while Delivery.objects.filter(channel=CHANNEL, state="pending").exists():
                relay(channel=CHANNEL, now=now)
        except BaseException as problem:
            failed.append(problem)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _relay in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failed == []
    assert sorted(effects()) == sorted(f"controller:d{number}" for number in range(24))


@pytest.mark.django_db(transaction=True)
def test_a_relay_steps_over_what_another_one_is_delivering(listen: Listen, now: datetime) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    inside, finish = threading.Event(), threading.Event()

    def slow(payload: Payload, at: datetime) -> None:
        if payload["dev"] == "slow":
            inside.set()
            assert finish.wait(timeout=30)
        write(payload, at)

    listen("writer", slow)
    tell(now, "slow")
    tell(now, "quick")

    def first() -> None:
        try:
            relay(channel=CHANNEL, now=now, limit=1)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(timeout=30)
    assert relay(channel=CHANNEL, now=now) == 1
    assert effects() == ["controller:quick"]
    finish.set()
    thread.join(timeout=30)
    assert effects() == ["controller:quick", "controller:slow"]


@pytest.mark.django_db
def test_a_fact_is_never_rewritten_and_delivered_once_per_subscriber(listen: Listen, now: datetime) -> None:
    listen("writer", write)
    tell(now)
    for sql in (
        "UPDATE core_fact SET name = 'other'",
        "DELETE FROM core_fact",
        "INSERT INTO core_delivery (fact_id, subscriber, channel, state, attempts, due_at, last_error) "
        "SELECT fact_id, subscriber, channel, state, attempts, due_at, last_error FROM core_delivery",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_an_event_must_be_declared_to_be_heard_or_told() -> None:
    with pytest.raises(UnknownEvent):
        subscribe("x", to="no.such_event", channel=CHANNEL)(write)
    with pytest.raises(UnknownEvent):
        check_payload("no.such_event", {})


def test_a_subscribers_name_is_taken_once(listen: Listen) -> None:
    listen("writer", write)
    with pytest.raises(ValueError, match="declared twice"):
        subscribe("writer", to=EVENT, channel=CHANNEL)(lambda _payload, _now: None)


@pytest.mark.parametrize("payload", [{}, {"dev": 1}, {"dev": "d1", "more": 1}, {"device": "d1"}])
def test_a_payload_is_exactly_of_the_declared_shape(payload: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        check_payload(EVENT, payload)


def test_every_event_is_named_by_its_room_and_carries_only_plain_values() -> None:
    for name, schema in EVENTS.items():
        room, _dot, what = name.partition(".")
        assert room
        assert what.replace("_", "").isalpha()
        assert set(schema.values()) <= {str, int, list, bool}
