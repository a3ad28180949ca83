"""Bob wants to be trained on the FE-SEM A: what the tests of training have in common."""

from datetime import datetime, timedelta
from typing import Any

from apps.people.models import User
from apps.training.exams import start_exam
from apps.training.models import Certificate, Course, GuidedSession, Rubric, TrainingRequest
from tests.factories import training as make
from tests.people import People
from tests.workflows.registering import answer, asked, hear
from tests.workflows.toys import waiting
from workflows.models import Case
from workflows.training.beginning import apply_for_training

__all__ = ["answer", "applied", "asked", "at", "hear", "request_in", "waiting"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def applied(they: People, course: Course, now: datetime, *, by: User | None = None, **data: Any) -> Case:
    """Bob (or somebody else) has applied, and the outbox was heard."""
    case = apply_for_training(by=by or they.bob, now=now, data={"course": course, **data})
    hear(now)
    case.refresh_from_db()
    return case


def request_in(case: Case) -> TrainingRequest:
    """The request of a case, as it stands."""
    return TrainingRequest.objects.select_related("user", "course", "version", "instrument").get(
        ulid=case.subject_ref.removeprefix("training_request:")
    )


def at(case: Case) -> str:
    """The node at which an open case waits; how it ended otherwise."""
    case.refresh_from_db()
    nodes = set(waiting(case))
    if case.is_open:
        (node,) = nodes
        return node
    assert not nodes
    return f"{case.state}:{case.outcome}"


def placed(they: People, case: Case, now: datetime, **changes: Any) -> GuidedSession:
    """Teng plans a session in which Bob has a seat."""
    session = make.session(they, now, requests=(request_in(case),), **changes)
    hear(now)
    return session


def examined(case: Case, now: datetime, *, right: int | None = None) -> None:
    """The learner sits the exam."""
    request = request_in(case)
    attempt = start_exam(user=request.user, course=request.course, by=request.user, now=now)
    make.sit(attempt, now, right=right)
    hear(now)


def worked(they: People, session: GuidedSession, minutes: int, now: datetime | None = None) -> None:
    """The trainer and the learner have worked for so many minutes of the session."""
    make.supervised(they, session, minutes)
    hear(now or session.ends_at)


def shown(they: People, case: Case, used: Rubric, now: datetime, points: tuple[int, ...] = (1, 1, 9)) -> None:
    """Teng fills the rubric in."""
    make.assessed(they, request_in(case), used, now, points)
    hear(now)


def to_certify(they: People, course: Course, now: datetime, **data: Any) -> Case:
    """A case in which everything is shown, and the trainer is asked."""
    used = Rubric.objects.filter(instrument=they.sem).first() or make.rubric(they, now)
    case = applied(they, course, now, **data)
    if at(case) == "place":
        placed(they, case, now)
    if at(case) == "exam":
        examined(case, now)
    if at(case) == "assess":
        shown(they, case, used, now)
    assert at(case) == "certify"
    return case


def certificate_in(case: Case) -> Certificate:
    """The certificate that a case gave."""
    return Certificate.objects.get(source_case=f"case:{case.ulid}")
