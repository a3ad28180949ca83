"""``fees.panel``: may this member of the committee judge this price?

It owns the facts, outcomes, default table and examples. Deny overrides: everything that keeps somebody off is
told at once. Nothing here fetches facts (``apps.fees.panelists``) or ranks those who may
(``apps.panels.proposing``).
"""

from __future__ import annotations

from rules.points.fees_panel.facts import FACTS_SCHEMA, PanelFacts
from rules.points.fees_panel.rows import CONFLICTS, PERMITS, SEAT
from rules.registry import PointSpec
from rules.rows import DENY, PERMIT, Example, HitPolicy
from rules.table import RuleSet

__all__ = ["CONFLICT", "DEFAULT", "GOOD", "KEY", "SPEC", "PanelFacts", "situation"]

KEY = "fees.panel"
CONFLICT = "conflict."  # how the codes of conflicts of interest begin

# A member from another department who knows the class.
GOOD: dict[str, object] = {
    "active": True,
    "votes": True,
    "absent": False,
    "load": 1,
    "load_reached": False,
    "familiarity": 2,
    "is_applicant": False,
    "own_crew": False,
    "own_group": False,
    "hosted_owner": False,
    "own_lab": False,
    "own_department": False,
    "department_excluded": True,
}


def situation(**changes: object) -> dict[str, object]:
    """The good situation with some facts changed, in JSON form."""
    return {**GOOD, **changes}


def _excluded(name: str, *codes: str, **changes: object) -> Example:
    return Example(name, situation(**changes), DENY, codes)


EXAMPLES: tuple[Example, ...] = (
    Example("a member from elsewhere", situation(), PERMIT, ("panel.eligible",)),
    Example("knows nothing of it, and may judge all the same", situation(familiarity=0), PERMIT),
    Example("has declared nothing", situation(familiarity=None), PERMIT),
    Example(
        "the same department where that is allowed",
        situation(own_department=True, department_excluded=False),
        PERMIT,
    ),
    _excluded("the same department", "conflict.department", own_department=True),
    _excluded("suspended", "panel.inactive", active=False),
    _excluded("term over", "panel.no_vote", votes=False),
    _excluded("away", "panel.absent", absent=True),
    _excluded("on six panels", "panel.load", load=6, load_reached=True),
    _excluded("owner of the hosted instrument", "conflict.owner", hosted_owner=True),
    _excluded(
        "the applicant, of the crew, the group and the lab",
        "conflict.applicant",
        "conflict.crew",
        "conflict.group",
        "conflict.lab",
        "conflict.department",
        is_applicant=True,
        own_crew=True,
        own_group=True,
        own_lab=True,
        own_department=True,
    ),
)

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.DENY_OVERRIDES,
    facts=PanelFacts,
    rows=(*SEAT, *CONFLICTS, *PERMITS),
    default=DENY,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
)

SPEC = PointSpec(
    key=KEY,
    facts=PanelFacts,
    outcomes=(PERMIT, DENY),
    default=DEFAULT,
    title_zh="参加收费评审",
    title_en="Sit on a panel about a price",
)
