# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""``evaluation.score``: does a computed score stand, or does the panel look at it?

Outcomes: ``stands``, ``panel``. The first row that fires decides; a score that nothing is special about
stands. Nothing here fetches facts (``apps.evaluation.scorers``).
"""

from __future__ import annotations

from rules.points.evaluation_score.facts import FACTS_SCHEMA, Band, ScoreFacts
from rules.registry import PointSpec
from rules.rows import Cell, Example, HitPolicy, Row, is_true
from rules.table import RuleSet

__all__ = ["DEFAULT", "GOOD", "KEY", "PANEL", "SPEC", "STANDS", "Band", "ScoreFacts", "situation"]

KEY = "evaluation.score"
STANDS, PANEL = "stands", "panel"

ROWS: tuple[Row, ...] = (
    Row(
        id="top",
        cells=(Cell("band", "eq", "top"),),
        outcome=PANEL,
        code="evaluation.top",
        mender="committee",
        zh="得分在本组前列（第 {rank} 名，共 {cohort_size} 台），由专家组复核",
        en="The score is among the best of its cohort (rank {rank} of {cohort_size}): a panel looks at it",
    ),
    Row(
        id="bottom",
        cells=(Cell("band", "eq", "bottom"),),
        outcome=PANEL,
        code="evaluation.bottom",
        mender="committee",
        zh="得分在本组末尾（第 {rank} 名，共 {cohort_size} 台），由专家组复核",
        en="The score is among the last of its cohort (rank {rank} of {cohort_size}): a panel looks at it",
    ),
    Row(
        id="band-unknown",
        cells=(Cell("band", "not_in", ("top", "middle", "bottom")),),
        outcome=PANEL,
        code="evaluation.band_unknown",
        mender="office",
        zh="在本组中的位次无法确定，由专家组复核",
        en="Where the score stands in its cohort is not known: a panel looks at it",
    ),
    Row(
        id="unreported",
        cells=(is_true("unreported"),),
        outcome=STANDS,
        code="evaluation.unreported",
        mender="manager",
        zh="机组没有按期填报，得分只按系统记录计算",
        en="The crew did not report in time: the score is what the records give",
    ),
)

# The middle of a cohort of forty.
GOOD: dict[str, object] = {
    "total": "71.25",
    "grade_rank": 3,
    "band": "middle",
    "rank": 20,
    "cohort_size": 40,
    "capped_parts": 0,
    "empty_parts": 0,
    "unreported": False,
}


def situation(**changes: object) -> dict[str, object]:
    """The good situation with some facts changed, in JSON form."""
    return {**GOOD, **changes}


EXAMPLES: tuple[Example, ...] = (
    Example("the middle of the cohort", situation(), STANDS, ()),
    Example("one of the best", situation(band="top", rank=1, total="98.00"), PANEL, ("evaluation.top",)),
    Example("one of the last", situation(band="bottom", rank=40), PANEL, ("evaluation.bottom",)),
    Example("no place in the cohort", situation(band="unknown"), PANEL, ("evaluation.band_unknown",)),
    Example("nobody reported", situation(unreported=True), STANDS, ("evaluation.unreported",)),
)

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.FIRST,
    facts=ScoreFacts,
    rows=ROWS,
    default=STANDS,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
)

SPEC = PointSpec(
    key=KEY,
    facts=ScoreFacts,
    outcomes=(STANDS, PANEL),
    default=DEFAULT,
    title_zh="效益评价得分",
    title_en="Score of an evaluation",
)
