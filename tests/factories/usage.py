"""Uses of the past, in number: closed sessions with their records, as the meter would have left them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from apps.decisions.models import DecisionRecord
from apps.funding.models import FundAccount
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.usage.models import UsageRecord, UsageSession

DEV, NODE = "pasttest", 1
_ODOMETER = count(step=10**10)


@dataclass(frozen=True)
class Past:
    """One use: when, how long (ms, all of it powered and effective), whose, from which fund."""

    start: datetime
    powered_ms: int
    user: User
    fund: FundAccount | None = None
    tier: str = "internal"
    purpose: str = "booking"
    held: str = ""
    verdict: str = ""


def past_uses(instrument: Instrument, uses: Iterable[Past]) -> list[UsageRecord]:
    """The records of these uses, in two statements."""
    uses = list(uses)
    decision = DecisionRecord.objects.create(
        point="access.unlock",
        engine="python",
        outcome="deny",
        codes=[],
        reasons=[],
        fired=[],
        nearest=[],
        facts={},
        facts_schema=1,
        facts_digest="0" * 64,
        sources={},
        object_ref="test",
        asked_by="test",
        decided_at=uses[0].start,
    )
    sessions = UsageSession.objects.bulk_create(_session(instrument, use, decision) for use in uses)
    return UsageRecord.objects.bulk_create(
        UsageRecord(
            session=session,
            instrument=instrument,
            user=use.user,
            purpose=use.purpose,
            started_at=use.start,
            ended_at=use.start + timedelta(milliseconds=use.powered_ms),
            powered_ms=use.powered_ms,
            effective_ms=use.powered_ms,
            idle_ms=0,
            held=use.held,
            verdict=use.verdict,
        )
        for session, use in zip(sessions, uses, strict=True)
    )


def _session(instrument: Instrument, use: Past, decision: DecisionRecord) -> UsageSession:
    odometer = next(_ODOMETER)
    end = use.start + timedelta(milliseconds=use.powered_ms)
    return UsageSession(
        dev=DEV,
        node=NODE,
        instrument=instrument,
        user=use.user,
        fund=use.fund,
        decision=decision,
        kind="session",
        state="closed",
        purpose=use.purpose,
        tier=use.tier,
        not_before=use.start,
        expires_at=end + timedelta(hours=1),
        lease_ms=45_000,
        granted_at=use.start,
        opened_at=use.start,
        closed_at=end,
        odo0=odometer,
        odo1=odometer + use.powered_ms,
        busy0=0,
        busy1=use.powered_ms,
    )
