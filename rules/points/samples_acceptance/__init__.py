"""``samples.acceptance``: are these samples taken, asked about, refused, or taken with special handling?

Outcomes: ``accept``, ``ask``, ``refuse``, ``special``. The first row that fires decides; what nothing speaks
against is accepted. Nothing here fetches facts (``apps.samples.acceptance``).
"""

from __future__ import annotations

from rules.points.samples_acceptance.examples import EXAMPLES, GOOD, situation
from rules.points.samples_acceptance.facts import FACTS_SCHEMA, AcceptanceFacts, Tolerance
from rules.points.samples_acceptance.outcomes import ACCEPT, ASK, REFUSE, SPECIAL
from rules.points.samples_acceptance.rows import ROWS
from rules.registry import PointSpec
from rules.rows import HitPolicy
from rules.table import RuleSet

__all__ = [
    "ACCEPT",
    "ASK",
    "DEFAULT",
    "GOOD",
    "KEY",
    "REFUSE",
    "SPEC",
    "SPECIAL",
    "AcceptanceFacts",
    "Tolerance",
    "situation",
]

KEY = "samples.acceptance"

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.FIRST,
    facts=AcceptanceFacts,
    rows=ROWS,
    default=ACCEPT,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
)

SPEC = PointSpec(
    key=KEY,
    facts=AcceptanceFacts,
    outcomes=(ACCEPT, ASK, REFUSE, SPECIAL),
    default=DEFAULT,
    title_zh="接收样品",
    title_en="Accepting samples",
)
