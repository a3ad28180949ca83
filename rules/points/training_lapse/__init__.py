# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""``training.lapse``: does this certificate go on, is its holder warned, or does it lapse?

Outcomes: ``keep``, ``warn``, ``lapse``. The first row that fires decides. Nothing here fetches facts
(``apps.training.lapsing``).
"""

from __future__ import annotations

from rules.points.training_lapse.facts import FACTS_SCHEMA, LapseFacts
from rules.registry import PointSpec
from rules.rows import Cell, Example, HitPolicy, Row, is_true
from rules.table import RuleSet

__all__ = ["DEFAULT", "GOOD", "KEEP", "KEY", "LAPSE", "SPEC", "WARN", "LapseFacts", "situation"]

KEY = "training.lapse"
KEEP, WARN, LAPSE = "keep", "warn", "lapse"
WARN_DAYS = 30

ROWS: tuple[Row, ...] = (
    Row(
        id="expired",
        cells=(Cell("days_to_expiry", "lt", 0),),
        outcome=LAPSE,
        code="training.expired",
        mender="self",
        zh="操作证已到期",
        en="The certificate has ended",
    ),
    Row(
        id="disused",
        cells=(Cell("disuse_days_left", "lt", 0),),
        outcome=LAPSE,
        code="training.disused",
        mender="self",
        zh="已 {days_since_use} 天没有使用这台仪器，操作证失效",
        en="The instrument was not used for {days_since_use} days, so the certificate lapses",
    ),
    Row(id="warned-already", cells=(is_true("warned"),), outcome=KEEP),
    Row(id="better-held", cells=(is_true("better_held"),), outcome=KEEP),
    Row(
        id="expires-soon",
        cells=(Cell("days_to_expiry", "lte", WARN_DAYS),),
        outcome=WARN,
        code="training.expiring",
        mender="self",
        zh="操作证还有 {days_to_expiry} 天到期，请申请续期",
        en="The certificate ends in {days_to_expiry} days: apply for a renewal",
    ),
    Row(
        id="disused-soon",
        cells=(Cell("disuse_days_left", "lte", WARN_DAYS),),
        outcome=WARN,
        code="training.disusing",
        mender="self",
        zh="已 {days_since_use} 天没有使用，再过 {disuse_days_left} 天操作证失效",
        en="Not used for {days_since_use} days; the certificate lapses in {disuse_days_left} days",
    ),
)

GOOD: dict[str, object] = {
    "level": "basic",
    "days_to_expiry": 300,
    "days_since_use": 10,
    "disuse_days_left": 170,
    "warned": False,
    "better_held": False,
}


def situation(**changes: object) -> dict[str, object]:
    """The good situation with some facts changed, in JSON form."""
    return {**GOOD, **changes}


EXAMPLES: tuple[Example, ...] = (
    Example("in use, long valid", situation(), KEEP),
    Example("never lapses by disuse", situation(days_since_use=900, disuse_days_left=None), KEEP),
    Example("thirty days left", situation(days_to_expiry=30), WARN, ("training.expiring",)),
    Example("thirty-one days left", situation(days_to_expiry=31), KEEP),
    Example("was warned", situation(days_to_expiry=12, warned=True), KEEP),
    Example("a newer one is held", situation(days_to_expiry=12, better_held=True), KEEP),
    Example("hardly used", situation(days_since_use=155, disuse_days_left=25), WARN, ("training.disusing",)),
    Example("over", situation(days_to_expiry=-1, warned=True), LAPSE, ("training.expired",)),
    Example(
        "not used for half a year",
        situation(days_since_use=181, disuse_days_left=-1, warned=True),
        LAPSE,
        ("training.disused",),
    ),
)

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.FIRST,
    facts=LapseFacts,
    rows=ROWS,
    default=KEEP,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
)

SPEC = PointSpec(
    key=KEY,
    facts=LapseFacts,
    outcomes=(KEEP, WARN, LAPSE),
    default=DEFAULT,
    title_zh="操作证失效",
    title_en="Lapse of a certificate",
)
