"""All that devices may write: power went on, power went off, the device booted anew, a grant's time is over.

Duration comes from the odometer alone; the moments of reports only place it in time. Reports may come late,
twice, or the end before the beginning: the rows become the same. Within one grant that is used several times
(stand-by, off line) and for the manual key the journal's own order is relied upon. It judges nobody: what
was used is recorded whoever used it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.core.outbox import publish
from apps.core.parameters import value
from apps.usage import slices
from apps.usage.models import UsageRecord, UsageSession
from apps.usage.readings import Heard, note_readings
from apps.usage.recording import close, leave, unforeseen

State = UsageSession.State
__all__ = ["Heard", "end_by_reboot", "end_overdue", "note_readings", "power_off", "power_on"]

# A device ends a grant early rather than late; only after this margin does the server say that it is over.
END_MARGIN = timedelta(seconds=5)


@transaction.atomic
def power_on(
    *,
    dev: str,
    node: int,
    gid: str,
    odo: int,
    busy: int,
    at: datetime,
    now: datetime,
    instrument_id: int | None = None,
) -> UsageSession:
    """Power went on at `at` with these meter readings (ms). An empty `gid` is the manual key.

    The session opens when this is the node's latest word; otherwise only its measurement is completed. A
    grant that nobody knows, and the manual key, get a session of their own, so that the odometer still
    tiles; `instrument_id` is needed only for these, on a node that was never used. Raises WrongState
    `usage.slice_overlaps`, NotFound `usage.node_unknown`.
    """
    rows = slices.locked(dev, node, gid, odo)
    family = [row for row in rows if row.gid == gid]
    known = slices.begun_at(family, odo, at)
    if known is not None:
        return known
    session = slices.begins(family, odo) or unforeseen(family, dev, node, gid, at, now, instrument_id)
    session.odo0, session.busy0, session.opened_at = odo, busy, at
    if session.odo1 is not None:
        close(session, now=now)
        return session
    if slices.is_past(session, at):
        session.state = State.ENDED
        session.save()
        return session
    _open(session, [row for row in rows if row.pk != session.pk], now)
    return session


@transaction.atomic
def power_off(
    *,
    dev: str,
    node: int,
    gid: str,
    odo: int,
    busy: int,
    at: datetime,
    why: str,
    now: datetime,
    instrument_id: int | None = None,
) -> UsageRecord | None:
    """Power went off at `at` with these meter readings (ms). Returns the one usage record of the session, or
    None while the power-on report is missing. Raises as `power_on`.
    """
    rows = slices.locked(dev, node, gid, odo)
    family = [row for row in rows if row.gid == gid]
    known = slices.over_at(family, odo, at)
    if known is not None:
        return UsageRecord.objects.filter(session=known).first()
    session = slices.ends(family, odo) or unforeseen(family, dev, node, gid, at, now, instrument_id)
    session.odo1, session.busy1, session.closed_at, session.close_reason = odo, busy, at, why[:20]
    if session.odo0 is not None:
        return close(session, now=now)
    session.state = State.ENDED
    session.save()
    return None


@transaction.atomic
def end_overdue(*, now: datetime, dev: str | None = None, node: int | None = None) -> int:
    """End what time has ended: a grant without power-on in time is unused, a stand-by grant past its end too;
    a running session well past its end is over, its measurement outstanding. Returns how many.

    Harmless to repeat, and harmless when wrong: a report that comes later still counts.
    """
    silent_since = now - timedelta(seconds=value("usage.unused_grant_seconds", at=now))
    overdue = UsageSession.objects.filter(
        Q(state=State.GRANTED, granted_at__lte=silent_since)
        | Q(state__in=(State.GRANTED, State.STANDBY), expires_at__lte=now)
        | Q(state=State.OPEN, expires_at__lte=now - END_MARGIN)
    )
    if dev is not None:
        overdue = overdue.filter(dev=dev)
    if node is not None:
        overdue = overdue.filter(node=node)
    return _leave_all(overdue, why="overdue", now=now)


@transaction.atomic
def end_by_reboot(*, dev: str, now: datetime) -> int:
    """The device booted anew: power-up is off, so nothing of the last boot runs on. Returns how many ended.

    What the last boot has measured still comes with its journal.
    """
    return _leave_all(
        UsageSession.objects.filter(dev=dev, state__in=UsageSession.LIVE), why=slices.REBOOT, now=now
    )


def _open(session: UsageSession, others: Sequence[UsageSession], now: datetime) -> None:
    """The device runs this one, so nothing else is live on the node any more."""
    for other in others:
        if other.state in UsageSession.LIVE:
            leave(other, why="superseded", now=now)
    session.state, session.closed_at, session.close_reason = State.OPEN, None, ""
    session.save()
    publish("usage.session_opened", now=now, session=session.ulid, instrument=session.instrument.ulid)


def _leave_all(sessions: QuerySet[UsageSession], *, why: str, now: datetime) -> int:
    chosen = sessions.select_related("instrument").select_for_update(of=("self",)).order_by("pk")
    found = list(chosen)
    for session in found:
        leave(session, why=why, now=now)
    return len(found)
