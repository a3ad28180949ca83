"""A score and how it came about: pure, in exact fractions, rounded where the sheet says so.

Each part: what its formula gives (raw; 0 where it divides by nothing), not less than nothing and at most the
cap (points), times its weight in per cent, rounded half up to the decimals of the scheme (weighted). The
total is the sum of what stands on the sheet, so it adds up as printed, and decides the grade.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from apps.evaluation.content import Cohort, Content, Grade, Part
from apps.evaluation.formula import Explained, Formula, evaluate, parse
from apps.evaluation.tokens import FormulaError

DIVIDES_BY_NOTHING = "evaluation.formula_zero"


@dataclass(frozen=True)
class PartScore:
    """One line of the sheet. `capped`: the formula gave more than counts; `full`: no more can be had here."""

    part: Part
    raw: Fraction
    points: Fraction
    weighted: Fraction
    explained: Explained

    @property
    def capped(self) -> bool:
        return self.raw > self.part.cap

    @property
    def full(self) -> bool:
        return self.raw >= self.part.cap


@dataclass(frozen=True)
class Score:
    """The whole sheet."""

    cohort: Cohort
    parts: tuple[PartScore, ...]
    total: Fraction
    grade: Grade

    def part(self, key: str) -> PartScore:
        return next(one for one in self.parts if one.part.key == key)


def score(content: Content, cohort: Cohort, figures: Mapping[str, Fraction | int]) -> Score:
    """The sheet of one subject. `figures` in what people read (hours, yuan, pieces); what is missing of the
    scheme's own is nothing. Raises FormulaError as `evaluate` does.
    """
    values: dict[str, Fraction | int] = {one.key: 0 for one in content.figures}
    values.update({key: figures[key] for key in figures if key in values})
    values.update(cohort.values)
    parts = tuple(_part(content, part, values) for part in content.parts)
    total = sum((one.weighted for one in parts), Fraction(0))
    return Score(cohort, parts, total, grade_of(content, total))


def grade_of(content: Content, total: Fraction) -> Grade:
    """What a total is called: the highest grade that it reaches, else the lowest there is."""
    ranked = sorted(content.grades, key=lambda one: one.at_least, reverse=True)
    return next((one for one in ranked if total >= one.at_least), ranked[-1])


def rounded(value: Fraction, decimals: int) -> Fraction:
    """Half up, away from nothing: 0.005 is 0.01, -0.005 is -0.01."""
    scale = 10**decimals
    whole = (abs(value) * scale * 2 + 1) // 2
    return Fraction(whole if value >= 0 else -whole, scale)


def in_hundredths(value: Fraction) -> int:
    """A rounded number as an integer of hundredths, as it is stored."""
    return int(rounded(value, 2) * 100)


@lru_cache(maxsize=512)
def formula_of(text: str) -> Formula:
    """A formula that was read before is not read again."""
    return parse(text)


def _computed(part: Part, values: Mapping[str, Fraction | int]) -> Explained:
    """What the formula comes to; 0 where it divides by nothing, so that one subject keeps no round waiting.
    The rule `evaluation.score` is told of every part that came to nothing.
    """
    formula = formula_of(part.formula)
    try:
        return evaluate(formula, values)
    except FormulaError as error:
        if error.code != DIVIDES_BY_NOTHING:
            raise
        return Explained(formula.text, "undefined", Fraction(0))


def _part(content: Content, part: Part, values: Mapping[str, Fraction | int]) -> PartScore:
    explained = _computed(part, values)
    points = min(max(explained.value, Fraction(0)), part.cap)
    weighted = rounded(points * part.weight / 100, content.decimals)
    return PartScore(part, explained.value, points, weighted, explained)
