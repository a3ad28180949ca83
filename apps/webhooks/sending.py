"""What is due leaves: claim, send, record, each a step of its own, the sending outside of any transaction.

A claim is a lease, so a delivery is sent at least once and under one id. The times between attempts are those
that the specification recommends; after the last one the webhook pauses and its person is told.
"""

import logging
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

import requests
from django.db import connection, transaction
from django.db.models import QuerySet
from django.urls import reverse

from apps.core.errors import WrongState
from apps.core.sealing import Unreadable
from apps.instruments.queries import managed_by
from apps.notices.calling import call
from apps.notices.operations import notify
from apps.notices.reaching import Unreachable
from apps.people.queries import ACTIVE, user_state
from apps.webhooks.models import Attempt, Delivery, Webhook
from apps.webhooks.noticekinds import PAUSED
from apps.webhooks.operations import (
    ADDRESSES,
    FAILING,
    SECRETS,
    UNREADABLE,
    end_webhook,
    pause_webhook,
)
from apps.webhooks.signing import headers_for

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
AT_ONCE = 50
SLOW_SECONDS = 3.0
GONE = 410
WAITS = tuple(
    timedelta(seconds=one) for one in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)  # after the first attempt, the second, ...


@dataclass(frozen=True)
class Outcome:
    """What one request came to: the status that was answered or, without an answer, the problem in a word."""

    status: int | None = None
    problem: str = ""

    @property
    def accepted(self) -> bool:
        """2xx; a redirect is not followed and is no acceptance."""
        return self.status is not None and 200 <= self.status < 300


def send_due(*, clock: Callable[[], datetime]) -> int:
    """Send up to AT_ONCE deliveries that are due; returns how many were handled, well or badly. A webhook
    whose receiver took long waits for the next round: it holds up nobody else.
    """
    slow: set[int] = set()
    return sum(1 for _sent in takewhile(bool, (_send_next(clock, slow) for _round in range(AT_ONCE))))


def _send_next(clock: Callable[[], datetime], slow: set[int]) -> bool:
    delivery = _claim(clock(), slow)
    if delivery is None:
        return False
    webhook, now = delivery.webhook, clock()
    if not _may_hear(webhook, now):
        _end(webhook, now)
        return True
    try:
        address = ADDRESSES.unseal(webhook.address_sealed)
        keys = [SECRETS.unseal(one) for one in _signing(webhook, now)]
    except Unreadable:
        _pause(webhook, UNREADABLE, now)
        return True
    begun = time.monotonic()
    outcome = _post(address, keys, delivery, now)
    took = time.monotonic() - begun
    if took > SLOW_SECONDS:
        slow.add(webhook.pk)
    _record(delivery, outcome, round(took * 1000), clock())
    return True


