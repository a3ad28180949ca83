"""The outbox: facts are rows of the transaction in which they happened; relays carry each to every subscriber
at least once, and the unique delivery row, closed in the subscriber's own transaction, makes the effect
happen exactly once.

Two channels: `worker` (Celery) and `gateway` (whatever must reach metal within two seconds).
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet

from apps.core.events import EVENTS, UnknownEvent, check_payload
from apps.core.models import Delivery, Fact
from apps.core.prepared import Prepared, insert

log = logging.getLogger(__name__)

WORKER = "worker"
GATEWAY = "gateway"
MAX_ATTEMPTS = 12

Payload = Mapping[str, Any]
Handler = Callable[[Payload, datetime], None]


@dataclass(frozen=True)
class Subscriber:
    """Who wants to know of which fact, on which channel. The name is stored: never rename it."""

    name: str
    event: str
    channel: str
    handle: Handler


_SUBSCRIBERS: dict[str, Subscriber] = {}


def subscribe(name: str, *, to: tuple[str, ...] | str, channel: str) -> Callable[[Handler], Handler]:
    """Declare a subscriber; used in `subscribers.py` of each app, which is discovered like `admin.py`.

    One handler may listen to several events: each gets the stored name `name:event`.
    """

    def declare(handle: Handler) -> Handler:
        for event in (to,) if isinstance(to, str) else to:
            if event not in EVENTS:
                raise UnknownEvent(event)
            key = f"{name}:{event}"
            if key in _SUBSCRIBERS and _SUBSCRIBERS[key].handle is not handle:
                raise ValueError(f"subscriber {key} is declared twice")
            _SUBSCRIBERS[key] = Subscriber(key, event, channel, handle)
        return handle

    return declare


def subscribers_of(event: str) -> list[Subscriber]:
    """All declared subscribers of an event, in the order of their names."""
    return sorted((s for s in _SUBSCRIBERS.values() if s.event == event), key=lambda s: s.name)


def publish(name: str, *, now: datetime, **payload: Any) -> Fact:
    """Write a fact and one pending delivery for each subscriber. Must run inside the transaction that made it
    true.
    """
    return publish_all([(name, payload)], now=now)[0]


def publish_all(told: Sequence[tuple[str, Payload]], *, now: datetime) -> list[Fact]:
    """Several facts of one moment, in this order, each as `publish` writes it. Two statements."""
    for name, payload in told:
        if not connection.in_atomic_block:
            raise RuntimeError(f"{name} must be published inside its transaction")
        check_payload(name, payload)
    facts = [Fact(name=name, payload=payload, happened_at=now) for name, payload in told]
    insert(facts)
    insert(
        [
            Delivery(fact=fact, subscriber=s.name, channel=s.channel, due_at=now)
            for fact in facts
            for s in subscribers_of(fact.name)
        ]
    )
    return facts


def relay(*, channel: str, now: datetime, limit: int = 100) -> int:
    """Deliver up to `limit` due facts of a channel; returns how many were handled (well or badly).

    Facts published by a handler are due at once and are taken in the same call. Several relays may run at the
    same time.
    """
    handled = 0
    while handled < limit and is_due(channel=channel, now=now) and _deliver_one(channel, now):
        handled += 1
    return handled


# Written out because every gateway asks it ten times a second, and mostly hears no.
_IS_DUE = (
    "SELECT EXISTS (SELECT 1 FROM core_delivery WHERE channel = %s AND state = 'pending' AND due_at <= %s)"
)


def is_due(*, channel: str, now: datetime) -> bool:
    """Whether a delivery of this channel is due. One cheap query, outside any transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_DUE, [channel, connection.ops.adapt_datetimefield_value(now)])
        return bool(cursor.fetchone()[0])


class _Due(NamedTuple):
    """A delivery that is to be made now."""

    pk: int
    subscriber: str
    attempts: int
    payload: str  # JSON


def _due(channel: str, state: str, now: datetime) -> QuerySet[Delivery, Any]:
    due = Delivery.objects.filter(channel=channel, state=state, due_at__lte=now).order_by("due_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    return due.values_list("pk", "subscriber", "attempts", "fact__payload")[:1]


# Both are asked for every fact and every subscriber of it.
_NEXT = Prepared(_due)
_DONE = "UPDATE core_delivery SET state = %s, done_at = %s, last_error = '' WHERE id = %s"


def _deliver_one(channel: str, now: datetime) -> bool:
    delivery: _Due | None = None
    try:
        with transaction.atomic():
            found = _NEXT.rows(channel=channel, state=Delivery.State.PENDING.value, now=now)
            if not found:
                return False
            delivery = _Due(*found[0])
            _SUBSCRIBERS[delivery.subscriber].handle(json.loads(delivery.payload), now)
            done_at = connection.ops.adapt_datetimefield_value(now)
            with connection.cursor() as cursor:
                cursor.execute(_DONE, [Delivery.State.DONE.value, done_at, delivery.pk])
    except Exception as exc:
        if delivery is None:
            raise
        _postpone(delivery, exc, now)
    return True


def _postpone(delivery: _Due, exc: Exception, now: datetime) -> None:
    attempts = delivery.attempts + 1
    dead = attempts >= MAX_ATTEMPTS
    log.exception(
        "delivery %s failed (attempt %d%s)", delivery.pk, attempts, ", dead" if dead else "", exc_info=exc
    )
    Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.PENDING).update(
        attempts=attempts,
        due_at=now + timedelta(seconds=min(2**attempts, 600)),
        state=Delivery.State.DEAD if dead else Delivery.State.PENDING,
        last_error=f"{type(exc).__name__}: {exc}"[:2000],
    )
