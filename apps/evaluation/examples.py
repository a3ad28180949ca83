"""Worked examples of a scheme for whoever writes it: nothing at all, half of what fills each part, and all of
it. They are computed from the scheme itself. Pure.
"""

from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.evaluation.content import Cohort, Content
from apps.evaluation.scoring import Score, formula_of, score

ROUNDS = 14  # doublings of a step after which a figure is taken as not filling its part


@dataclass(frozen=True)
class Example:
    """A made-up subject: what it is called, its figures, and the sheet that it gets."""

    title: Text
    figures: dict[str, Fraction | int]
    score: Score


def examples(content: Content) -> list[Example]:
    """Three of the last cohort, which takes everybody who is left."""
    cohort = content.cohorts[-1]
    full = _filling(content, cohort)
    half: dict[str, Fraction | int] = {
        key: Fraction(value) / 2 if _is_measured(content, key) else Fraction(value) // 2
        for key, value in full.items()
    }
    none: dict[str, Fraction | int] = {one.key: 0 for one in content.figures}
    return [
        Example(title, given, score(content, cohort, given))
        for title, given in ((_("Nothing"), none), (_("Half"), half), (_("Everything"), full))
    ]


def _filling(content: Content, cohort: Cohort) -> dict[str, Fraction | int]:
    """Figures with which the parts are as full as they get by raising each by steps, one after another."""
    given: dict[str, Fraction | int] = {one.key: 0 for one in content.figures}
    for part in content.parts:
        for name in formula_of(part.formula).figures:
            spec = next((one for one in content.figures if one.key == name), None)
            if spec is None or score(content, cohort, given).part(part.key).full:
                continue
            best = given[name]
            for power in range(ROUNDS):
                tried = {**given, name: spec.step * 2**power}
                if score(content, cohort, tried).total > score(content, cohort, {**given, name: best}).total:
                    best = tried[name]
            given[name] = best
    return given


def _is_measured(content: Content, key: str) -> bool:
    return content.figure(key).unit in ("hours_ms", "core_hours_ms", "fen", "permille")
