"""What people read of exams: the paper while it runs, the result after the end, and how many attempts are
left. The right answers are read only once an attempt is over. Changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from apps.core.parameters import value
from apps.people.models import User
from apps.training.models import Course, CourseVersion, ExamAttempt, ExamQuestion, ExtraAttempt


@dataclass(frozen=True)
class Standing:
    """How somebody stands towards the exam of a course: attempts used and left, when the next may begin, and
    the one that runs.
    """

    used: int
    left: int
    next_at: datetime | None
    running: ExamAttempt | None
    last: ExamAttempt | None


@dataclass(frozen=True)
class Paper:
    """One question as the person who sits the exam sees it."""

    position: int
    kind: str
    points: int
    content: Mapping[str, Any]
    answer: tuple[str, ...]

    @property
    def several(self) -> bool:
        return self.kind == "multiple"


@dataclass(frozen=True)
class Reviewed:
    """One question after the end. `options` carry whether each was right and whether it was chosen."""

    position: int
    content: Mapping[str, Any]
    options: tuple[Mapping[str, Any], ...]
    points: int
    awarded: int
    explanation: Mapping[str, str]


@dataclass(frozen=True)
class TopicScore:
    """Points of one topic."""

    topic: Any
    score: int
    max_score: int


def standing_of(user: User, course: Course, version: CourseVersion, at: datetime) -> Standing:
    """Attempts are counted since the last pass, within `training.attempts_within_days`; those that a trainer
    allowed besides come on top. Three queries.
    """
    since = at - timedelta(days=value("training.attempts_within_days", at=at))
    tried = list(
        ExamAttempt.objects.filter(user=user, course=course)
        .filter(Q(started_at__gt=since) | Q(ended_at__isnull=True))
        .order_by("started_at", "pk")
    )
    passed = [index for index, attempt in enumerate(tried) if attempt.passed]
    if passed:
        since = max(since, tried[passed[-1]].started_at)
        tried = tried[passed[-1] + 1 :]
    extra = ExtraAttempt.objects.filter(user=user, course=course, granted_at__gt=since).count()
    ended = [attempt for attempt in tried if attempt.ended_at is not None]
    last = ended[-1] if ended else None
    next_at = last.ended_at + timedelta(days=version.cooling_off_days) if last and last.ended_at else None
    running = next((a for a in tried if a.ended_at is None and a.deadline > at), None)
    return Standing(len(tried), version.max_attempts + extra - len(tried), next_at, running, last)


def paper_of(attempt: ExamAttempt) -> list[Paper]:
    """The questions with the answers given so far; the right ones are not even fetched. One query."""
    rows = ExamQuestion.objects.filter(attempt=attempt).order_by("position")
    return [
        Paper(position, kind, points, content, tuple(answer or ()))
        for position, kind, points, content, answer in rows.values_list(
            "position", "kind", "points", "content", "answer"
        )
    ]


def may_review(attempt: ExamAttempt, at: datetime) -> bool:
    """Whether the right answers may be shown: after the end, to who passed (and, by parameter, to who
    failed).
    """
    if attempt.ended_at is None:
        return False
    return bool(attempt.passed) or bool(value("training.review_after_fail", at=at))


def review_of(attempt: ExamAttempt) -> list[Reviewed]:
    """Every question with the right and the given answer. Raises ValueError before the end. One query."""
    if attempt.ended_at is None:
        raise ValueError("this attempt is not over")
    rows = attempt.questions.select_related("question").order_by("position")
    return [_reviewed(row) for row in rows]


def _reviewed(row: ExamQuestion) -> Reviewed:
    given, right = set(row.answer or ()), set(row.correct)
    return Reviewed(
        position=row.position,
        content=row.content,
        options=tuple(
            {**option, "right": option["key"] in right, "chosen": option["key"] in given}
            for option in row.content["options"]
        ),
        points=row.points,
        awarded=row.awarded or 0,
        explanation={"zh": row.question.explanation_zh, "en": row.question.explanation_en},
    )


def by_topic(attempt: ExamAttempt) -> Sequence[TopicScore]:
    """The points of each topic after the end, in the order of their codes. One query."""
    totals: dict[Any, list[int]] = {}
    for row in attempt.questions.select_related("question__topic").order_by("question__topic__code"):
        found = totals.setdefault(row.question.topic, [0, 0])
        found[0] += row.awarded or 0
        found[1] += row.points
    return [TopicScore(topic, score, most) for topic, (score, most) in totals.items()]
