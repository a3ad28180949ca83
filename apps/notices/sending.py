"""What is due leaves: claim, send, record, each a step of its own, the sending outside of any transaction.

A claim is a lease: `due_at` of a row being sent is the moment at which the attempt counts as lost. So a
notice is sent at least once; it is sent twice only when a worker dies between the answer of the mail host (or
messenger) and the note of it, and then the second mail carries the Message-ID of the first. One sender a
channel at a time: a host that hangs holds up one worker, not all of them.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.db import connection, transaction
from django.db.models import F, QuerySet

from apps.notices.delivering import Outcome, mail_to, message_to, message_to_school
from apps.notices.kinds import Channel, find_kind
from apps.notices.models import Dispatch
from apps.people.models import User

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 10
DOWN = timedelta(minutes=2)
TOO_OLD = timedelta(days=3)
AT_ONCE = 50
_OPEN = (Dispatch.State.PENDING, Dispatch.State.SENDING)


def send_due(*, channel: str, clock: Callable[[], datetime]) -> int:
    """Send up to AT_ONCE batches that are due; returns how many notices were handled, well or badly. Stops at
    once when the mail host cannot be reached.
    """
    if not _is_due(channel, clock()) or _is_busy(channel, clock()):
        return 0
    handled = 0
    carrier: Any = get_connection() if channel == Channel.EMAIL else None
    try:
        for _round in range(AT_ONCE):
            batch = claim(channel, clock())
            if not batch:
                break
            outcome = _try(batch, carrier, clock())
            record(batch, outcome, clock())
            handled += len(batch)
            if outcome.down:
                break
    finally:
        if carrier is not None:
            carrier.close()
    return handled


@transaction.atomic
def claim(channel: str, now: datetime) -> list[Dispatch]:
    """The next due row, or all due rows of one person's daily summary; empty when nothing is due. What was
    read meanwhile is skipped.
    """
    while True:
        first = _locked(_due(channel, now)).first()
        if first is None:
            return []
        rows = [first]
        if first.digest and first.notice.user_id is not None:
            same = _due(channel, now).filter(digest=True, notice__user=first.notice.user_id)
            rows = list(_locked(same))
        read = [row.pk for row in rows if _is_moot(row)]
        Dispatch.objects.filter(pk__in=read).update(state=Dispatch.State.SKIPPED, done_at=now)
        taken = [row for row in rows if row.pk not in read]
        if taken:
            Dispatch.objects.filter(pk__in=[row.pk for row in taken]).update(
                state=Dispatch.State.SENDING, due_at=now + LEASE, attempts=F("attempts") + 1
            )
            return taken


def record(batch: Sequence[Dispatch], outcome: Outcome, now: datetime) -> None:
    """Note how it went: done, to be tried again later, or given up."""
    rows = Dispatch.objects.filter(pk__in=[row.pk for row in batch], state=Dispatch.State.SENDING)
    attempts = max(row.attempts for row in batch) + 1  # as read before the claim counted it
    error = outcome.error[:300]
    if outcome.sent or outcome.skipped:
        state = Dispatch.State.SENT if outcome.sent else Dispatch.State.SKIPPED
        rows.update(state=state, done_at=now, last_error=error)
    elif outcome.permanent or _is_hopeless(batch, outcome, attempts, now):
        log.error("notice %s by %s given up: %s", batch[0].notice.ulid, batch[0].channel, error)
        rows.update(state=Dispatch.State.FAILED, done_at=now, last_error=error)
    elif outcome.down:  # not this notice's fault: the attempt does not count
        rows.update(
            state=Dispatch.State.PENDING, due_at=now + DOWN, attempts=F("attempts") - 1, last_error=error
        )
    else:
        wait = timedelta(seconds=min(30 * 2**attempts, 7200))
        rows.update(state=Dispatch.State.PENDING, due_at=now + wait, last_error=error)


def _is_hopeless(batch: Sequence[Dispatch], outcome: Outcome, attempts: int, now: datetime) -> bool:
    """Tried too often, or too old to be news."""
    newest = max(row.notice.created_at for row in batch)
    return now - newest > TOO_OLD or (attempts >= MAX_ATTEMPTS and not outcome.down)


def _try(batch: Sequence[Dispatch], carrier: Any, now: datetime) -> Outcome:
    """A defect of ours costs this batch a delay and the others nothing."""
    try:
        return _send(batch, carrier, now)
    except Exception as error:
        log.exception("notice %s by %s", batch[0].notice.ulid, batch[0].channel)
        return Outcome(error=f"{type(error).__name__}: {error}")


def _send(batch: Sequence[Dispatch], carrier: Any, now: datetime) -> Outcome:
    notices = [row.notice for row in batch]
    user: User | None = notices[0].user
    if user is None:
        return message_to_school(notices[0], settings.NOTICES_SCHOOL_ADDRESSES)
    if batch[0].channel == Channel.EMAIL:
        return mail_to(user, notices, carrier, now)
    return message_to(user, notices, now)


def _is_moot(row: Dispatch) -> bool:
    """Read before it left. An urgent one leaves all the same."""
    kind = find_kind(row.notice.kind)
    return row.notice.read_at is not None and not (kind is not None and kind.urgent)


def _due(channel: str, now: datetime) -> QuerySet[Dispatch]:
    found = Dispatch.objects.filter(channel=channel, state__in=_OPEN, due_at__lte=now)
    return found.select_related("notice__user").order_by("due_at", "id")


def _locked(rows: QuerySet[Dispatch]) -> QuerySet[Dispatch]:
    """Rows that nobody else is claiming. SQLite has one writer at a time and needs no lock."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


def _is_due(channel: str, now: datetime) -> bool:
    return _due(channel, now).exists()


def _is_busy(channel: str, now: datetime) -> bool:
    """Whether somebody is sending through this channel at the moment."""
    sending = Dispatch.objects.filter(channel=channel, state=Dispatch.State.SENDING, due_at__gt=now)
    return sending.exists()
