"""What the gate does to sessions: grants, extends, revokes. What devices report goes through `meter`, and
only there.

Nothing here decides whether somebody may: the caller brings the recorded decision.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.usage.models import UsageSession

State = UsageSession.State


class NodeInUse(WrongState):
    """The node already has a live session: of two who ask at once, one hears this."""

    code = "usage.node_in_use"


class SessionOver(WrongState):
    """The session has ended, was never used, or is measured already."""

    code = "usage.session_over"


@transaction.atomic
def grant_session(*, gid: str, state: str = State.GRANTED, now: datetime, **terms: Any) -> UsageSession:
    """Write the session row of a grant, in state `granted` or `standby`, before the grant leaves.

    `terms` are the row's own fields: dev, node, instrument_id, user_id, second_user_id, booking_id, fund_id,
    fee_version_id, decision, kind, purpose, tier, card_digest, not_before, expires_at, off_ms, lease_ms.
    Raises NodeInUse when the node has a live session.
    """
    try:
        with transaction.atomic():
            session = UsageSession.objects.create(ulid=gid, state=state, granted_at=now, **terms)
    except IntegrityError as exc:
        if UsageSession.objects.filter(
            dev=terms["dev"], node=terms["node"], state__in=UsageSession.LIVE
        ).exists():
            raise NodeInUse(_("Somebody is using this instrument.")) from exc
        raise
    if state == State.GRANTED:
        publish("usage.session_granted", now=now, session=session.ulid, instrument=session.instrument.ulid)
    return session


@transaction.atomic
def extend_session(*, session: UsageSession, expires_at: datetime, now: datetime) -> UsageSession:
    """Let a running session end later (never earlier). Raises SessionOver, or WrongState when it was revoked.
    """
    row = _locked(session)
    if row.state not in UsageSession.LIVE or row.expires_at <= now:
        raise SessionOver(_("This session has ended."))
    if row.revoked_at is not None:
        raise WrongState(_("This session was revoked."), code="usage.session_revoked")
    if expires_at > row.expires_at:
        row.expires_at = expires_at
        row.save(update_fields=["expires_at"])
    return row


@transaction.atomic
def revoke_session(
    *, session: UsageSession, codes: list[str], now: datetime, drain_until: datetime | None = None
) -> UsageSession:
    """End a session's permission, at once or (class 'finish safely') at `drain_until`.

    One that was never powered ends `unused`. Asked again it may only become stricter. Raises SessionOver.
    """
    row = _locked(session)
    if row.state not in (State.STANDBY, *UsageSession.LIVE):
        raise SessionOver(_("This session has ended."))
    stricter = row.drain_until is not None and (drain_until is None or drain_until < row.drain_until)
    if row.revoked_at is not None and not stricter:
        return row
    row.revoked_at = row.revoked_at or now
    row.revoke_codes = codes
    row.drain_until = drain_until
    if row.state in (State.STANDBY, State.GRANTED):
        row.state = State.UNUSED
    row.save(update_fields=["revoked_at", "revoke_codes", "drain_until", "state"])
    return row


def _locked(session: UsageSession) -> UsageSession:
    return UsageSession.objects.select_for_update().get(pk=session.pk)
