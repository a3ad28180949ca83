"""The arithmetic of exams and assessments, in whole numbers. Pure: the same for every language, clock and
database.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LETTERS = "ABCDEFGHIJ"


def draw(pool: Mapping[int, Sequence[int]], shares: Mapping[int, int], seed: str) -> list[int]:
    """So many questions of each topic, in an order of their own; the same seed draws the same.

    `pool` holds the ids of each topic's questions. Raises ValueError when a topic has too few.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable is the point; the seed itself is a secret token
    drawn: list[int] = []
    for topic in sorted(shares):
        drawn += chance.sample(sorted(pool.get(topic, ())), shares[topic])
    chance.shuffle(drawn)
    return drawn


@dataclass(frozen=True)
class Shown:
    """Options as one person sees them: relettered in their order, and the right letters among them."""

    options: tuple[dict[str, str], ...]
    correct: tuple[str, ...]


def shuffle(options: Sequence[Mapping[str, Any]], correct: Iterable[str], seed: str, *, keep: bool) -> Shown:
    """The options in another order under new letters, so that a letter says nothing to a neighbour. `keep`
    leaves the order as it is (true before false).
    """
    order = list(options)
    if not keep:
        random.Random(seed).shuffle(order)  # noqa: S311 - repeatable is the point
    right = set(correct)
    return Shown(
        options=tuple(
            {"key": letter, "zh": option["zh"], "en": option["en"]}
            for letter, option in zip(LETTERS, order, strict=False)
        ),
        correct=tuple(
            letter for letter, option in zip(LETTERS, order, strict=False) if option["key"] in right
        ),
    )


def award(points: int, correct: Iterable[str], answer: Iterable[str] | None) -> int:
    """All points for exactly the right keys, none for anything else."""
    return points if answer is not None and set(answer) == set(correct) else 0


def passes(score: int, max_score: int, pass_mark: int) -> bool:
    """Whether the points reach the mark, a percentage; exact, nothing is rounded."""
    return 100 * score >= pass_mark * max_score


@dataclass(frozen=True)
class Marked:
    """One criterion with the points that were given for it."""

    points: int
    max_points: int
    pass_points: int
    critical: bool

    @property
    def passed(self) -> bool:
        return self.points >= self.pass_points


@dataclass(frozen=True)
class Outcome:
    """What an assessment comes to."""

    score: int
    max_score: int
    critical_failed: bool
    passed: bool


def assess(marks: Sequence[Marked], pass_mark: int) -> Outcome:
    """Every critical criterion has to pass, and the points have to reach the mark."""
    score = sum(mark.points for mark in marks)
    max_score = sum(mark.max_points for mark in marks)
    failed = any(mark.critical and not mark.passed for mark in marks)
    return Outcome(score, max_score, failed, not failed and passes(score, max_score, pass_mark))
