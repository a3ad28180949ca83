"""A controller asks, a person asks: facts gathered, decision recorded, session granted, in that order and
in one transaction.

It never opens anything itself: the caller signs the terms after the commit. A grant exists only beside its
decision record.
"""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction

from apps.bookings.models import Booking
from apps.clearances.answers import Answer, GrantTerms, Reason, Verdict
from apps.clearances.cards import card_of
from apps.clearances.deciding import (
    UNKNOWN_CARD,
    conditions_of,
    decide_situation,
    message,
    reasons_of,
)
from apps.clearances.facts import Situation, gather
from apps.clearances.locking import lock_for_question
from apps.clearances.questions import CHECK, CHECK_IN, EXTEND, KINDS, REMOTE, Question
from apps.core.errors import Invalid
from apps.core.ids import new_ulid
from apps.core.outbox import publish
from apps.decisions.operations import Decided
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.usage.meter import end_overdue
from apps.usage.models import UsageSession
from apps.usage.operations import extend_session, grant_session, revoke_session

log = logging.getLogger(__name__)

WARN_S = (600, 120)
SUPERSEDED = "access.superseded"
_MS = timedelta(milliseconds=1)


@transaction.atomic(savepoint=False)
def ask(
    *,
    dev: str,
    node: int,
    instrument_id: int,
    card_digest: str | None,
    now: datetime,
    lease_ms: int,
    off_ms: int,
    card2_digest: str | None = None,
    user_id: int | None = None,
    kind: str = "swipe",
    purpose: str | None = None,
    idle_ms: int = 0,
) -> Answer:
    """May this card (or this user) use the instrument behind this node now? The answer stands on a recorded
    decision.

    A grant given on line lives by its lease and its end; the node's `off_ms` (how long a stand-by grant
    outlives the last contact) is part of what a controller says of a node and gives this grant nothing.

    `kind` is swipe, remote, checkin, extend or second. A denial changes nothing but the record: it never
    touches a running session. Raises Invalid `access.kind` for any other kind.
    """
    if kind not in KINDS:
        raise Invalid("unknown kind of question", code="access.kind", field="kind")
    lock_for_question(dev, node)
    instrument = Instrument.objects.get(pk=instrument_id)
    question = Question(
        instrument=instrument,
        at=now,
        kind=kind,
        dev=dev,
        node=node,
        user_id=user_id,
        card=card_digest,
        card2=card2_digest,
        purpose=purpose,
        running=_running(dev, node) if kind == EXTEND else None,
    )
    situation = _settled(question)
    decided = decide_situation(situation, asked_by=f"device:{dev}/{node}:{kind}", now=now)
    if situation.person is None or situation.until is None or not decided.allowed:
        return _denied(situation, decided)
    if kind == EXTEND:
        terms = _extend(situation, now=now)
    else:
        terms = _grant(situation, decided, lease_ms=lease_ms, idle_ms=idle_ms, now=now)
    if terms is None:
        return _denied(situation, decided)
    zh, en = message((), terms.expires_at)
    return Answer(
        allowed=True,
        codes=(),
        reasons=(),
        decision=decided.record.ulid,
        message_zh=zh,
        message_en=en,
        grant=terms,
    )


@transaction.atomic
def check(
    *,
    user: User,
    instrument: Instrument,
    at: datetime,
    now: datetime,
    asked_by: str,
    purpose: str | None = None,
) -> Verdict:
    """'May I use it?' for a person at a moment: every condition met or failed, its sources, who mends it.
    Recorded; grants nothing.
    """
    instrument = Instrument.objects.get(pk=instrument.pk)
    question = Question(instrument=instrument, at=at, kind=CHECK, user_id=user.pk, purpose=purpose)
    situation = gather(question)
    decided = decide_situation(situation, asked_by=asked_by, now=now)
    reasons = reasons_of(decided.decision, instrument)
    allowed = decided.allowed and situation.person is not None
    return Verdict(
        allowed=allowed,
        purpose=situation.purpose,
        until=situation.until if allowed else None,
        until_reason=situation.until_reason if allowed else "",
        codes=tuple(reason.code for reason in reasons),
        reasons=reasons,
        conditions=conditions_of(situation, decided.judgement),
        decision=decided.record.ulid,
        estimated_fen=situation.facts.estimated_cost_fen,
    )


def whole_ms(moment: datetime) -> datetime:
    """The moment rounded down to what the wire can say, so that server and controller mean the same end."""
    return moment - timedelta(microseconds=moment.microsecond % 1000)


def _running(dev: str, node: int) -> UsageSession | None:
    """The session on the node that may be extended, locked against its own end."""
    return (
        UsageSession.objects.select_for_update()
        .filter(dev=dev, node=node, state__in=UsageSession.LIVE, revoked_at__isnull=True)
        .first()
    )


