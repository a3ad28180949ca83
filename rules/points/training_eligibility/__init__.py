"""``training.eligibility``: may this person begin this training?

It owns the facts, outcomes, default table and examples. Deny overrides: everything that is missing is told at
once, with who can mend it. Nothing here fetches facts (``apps.training.eligibility``).
"""

from __future__ import annotations

from rules.points.training_eligibility.examples import EXAMPLES, GOOD, situation
from rules.points.training_eligibility.facts import (
    FACTS_SCHEMA,
    KINDS,
    EligibilityFacts,
    RenewalState,
    TrainingFund,
    TrainingKind,
)
from rules.points.training_eligibility.rows import COURSE, HELD, PERMITS, PERSON
from rules.registry import PointSpec
from rules.rows import DENY, PERMIT, HitPolicy
from rules.table import RuleSet

__all__ = [
    "DEFAULT",
    "GOOD",
    "KEY",
    "KINDS",
    "SPEC",
    "EligibilityFacts",
    "RenewalState",
    "TrainingFund",
    "TrainingKind",
    "situation",
]

KEY = "training.eligibility"

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.DENY_OVERRIDES,
    facts=EligibilityFacts,
    rows=(*PERSON, *COURSE, *HELD, *PERMITS),
    default=DENY,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
    discriminator="kind",
)

SPEC = PointSpec(
    key=KEY,
    facts=EligibilityFacts,
    outcomes=(PERMIT, DENY),
    default=DEFAULT,
    title_zh="参加上机培训",
    title_en="Begin a training",
)
