"""``hosting.terms``: may this instrument be hosted under these terms?

Deny overrides: every term that is outside the limits of the day is told at once, with who can mend it.
Nothing here fetches facts (``apps.hosting.screening``).
"""

from __future__ import annotations

from rules.points.hosting_terms.facts import FACTS_SCHEMA, PriceClass, TermsFacts
from rules.points.hosting_terms.rows import CONDITIONS, PERMITS
from rules.registry import PointSpec
from rules.rows import DENY, PERMIT, Example, HitPolicy
from rules.table import RuleSet

__all__ = ["CONDITIONS", "DEFAULT", "GOOD", "KEY", "SPEC", "PriceClass", "TermsFacts", "situation"]

KEY = "hosting.terms"

# An instrument of 900,000 yuan: a fifth of the income and half the price for its owner, Monday morning first.
GOOD: dict[str, object] = {
    "price_class": "large",
    "price_fen": 90_000_000,
    "shares_permille": 1000,
    "owner_permille": 200,
    "host_permille": 600,
    "owner_pays_permille": 500,
    "priority_minutes": 240,
    "exit_days": 90,
    "period_days": 1096,
    "insured_fen": 0,
    **{row.cells[0].column: False for row in CONDITIONS},
}


def situation(**changes: object) -> dict[str, object]:
    """The good situation with some facts changed, in JSON form."""
    return {**GOOD, **changes}


def _refused(name: str, *codes: str, **changes: object) -> Example:
    return Example(name, situation(**changes), DENY, codes)


EXAMPLES: tuple[Example, ...] = (
    Example("within every limit", situation(), PERMIT, ("hosting.terms_in_order",)),
    Example(
        "an expensive one that is insured",
        situation(price_class="reviewed", price_fen=500_000_000, insured_fen=500_000_000),
        PERMIT,
    ),
    _refused("shares of 101 per cent", "hosting.shares", shares_permille=1010, shares_not_whole=True),
    _refused(
        "nearly everything for the owner",
        "hosting.owner_share",
        "hosting.host_share",
        owner_permille=900,
        host_permille=100,
        owner_share_high=True,
        host_share_low=True,
    ),
    _refused("given back from one day to the next", "hosting.exit_notice", exit_days=1, notice_short=True),
    _refused(
        "an expensive one without insurance",
        "hosting.uninsured",
        price_class="reviewed",
        price_fen=500_000_000,
        uninsured=True,
    ),
    _refused("the price is not known", "rules.no_permit", price_class="unknown"),
)

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.DENY_OVERRIDES,
    facts=TermsFacts,
    rows=(*CONDITIONS, *PERMITS),
    default=DENY,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
)

SPEC = PointSpec(
    key=KEY,
    facts=TermsFacts,
    outcomes=(PERMIT, DENY),
    default=DEFAULT,
    title_zh="托管条款",
    title_en="Terms of hosting",
)