def _settled(question: Question) -> Situation:
    """The situation after whatever had ended on the node was ended: an old grant never stands in the way of
    a new one.
    """
    situation = gather(question)
    if situation.overdue:
        end_overdue(now=question.at, dev=question.dev, node=question.node)
        situation = gather(question)
    return situation if _holds_booking(situation) else gather(question)


def _holds_booking(situation: Situation) -> bool:
    """Whether the booking that the question stands on, locked until the end of the transaction, is what it
    was when the situation was gathered. Two nodes of one instrument may open on one booking: whoever cancels
    it, or finds that nobody came, waits for both, or they see it. SQLite has one writer anyway.
    """
    slot = situation.slot
    if slot is None or slot.row is None or not connection.features.has_select_for_update:
        return True
    locked = Booking.objects.select_for_update().filter(pk=slot.row.id)
    return locked.values_list("state", flat=True).get() == slot.row.a


def _denied(situation: Situation, decided: Decided) -> Answer:
    """The refusal in words. A card that nobody knows is told that and nothing else."""
    reasons = reasons_of(decided.decision, situation.question.instrument)
    if situation.person is None and not any(reason.code == UNKNOWN_CARD for reason in reasons):
        log.critical("a rule set lets unknown cards pass: decision %s", decided.record.ulid)
        reasons = (Reason(UNKNOWN_CARD, "系统不认识这张卡", "This card is not registered", "office", ""),)
    zh, en = message(reasons, None)
    return Answer(
        allowed=False,
        codes=tuple(reason.code for reason in reasons),
        reasons=reasons,
        decision=decided.record.ulid,
        message_zh=zh,
        message_en=en,
        grant=None,
    )


def _grant(
    situation: Situation, decided: Decided, *, lease_ms: int, idle_ms: int, now: datetime
) -> GrantTerms | None:
    question, person, slot = situation.question, situation.person, situation.slot
    if person is None or situation.until is None or slot is None:
        return None
    booking = slot.row if slot.carries(situation.purpose) else None
    if situation.live is not None:
        supersede(situation.live.id, now=now)
    second = situation.present.second
    gid = new_ulid()
    begins, expires = whole_ms(now), whole_ms(situation.until)
    grant_session(
        gid=gid,
        dev=question.dev,
        node=question.node,
        instrument_id=question.instrument.pk,
        user_id=person.id,
        second_user_id=second.id if second else None,
        booking_id=booking.id if booking else None,
        fund_id=fund_id(situation),
        fee_version_id=fee_version_id(situation),
        decision=decided.record,
        kind=UsageSession.Kind.SESSION,
        state=UsageSession.State.GRANTED,
        purpose=situation.purpose,
        tier=situation.tier,
        card_digest=question.card or "",
        not_before=begins,
        expires_at=expires,
        off_ms=0,
        lease_ms=lease_ms,
        now=now,
    )
    return GrantTerms(
        gid=gid,
        node=question.node,
        # The permission of somebody who held no card stands on none; her own is only what ends the use.
        card=question.card or card_of(person.id, now) or None,
        not_before=begins,
        expires_at=expires,
        lease_ms=lease_ms,
        # A grant given on line lives by its lease; only a stand-by grant may outlive the contact.
        off_ms=0,
        need2=situation.needs_second,
        idle_ms=idle_ms,
        warn_s=WARN_S,
        kind=question.kind if question.kind in (REMOTE, CHECK_IN) else "session",
    )


def supersede(session_id: int, *, now: datetime) -> None:
    """An own grant that was never switched on gives way to a new one: the controller that asks anew has let
    it go.
    """
    session = UsageSession.objects.get(pk=session_id)
    revoke_session(session=session, codes=[SUPERSEDED], now=now)


def fund_id(situation: Situation) -> int | None:
    """The fund that pays, where the use is charged."""
    purse = situation.purse
    return purse.row.id if purse and purse.row and situation.facts.use_charged else None


def fee_version_id(situation: Situation) -> int | None:
    """The fee version by which the use will be priced, where it is charged."""
    standing = situation.standing
    return standing.fee.id if standing and standing.fee and situation.facts.use_charged else None


def _extend(situation: Situation, *, now: datetime) -> GrantTerms | None:
    session = situation.question.running
    if session is None or situation.until is None:
        return None
    expires = whole_ms(situation.until)
    card = session.card_digest or (card_of(session.user_id, now) if session.user_id else "")
    extend_session(session=session, expires_at=expires, now=now)
    publish("clearances.extended", now=now, session=session.gid, dev=session.dev, node=session.node)
    return GrantTerms(
        gid=session.gid,
        node=session.node,
        card=card or None,
        not_before=session.not_before,
        expires_at=expires,
        lease_ms=session.lease_ms,
        off_ms=0,
        need2=False,
        idle_ms=0,
        warn_s=WARN_S,
        kind="session",
    )
