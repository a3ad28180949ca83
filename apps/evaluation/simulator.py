"""What would move a score: each figure by one of its steps, ranked; and how many steps make the next grade.

Pure: it only scores again. A part that is at its cap is said to be full, because more of its figures moves
nothing there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from apps.evaluation.content import Cohort, Content, FigureSpec, Grade
from apps.evaluation.scoring import Score, formula_of, score

FARTHEST = 4096  # steps of one figure that are tried for the next grade

Values = Mapping[str, Fraction | int]


@dataclass(frozen=True)
class Move:
    """One step more of a figure. `gain` in points of the total; `parts` name it; `full` are those of them
    that are at their cap; `to_next` is how many steps of this figure alone reach the next grade, None where
    no number that was tried does.
    """

    figure: FigureSpec
    gain: Fraction
    parts: tuple[str, ...]
    full: tuple[str, ...]
    to_next: int | None

    @property
    def saturated(self) -> bool:
        """Whether it moves nothing because every part that it counts for is full."""
        return self.gain <= 0 and bool(self.parts) and set(self.full) == set(self.parts)


def what_moves(content: Content, cohort: Cohort, figures: Values) -> list[Move]:
    """Every figure that some part names, what moves the score most first; what moves nothing comes last."""
    now = score(content, cohort, figures)
    after = next_grade(content, now)
    moves = []
    for spec in content.figures:
        named = tuple(one.key for one in content.parts if spec.key in formula_of(one.formula).figures)
        if not named:
            continue
        gain = _with(content, cohort, figures, spec, 1).total - now.total
        full = tuple(key for key in named if now.part(key).full)
        moves.append(Move(spec, gain, named, full, _to_next(content, cohort, figures, spec, after)))
    return sorted(moves, key=lambda one: (-one.gain, one.saturated, one.figure.key))


def next_grade(content: Content, now: Score) -> Grade | None:
    """The grade above the one that was reached; None at the top."""
    above = [one for one in content.grades if one.at_least > now.total]
    return min(above, key=lambda one: one.at_least, default=None)


def _with(content: Content, cohort: Cohort, figures: Values, spec: FigureSpec, steps: int) -> Score:
    return score(content, cohort, {**figures, spec.key: figures.get(spec.key, 0) + spec.step * steps})


def _to_next(
    content: Content, cohort: Cohort, figures: Values, spec: FigureSpec, after: Grade | None
) -> int | None:
    if after is None:
        return None

    def reaches(steps: int) -> bool:
        return _with(content, cohort, figures, spec, steps).total >= after.at_least

    most = 1
    while not reaches(most):
        most *= 2
        if most > FARTHEST:
            return None
    least = most // 2
    while most - least > 1:
        middle = (most + least) // 2
        least, most = (least, middle) if reaches(middle) else (middle, most)
    return most
