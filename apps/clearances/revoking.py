"""Asking again about what was granted: a fact has changed, or a minute has passed. Whatever is no longer
permitted is revoked.

A 'yes' that stays a yes is not recorded again; a 'no' is recorded before anything is taken back. It never
touches metal: the fact `clearances.revoked` does that elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.clearances.deciding import judge_situation, record_situation
from apps.clearances.facts import Situation, gather
from apps.clearances.locking import lock_for_reevaluation
from apps.clearances.questions import AGAIN, STANDBY, Question
from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.decisions.judging import Judgement
from apps.instruments.models import Instrument
from apps.usage.models import UsageSession
from apps.usage.operations import revoke_session

CUT, DRAIN, REFUSE_NEXT = "cut", "drain", "refuse_next"
ASKED_BY = "reevaluation"
STOPPED = "device.stopped"
BATCH = 100
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class _Refused:
    situation: Situation
    judgement: Judgement
    session: UsageSession


@transaction.atomic
def reevaluate(
    *,
    now: datetime,
    user_id: int | None = None,
    instrument_id: int | None = None,
    fund_id: int | None = None,
    limit: int = 500,
) -> tuple[str, ...]:
    """Ask again about all live and stand-by sessions that a change of this user, instrument and fund may
    concern.

    Returns the identifiers of the grants that are revoked now; one that may finish safely is among them. At
    least one of the three must be given.
    """
    concerned = Q()
    if user_id is not None:
        concerned &= Q(user_id=user_id) | Q(second_user_id=user_id)
    if instrument_id is not None:
        concerned &= Q(instrument_id=instrument_id)
    if fund_id is not None:
        concerned &= Q(fund_id=fund_id)
    if not concerned:
        raise ValueError("reevaluate needs a user, an instrument or a fund; sweep() asks about everything")
    lock_for_reevaluation()
    states = (UsageSession.State.STANDBY, *UsageSession.LIVE)
    return _ask_again(_unsettled(now).filter(concerned, state__in=states)[:limit], now)


@transaction.atomic
def stop_session(*, dev: str, node: int, now: datetime) -> str | None:
    """A person stops what holds a node: revoked at once, whatever its class, also a drain under way.

    Returns the gid, or None when nothing holds the node or it was stopped before. Whoever calls this has
    judged that the person may, keeps that on record, and orders the node off in the same transaction: the
    fact `clearances.revoked` that follows has the one code STOPPED.
    """
    held = UsageSession.objects.filter(dev=dev, node=node, state__in=UsageSession.LIVE)
    session = held.select_related("instrument").first()
    if session is None or not _revoke(session, [STOPPED], CUT, None, now):
        return None
    return session.gid


def sweep(*, now: datetime) -> tuple[str, ...]:
    """Ask again about every live session, a hundred in a transaction: what only time changes is found here.

    Stand-by sessions are not swept: what they rest on at their own start does not change by waiting.
    """
    revoked: list[str] = []
    last = 0
    while True:
        with transaction.atomic():
            batch = list(
                _unsettled(now).filter(state__in=UsageSession.LIVE, pk__gt=last).order_by("pk")[:BATCH]
            )
            revoked += _ask_again(batch, now)
        if len(batch) < BATCH:
            return tuple(revoked)
        last = batch[-1].pk


def revoked(dev: str, at: datetime) -> tuple[str, ...]:
    """The identifiers that a controller must still hold for revoked: until their grant would have ended,
    drains once they are over.
    """
    rows = UsageSession.objects.filter(
        Q(drain_until__isnull=True) | Q(drain_until__lte=at),
        dev=dev,
        revoked_at__isnull=False,
        expires_at__gt=at,
    )
    return tuple(rows.order_by("pk").values_list("gid", flat=True))


def only_ahead(gid: str) -> bool:
    """Whether this is a grant sent ahead of which nothing has run so far: no node is to be switched off
    because of it. One query.
    """
    rows = UsageSession.objects.filter(gid=gid).values_list("kind", "state")
    quiet = (UsageSession.State.STANDBY, UsageSession.State.UNUSED)
    return all(kind == UsageSession.Kind.STANDBY and state in quiet for kind, state in rows)


def _unsettled(now: datetime) -> QuerySet[UsageSession]:
    """Sessions that stand on a decision and could still open or run. What is revoked already, also to finish
    safely, is not asked about again.
    """
    return (
        UsageSession.objects.filter(revoked_at__isnull=True, expires_at__gt=now, decision__isnull=False)
        .select_related("instrument")
        .order_by("pk")
    )


def _ask_again(sessions: QuerySet[UsageSession] | list[UsageSession], now: datetime) -> tuple[str, ...]:
    return tuple(refused.session.gid for refused in _refused(sessions, now) if _take_back(refused, now))


def _refused(sessions: QuerySet[UsageSession] | list[UsageSession], now: datetime) -> Iterator[_Refused]:
    for session in sessions:
        situation = gather(question_again(session, now))
        judgement = judge_situation(situation)
        if not judgement.allowed:
            yield _Refused(situation, judgement, session)


def question_again(session: UsageSession, now: datetime) -> Question:
    """The question that was answered with this session, as it stands now; a stand-by one as of its own
    beginning.
    """
    ahead = session.state == UsageSession.State.STANDBY
    return Question(
        instrument=session.instrument,
        at=max(now, session.not_before) if ahead else now,
        kind=STANDBY if ahead else AGAIN,
        dev="" if ahead else session.dev,
        node=session.node,
        user_id=session.user_id,
        card=session.card_digest or None,
        second_id=session.second_user_id,
        purpose=session.purpose,
        running=session,
    )


def _take_back(refused: _Refused, now: datetime) -> bool:
    """Revoke by the class of the instrument; False when the session ended in the meantime."""
    session, instrument = refused.session, refused.session.instrument
    record_situation(refused.situation, refused.judgement, asked_by=ASKED_BY, now=now)
    codes = list(refused.judgement.decision.codes)
    mode = _mode(session, instrument)
    return _revoke(session, codes, mode, _left_until(refused, mode, now), now)


def _revoke(
    session: UsageSession, codes: list[str], mode: str, until: datetime | None, now: datetime
) -> bool:
    """Revoke and say so; False when the session ended, or was revoked as strictly, in the meantime."""
    try:
        revoke_session(session=session, codes=codes, now=now, drain_until=until)
    except WrongState:
        return False
    publish(
        "clearances.revoked",
        now=now,
        session=session.gid,
        dev=session.dev,
        node=session.node,
        mode=mode,
        codes=codes,
    )
    return True


def _left_until(refused: _Refused, mode: str, now: datetime) -> datetime | None:
    """How long a revoked use may still go on: not at all, until the drain is over, or to its own end."""
    if mode == CUT:
        return None
    minutes = refused.situation.parameters["access.drain_minutes"]
    end = refused.session.expires_at
    # A drain ends a little before the grant: only a use that is never cut keeps all of it.
    return end if mode == REFUSE_NEXT else min(end - _MS, now + timedelta(minutes=minutes))


def _mode(session: UsageSession, instrument: Instrument) -> str:
    """What runs is ended by the instrument's class; a grant that was never switched on is simply taken
    back.
    """
    if session.state != UsageSession.State.OPEN:
        return CUT
    return {
        Instrument.RevocationClass.CUT.value: CUT,
        Instrument.RevocationClass.FINISH_SAFELY.value: DRAIN,
        Instrument.RevocationClass.NEVER_CUT.value: REFUSE_NEXT,
    }[instrument.revocation_class]
