# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""``evaluation.consequences``: what follows from a published score?

Outcomes: ``award`` (with a subsidy), ``subsidy``, ``stop_idle`` (the stop-purchase list and an idle charge),
``stop_purchase``, ``idle_charge``, ``none``. The first row that fires decides. Stopping purchases and
charging for idleness are off until the school turns them on. Nothing here fetches facts
(``apps.evaluation.publishing``).
"""

from __future__ import annotations

from rules.points.evaluation_consequences.facts import FACTS_SCHEMA, ConsequenceFacts
from rules.registry import PointSpec
from rules.rows import Cell, Example, HitPolicy, Row, is_false, is_true
from rules.table import RuleSet

__all__ = [
    "AWARD",
    "DEFAULT",
    "GOOD",
    "IDLE_CHARGE",
    "KEY",
    "NONE",
    "SPEC",
    "STOP_IDLE",
    "STOP_PURCHASE",
    "SUBSIDY",
    "ConsequenceFacts",
    "situation",
]

KEY = "evaluation.consequences"
AWARD, SUBSIDY, STOP_IDLE = "award", "subsidy", "stop_idle"
STOP_PURCHASE, IDLE_CHARGE, NONE = "stop_purchase", "idle_charge", "none"
LOW = 250  # per mille of the quota of hours below which an instrument is idle

ROWS: tuple[Row, ...] = (
    Row(
        id="best",
        cells=(Cell("grade_rank", "eq", 1), is_false("unreported"), is_false("last_grade")),
        outcome=AWARD,
        code="evaluation.award",
        mender="office",
        zh="等级最高：表彰并给予后补助",
        en="The best grade: an award, and a subsidy",
    ),
    Row(
        id="good",
        cells=(Cell("grade_rank", "eq", 2), is_false("unreported"), is_false("last_grade")),
        outcome=SUBSIDY,
        code="evaluation.subsidy",
        mender="office",
        zh="等级良好：给予后补助",
        en="A good grade: a subsidy",
    ),
    Row(
        id="last-and-idle",
        cells=(
            is_true("last_grade"),
            Cell("hours_share", "lt", LOW),
            is_true("stop_purchase"),
            is_true("idle_charge"),
        ),
        outcome=STOP_IDLE,
        code="evaluation.stop_idle",
        mender="manager",
        zh="等级最低且机时不足定额的四分之一：列入限制购置名单，并收取闲置占用费",
        en="The lowest grade and less than a quarter of the quota: stop-purchase list and an idle charge",
    ),
    Row(
        id="last",
        cells=(is_true("last_grade"), is_true("stop_purchase")),
        outcome=STOP_PURCHASE,
        code="evaluation.stop_purchase",
        mender="manager",
        zh="等级最低：列入限制购置名单",
        en="The lowest grade: stop-purchase list",
    ),
    Row(
        id="idle",
        cells=(Cell("hours_share", "lt", LOW), is_true("idle_charge")),
        outcome=IDLE_CHARGE,
        code="evaluation.idle_charge",
        mender="manager",
        zh="机时不足定额的四分之一：收取闲置占用费",
        en="Less than a quarter of the quota of hours: an idle charge",
    ),
)

# A pass, with two thirds of the quota.
GOOD: dict[str, object] = {
    "total": "66.00",
    "grade_rank": 3,
    "last_grade": False,
    "hours_share": 660,
    "unreported": False,
    "stop_purchase": True,
    "idle_charge": True,
}


def situation(**changes: object) -> dict[str, object]:
    """The good situation with some facts changed, in JSON form."""
    return {**GOOD, **changes}


_LAST = {"grade_rank": 4, "last_grade": True, "total": "31.00"}
EXAMPLES: tuple[Example, ...] = (
    Example("a pass", situation(), NONE, ()),
    Example("excellent", situation(grade_rank=1, total="93.00"), AWARD, ("evaluation.award",)),
    Example("good", situation(grade_rank=2, total="80.00"), SUBSIDY, ("evaluation.subsidy",)),
    Example("good, but nobody reported", situation(grade_rank=2, unreported=True), NONE, ()),
    Example("poor", situation(**_LAST), STOP_PURCHASE, ("evaluation.stop_purchase",)),
    Example("poor and idle", situation(**_LAST, hours_share=100), STOP_IDLE, ("evaluation.stop_idle",)),
    Example("poor, nothing turned on", situation(**_LAST, stop_purchase=False, idle_charge=False), NONE, ()),
    Example("a pass, but idle", situation(hours_share=249), IDLE_CHARGE, ("evaluation.idle_charge",)),
    Example("no quota of hours", situation(hours_share=None), NONE, ()),
)

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.FIRST,
    facts=ConsequenceFacts,
    rows=ROWS,
    default=NONE,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
)

SPEC = PointSpec(
    key=KEY,
    facts=ConsequenceFacts,
    outcomes=(AWARD, SUBSIDY, STOP_IDLE, STOP_PURCHASE, IDLE_CHARGE, NONE),
    default=DEFAULT,
    title_zh="效益评价结果的运用",
    title_en="What follows from an evaluation",
)
