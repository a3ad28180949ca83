"""``registration.obstacles``: may this registration end now, after hand-overs, or not yet?

It owns the facts, outcomes, default table and examples. The first row that fits decides; all that fitted are
on the record, so that everything can be listed at once. Nothing here counts or ends anything.
"""

from __future__ import annotations

from rules.points.registration_obstacles.examples import EXAMPLES, FREE, situation
from rules.points.registration_obstacles.facts import FACTS_SCHEMA, ObstacleFacts, StartedBy
from rules.points.registration_obstacles.rows import BLOCKED, CLEAR, HAND_OVER, ROWS
from rules.registry import PointSpec
from rules.rows import HitPolicy
from rules.table import RuleSet

__all__ = [
    "BLOCKED",
    "CLEAR",
    "DEFAULT",
    "FREE",
    "HAND_OVER",
    "KEY",
    "SPEC",
    "ObstacleFacts",
    "StartedBy",
    "situation",
]

KEY = "registration.obstacles"

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.FIRST,
    facts=ObstacleFacts,
    rows=ROWS,
    default=HAND_OVER,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
    discriminator="started_by",
)

SPEC = PointSpec(
    key=KEY,
    facts=ObstacleFacts,
    outcomes=(CLEAR, HAND_OVER, BLOCKED),
    default=DEFAULT,
    title_zh="检查离开前的事项",
    title_en="What stands in the way of leaving",
)
