# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""What is going on at the demonstration school: every person of the roster has something that waits for them,
or that they wait for. All of it is done by the services that pages use.
"""

import csv
import io
from datetime import datetime, time, timedelta

from apps.core.clock import SCHOOL_ZONE, school_time
from apps.core.ids import new_ulid
from apps.people.applying import Filled, submit_application
from apps.people.hr.deciding import confirm_hr_file
from apps.people.hr.uploading import read_hr_file, upload_hr_file
from apps.people.models import OrgUnit, RegistrationApplication, User
from apps.people.organisations import add_organisation, record_agreement
from apps.people.posts import appoint_post
from apps.portal.demo.activity import deliver
from apps.portal.demo.lessons import rubric_of, teach
from apps.portal.demo.school import DAY, School
from apps.training.assessing import Answer, submit_assessment
from apps.training.exams import save_answer, start_exam, submit_exam
from apps.training.guided import schedule_guided_session
from apps.training.models import Course, ExamQuestion, GuidedSession, TrainingRequest
from workflows import services
from workflows.models import Case, Step
from workflows.night_endorsement.beginning import apply_for_night
from workflows.registration.starting import begin_renewal
from workflows.training.beginning import apply_for_training

HOUR = timedelta(hours=1)
COMPANY = ("青峰材料有限公司", "Green Peak Materials", "91370100DEMO00001X")
NEWCOMERS = (("2026101", "丁一", "Ding Yi", "MSE", "wang"), ("2026102", "许诺", "Xu Nuo", "LIFE", "zhao"))


def go_on(school: School, *, now: datetime) -> None:
    """Everything that is pending."""
    courses = teach(now=now - 30 * DAY)
    _appoint(school, now - 30 * DAY)
    _newcomers(school, now - 2 * DAY)
    _nights(school, now - DAY)
    _trainings(school, courses, now - DAY)
    for login in ("finance", "charlie", "erik", "mei"):
        begin_renewal(user=school.people[login], now=now - HOUR)
    deliver(now)


def _appoint(school: School, at: datetime) -> None:
    """The centre has a head and a safety officer."""
    centre = OrgUnit.objects.get(code="MSE-MCC")
    for login, kind in (("facility", "lab_head"), ("olga", "safety_officer")):
        appoint_post(user=school.people[login], unit=centre, kind=kind, by=school.people["office"], now=at)


def _newcomers(school: School, at: datetime) -> None:
    """Two students of the personnel file ask their professors, an engineer asks the office."""
    office = school.people["office"]
    rows = [
        (number, zh, "学生", unit, "在校", "2030-06-30", f"{number}@qingyu.example")
        for number, zh, _en, unit, _pi in NEWCOMERS
    ]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(
        [("学工号", "姓名", "人员类别", "单位代码", "状态", "有效期至", "邮箱"), *rows]
    )
    file = upload_hr_file(name="hr-2026.csv", content=text.getvalue().encode(), by=office, now=at)
    read = read_hr_file(ulid=file.ulid, now=at)
    if read is not None:
        confirm_hr_file(file=read, digest=read.digest, by=office, now=at)
    for number, zh, en, unit, lead in NEWCOMERS:
        _apply(
            Filled(
                kind=User.Kind.STUDENT,
                number=number,
                name_zh=zh,
                name_en=en,
                email=f"{number}@qingyu.example",
                phone="0531-2000",
                unit=OrgUnit.objects.get(code=unit),
                sponsor_text=lead,
                terms_version="2026-1",
            ),
            at,
        )
    _company(at)
    _apply(
        Filled(
            kind=User.Kind.ENTERPRISE,
            name_zh="钱工",
            name_en="Engineer Qian",
            email="qian@greenpeak.example",
            phone="0531-3000",
            organisation_name=COMPANY[0],
            organisation_code=COMPANY[2],
            contract="HT-2026-07",
            terms_version="2026-1",
        ),
        at,
    )
    deliver(at)


def _company(at: datetime) -> None:
    zh, en, code = COMPANY
    company = add_organisation(name_zh=zh, name_en=en, kind="enterprise", code=code, by=None, now=at)
    record_agreement(
        organisation=company,
        number="HT-2026-07",
        valid_from=at - 30 * DAY,
        valid_until=at + 300 * DAY,
        by=None,
        now=at,
    )


def _apply(filled: Filled, at: datetime) -> RegistrationApplication:
    # Nobody signs in to these accounts.
    return submit_application(filled=filled, password=new_ulid() + new_ulid(), now=at)[0]


def _nights(school: School, at: datetime) -> None:
    """Alice wants three nights: one is before the head of the lab, one before the safety officer, one was
    sent back to her.
    """
    they = school.people
    to_the_head = _night(school, "QY000003", at)
    to_the_officer = _night(school, "QY000004", at)
    back = _night(school, "QY000009", at)
    for case in (to_the_head, to_the_officer):
        _approve(case, "pi", they["wang"], at + HOUR)
    _approve(to_the_officer, "lab_head", they["facility"], at + 2 * HOUR)
    services.send_back(
        step=_step(back, "pi"),
        by=they["wang"],
        now=at + HOUR,
        to="revise",
        reason="请换一位熟悉核磁的同伴，并写明样品。",
    )
    deliver(at + 2 * HOUR)


def _night(school: School, asset_no: str, at: datetime) -> Case:
    from_day = _at_school(at + 4 * DAY, 20)
    return apply_for_night(
        by=school.people["alice"],
        now=at,
        data={
            "instrument": asset_no,
            "buddy": school.people["erik"],
            "starts_at": from_day,
            "ends_at": from_day + 3 * DAY + 10 * HOUR,
            "purpose": "长时间原位观察，白天机时不够。",
        },
    )


def _trainings(school: School, courses: dict[str, Course], at: datetime) -> None:
    """Mei waits for a place, Bob sits his exam next, Gao renews, Erik is to be assessed, Alice to be
    certified.
    """
    they = school.people
    sem, cold, clsm = (courses[f"{code}-BASIC"] for code in ("SEM", "CFE", "CLSM"))
    _training(they["mei"], sem, at)
    bob, erik = _training(they["bob"], sem, at), _training(they["erik"], cold, at)
    _session(school, sem, (bob,), _at_school(at + 3 * DAY, 9), at)
    _session(school, cold, (erik,), at + DAY + HOUR, at)  # in an hour
    alice, _gao = (_training(they[login], clsm, at) for login in ("alice", "gao"))
    _session(school, clsm, (alice,), _at_school(at + 4 * DAY, 9), at)
    deliver(at)
    for case in (erik, alice):
        _pass(case, at + HOUR)
    deliver(at + HOUR)
    rubric = rubric_of(clsm)
    submit_assessment(
        request=_request(alice),
        instrument=rubric.instrument,
        rubric=rubric,
        answers={line.ulid: Answer(line.max_points) for line in rubric.criteria.all()},
        by=they["teng"],
        now=at + 2 * HOUR,
        nonce=new_ulid(),
    )
    deliver(at + 2 * HOUR)


def _training(user: User, course: Course, at: datetime) -> Case:
    case = apply_for_training(by=user, now=at, data={"course": course})
    deliver(at)
    return case


def _session(
    school: School, course: Course, cases: tuple[Case, ...], start: datetime, at: datetime
) -> GuidedSession:
    teng = school.people["teng"]
    return schedule_guided_session(
        kind=GuidedSession.Kind.TRAINING,
        instrument=rubric_of(course).instrument,
        leader=teng,
        participants=(),
        requests=[_request(case) for case in cases],
        capacity=3,
        starts_at=start,
        ends_at=start + 2 * HOUR,
        by=teng,
        now=at,
    )


def _pass(case: Case, at: datetime) -> None:
    """All questions are answered rightly."""
    request = _request(case)
    attempt = start_exam(user=request.user, course=request.course, by=request.user, now=at)
    for asked in ExamQuestion.objects.filter(attempt=attempt):
        save_answer(
            attempt=attempt, position=asked.position, answer=list(asked.correct), by=request.user, now=at
        )
    submit_exam(attempt=attempt, by=request.user, now=at)


def _request(case: Case) -> TrainingRequest:
    ulid = case.subject_ref.removeprefix("training_request:")
    return TrainingRequest.objects.select_related("user", "course").get(ulid=ulid)


def _step(case: Case, node: str) -> Step:
    return case.steps.select_related("task", "case").get(node=node, answered_at__isnull=True)


def _approve(case: Case, node: str, by: User, at: datetime) -> None:
    services.answer(step=_step(case, node), by=by, now=at, outcome="approve")


def _at_school(moment: datetime, hour: int) -> datetime:
    """This hour of that day at the school."""
    return datetime.combine(school_time(moment).date(), time(hour), SCHOOL_ZONE)
