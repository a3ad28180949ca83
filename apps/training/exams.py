"""Sitting a theory exam: begun, answered, handed in, closed when its time is up. The server's clock is the
only one.

The questions are drawn and frozen at the start. Nothing here gives the right answers away before the end;
what pages read is in `exam_papers`.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.core.periods import in_force
from apps.people.models import User
from apps.people.queries import SUSPENDED, user_state
from apps.people.requirements import require_active
from apps.training import scoring
from apps.training.coverage import version_in_force
from apps.training.exam_papers import standing_of
from apps.training.models import (
    Course,
    CourseVersion,
    ExamAttempt,
    ExamQuestion,
    Question,
    TrainingRequest,
)
from apps.training.operations import grant_safety_clearance
from apps.training.queries import safety_until

Ending = ExamAttempt.Ending


@transaction.atomic
def start_exam(*, user: User, course: Course, by: User | None, now: datetime) -> ExamAttempt:
    """The attempt that runs now, or a new one with its own questions: who clicks twice, or comes back after a
    crash, gets the same one.

    Raises NotPermitted `training.not_own_exam`, `people.not_active`; WrongState `training.no_request`,
    `training.course_closed`, `training.no_exam`, `training.exam_passed_already`,
    `training.already_cleared`, `training.no_attempts`, `training.cooling_off` (with `next_at`),
    `training.too_few_questions`.
    """
    _require_own(user, by)
    _lock(user)
    running = ExamAttempt.objects.select_for_update(no_key=True).filter(
        user=user, course=course, ended_at__isnull=True
    )
    for attempt in running:
        if attempt.deadline > now:
            return attempt
        _end(attempt, Ending.EXPIRED, attempt.deadline, now)
    request, version = _terms(user, course, by, now)
    standing = standing_of(user, course, version, now)
    if standing.left < 1:
        raise WrongState(
            _("No attempt is left. A trainer may allow another one."),
            code="training.no_attempts",
            used=standing.used,
        )
    if standing.next_at is not None and standing.next_at > now:
        raise WrongState(
            _("The next attempt comes after a pause."),
            code="training.cooling_off",
            next_at=standing.next_at.isoformat(),
        )
    return _begin(user, course, version, request, standing.used + 1, now)


@transaction.atomic
def save_answer(
    *, attempt: ExamAttempt, position: int, answer: Sequence[str], by: User | None, now: datetime
) -> ExamQuestion:
    """Keep an answer as it is given; an empty one takes it back.

    Raises NotPermitted `training.not_own_exam`; Invalid `training.answer`; WrongState `training.exam_over`.
    """
    _require_own(attempt.user, by)
    row = ExamAttempt.objects.select_for_update(no_key=True).get(pk=attempt.pk)
    if row.ended_at is not None or row.deadline <= now:
        raise WrongState(_("The exam is over: this answer came too late."), code="training.exam_over")
    asked = row.questions.filter(position=position).first()
    if asked is None or not _fits(asked, answer):
        raise Invalid(_("This is no answer to the question."), code="training.answer", field="answer")
    asked.answer, asked.answered_at = sorted(set(answer)) or None, now
    asked.save(update_fields=["answer", "answered_at"])
    return asked


@transaction.atomic
def submit_exam(*, attempt: ExamAttempt, by: User | None, now: datetime) -> ExamAttempt:
    """Hand in. Whoever hands in twice, or after the time was up, gets the result that stands.

    Raises NotPermitted `training.not_own_exam`. Tells `training.exam_passed` or `training.exam_failed`; who
    passes the safety exam is cleared in the same transaction.
    """
    _require_own(attempt.user, by)
    _lock(attempt.user)
    row = ExamAttempt.objects.select_for_update(no_key=True).get(pk=attempt.pk)
    if row.ended_at is None:
        if row.deadline <= now:
            _end(row, Ending.EXPIRED, row.deadline, now)
        else:
            _end(row, Ending.SUBMITTED, now, now)
    return row


def close_expired_exams(*, now: datetime, limit: int = 200) -> int:
    """Attempts whose time is up are marked with the answers that were saved; returns how many. Each in a
    transaction of its own, so that one that fails keeps none of the others.
    """
    due = ExamAttempt.objects.filter(ended_at__isnull=True, deadline__lte=now).order_by("deadline")
    closed = 0
    for attempt in due.select_related("user")[:limit]:
        submit_exam(attempt=attempt, by=None, now=now)
        closed += 1
    return closed


def _terms(
    user: User, course: Course, by: User | None, now: datetime
) -> tuple[TrainingRequest | None, CourseVersion]:
    """By which request and which terms somebody sits the exam: a safety exam is open to all, another belongs
    to a training under way.
    """
    if course.is_safety:
        return None, _safety_terms(user, course, now)
    require_active(by, now)
    request = (
        TrainingRequest.objects.filter(user=user, course=course, state=TrainingRequest.State.ACCEPTED)
        .select_related("version")
        .first()
    )
    if request is None or request.version is None:
        raise WrongState(
            _("You are not in training for this course. Apply for it first."), code="training.no_request"
        )
    if request.attempts.filter(passed=True).exists():
        raise WrongState(_("You have passed this exam."), code="training.exam_passed_already")
    return request, request.version


def _safety_terms(user: User, course: Course, now: datetime) -> CourseVersion:
    if user_state(user, now) == SUSPENDED:
        raise NotPermitted(_("Your account is not in force."), code="people.not_active")
    version = version_in_force(course, now)
    if version is None:
        raise WrongState(_("This course is not given now."), code="training.course_closed")
    until = safety_until(user, now)
    window = timedelta(days=value("training.renewal_window_days", at=now))
    if until is not None and until - window > now:
        raise WrongState(
            _("Your safety clearance is in force for a while yet."),
            code="training.already_cleared",
            until=until.isoformat(),
        )
    return version


def _begin(
    user: User,
    course: Course,
    version: CourseVersion,
    request: TrainingRequest | None,
    number: int,
    now: datetime,
) -> ExamAttempt:
    shares = dict(version.shares.values_list("topic_id", "questions"))
    if not shares:
        raise WrongState(_("This course has no theory exam."), code="training.no_exam")
    pool: dict[int, list[int]] = {}
    for topic, question in Question.objects.filter(in_force(now), topic__in=shares).values_list(
        "topic_id", "pk"
    ):
        pool.setdefault(topic, []).append(question)
    seed = secrets.token_hex(16)
    try:
        drawn = scoring.draw(pool, shares, seed)
    except ValueError as exc:
        raise WrongState(
            _("The question bank has too few questions. The trainers have to add some."),
            code="training.too_few_questions",
        ) from exc
    questions = Question.objects.in_bulk(drawn)
    attempt = ExamAttempt.objects.create(
        user=user,
        course=course,
        version=version,
        request=request,
        number=number,
        seed=seed,
        started_at=now,
        deadline=now + timedelta(minutes=version.time_limit_minutes),
        max_score=sum(question.points for question in questions.values()),
    )
    ExamQuestion.objects.bulk_create(
        _asked(attempt, position, questions[pk]) for position, pk in enumerate(drawn, start=1)
    )
    return attempt


def _asked(attempt: ExamAttempt, position: int, question: Question) -> ExamQuestion:
    shown = scoring.shuffle(
        question.options,
        question.correct,
        f"{attempt.seed}:{question.pk}",
        keep=question.kind == Question.Kind.TRUE_FALSE,
    )
    return ExamQuestion(
        attempt=attempt,
        position=position,
        question=question,
        kind=question.kind,
        points=question.points,
        content={"zh": question.text_zh, "en": question.text_en, "options": list(shown.options)},
        correct=list(shown.correct),
    )


def _fits(asked: ExamQuestion, answer: Sequence[str]) -> bool:
    keys = {option["key"] for option in asked.content["options"]}
    return set(answer) <= keys and (asked.kind == Question.Kind.MULTIPLE or len(set(answer)) <= 1)


def _end(attempt: ExamAttempt, ending: str, at: datetime, now: datetime) -> None:
    """Mark the attempt; the caller holds its lock and the user's."""
    questions = list(attempt.questions.all())
    for asked in questions:
        asked.awarded = scoring.award(asked.points, asked.correct, asked.answer)
    ExamQuestion.objects.bulk_update(questions, ["awarded"], batch_size=100)
    version = attempt.version
    attempt.score = sum(asked.awarded or 0 for asked in questions)
    attempt.passed = scoring.passes(attempt.score, attempt.max_score, version.pass_mark)
    attempt.ending, attempt.ended_at = ending, at
    attempt.save(update_fields=["score", "passed", "ending", "ended_at"])
    audit.record(
        action="training.end_exam",
        object_ref=f"exam:{attempt.ulid}",
        now=now,
        actor=attempt.user if ending == Ending.SUBMITTED else None,
        passed=attempt.passed,
        score=attempt.score,
    )
    if attempt.passed and attempt.course.is_safety:
        grant_safety_clearance(
            user=attempt.user,
            valid_from=at,
            valid_until=at + timedelta(days=version.validity_days),
            source_case=f"exam:{attempt.ulid}",
            now=now,
        )
    publish(
        "training.exam_passed" if attempt.passed else "training.exam_failed",
        now=now,
        user=attempt.user.ulid,
        course=attempt.course.ulid,
        attempt=attempt.ulid,
    )


def _lock(user: User) -> None:
    """Always before the attempt's own lock: a clearance wants the user's row at the end."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _require_own(user: User, by: User | None) -> None:
    if by is not None and by.pk != user.pk:
        raise NotPermitted(_("An exam is sat by oneself."), code="training.not_own_exam")
