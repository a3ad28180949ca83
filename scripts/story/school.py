"""The smallest school in which the main job can be told: one lab, one instrument with its crew, one group
with its money, one student. Everything is made by the same operations that the product uses; the people who
were there before are an import.
"""

from dataclasses import dataclass
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
from apps.people.cards import card_digest, school_card_key
from apps.people.models import OrgUnit, User
from apps.people.operations import add_member, create_group, create_unit, issue_card, register_user
from apps.training.models import Certificate
from apps.training.operations import endorse_night, grant_safety_clearance, issue_certificate

CARD = "04A1B2C3D4"
HOUR_FEN = 3_600_00  # 1 yuan a second: the arithmetic can be followed by eye
CASE = "story"


@dataclass
class School:
    """Who and what the story is about; the fields that the story replaces are not frozen."""

    student: User
    trainer: User
    instrument: Instrument
    fund: FundAccount
    fee: FeeVersion
    certificate: Certificate
    booking: Booking


def found(now: datetime) -> School:
    """Build the school, with everything in order for the student."""
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
    student = register_user(
        username="alice", name_zh="艾丽", name_en="Alice", kind=User.Kind.STUDENT, unit=department, now=now
    )
    group = create_group(name_zh="王课题组", name_en="Wang group", pi=pi, unit=department, now=now)
    add_member(group=group, user=student, by=None, now=now)
    issue_card(user=student, digest=card_digest(CARD, school_card_key()), label="…C3D4", by=None, now=now)
    grant_safety_clearance(
        user=student, valid_from=now, valid_until=now + timedelta(days=365), source_case=CASE, now=now
    )
    instrument = _instrument(lab, now)
    # The story may be told at any hour: by night the student needs the endorsement.
    endorse_night(
        user=student,
        instrument=instrument,
        valid_from=now,
        valid_until=now + timedelta(days=120),
        source_case=CASE,
        now=now,
    )
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
    fee = approve_fee(instrument, now)
    certificate = certify(student, trainer, instrument, now)
    return School(
        student, trainer, instrument, fund, fee, certificate, book_now(student, instrument, fund, now)
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


def certify(student: User, trainer: User, instrument: Instrument, now: datetime) -> Certificate:
    """A basic certificate for a year, issued by the trainer."""
    return issue_certificate(
        user=student,
        instrument=instrument,
        level=Certificate.Level.BASIC,
        valid_from=now,
        valid_until=now + timedelta(days=365),
        issued_by=trainer,
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


def _instrument(lab: OrgUnit, now: datetime) -> Instrument:
    facility = Facility.objects.create(
        code="MCC",
        name_zh="材料表征中心",
        name_en="Materials Characterisation Centre",
        level=Facility.Level.SCHOOL,
        lab=lab,
    )
    return Instrument.objects.create(
        asset_no="QY000004",
        name_zh="场发射扫描电镜A",
        name_en="FE-SEM A",
        class6="010100",
        class_name="电子光学仪器",
        grade="research",
        model="Merlin Compact",
        maker="Zeiss",
        origin="德国",
        price_fen=3_357_000_00,
        commissioned=now.date(),
        facility=facility,
        unit=lab,
        management_mode="pooled",
        hosting="own",
        service_modes="S A T",
        required_level=Instrument.CertificateLevel.BASIC,
        night_self_use=True,
        night_people=1,
        access_node=Instrument.AccessNode.INTERLOCK,
        customs_supervised=False,
        quota_hours=1400,
        opening_level=5,
        valid_from=now,
    )
