"""A stranger comes in: applies, is sponsored, passes the safety exam, is trained and certified, and only then
unlocks. What people do is done by the services that their pages use; everything between them is the worker's.
"""

from datetime import timedelta
from typing import Any

from apps.core.clock import now as clock_now
from apps.core.ids import new_ulid
from apps.people.applying import Filled, submit_application
from apps.people.cards import card_digest, school_card_key
from apps.people.hr.deciding import confirm_hr_file
from apps.people.hr.uploading import read_hr_file, upload_hr_file
from apps.people.models import RegistrationApplication, User
from apps.people.operations import issue_card
from apps.training.assessing import Answer, submit_assessment
from apps.training.exams import save_answer, start_exam, submit_exam
from apps.training.guided import schedule_guided_session
from apps.training.models import Certificate, Course, GuidedSession, TrainingRequest
from apps.training.operations import endorse_night
from apps.training.queries import safety_until
from documents.models import Document
from scripts.story.door import refused
from scripts.story.school import CARD, CASE, RIGHT, School
from scripts.story.stage import Stage, StoryBroken
from scripts.story.teller import Teller
from workflows import services
from workflows.models import Case, Step
from workflows.training.beginning import apply_for_training

NUMBER = "2026001"
HR_FILE = (
    "学工号,姓名,人员类别,单位代码,状态,有效期至,邮箱\n"
    f"{NUMBER},艾丽,学生,MSE,在校,2030-06-30,alice@school.example\n"
)


def come_in(stage: Stage, school: School, teller: Teller) -> None:
    """From an application without an account to a certificate."""
    _personnel_file(school)
    teller.say("The office confirms a personnel file in which Alice, a new student, stands.")
    application, _secret = submit_application(
        filled=Filled(
            kind=User.Kind.STUDENT,
            number=NUMBER,
            name_zh="艾丽",
            name_en="Alice",
            email="alice@school.example",
            phone="0531-1000",
            sponsor_text="wang",
            terms_version="2026-1",
        ),
        password="four-invented-words-of-alice",  # noqa: S106 - of an account that lives for a minute
        now=clock_now(),
    )
    case = _case_about(stage, f"application:{application.ulid}")
    teller.say(f"Alice applies from outside, without an account: {case.number}. The rules ask her sponsor.")
    _answer(_step(stage, case, "sponsor"), school.pi, {"group": school.group, "until": None})
    school.student = _activated(stage, application)
    teller.say("Professor Wang sponsors her: her account is in force, as a visitor's.")
    _pass(school.student, school.safety)
    stage.wait(lambda: _is_full(school.student), "the visitor to become a user after the safety exam")
    school.student.refresh_from_db()
    until = safety_until(school.student, clock_now())
    teller.say(f"She passes the safety exam (valid until {until:%Y-%m-%d}): a user like others.")
    digest = card_digest(CARD, school_card_key())
    issue_card(user=school.student, digest=digest, label="…C3D4", by=school.office, now=clock_now())
    if "training.none" not in refused(stage, "she was never trained").codes:
        raise StoryBroken("refused, but not because she was never trained")
    teller.say("She holds her new card to the reader and is refused: she was never trained [training.none].")
    _may_work_by_night(school)
    number = train(stage, school)
    teller.say(
        f"Placed, examined, assessed, certified by Teng ({number}): certificate until "
        f"{school.certificate.valid_until:%Y-%m-%d}, with its paper {_paper(school)}."
    )


def train(stage: Stage, school: School) -> str:
    """One training from the request to the certificate; returns the number of its case."""
    student, trainer = school.student, school.trainer
    case = apply_for_training(by=student, now=clock_now(), data={"course": school.course})
    _step(stage, case, "place")
    request = TrainingRequest.objects.get(ulid=case.subject_ref.removeprefix("training_request:"))
    # Behind her booking, and behind the sessions of earlier trainings.
    start = clock_now() + timedelta(hours=3 * (GuidedSession.objects.count() + 1))
    schedule_guided_session(
        kind="training",
        instrument=school.instrument,
        leader=trainer,
        requests=(request,),
        participants=(),
        capacity=2,
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        by=trainer,
        now=clock_now(),
    )
    _step(stage, case, "exam")
    _pass(student, school.course)
    _step(stage, case, "assess")
    submit_assessment(
        request=request,
        instrument=school.instrument,
        rubric=school.rubric,
        answers={criterion.ulid: Answer(1) for criterion in school.rubric.criteria.all()},
        by=trainer,
        now=clock_now(),
        nonce=new_ulid(),
    )
    _answer(_step(stage, case, "certify"), trainer, {})
    stage.wait(lambda: _certificates(case).exists(), "the certificate to be in force")
    school.certificate = _certificates(case).get()
    return case.number


def _certificates(case: Case) -> Any:
    return Certificate.objects.filter(source_case=f"case:{case.ulid}")


def _personnel_file(school: School) -> None:
    file = upload_hr_file(name="hr.csv", content=HR_FILE.encode(), by=school.office, now=clock_now())
    read_hr_file(ulid=file.ulid, now=clock_now())  # or the worker has read it already
    file.refresh_from_db()
    if file.state != file.State.PREVIEWED or file.fault_count:
        raise StoryBroken(f"the personnel file is {file.state} with {file.fault_count} faults")
    confirm_hr_file(file=file, digest=file.digest, by=school.office, now=clock_now())


def _case_about(stage: Stage, subject: str) -> Case:
    stage.wait(lambda: Case.objects.filter(subject_ref=subject).exists(), f"a case about {subject}")
    return Case.objects.get(subject_ref=subject)


def _step(stage: Stage, case: Case, node: str) -> Step:
    """The step that waits at a node, once the worker has brought the case there."""
    waiting = case.steps.filter(node=node, answered_at__isnull=True).select_related("task", "case")
    stage.wait(waiting.exists, f"{case.number} to reach {node}", seconds=20)
    return waiting.get()


def _answer(step: Step, by: User, data: dict[str, Any]) -> None:
    services.answer(step=step, by=by, now=clock_now(), outcome="approve", data=data)


def _activated(stage: Stage, application: RegistrationApplication) -> User:
    active = User.objects.filter(pk=application.applicant_id or 0, is_active=True)
    stage.wait(active.exists, "the account to be in force")
    return active.get()


def _is_full(user: User) -> bool:
    return User.objects.filter(pk=user.pk, full_from__isnull=False).exists()


def _pass(student: User, course: Course) -> None:
    """She reads each question and gives the right answer."""
    attempt = start_exam(user=student, course=course, by=student, now=clock_now())
    for question in attempt.questions.all():
        right = [option["key"] for option in question.content["options"] if option["zh"] == RIGHT]
        save_answer(attempt=attempt, position=question.position, answer=right, by=student, now=clock_now())
    submit_exam(attempt=attempt, by=student, now=clock_now())


def _may_work_by_night(school: School) -> None:
    """The story may be told at any hour."""
    now = clock_now()
    endorse_night(
        user=school.student,
        instrument=school.instrument,
        valid_from=now,
        valid_until=now + timedelta(days=120),
        source_case=CASE,
        now=now,
    )


def _paper(school: School) -> str:
    paper = Document.objects.get(subject_ref=f"certificate:{school.certificate.ulid}")
    return paper.number
