"""What the gate does to sessions: grants them, extends them, revokes them. It decides nothing; the decision
comes as an argument. Records that were held get their judgement here too. What devices report is the business
of `meter`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import NotPermitted, WrongState
from apps.core.outbox import publish
from apps.decisions.models import DecisionRecord
from apps.instruments.queries import manages
from apps.people.models import User
from apps.people.requirements import require_reason
from apps.usage.models import UsageRecord, UsageSession

State = UsageSession.State
# Whatever may still be turned into power by the controller that holds the grant.
STANDING = (State.STANDBY, State.GRANTED, State.OPEN)
_VERBS = {
    UsageRecord.Verdict.RELEASED: "release_held_record",
    UsageRecord.Verdict.DISMISSED: "dismiss_held_record",
}


@transaction.atomic
def grant_session(
    *,
    gid: str,
    dev: str,
    node: int,
    instrument_id: int,
    user_id: int | None,
    second_user_id: int | None,
    booking_id: int | None,
    fund_id: int | None,
    fee_version_id: int | None,
    decision: DecisionRecord,
    kind: str,
    state: str,
    purpose: str,
    tier: str,
    card_digest: str,
    not_before: datetime,
    expires_at: datetime,
    off_ms: int,
    lease_ms: int,
    now: datetime,
) -> UsageSession:
    """The row of a grant that is about to be signed: state 'granted', or 'standby' for one sent ahead.

    At most one live session per node, by a constraint. Raises WrongState `usage.node_in_use` when there is
    one, `usage.granted_before` when the gid was used.
    """
    try:
        with transaction.atomic():
            session = UsageSession.objects.create(
                ulid=gid,
                gid=gid,
                dev=dev,
                node=node,
                instrument_id=instrument_id,
                user_id=user_id,
                second_user_id=second_user_id,
                booking_id=booking_id,
                fund_id=fund_id,
                fee_version_id=fee_version_id,
                decision=decision,
                kind=kind,
                state=state,
                purpose=purpose,
                tier=tier,
                card_digest=card_digest,
                not_before=not_before,
                expires_at=expires_at,
                off_ms=off_ms,
                lease_ms=lease_ms,
                granted_at=now,
            )
    except IntegrityError:
        if UsageSession.objects.filter(ulid=gid).exists():
            raise WrongState(
                _("This grant was given before."), code="usage.granted_before", gid=gid
            ) from None
        if UsageSession.objects.filter(dev=dev, node=node, state__in=UsageSession.LIVE).exists():
            raise WrongState(_("Somebody uses this instrument now."), code="usage.node_in_use") from None
        raise
    if state == State.GRANTED:
        publish("usage.session_granted", now=now, session=session.ulid, instrument=session.instrument.ulid)
    return session


@transaction.atomic
def extend_session(*, session: UsageSession, expires_at: datetime, now: datetime) -> UsageSession:
    """A later end for a grant that stands and was not revoked.

    Raises WrongState `usage.not_live`, `usage.revoked`, `usage.not_later`.
    """
    standing = UsageSession.objects.filter(pk=session.pk, state__in=STANDING)
    if not standing.filter(revoked_at__isnull=True, expires_at__lt=expires_at).update(expires_at=expires_at):
        if not standing.exists():
            raise _not_live()
        if standing.filter(revoked_at__isnull=False).exists():
            raise _revoked()
        raise WrongState(_("The new end is not later than the old one."), code="usage.not_later")
    session.refresh_from_db()
    return session


@transaction.atomic
def revoke_session(
    *, session: UsageSession, codes: Sequence[str], now: datetime, drain_until: datetime | None = None
) -> UsageSession:
    """Take a grant back: one that never opened ends as unused; an open one is marked, until the device
    reports power off. With `drain_until` the use may finish safely until then.

    A second revocation may only be stricter (an earlier end, or at once). Raises WrongState `usage.not_live`,
    `usage.revoked`.
    """
    changes: dict[str, Any] = {"revoked_at": now, "revoke_codes": list(codes), "drain_until": drain_until}
    mine = UsageSession.objects.filter(pk=session.pk)
    unused = mine.filter(state__in=(State.STANDBY, State.GRANTED)).update(
        **changes, state=State.UNUSED, closed_at=now, close_reason="revoked"
    )
    if not unused and not _mark_open(session, changes, drain_until):
        raise _revoked() if mine.filter(state=State.OPEN).exists() else _not_live()
    session.refresh_from_db()
    if unused:
        publish(
            "usage.session_closed",
            now=now,
            session=session.ulid,
            instrument=session.instrument.ulid,
            why="revoked",
        )
    return session


@transaction.atomic
def release_held_record(*, record: UsageRecord, by: User | None, now: datetime, reason: str) -> UsageRecord:
    """Somebody has looked into a held record and believes it: it is charged as measured.

    `by` manages the instrument (its crew's manager, or the right to manage it, as the office has); nobody
    judges an own use. Raises NotPermitted `instruments.not_manager`, `usage.own_record`; Invalid
    `core.reason_required`; WrongState `usage.not_held`, also when it was judged before.
    """
    return _judge(record, UsageRecord.Verdict.RELEASED, by, now, reason)


@transaction.atomic
def dismiss_held_record(*, record: UsageRecord, by: User | None, now: datetime, reason: str) -> UsageRecord:
    """Somebody has looked into a held record and does not believe it: it is settled at zero, in a line that
    says so. The measurement stays as the device told it. Raises as `release_held_record`.
    """
    return _judge(record, UsageRecord.Verdict.DISMISSED, by, now, reason)


def _judge(
    record: UsageRecord, verdict: UsageRecord.Verdict, by: User | None, now: datetime, reason: str
) -> UsageRecord:
    if by is not None and not manages(by, record.instrument, now):
        raise NotPermitted(_("Only the instrument's manager may do this."), code="instruments.not_manager")
    if by is not None and record.user_id == by.pk:
        raise NotPermitted(_("Nobody judges an own use."), code="usage.own_record")
    reason = require_reason(reason)
    mine = UsageRecord.objects.filter(pk=record.pk)
    held = mine.exclude(held="").values_list("held", flat=True).first()
    if held is None or not mine.filter(held=held).update(held="", verdict=verdict):
        raise WrongState(_("This use is not held for review."), code="usage.not_held")
    record.refresh_from_db()
    audit.record(
        action=f"usage.{_VERBS[verdict]}",
        object_ref=f"usage_record:{record.ulid}",
        now=now,
        actor=by,
        reason=reason,
        held=held,
        powered_ms=record.powered_ms,
    )
    # The same fact once more: whoever waited for a record that can be believed hears of it now.
    publish("usage.recorded", now=now, record=record.ulid, session=record.session.ulid)
    return record


def _mark_open(session: UsageSession, changes: dict[str, Any], drain_until: datetime | None) -> int:
    stricter = Q(revoked_at__isnull=True) | (
        Q(drain_until__isnull=False)
        if drain_until is None
        else Q(drain_until__isnull=False, drain_until__gt=drain_until)
    )
    return UsageSession.objects.filter(stricter, pk=session.pk, state=State.OPEN).update(**changes)


def _not_live() -> WrongState:
    return WrongState(_("This session has ended."), code="usage.not_live")


def _revoked() -> WrongState:
    return WrongState(_("This session was revoked before."), code="usage.revoked")
