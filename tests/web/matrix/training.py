"""Rows of the training room. Alice learns for the advanced level and sits its exam; Teng trains, keeps the
bank and holds a session in which she has a seat.
"""

from dataclasses import dataclass

from apps.training.exams import start_exam
from apps.training.models import Course, ExamAttempt, GuidedSession, Question, TrainingRequest
from tests.factories import training as make
from tests.web.matrix.portal import sem
from tests.web.matrix.rows import (
    CREW,
    HIDDEN,
    ONLY_POST,
    SIGN_IN,
    SIGNED_IN,
    Arguments,
    Exceptions,
    Statuses,
)
from tests.web.scene import HOUR, Scene


@dataclass
class Learning:
    """What the rows are about."""

    course: Course
    request: TrainingRequest
    session: GuidedSession
    attempt: ExamAttempt
    question: Question


def learning(scene: Scene) -> Learning:
    """Made by operations."""
    return scene.once("learning", lambda: _learning(scene))


def _learning(scene: Scene) -> Learning:
    they, now = scene.people, scene.now
    course = make.course(they, now, code="SEM-ADV", level="advanced", required_minutes=60)
    make.rubric(they, now)
    request = make.accepted(they, course, now, user=they.alice)
    start = scene.booking.end + HOUR
    session = make.session(they, now, requests=(request,), starts_at=start, ends_at=start + HOUR)
    attempt = start_exam(user=they.alice, course=course, by=they.alice, now=now)
    question = Question.objects.order_by("pk").first()
    assert question is not None
    return Learning(course, request, session, attempt, question)


def course(scene: Scene) -> dict[str, object]:
    """The advanced course."""
    return {"ulid": learning(scene).course.ulid}


def attempt(scene: Scene) -> dict[str, object]:
    """Alice's exam, which runs."""
    return {"ulid": learning(scene).attempt.ulid}


def answer(scene: Scene) -> dict[str, object]:
    """Its first question."""
    return {**attempt(scene), "position": 1}


def session(scene: Scene) -> dict[str, object]:
    """Teng's session, in which Alice has a seat."""
    return {"ulid": learning(scene).session.ulid}


def question(scene: Scene) -> dict[str, object]:
    """A question of the bank."""
    return {"ulid": learning(scene).question.ulid}


def assessing(scene: Scene) -> dict[str, object]:
    """Alice's training, at the FE-SEM."""
    return {"ulid": learning(scene).request.ulid, **sem(scene)}


def certificate(scene: Scene) -> dict[str, object]:
    """Alice's certificate."""
    return {**paper(scene), "verb": "withdraw"}


def paper(scene: Scene) -> dict[str, object]:
    """The paper of it."""
    return {"ulid": scene.people.certificate.ulid}


OWN: Statuses = (SIGN_IN, 404, 200, 404, 404)
BANK: Statuses = (SIGN_IN, 403, 403, 200, 200)
# Alice sits an exam: the bank would be closed to her even if she kept it.
ROUTES: dict[str, Statuses] = {
    "training_mine": SIGNED_IN,
    "training_desk": CREW,
    "course_list": SIGNED_IN,
    "course_detail": SIGNED_IN,
    "course_new": CREW,
    "course_terms": CREW,
    "course_retire": CREW,
    "course_attempt": CREW,
    "exam_start": OWN,
    "exam_sit": OWN,
    "exam_answer": ONLY_POST,
    "exam_submit": OWN,
    "exam_result": (SIGN_IN, 404, 302, 404, 404),
    "session_detail": (SIGN_IN, 404, 200, 200, 200),
    "session_schedule": CREW,
    "session_join": ONLY_POST,
    "session_leave": ONLY_POST,
    "session_attendance": ONLY_POST,
    "session_capacity": ONLY_POST,
    "session_cancel": HIDDEN,
    "request_assess": HIDDEN,
    "rubric_edit": CREW,
    "holder_list": CREW,
    "holder_export": CREW,
    "certificate_act": (SIGN_IN, 404, 200, 200, 200),
    "certificate_paper": ONLY_POST,
    "question_list": CREW,
    "question_new": CREW,
    "question_export": CREW,
    "question_import": CREW,
    "question_load": ONLY_POST,
    "question_template": CREW,
    "question_edit": BANK,
    "question_retire": BANK,
    "topic_new": CREW,
}
POSTS: dict[str, Statuses] = {
    "exam_answer": (SIGN_IN, 404, 200, 404, 404),
    "session_join": (SIGN_IN, 404, 302, 409, 409),
    "session_leave": (SIGN_IN, 404, 302, 409, 409),
    "session_attendance": (SIGN_IN, 404, 404, 404, 404),
    "session_capacity": (SIGN_IN, 404, 302, 302, 302),
    "certificate_paper": (SIGN_IN, 404, 302, 302, 302),
    "question_load": (SIGN_IN, 403, 403, 404, 404),
}
# A right over a unit without instruments opens the desk, and nothing is on it.
ALSO: dict[str, Exceptions] = {
    name: {"mei": 200}
    for name in (
        *("training_desk", "course_new", "holder_list", "holder_export", "question_list", "question_new"),
        *("question_export", "question_import", "question_template", "topic_new"),
    )
}
ALSO["question_edit"] = ALSO["question_retire"] = {"mei": 404}
ARGUMENTS: dict[str, Arguments] = {
    **dict.fromkeys(
        ("course_detail", "course_terms", "course_retire", "course_attempt", "exam_start"), course
    ),
    **dict.fromkeys(("exam_sit", "exam_submit", "exam_result"), attempt),
    "exam_answer": answer,
    **dict.fromkeys(
        (
            *("session_detail", "session_join", "session_leave", "session_attendance", "session_capacity"),
            "session_cancel",
        ),
        session,
    ),
    "session_schedule": sem,
    "rubric_edit": sem,
    "request_assess": assessing,
    "certificate_act": certificate,
    "certificate_paper": paper,
    **dict.fromkeys(("question_edit", "question_retire", "question_load"), question),
}
