# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""``samples.release``: may these results go to the requester now?

Outcomes: ``release``, ``wait_check``, ``wait_payment``. The first row that fires decides; a result that
nothing holds back is released. Nothing here fetches facts (``apps.samples.releasing``).
"""

from __future__ import annotations

from rules.points.samples_release.examples import EXAMPLES, GOOD, situation
from rules.points.samples_release.facts import FACTS_SCHEMA, ReleaseFacts
from rules.points.samples_release.outcomes import RELEASE, WAIT_CHECK, WAIT_PAYMENT
from rules.registry import PointSpec
from rules.rows import HitPolicy, Row, is_false, is_true
from rules.table import RuleSet

__all__ = [
    "DEFAULT",
    "GOOD",
    "KEY",
    "RELEASE",
    "SPEC",
    "WAIT_CHECK",
    "WAIT_PAYMENT",
    "ReleaseFacts",
    "situation",
]

KEY = "samples.release"

ROWS: tuple[Row, ...] = (
    Row(
        id="unchecked",
        cells=(is_true("check_needed"), is_false("checked")),
        outcome=WAIT_CHECK,
        code="release.unchecked",
        mender="operator",
        zh="结果还没有由第二人复核",
        en="A second person has not checked the results yet",
    ),
    Row(
        id="uncharged",
        cells=(is_true("payment_first"), is_false("charged")),
        outcome=WAIT_PAYMENT,
        code="release.uncharged",
        mender="operator",
        zh="先付费后取结果：费用尚未结算",
        en="Payment comes first here, and the cost is not settled yet",
    ),
    Row(
        id="unpaid",
        cells=(is_true("payment_first"), is_true("fund_in_debt")),
        outcome=WAIT_PAYMENT,
        code="release.unpaid",
        mender="pi",
        zh="先付费后取结果：付费账户余额不足，欠 {debt_fen:yuan}",
        en="Payment comes first here, and the fund that pays is in debt: {debt_fen:yuan}",
    ),
)

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.FIRST,
    facts=ReleaseFacts,
    rows=ROWS,
    default=RELEASE,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
)

SPEC = PointSpec(
    key=KEY,
    facts=ReleaseFacts,
    outcomes=(RELEASE, WAIT_CHECK, WAIT_PAYMENT),
    default=DEFAULT,
    title_zh="发放测试结果",
    title_en="Releasing results",
)
