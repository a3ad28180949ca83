"""Worked examples of a scheme for whoever writes it: nothing at all, half of what fills each part, and all of
it. They are computed from the scheme itself. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.evaluation.content import Cohort, Content
from apps.evaluation.formula import walk
from apps.evaluation.scoring import Score, formula_of, score

ROUNDS = 14  # doublings of a step after which a figure is taken as not filling its part
SOME = 10  # of what is counted and divided by: so many instruments


@dataclass(frozen=True)
class Example:
    """A made-up subject: what it is called, its figures, and the sheet that it gets."""

    title: Text
    figures: dict[str, Fraction | int]
    score: Score


def examples(content: Content) -> list[Example]:
    """Three of the last cohort, which takes everybody who is left."""
    cohort = content.cohorts[-1]
    full, divisors = _filling(content, cohort), _divisors(content)
    half: dict[str, Fraction | int] = {
        key: value if key in divisors else _half(content, key, value) for key, value in full.items()
    }
    none: dict[str, Fraction | int] = {one.key: 0 for one in content.figures}
    return [
        Example(title, given, score(content, cohort, given))
        for title, given in ((_("Nothing"), none), (_("Half"), half), (_("Everything"), full))
    ]


def _filling(content: Content, cohort: Cohort) -> dict[str, Fraction | int]:
    """Figures with which the parts are as full as they get, one figure after another: the smallest that gives
    the most. What something is divided by begins at some, and is changed last.
    """
    divisors = _divisors(content)
    steps = {one.key: one.step for one in content.figures}
    given: dict[str, Fraction | int] = {
        key: step * SOME if key in divisors else 0 for key, step in steps.items()
    }
    for part in content.parts:
        named = formula_of(part.formula).figures
        raised = [one for one in named if one not in divisors]
        for name in (*raised, *(one for one in reversed(named) if one in divisors)):
            if name in steps and not score(content, cohort, given).part(part.key).full:
                given[name] = _best(content, cohort, given, name, steps[name])
    return given


def _best(
    content: Content, cohort: Cohort, given: Mapping[str, Fraction | int], name: str, step: Fraction
) -> Fraction | int:
    """The least of one figure that gives as much as any of it does, the others being as given."""

    def total(value: Fraction | int) -> Fraction:
        return score(content, cohort, {**given, name: value}).total

    tried = [0, *(step * 2**power for power in range(ROUNDS))]
    most = max(total(value) for value in tried)
    if most <= total(given[name]):
        return given[name]
    first = next(value for value in tried if total(value) == most)
    low, high = int(first / step) // 2, int(first / step)
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if total(step * middle) == most else (middle, high)
    return step * high


def _divisors(content: Content) -> frozenset[str]:
    """The figures by which some formula divides."""
    trees = [formula_of(part.formula).tree for part in content.parts]
    below = [node.parts[1] for tree in trees for node in walk(tree) if node.op == "/"]
    return frozenset(one.text for node in below for one in walk(node) if one.op == "figure")


def _half(content: Content, key: str, value: Fraction | int) -> Fraction | int:
    return Fraction(value) / 2 if _is_measured(content, key) else Fraction(value) // 2


def _is_measured(content: Content, key: str) -> bool:
    return content.figure(key).unit in ("hours_ms", "core_hours_ms", "fen", "permille")
