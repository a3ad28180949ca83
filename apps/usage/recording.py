"""How sessions end and become records: closing with the measurement, leaving the live state, and the sessions
that nobody granted. One record per closed session, by a unique row; the callers hold the session's lock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound, WrongState
from apps.core.ids import new_ulid
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.usage import slices
from apps.usage.models import UsageRecord, UsageSession
from apps.usage.plausibility import room_of

# Why a record is held: its slice of the odometer is longer than the time that has passed.
IMPLAUSIBLE = "usage.implausible"
Kind, State = UsageSession.Kind, UsageSession.State

# What a grant gives every use of it; the rest of a row is measured.
_TERMS = (
    "instrument",
    "user_id",
    "second_user_id",
    "booking_id",
    "fund_id",
    "fee_version_id",
    "decision_id",
    "kind",
    "purpose",
    "tier",
    "card_digest",
    "not_before",
    "expires_at",
    "off_ms",
    "lease_ms",
    "granted_at",
    "revoked_at",
    "revoke_codes",
    "drain_until",
)


def close(session: UsageSession, *, now: datetime) -> UsageRecord:
    """Both ends are known: the session is closed and its record made.

    Powered time is odo1 - odo0, effective time busy1 - busy0 (never more than powered), idle time the rest.
    `ended_at` is `started_at` plus the powered time. A slice longer than the time that has passed keeps its
    reading but is held, with an alarm, and placed within the time there was. Raises WrongState
    `usage.slice_overlaps`.
    """
    odo0, odo1, busy0, busy1 = (
        reading or 0 for reading in (session.odo0, session.odo1, session.busy0, session.busy1)
    )
    opened, closed = session.opened_at or now, session.closed_at or now
    if slices.overlaps(session):
        raise WrongState(
            _("This slice of the odometer was counted before."),
            code="usage.slice_overlaps",
            session=session.ulid,
            odo0=odo0,
            odo1=odo1,
        )
    was_live = session.state in UsageSession.LIVE
    # A load meter that fell back measured nothing; the constraint would lose the whole line otherwise.
    session.busy1 = max(busy0, busy1)
    session.state = State.CLOSED
    session.save()
    powered = odo1 - odo0
    effective = min(session.busy1 - busy0, powered)
    room = room_of(session, now=now)
    started, ended = room.place(opened=opened, closed=closed, powered_ms=powered)
    held = "" if room.holds(powered) else IMPLAUSIBLE
    record = UsageRecord.objects.create(
        session=session,
        instrument=session.instrument,
        user_id=session.user_id,
        purpose=session.purpose,
        started_at=started,
        ended_at=ended,
        powered_ms=powered,
        effective_ms=effective,
        idle_ms=powered - effective,
        held=held,
    )
    if held:
        publish("devices.alarm", now=now, dev=session.dev, code=held)
    if was_live:
        _tell_closed(session, now)
    publish("usage.recorded", now=now, record=record.ulid, session=session.ulid)
    return record


def leave(session: UsageSession, *, why: str, now: datetime) -> None:
    """The session is no longer live or standing by: over if it was opened (its measurement is outstanding),
    unused otherwise.
    """
    session.state = State.ENDED if session.state == State.OPEN else State.UNUSED
    session.closed_at, session.close_reason = now, why
    session.save(update_fields=["state", "closed_at", "close_reason"])
    _tell_closed(session, now)


def unforeseen(
    family: Sequence[UsageSession],
    dev: str,
    node: int,
    gid: str,
    at: datetime,
    now: datetime,
    instrument_id: int | None,
) -> UsageSession:
    """A session, not saved yet, for power that no waiting session explains: a further use of a grant, the
    manual key, or a grant that nobody knows (which raises an alarm).

    Raises NotFound `usage.node_unknown` when it cannot be told which instrument this is.
    """
    if gid and family:
        terms = {name: getattr(family[0], name) for name in _TERMS}
        return UsageSession(ulid=new_ulid(), gid=gid, dev=dev, node=node, state=State.GRANTED, **terms)
    if gid:
        publish("devices.alarm", now=now, dev=dev, code="usage.unknown_grant")
    kind = Kind.UNKNOWN if gid else Kind.OVERRIDE
    return UsageSession(
        ulid=new_ulid(),
        gid=gid,
        dev=dev,
        node=node,
        instrument_id=instrument_id or _instrument_of(dev, node),
        kind=kind,
        purpose=kind,
        state=State.GRANTED,
        not_before=at,
        expires_at=at + timedelta(hours=value("usage.override_hours", at=now)),
        lease_ms=0,
        granted_at=at,
    )


def _instrument_of(dev: str, node: int) -> int:
    known = UsageSession.objects.filter(dev=dev, node=node).order_by("-granted_at", "-pk")
    instrument_id = known.values_list("instrument_id", flat=True).first()
    if instrument_id is None:
        raise NotFound(_("Nobody knows this node."), code="usage.node_unknown", dev=dev, node=node)
    return instrument_id


def _tell_closed(session: UsageSession, now: datetime) -> None:
    publish(
        "usage.session_closed",
        now=now,
        session=session.ulid,
        instrument=session.instrument.ulid,
        why=session.close_reason,
    )
