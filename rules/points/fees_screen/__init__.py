"""``fees.screen``: which way does a submitted fee proposal go?

Outcomes: ``block`` (back to the manager: the arithmetic is wrong, a basis is missing, a tier would be
charged what it may not), ``warn`` (asked once whether it is meant), ``simplified`` (department and finance,
then filed and noticed), ``full`` (the committee). The first row that fits decides. Nothing here fetches
facts (``apps.fees.screening``).
"""

from __future__ import annotations

from rules.points.fees_screen.facts import FACTS_SCHEMA, ProposalKind, ScreenFacts
from rules.points.fees_screen.rows import BLOCK, FULL, ROWS, SIMPLIFIED, WARN
from rules.registry import PointSpec
from rules.rows import Example, HitPolicy
from rules.table import RuleSet

__all__ = [
    "BLOCK",
    "DEFAULT",
    "FULL",
    "GOOD",
    "KEY",
    "SIMPLIFIED",
    "SPEC",
    "WARN",
    "ProposalKind",
    "ScreenFacts",
    "situation",
]

KEY = "fees.screen"

# A standard that is approved anew, four per cent dearer, inside the quartiles of its peers.
GOOD: dict[str, object] = {
    "kind": "fee",
    "instruments": 1,
    "items": 2,
    "form_faults": 0,
    "sum_faults": 0,
    "basis_faults": 0,
    "not_chargeable": 0,
    "customs_unregistered": 0,
    "external_above_cost": 0,
    "below_consumables": 0,
    "outliers": 0,
    "other_warnings": 0,
    "warnings_answered": False,
    "reapproval": True,
    "items_changed": False,
    "terms_changed": False,
    "largest_change_percent": "4.00",
    "within_change": True,
    "peers_known": True,
    "outside_quartiles": 0,
}


def situation(**changes: object) -> dict[str, object]:
    """The good situation with some facts changed, in JSON form."""
    return {**GOOD, **changes}


_NEW = {"reapproval": False, "items_changed": True, "largest_change_percent": None, "within_change": False}
EXAMPLES: tuple[Example, ...] = (
    Example("small change inside the quartiles", situation(), SIMPLIFIED, ("fees.small_change",)),
    Example("a first standard", situation(**_NEW), FULL, ("fees.whole_way",)),
    Example(
        "dearer by a fifth",
        situation(largest_change_percent="20.00", within_change=False),
        FULL,
        ("fees.whole_way",),
    ),
    Example("a price outside the quartiles", situation(outside_quartiles=1), FULL),
    Example("too few peers", situation(peers_known=False), FULL),
    Example("another night rate", situation(terms_changed=True), FULL),
    Example("a new item", situation(items_changed=True), FULL),
    Example("hours that drift", situation(other_warnings=1), FULL),
    Example("wrong sum", situation(sum_faults=1), BLOCK, ("fees.sums",)),
    Example("no basis", situation(basis_faults=2), BLOCK, ("fees.basis",)),
    Example("overhead for internal users", situation(not_chargeable=1), BLOCK, ("fees.components",)),
    Example("no name", situation(form_faults=1, sum_faults=1), BLOCK, ("fees.form",)),
    Example("under customs supervision", situation(customs_unregistered=1), WARN, ("fees.customs",)),
    Example("well above cost", situation(external_above_cost=2), WARN, ("fees.external_above_cost",)),
    Example("below the consumables", situation(below_consumables=1), WARN, ("fees.below_consumables",)),
    Example("far above the peers", situation(outliers=1), WARN, ("fees.outliers",)),
    Example("meant so", situation(outliers=1, warnings_answered=True), FULL, ("fees.whole_way",)),
    Example("not open", situation(kind="not_open", items=0, **_NEW), FULL, ("fees.not_open",)),
    Example("not open without a reason", situation(kind="not_open", form_faults=2), BLOCK, ("fees.form",)),
)

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.FIRST,
    facts=ScreenFacts,
    rows=ROWS,
    default=FULL,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
)

SPEC = PointSpec(
    key=KEY,
    facts=ScreenFacts,
    outcomes=(BLOCK, WARN, SIMPLIFIED, FULL),
    default=DEFAULT,
    title_zh="收费标准申报初审",
    title_en="Screening of a fee proposal",
)
