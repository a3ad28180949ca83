"""All that devices may write: power went on, power went off, a device booted anew, time ran out.

The odometer is the truth. Reports may come twice, late, or in the wrong order; each only adds what it knows,
and a session is measured (`closed`, with its one usage record) when both ends are known. The measured slices
of a node are disjoint; what nobody reported stays visible as a gap (`queries.gaps`).
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.core import parameters
from apps.core.errors import WrongState
from apps.core.ids import new_ulid
from apps.core.outbox import publish
from apps.usage.models import UsageRecord, UsageSession

State = UsageSession.State
Kind = UsageSession.Kind

# A device tests its grant's end on its own clock; only after this margin does the server say that it is over.
END_MARGIN = timedelta(seconds=5)
# The purpose of a use that no grant explains.
UNEXPLAINED = {Kind.OVERRIDE: "override", Kind.UNKNOWN: "unknown"}


class SliceOverlap(WrongState):
    """Two sessions claim the same powered milliseconds: the report is not believed."""

    code = "usage.overlap"


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
    """The node was powered at odometer `odo` (ms) at the moment `at`; an empty `gid` is the manual key.

    A `gid` that nobody granted to this node gets a row of kind `unknown`, so that the odometer still tiles,
    and an alarm. `instrument_id` names the instrument of such a use; without it the node's last session does.
    """
    session = _slice_starting(dev, node, gid, odo, instrument_id, now)
    if session.odo0 is not None:
        return session
    session.odo0, session.busy0, session.opened_at = odo, busy, at
    if session.odo1 is None:
        session.state = _state_when_powered(session, at)
    session.save()
    publish("usage.session_opened", now=now, session=session.ulid, instrument=session.instrument.ulid)
    _settle(session, now)
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
    """The node lost power at odometer `odo` (ms). The usage record when the session is measured now, or was
    before; None while its beginning is still unknown.
    """
    session = _slice_ending(dev, node, gid, odo, instrument_id, now)
    if session.odo1 is None:
        session.odo1, session.busy1, session.closed_at, session.close_reason = odo, busy, at, why[:20]
        session.state = State.ENDED
        session.save()
        _settle(session, now)
    return UsageRecord.objects.filter(session=session).first()


@transaction.atomic
def end_overdue(*, now: datetime, dev: str | None = None, node: int | None = None) -> int:
    """Close the books on grants whose time is over: never powered -> `unused`, running -> `ended` (the
    measurement is still to come). Returns how many changed.
    """
    unused_after = timedelta(seconds=parameters.value("usage.unused_grant_seconds", at=now))
    rows = UsageSession.objects.all()
    if dev is not None:
        rows = rows.filter(dev=dev)
    if node is not None:
        rows = rows.filter(node=node)
    unused = rows.filter(state=State.GRANTED, granted_at__lt=now - unused_after) | rows.filter(
        state__in=(State.GRANTED, State.STANDBY), expires_at__lte=now
    )
    ended = rows.filter(state=State.OPEN, expires_at__lte=now - END_MARGIN)
    return unused.update(state=State.UNUSED) + ended.update(state=State.ENDED)


@transaction.atomic
def end_by_reboot(*, dev: str, now: datetime) -> int:
    """The device booted anew: power-up is off, so nothing of before runs any more. Returns how many sessions
    ended.
    """
    rows = UsageSession.objects.filter(dev=dev)
    return rows.filter(state=State.GRANTED, granted_at__lte=now).update(state=State.UNUSED) + rows.filter(
        state=State.OPEN
    ).update(state=State.ENDED)


def _slice_starting(
    dev: str, node: int, gid: str, odo: int, instrument_id: int | None, now: datetime
) -> UsageSession:
    """The row that a power-on belongs to: the one this report made before, one that waits for it, or a new
    one.
    """
    rows = _rows_of(dev, node, gid)
    for row in rows:
        if row.odo0 == odo:
            return row
    for row in rows:
        if row.odo0 is None and (row.odo1 is None or row.odo1 >= odo):
            return row
    return _new_slice(rows, dev, node, gid, instrument_id, now)


def _slice_ending(
    dev: str, node: int, gid: str, odo: int, instrument_id: int | None, now: datetime
) -> UsageSession:
    """The row that a power-off belongs to: the one it measured before, the one that runs, or a new one."""
    rows = _rows_of(dev, node, gid)
    for row in rows:
        if row.odo1 == odo:
            return row
    for row in rows:
        if row.odo1 is None and (row.odo0 is None or row.odo0 <= odo):
            return row
    return _new_slice(rows, dev, node, gid, instrument_id, now)


def _new_slice(
    rows: list[UsageSession], dev: str, node: int, gid: str, instrument_id: int | None, now: datetime
) -> UsageSession:
    granted = [row for row in rows if row.kind not in UNEXPLAINED]
    return _again(granted[0]) if granted else _unexplained(dev, node, gid, instrument_id, now)


def _rows_of(dev: str, node: int, gid: str) -> list[UsageSession]:
    """The rows a gid may mean on this node, the latest slice first: the grant's own and those that used it
    again. For the manual key (no gid) the latest overrides.
    """
    rows = UsageSession.objects.select_for_update(of=("self",)).filter(dev=dev, node=node)
    mine = rows.filter(kind=Kind.OVERRIDE) if not gid else rows.filter(Q(ulid=gid) | Q(continues__ulid=gid))
    return list(mine.order_by("-id")[:32])


def _again(first: UsageSession) -> UsageSession:
    """A further slice under a grant that was used before (a stand-by grant, swiped out of and into again)."""
    origin = first.continues or first
    fresh = UsageSession.objects.get(pk=origin.pk)
    fresh.pk, fresh.ulid, fresh._state.adding = None, new_ulid(), True
    fresh.continues, fresh.state = origin, State.ENDED
    fresh.odo0 = fresh.odo1 = fresh.busy0 = fresh.busy1 = None
    fresh.opened_at = fresh.closed_at = None
    fresh.close_reason = ""
    return fresh


def _unexplained(dev: str, node: int, gid: str, instrument_id: int | None, now: datetime) -> UsageSession:
    """A row for use that no grant of this node explains; the alarm says so."""
    kind = Kind.UNKNOWN if gid else Kind.OVERRIDE
    taken = UsageSession.objects.filter(ulid=gid).exists()
    if kind == Kind.UNKNOWN:
        publish(
            "devices.alarm", now=now, dev=dev, code="usage.foreign_grant" if taken else "usage.unknown_grant"
        )
    if instrument_id is None:
        instrument_id = _last_instrument(dev, node)
    return UsageSession(
        ulid=gid if gid and not taken else new_ulid(),
        dev=dev,
        node=node,
        instrument_id=instrument_id,
        kind=kind,
        state=State.ENDED,
        purpose=UNEXPLAINED[kind],
        not_before=now,
        expires_at=now + timedelta(milliseconds=1),
        lease_ms=0,
        granted_at=now,
    )


def _last_instrument(dev: str, node: int) -> int:
    known = (
        UsageSession.objects.filter(dev=dev, node=node)
        .order_by("-id")
        .values_list("instrument_id", flat=True)
    )
    found = known.first()
    if found is None:
        raise WrongState(_("This node has no instrument yet."), code="usage.no_instrument")
    return found


def _state_when_powered(session: UsageSession, at: datetime) -> str:
    """`open`, unless the report is history: the grant is over for the server and somebody else has the node.

    A stand-by grant is used when the server's answer did not arrive: a grant made before that moment and
    never powered is then unused.
    """
    others = UsageSession.objects.filter(dev=session.dev, node=session.node).exclude(pk=session.pk)
    if session.state == State.STANDBY:
        others.filter(state=State.GRANTED, granted_at__lte=at).update(state=State.UNUSED)
    return State.ENDED if others.filter(state__in=UsageSession.LIVE).exists() else State.OPEN


def _settle(session: UsageSession, now: datetime) -> None:
    """Measure the session when both ends are known: close it and make its one record."""
    if session.odo0 is None or session.odo1 is None:
        return
    rivals = UsageSession.objects.filter(
        dev=session.dev, node=session.node, odo0__lt=session.odo1, odo1__gt=session.odo0, state=State.CLOSED
    )
    if rivals.exclude(pk=session.pk).exists():
        raise SliceOverlap(_("These milliseconds are already measured for another session."))
    session.state = State.CLOSED
    session.save(update_fields=["state"])
    powered = session.odo1 - session.odo0
    effective = min(powered, max(0, (session.busy1 or 0) - (session.busy0 or 0)))
    started = session.opened_at or now
    record = UsageRecord.objects.create(
        session=session,
        instrument_id=session.instrument_id,
        user_id=session.user_id,
        purpose=session.purpose,
        started_at=started,
        ended_at=started + timedelta(milliseconds=powered),
        powered_ms=powered,
        effective_ms=effective,
        idle_ms=powered - effective,
    )
    publish(
        "usage.session_closed",
        now=now,
        session=session.ulid,
        instrument=session.instrument.ulid,
        why=session.close_reason,
    )
    publish("usage.recorded", now=now, record=record.ulid, session=session.ulid)