@transaction.atomic
def _claim(now: datetime, slow: Collection[int] = ()) -> Delivery | None:
    due = Delivery.objects.filter(
        state=Delivery.State.PENDING,
        due_at__lte=now,
        webhook__paused_at__isnull=True,
        webhook__revoked_at__isnull=True,
    )
    due = due.exclude(webhook__in=slow).order_by("due_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    delivery = due.select_related("webhook__user", "webhook__instrument").first()
    if delivery is not None:
        delivery.attempts += 1
        delivery.due_at = now + LEASE
        delivery.save(update_fields=["attempts", "due_at"])
    return delivery


def _may_hear(webhook: Webhook, now: datetime) -> bool:
    """Whether the person may still read what it tells. A suspended person's waits: see `_record`."""
    if webhook.instrument_id is None:
        return webhook.user.is_active
    return managed_by(webhook.user, now).filter(pk=webhook.instrument_id).exists()


def _signing(webhook: Webhook, now: datetime) -> list[str]:
    old = webhook.old_until is not None and webhook.old_until > now
    return [webhook.secret_sealed, webhook.old_sealed] if old else [webhook.secret_sealed]


def _post(address: str, keys: list[str], delivery: Delivery, now: datetime) -> Outcome:
    if user_state(delivery.webhook.user, now) != ACTIVE:
        return Outcome(problem="suspended")
    body = delivery.body.encode()
    signed = headers_for(keys, ident=delivery.ulid, timestamp=int(now.timestamp()), body=body)
    headers = {**signed, "Content-Type": "application/json", "User-Agent": "Clearbench"}
    try:
        return Outcome(status=call("POST", address, headers=headers, data=body).status_code)
    except Unreachable as refused:
        return Outcome(problem=refused.problem)
    except requests.RequestException:
        return Outcome(problem="unreachable")
    except Exception:  # a defect of ours costs this delivery a delay and the others nothing
        log.exception("webhook delivery %s", delivery.ulid)
        return Outcome(problem="unreachable")


@transaction.atomic
def _record(delivery: Delivery, outcome: Outcome, took_ms: int, now: datetime) -> None:
    Attempt.objects.create(
        delivery=delivery, at=now, status=outcome.status, problem=outcome.problem, took_ms=took_ms
    )
    mine = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.PENDING)
    if outcome.accepted:
        mine.update(state=Delivery.State.DELIVERED, done_at=now)
    elif outcome.status == GONE:  # the receiver wants nothing more, says the specification
        mine.update(state=Delivery.State.FAILED, done_at=now)
        _end(delivery.webhook, now)
    elif delivery.attempts > len(WAITS):
        mine.update(state=Delivery.State.FAILED, done_at=now)
        _pause(delivery.webhook, FAILING, now)
    else:
        due = now + WAITS[delivery.attempts - 1]
        mine.update(due_at=due)
        if outcome.status is None:  # nobody is there: the others wait as well
            others = delivery.webhook.deliveries.filter(state=Delivery.State.PENDING, due_at__lt=due)
            others.exclude(pk=delivery.pk).update(due_at=due)


def _end(webhook: Webhook, now: datetime) -> None:
    with suppress(WrongState):  # its person was quicker
        end_webhook(webhook=webhook, by=None, now=now)


@transaction.atomic
def _pause(webhook: Webhook, reason: str, now: datetime) -> None:
    try:
        pause_webhook(webhook=webhook, reason=reason, by=None, now=now)
    except WrongState:  # its person has ended it meanwhile
        return
    notify(
        user=webhook.user,
        kind=PAUSED.key,
        now=now,
        args={"label": webhook.label, "address": webhook.shown},
        url=reverse("webhook_detail", args=[webhook.ulid]),
        dedupe=f"webhook:{webhook.ulid}:{now:%Y-%m-%d}",
    )


def purge(*, before: datetime, limit: int = 2000) -> int:
    """Forget finished deliveries that are older, and what has waited for a paused webhook since before then,
    which is counted with the webhook; returns how many.
    """
    old = Delivery.objects.filter(created_at__lt=before).exclude(state=Delivery.State.PENDING)
    gone = _forget(old.order_by("created_at"), limit)
    # By the moment at which it was due: what a worker has claimed is due later, so it is left alone.
    waiting = Delivery.objects.filter(state=Delivery.State.PENDING, due_at__lt=before)
    paused = waiting.filter(webhook__paused_at__isnull=False).order_by("webhook_id")
    for key in list(paused.values_list("webhook_id", flat=True).distinct()):
        gone += _drop_waiting(key, waiting, limit)
    return gone


@transaction.atomic
def _drop_waiting(key: int, waiting: QuerySet[Delivery], limit: int) -> int:
    webhook = Webhook.objects.select_for_update(no_key=True).get(pk=key)
    if webhook.paused_at is None:  # its person lets it go on at this moment
        return 0
    dropped = _forget(waiting.filter(webhook=webhook).order_by("due_at"), limit)
    webhook.dropped += dropped
    webhook.save(update_fields=["dropped"])
    return dropped


@transaction.atomic
def _forget(rows: QuerySet[Delivery], limit: int) -> int:
    keys = list(rows.values_list("pk", flat=True)[:limit])
    Attempt.objects.filter(delivery__in=keys).delete()
    Delivery.objects.filter(pk__in=keys).delete()
    return len(keys)
