"""``access.unlock``: may this person switch this instrument on now, for this purpose?

It owns the facts, outcomes, default table and examples of the gate. Deny overrides; every condition of
the purpose is a deny row of its own, so that a refusal names all that failed at once. Nothing here fetches
facts (``apps.clearances``) or switches power (``devices``).
"""

from __future__ import annotations

from rules.points.access_unlock.everyone import EVERYONE
from rules.points.access_unlock.examples import EXAMPLES, GOOD, situation
from rules.points.access_unlock.facts import (
    FACTS_SCHEMA,
    PURPOSES,
    BookingState,
    CardState,
    CertificateLevel,
    FundState,
    HostingState,
    IncidentState,
    InstrumentState,
    NodeState,
    Purpose,
    SampleState,
    UnlockFacts,
    UserKind,
    UserState,
)
from rules.points.access_unlock.own_use import ARREARS_LIMIT_DAYS, OWN_USE
from rules.points.access_unlock.purposes import OTHER_PURPOSES, PERMITS
from rules.registry import PointSpec
from rules.rows import DENY, PERMIT, HitPolicy
from rules.table import RuleSet

__all__ = [
    "ARREARS_LIMIT_DAYS",
    "DEFAULT",
    "GOOD",
    "KEY",
    "MENDERS",
    "PURPOSES",
    "SPEC",
    "BookingState",
    "CardState",
    "CertificateLevel",
    "FundState",
    "HostingState",
    "IncidentState",
    "InstrumentState",
    "NodeState",
    "Purpose",
    "SampleState",
    "UnlockFacts",
    "UserKind",
    "UserState",
    "situation",
]

KEY = "access.unlock"
MENDERS = (
    "self",
    "pi",
    "trainer",
    "manager",
    "lab_head",
    "safety_officer",
    "office",
    "finance",
    "operator",
)

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.DENY_OVERRIDES,
    facts=UnlockFacts,
    rows=(*EVERYONE, *OWN_USE, *OTHER_PURPOSES, *PERMITS),
    default=DENY,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
    discriminator="purpose",
)

SPEC = PointSpec(
    key=KEY,
    facts=UnlockFacts,
    outcomes=(PERMIT, DENY),
    default=DEFAULT,
    title_zh="解锁仪器",
    title_en="Unlock the instrument",
)
