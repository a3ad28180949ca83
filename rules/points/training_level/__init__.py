# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""``training.level``: which certificate does this training come to?

Outcomes: ``full`` (the wished level for as long as the course says), ``probation`` (the wished level, for
`training.probation_days` at most), ``lower`` (one level below the wished one), ``none`` (something is
missing). The first row that fires decides; the trainer may certify less, never more. Nothing here fetches
facts (``apps.training.certifying``).
"""

from __future__ import annotations

from rules.points.training_level.facts import FACTS_SCHEMA, LevelFacts
from rules.registry import PointSpec
from rules.rows import Cell, Example, HitPolicy, Row, is_false, is_true
from rules.table import RuleSet

__all__ = ["DEFAULT", "FULL", "GOOD", "KEY", "LOWER", "NONE", "PROBATION", "SPEC", "LevelFacts", "situation"]

KEY = "training.level"
FULL, PROBATION, LOWER, NONE = "full", "probation", "lower", "none"

ROWS: tuple[Row, ...] = (
    Row(
        id="exam-missing",
        cells=(is_true("exam_asked"), is_false("exam_passed")),
        outcome=NONE,
        code="training.exam_missing",
        mender="self",
        title_zh="通过理论考试",
        title_en="Theory exam passed",
        zh="理论考试还没有通过",
        en="The theory exam is not passed yet",
    ),
    Row(
        id="minutes-missing",
        cells=(Cell("minutes_missing", "gt", 0),),
        outcome=NONE,
        code="training.minutes_missing",
        mender="trainer",
        title_zh="带教机时足够",
        title_en="Supervised time reached",
        zh="带教上机 {minutes} 分钟，要求 {minutes_asked} 分钟",
        en="{minutes} minutes of supervised use, {minutes_asked} are asked for",
    ),
    Row(
        id="critical-failed",
        cells=(is_true("assessment_asked"), is_true("critical_failed")),
        outcome=NONE,
        code="training.critical_failed",
        mender="trainer",
        title_zh="关键项全部通过",
        title_en="Critical criteria passed",
        zh="实操考核有关键项没有通过",
        en="A critical criterion of the practical assessment was not passed",
    ),
    Row(
        id="assessment-missing",
        cells=(is_true("assessment_asked"), is_false("assessment_passed")),
        outcome=NONE,
        code="training.assessment_missing",
        mender="trainer",
        title_zh="通过实操考核",
        title_en="Practical assessment passed",
        zh="实操考核还没有通过",
        en="The practical assessment is not passed yet",
    ),
    Row(
        id="narrow-high-level",
        cells=(
            Cell("kind", "in", ("new", "upgrade")),
            Cell("wished_level", "in", ("advanced", "trainer")),
            Cell("assessment_percent", "lt", 70),
        ),
        outcome=LOWER,
        code="training.level_lower",
        zh="实操得分 {assessment_percent}%，建议先授予低一级",
        en="{assessment_percent} % in the assessment: one level lower is proposed first",
    ),
    Row(
        id="narrow",
        cells=(Cell("assessment_percent", "lt", 75),),
        outcome=PROBATION,
        code="training.level_probation",
        zh="实操得分 {assessment_percent}%，建议先短期试用",
        en="{assessment_percent} % in the assessment: a short time on probation is proposed",
    ),
    Row(
        id="many-attempts",
        cells=(Cell("exam_attempts", "gt", 2),),
        outcome=PROBATION,
        code="training.level_probation",
        zh="理论考试考了 {exam_attempts} 次，建议先短期试用",
        en="{exam_attempts} attempts at the exam: a short time on probation is proposed",
    ),
    Row(
        id="all-shown",
        cells=(),
        outcome=FULL,
        code="training.level_full",
        zh="全部要求已达到",
        en="Everything that was asked for is shown",
    ),
)

# A student at the end of a new training for the basic level.
GOOD: dict[str, object] = {
    "kind": "new",
    "wished_level": "basic",
    "exam_asked": True,
    "exam_passed": True,
    "exam_percent": 90,
    "exam_attempts": 1,
    "minutes": 480,
    "minutes_asked": 480,
    "minutes_missing": 0,
    "assessment_asked": True,
    "assessment_passed": True,
    "assessment_percent": 92,
    "critical_failed": False,
}


def situation(**changes: object) -> dict[str, object]:
    """The good situation with some facts changed, in JSON form."""
    return {**GOOD, **changes}


EXAMPLES: tuple[Example, ...] = (
    Example("everything shown", situation(), FULL, ("training.level_full",)),
    Example(
        "a renewal that asks for nothing",
        situation(
            kind="renewal",
            exam_asked=False,
            exam_passed=False,
            exam_percent=None,
            exam_attempts=0,
            minutes=0,
            minutes_asked=0,
            assessment_asked=False,
            assessment_passed=False,
            assessment_percent=None,
        ),
        FULL,
    ),
    Example(
        "no exam",
        situation(exam_passed=False, exam_percent=None),
        NONE,
        ("training.exam_missing",),
    ),
    Example("an hour short", situation(minutes=420, minutes_missing=60), NONE, ("training.minutes_missing",)),
    Example(
        "a critical criterion failed",
        situation(assessment_passed=False, critical_failed=True, assessment_percent=95),
        NONE,
        ("training.critical_failed",),
    ),
    Example(
        "assessment failed",
        situation(assessment_passed=False, assessment_percent=50),
        NONE,
        ("training.assessment_missing",),
    ),
    Example("narrowly passed", situation(assessment_percent=70), PROBATION),
    Example("narrowly passed for advanced", situation(wished_level="advanced", assessment_percent=65), LOWER),
    Example("third attempt", situation(exam_attempts=3), PROBATION),
)

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.FIRST,
    facts=LevelFacts,
    rows=ROWS,
    default=NONE,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
)

SPEC = PointSpec(
    key=KEY,
    facts=LevelFacts,
    outcomes=(FULL, PROBATION, LOWER, NONE),
    default=DEFAULT,
    title_zh="培训等级建议",
    title_en="Level after a training",
)
