"""The smallest school in which the main job can be told: one lab, one instrument with its crew and course,
one group with its money. Everything is made by the same operations that the product uses; the people who were
there before are an import. The student is not among them: she comes in as everybody does.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.bookings.models import Booking
from apps.bookings.operations import book
from apps.decisions.operations import install_defaults
from apps.fees.models import FeeItem, FeeVersion, Tier
from apps.fees.operations import ItemDraft, approve_version
from apps.funding.models import FundAccount
from apps.funding.operations import open_fund, top_up
from apps.instruments.models import CrewMember, Facility, Instrument
from apps.instruments.operations import appoint_crew
from apps.people.models import OrgUnit, ResearchGroup, User
from apps.people.operations import create_group, create_unit, grant_authorization, register_user
from apps.training.assessing import Line, publish_rubric
from apps.training.courses import Terms, create_course, publish_version
from apps.training.models import Certificate, Course, Question, Rubric
from apps.training.questions import create_topic, write_question
from apps.training.wordings import Option, Wording

CARD = "04A1B2C3D4"
RIGHT = "停下并询问"
HOUR_FEN = 360_00  # 10 fen a second: the arithmetic can be followed by eye
CASE = "story"


@dataclass
class School:
    """Who and what the story is about; the fields that the story replaces are not frozen."""

    pi: User
    trainer: User
    office: User
    group: ResearchGroup
    instrument: Instrument
    fund: FundAccount
    safety: Course
    course: Course
    rubric: Rubric
    fee: FeeVersion = field(init=False)
    student: User = field(init=False)
    certificate: Certificate = field(init=False)
    booking: Booking = field(init=False)


def found(now: datetime) -> School:
    """Build the school, with everything in order for whoever may come but a price."""
    install_defaults(now=now)
    root = create_unit(
        code="QYU",
        kind=OrgUnit.Kind.SCHOOL,
        name_zh="青屿大学",
        name_en="Qingyu University",
        parent=None,
        now=now,
    )
    department = create_unit(
        code="MSE",
        kind=OrgUnit.Kind.DEPARTMENT,
        name_zh="材料学院",
        name_en="School of Materials",
        parent=root,
        now=now,
    )
    lab = create_unit(
        code="MSE-CL",
        kind=OrgUnit.Kind.LAB,
        name_zh="材料表征中心",
        name_en="Materials Characterisation Centre",
        parent=department,
        now=now,
    )
    pi = register_user(
        username="wang",
        name_zh="王教授",
        name_en="Professor Wang",
        kind=User.Kind.STAFF,
        unit=department,
        now=now,
    )
    trainer = register_user(
        username="teng", name_zh="滕老师", name_en="Teng", kind=User.Kind.STAFF, unit=lab, now=now
    )
    office = register_user(
        username="office", name_zh="欧阳岚", name_en="Lan Ouyang", kind=User.Kind.STAFF, unit=root, now=now
    )
    grant_authorization(user=office, kind="manage", scope="school", grantor=None, now=now)
    group = create_group(name_zh="王课题组", name_en="Wang group", pi=pi, unit=department, now=now)
    instrument = _instrument(lab, now)
    appoint_crew(instrument=instrument, user=trainer, role=CrewMember.Role.MANAGER, by=None, now=now)
    appoint_crew(instrument=instrument, user=trainer, role=CrewMember.Role.TRAINER, by=None, now=now)
    fund = open_fund(
        number="F-2026-001",
        name_zh="王组测试费",
        name_en="Wang test fund",
        group=group,
        valid_from=now,
        now=now,
    )
    top_up(fund=fund, amount_fen=100_000_00, source="story:opening", now=now)
    return School(
        pi=pi,
        trainer=trainer,
        office=office,
        group=group,
        instrument=instrument,
        fund=fund,
        safety=_course(None, "SAFETY", now),
        course=_course(instrument, "SEM", now),
        rubric=_rubric(instrument, now),
    )


def approve_fee(instrument: Instrument, now: datetime) -> FeeVersion:
    """A fee standard in force from now on: by the hour, nothing else."""
    item = ItemDraft(
        code="HOUR",
        name_zh="自主上机",
        name_en="Self-operated use",
        service_mode="self",
        unit=FeeItem.Unit.HOUR,
        tier=Tier.INTERNAL,
        price_fen=HOUR_FEN,
    )
    return approve_version(
        instrument=instrument,
        approval_no=f"QY-FEE-{now:%H%M%S%f}",
        items=[item],
        valid_from=now,
        source_case=CASE,
        now=now,
    )


def book_now(student: User, instrument: Instrument, fund: FundAccount, now: datetime) -> Booking:
    """A booking that begins in a minute (bookings lie ahead) and may be begun already
    (`access.early_minutes`).
    """
    start = now.replace(second=0, microsecond=0) + timedelta(minutes=2)
    return book(
        user=student,
        instrument=instrument,
        start=start,
        end=start + timedelta(hours=2),
        fund=fund,
        by=student,
        now=now,
    )


def _course(instrument: Instrument | None, code: str, now: datetime) -> Course:
    """The safety exam, or the course of an instrument: three questions, all to be answered rightly."""
    topic = create_topic(code=code, name_zh="要点", name_en="Essentials", facility=None, by=None, now=now)
    for number in range(1, 4):
        write_question(
            wording=Wording(
                code=f"{code}-{number}",
                topic=code,
                kind=Question.Kind.SINGLE,
                text_zh=f"第{number}题的正确做法是",
                text_en=f"What is right in case {number}?",
                options=(Option("A", "继续", "Go on"), Option("B", RIGHT, "Stop and ask")),
                correct=("B",),
            ),
            by=None,
            now=now,
        )
    course = create_course(
        code=code,
        kind=Course.Kind.INSTRUMENT if instrument else Course.Kind.SAFETY,
        name_zh="场发射扫描电镜基础培训" if instrument else "实验室安全准入",
        name_en="FE-SEM basic training" if instrument else "Laboratory safety",
        level=Certificate.Level.BASIC if instrument else "",
        instrument=instrument,
        by=None,
        now=now,
    )
    terms = Terms(shares={topic: 3}, pass_mark=100, validity_days=365)
    publish_version(course=course, terms=terms, valid_from=now, by=None, now=now)
    return course


def _rubric(instrument: Instrument, now: datetime) -> Rubric:
    lines = (
        Line(text_zh="正确装样", text_en="Loads the sample", critical=True),
        Line(text_zh="正确关机", text_en="Shuts the instrument down"),
    )
    return publish_rubric(instrument=instrument, lines=lines, pass_mark=60, by=None, now=now)


def sister_of(instrument: Instrument, now: datetime) -> tuple[Instrument, User]:
    """Another instrument of the same lab, which takes samples, and its engineer."""
    sister = made("QY000005", "场发射扫描电镜B", "FE-SEM B", instrument.facility, now)
    engineer = register_user(
        username="olga", name_zh="欧丽佳", name_en="Olga", kind=User.Kind.STAFF, unit=sister.unit, now=now
    )
    appoint_crew(instrument=sister, user=engineer, role=CrewMember.Role.OPERATOR, by=None, now=now)
    return sister, engineer


def _instrument(lab: OrgUnit, now: datetime) -> Instrument:
    facility = Facility.objects.create(
        code="MCC",
        name_zh="材料表征中心",
        name_en="Materials Characterisation Centre",
        level=Facility.Level.SCHOOL,
        lab=lab,
    )
    return made("QY000004", "场发射扫描电镜A", "FE-SEM A", facility, now)


def made(
    asset_no: str, name_zh: str, name_en: str, facility: Facility, now: datetime, opening_level: int = 5
) -> Instrument:
    return Instrument.objects.create(
        asset_no=asset_no,
        name_zh=name_zh,
        name_en=name_en,
        class6="010100",
        class_name="电子光学仪器",
        grade="research",
        model="Merlin Compact",
        maker="Zeiss",
        origin="德国",
        price_fen=3_357_000_00,
        commissioned=now.date(),
        facility=facility,
        unit=facility.lab,
        management_mode="pooled",
        hosting="own",
        service_modes="S A T",
        required_level=Instrument.CertificateLevel.BASIC,
        night_self_use=True,
        night_people=1,
        access_node=Instrument.AccessNode.INTERLOCK,
        customs_supervised=False,
        quota_hours=1400,
        opening_level=opening_level,
        valid_from=now,
    )
