"""Training for tests: a small question bank, courses with their terms, a rubric, and somebody who goes
through all of it. Made by the operations, as trainers and managers would.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from apps.core.ids import new_ulid
from apps.training.assessing import Answer, Line, publish_rubric, submit_assessment
from apps.training.courses import Terms, allow_another_attempt, create_course, publish_version
from apps.training.exams import save_answer, start_exam, submit_exam
from apps.training.guided import schedule_guided_session
from apps.training.models import (
    Assessment,
    Course,
    ExamAttempt,
    ExamQuestion,
    GuidedSession,
    Question,
    Rubric,
    SupervisedUse,
    Topic,
    TrainingRequest,
)
from apps.training.questions import create_topic, write_question
from apps.training.requests import accept_request, request_training
from apps.training.supervised import count_supervised
from apps.training.wordings import Option, Wording
from tests.people import People

HOUR = timedelta(hours=1)


def topic(they: People, now: datetime, code: str = "SEM", *, school: bool = False) -> Topic:
    """A topic of the FE-SEM's facility, or of the school."""
    return create_topic(
        code=code,
        name_zh="电镜基础",
        name_en="Electron microscopy",
        facility=None if school else they.sem.facility,
        by=they.office,
        now=now,
    )


def wording(code: str, subject: str = "SEM", **changes: Any) -> Wording:
    """A question with one right answer, B."""
    options = (Option("A", "甲", "first"), Option("B", "乙", "second"), Option("C", "丙", "third"))
    asked: dict[str, Any] = {
        "code": code,
        "topic": subject,
        "kind": Question.Kind.SINGLE,
        "text_zh": f"{code} 是什么？",  # noqa: RUF001 - Chinese punctuation
        "text_en": f"What is {code}?",
        "options": options,
        "correct": ("B",),
        "explanation_zh": "因为是乙",
        "explanation_en": "Because it is the second",
    }
    return Wording(**{**asked, **changes})


def bank(they: People, now: datetime, count: int = 6, *, code: str = "SEM", school: bool = False) -> Topic:
    """A topic with so many questions."""
    made = topic(they, now, code, school=school)
    for number in range(count):
        write_question(wording=wording(f"{code}-{number:03d}", code), by=they.office, now=now)
    return made


def course(
    they: People, now: datetime, *, code: str = "SEM-BASIC", level: str = "basic", **terms: Any
) -> Course:
    """The course of the FE-SEM for a level; four questions of its topic unless told otherwise."""
    made = create_course(
        code=code,
        kind=Course.Kind.INSTRUMENT,
        name_zh=f"扫描电镜{level}培训",
        name_en=f"FE-SEM {level}",
        level=level,
        instrument=they.sem,
        by=they.teng,
        now=now,
    )
    if "shares" not in terms:
        found = Topic.objects.filter(code="SEM").first() or bank(they, now)
        terms["shares"] = {found: 4}
    publish_version(course=made, terms=Terms(**terms), valid_from=now, by=they.teng, now=now)
    return made


def safety_course(they: People, now: datetime, **terms: Any) -> Course:
    """The laboratory safety exam: three questions, a year."""
    made = create_course(
        code="SAFETY",
        kind=Course.Kind.SAFETY,
        name_zh="实验室安全准入",
        name_en="Laboratory safety",
        by=they.office,
        now=now,
    )
    asked = {"shares": {bank(they, now, code="SAFE", school=True): 3}, "validity_days": 365, **terms}
    publish_version(course=made, terms=Terms(**asked), valid_from=now, by=they.office, now=now)
    return made


def rubric(they: People, now: datetime) -> Rubric:
    """One critical criterion, one that is passed or not, one of ten points."""
    lines = (
        Line(text_zh="正确装样", text_en="Loads the sample", critical=True),
        Line(text_zh="整理台面", text_en="Leaves a tidy desk"),
        Line(text_zh="图像质量", text_en="Quality of the image", kind="score", max_points=10, pass_points=6),
    )
    return publish_rubric(instrument=they.sem, lines=lines, pass_mark=60, by=they.teng, now=now)


def accepted(they: People, made: Course, now: datetime, **changes: Any) -> TrainingRequest:
    """Bob is in training for the course."""
    asked: dict[str, Any] = {"user": they.bob, "course": made, "kind": "new", "by": None, **changes}
    return accept_request(request=request_training(**asked, now=now), now=now)


def right_keys(asked: ExamQuestion) -> list[str]:
    """The right answer of a question as it was shown."""
    return list(asked.correct)


def wrong_keys(asked: ExamQuestion) -> list[str]:
    """A wrong answer of it."""
    return [next(option["key"] for option in asked.content["options"] if option["key"] not in asked.correct)]


def sit(attempt: ExamAttempt, now: datetime, *, right: int | None = None) -> ExamAttempt:
    """Answer so many questions rightly (all by default), the rest wrongly, and hand in."""
    for asked in attempt.questions.all():
        good = right is None or asked.position <= right
        answer = right_keys(asked) if good else wrong_keys(asked)
        save_answer(attempt=attempt, position=asked.position, answer=answer, by=attempt.user, now=now)
    return submit_exam(attempt=attempt, by=attempt.user, now=now)


def passed_exam(request: TrainingRequest, now: datetime) -> ExamAttempt:
    """The person of the request passes the exam of their course."""
    attempt = start_exam(user=request.user, course=request.course, by=request.user, now=now)
    return sit(attempt, now)


def session(they: People, now: datetime, *, hours: int = 4, **changes: Any) -> GuidedSession:
    """A training session of Teng's that begins in an hour, with two seats."""
    asked: dict[str, Any] = {
        "kind": "training",
        "instrument": they.sem,
        "leader": they.teng,
        "participants": (),
        "capacity": 2,
        "starts_at": now + HOUR,
        "ends_at": now + HOUR + hours * HOUR,
        "by": they.teng,
        **changes,
    }
    return schedule_guided_session(**asked, now=now)


def supervised(they: People, held: GuidedSession, minutes: int, *, record: str = "") -> int:
    """The trainer runs the instrument for so many minutes, from the session's beginning or after what counted
    in it before; returns for how many people that counted.
    """
    before = SupervisedUse.objects.filter(place__session=held).aggregate(last=Max("ended_at"))["last"]
    start = before or held.starts_at
    counted = count_supervised(
        record=record or new_ulid(),
        user_id=they.teng.pk,
        instrument_id=they.sem.pk,
        started_at=start,
        ended_at=start + timedelta(minutes=minutes),
        now=held.ends_at,
    )
    return len(counted)


def assessed(
    they: People, request: TrainingRequest, used: Rubric, now: datetime, points: tuple[int, ...] = (1, 1, 9)
) -> Assessment:
    """Teng fills the rubric in with these points."""
    criteria = used.criteria.order_by("position")
    answers = {one.ulid: Answer(given) for one, given in zip(criteria, points, strict=True)}
    return submit_assessment(
        request=request,
        instrument=they.sem,
        rubric=used,
        answers=answers,
        by=they.teng,
        now=now,
        nonce=new_ulid(),
    )


def allow(they: People, made: Course, now: datetime) -> None:
    """One more attempt for Bob."""
    allow_another_attempt(user=they.bob, course=made, reason="again", by=they.teng, now=now)
