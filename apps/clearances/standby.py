"""Stand-by grants: what a controller may open without asking, because it was decided ahead. Each has its
own recorded decision.

Confirmed bookings that begin soon, and the crew's cards while a work order is open. Never: walk-ins, users
in arrears, a person's first unsupervised use of the instrument (nobody who has no measured use of it under
a booking or as a walk-in), a night without a second card at the reader, nodes that must not run without
contact.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from apps.bookings.models import Booking
from apps.clearances.answers import GrantTerms
from apps.clearances.asking import WARN_S, fee_version_id, fund_id, whole_ms
from apps.clearances.bookings import gate_purpose
from apps.clearances.cards import card_of
from apps.clearances.deciding import judge_situation, record_situation
from apps.clearances.facts import Situation, asks_second, gather
from apps.clearances.locking import lock_for_question
from apps.clearances.questions import STANDBY, Question
from apps.core import parameters
from apps.core.ids import new_ulid
from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Instrument, WorkOrder
from apps.usage.models import UsageSession
from apps.usage.operations import grant_session, revoke_session

MOST = 32
NO_LONGER = "access.standby_over"
_State = UsageSession.State


@transaction.atomic
def sync_standby(
    *, dev: str, node: int, instrument_id: int, lease_ms: int, off_ms: int, now: datetime
) -> tuple[GrantTerms, ...]:
    """The stand-by grants that this node should hold now, at most 32, the earliest first. Makes new ones,
    takes back what is over.

    A node whose `off_ms` is 0 must not run without contact and holds none. Grants that exist are kept as
    they are: `reevaluate` takes back those that a change of facts forbids.
    """
    lock_for_question(dev, node)
    held = list(
        UsageSession.objects.filter(dev=dev, node=node, state=_State.STANDBY)
        .select_related("decision")
        .order_by("not_before", "pk")
    )
    instrument = Instrument.objects.get(pk=instrument_id)
    wanted = list(_candidates(instrument, now)) if off_ms > 0 else []
    kept = _keep(held, wanted, instrument_id, now)
    for question, booking_id in wanted:
        if len(kept) >= MOST:
            break
        if not any(_answers(session, question, booking_id) for session in kept):
            made = _make(question, booking_id, dev, node, lease_ms, off_ms, now)
            kept += [made] if made else []
    return tuple(_terms(session) for session in sorted(kept, key=_begin))


def _candidates(instrument: Instrument, now: datetime) -> Iterator[tuple[Question, int | None]]:
    """Questions to be asked ahead: each confirmed booking as of its start, then each card of the crew for
    maintenance.
    """
    horizon = now + timedelta(hours=parameters.value("access.standby_horizon_hours", at=now))
    bookings = Booking.objects.filter(
        instrument=instrument, state=Booking.State.CONFIRMED, end__gt=now, start__lt=horizon
    )
    for booking in bookings.order_by("start", "pk")[:MOST]:
        at = max(now, booking.start)
        card = card_of(booking.user_id, at)
        if card:
            yield _ahead(instrument, at, booking.user_id, card, gate_purpose(booking.purpose)), booking.pk
    if WorkOrder.objects.filter(instrument=instrument, closed_at__isnull=True).exists():
        crew = CrewMember.objects.filter(in_force(now), instrument=instrument)
        for user_id in crew.order_by("user_id").values_list("user_id", flat=True).distinct()[:MOST]:
            card = card_of(user_id, now)
            if card:
                yield _ahead(instrument, now, user_id, card, "maintenance"), None


def _ahead(instrument: Instrument, at: datetime, user_id: int, card: str, purpose: str) -> Question:
    return Question(instrument=instrument, at=at, kind=STANDBY, user_id=user_id, card=card, purpose=purpose)


def _answers(session: UsageSession, question: Question, booking_id: int | None) -> bool:
    same = (session.user_id, session.card_digest, session.purpose, session.booking_id)
    return same == (question.user_id, question.card, question.purpose, booking_id)


def _keep(
    held: list[UsageSession],
    wanted: list[tuple[Question, int | None]],
    instrument_id: int,
    now: datetime,
) -> list[UsageSession]:
    """Those that are still wanted and not over; the others are taken back. A crew grant is renewed once
    half of it is gone.
    """
    kept = []
    for session in held:
        fresh = session.booking_id is not None or now - session.not_before < session.expires_at - now
        fits = any(_answers(session, question, booking_id) for question, booking_id in wanted)
        if fits and fresh and session.expires_at > now and session.instrument_id == instrument_id:
            kept.append(session)
        else:
            revoke_session(session=session, codes=[NO_LONGER], now=now)
    return kept


def _make(
    question: Question, booking_id: int | None, dev: str, node: int, lease_ms: int, off_ms: int, now: datetime
) -> UsageSession | None:
    """A stand-by session on a recorded permit, or None. A refusal is not recorded: nobody has asked yet."""
    situation = gather(question)
    judgement = judge_situation(situation)
    if not judgement.allowed or situation.until is None or _never_ahead(situation):
        return None
    record = record_situation(situation, judgement, asked_by=f"standby:{dev}/{node}", now=now)
    horizon = question.at + timedelta(hours=situation.parameters["access.standby_horizon_hours"])
    expires = situation.until if booking_id is not None else min(situation.until, horizon)
    return grant_session(
        gid=new_ulid(),
        dev=dev,
        node=node,
        instrument_id=question.instrument.pk,
        user_id=question.user_id,
        second_user_id=None,
        booking_id=booking_id,
        fund_id=fund_id(situation),
        fee_version_id=fee_version_id(situation),
        decision=record,
        kind=UsageSession.Kind.STANDBY,
        state=_State.STANDBY,
        purpose=situation.purpose,
        tier=situation.tier,
        card_digest=question.card or "",
        not_before=whole_ms(question.at),
        expires_at=whole_ms(expires),
        off_ms=off_ms,
        lease_ms=lease_ms,
        now=now,
    )


def _never_ahead(situation: Situation) -> bool:
    """Permitted when asked in person, but never ahead: anything past its due date, and a first unsupervised
    use.
    """
    own = situation.purpose == "booking"
    return own and (situation.facts.arrears_days > 0 or not situation.used_before)


def _begin(session: UsageSession) -> tuple[datetime, int]:
    return session.not_before, session.pk


def _terms(session: UsageSession) -> GrantTerms:
    return GrantTerms(
        gid=session.gid,
        node=session.node,
        card=session.card_digest,
        not_before=session.not_before,
        expires_at=session.expires_at,
        lease_ms=session.lease_ms,
        off_ms=session.off_ms,
        need2=_needs_second(session),
        idle_ms=0,
        warn_s=WARN_S,
        kind="standby",
    )


def _needs_second(session: UsageSession) -> bool:
    """As decided: the record keeps the hour and what the instrument wants."""
    return session.decision is not None and asks_second(session.decision.facts, session.purpose)
