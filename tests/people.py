"""The people of the tests, by name and standing. Every one is made by the operations that make real people.

Alice  a student of Professor Wang's group: safety clearance, basic certificate on the FE-SEM A, a card
Bob    her fellow student: safety clearance and a card, but no certificate
Charlie  an engineer of a company outside: registered, nothing more
Teng   manager and trainer of the FE-SEM A
Olga   its operator, who may lock it but appoints nobody
Wang   the principal investigator of the group
Office  the equipment office: manages the school
Finance  the finance clerk: sees the school's reports
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.decisions.operations import install_defaults
from apps.instruments.models import Instrument
from apps.instruments.operations import appoint_crew
from apps.people.cards import card_digest, school_card_key
from apps.people.models import OrgUnit, ResearchGroup, User
from apps.people.operations import (
    add_member,
    create_group,
    grant_authorization,
    issue_card,
    register_user,
)
from apps.training.models import Certificate
from apps.training.operations import grant_safety_clearance, issue_certificate
from tests.factories.instruments import imported
from tests.remembering import remembered

PASSWORD = "invented-for-tests-1"
ALICES_UID = "04A1B2C3D4E5F6"
BOBS_UID = "0411223344"
CHARLIES_UID = "0499887766"
TENGS_UID = "04CAFE0001"
STRANGE_UID = "04DEADBEEF"  # nobody's
FE_SEM_A = "QY000004"
YEAR = timedelta(days=365)


@dataclass
class People:
    """Everyone, the instrument they meet at, and Alice's certificate."""

    alice: User
    bob: User
    charlie: User
    teng: User
    olga: User
    wang: User
    office: User
    finance: User
    group: ResearchGroup
    sem: Instrument
    lab: OrgUnit
    certificate: Certificate


def digest(uid: str) -> str:
    """The digest under which the school knows a card."""
    return card_digest(uid, school_card_key())


@remembered
def gather_with_rules(now: datetime) -> People:
    """Everyone, where the rules have been in force for a year."""
    install_defaults(now=now - YEAR)
    return gather(now)


@remembered
def gather(now: datetime) -> People:
    """Everyone at the FE-SEM A, registered a year ago. Money, fees and bookings are made by the factories."""
    before = now - YEAR
    sem = imported(FE_SEM_A, before)
    lab = sem.unit
    office = _person("office", "欧主任", "Office", "staff", None, before)
    finance = _person("finance", "方会计", "Finance", "staff", None, before)
    grant_authorization(user=office, kind="manage", scope="school", grantor=None, now=before)
    grant_authorization(user=finance, kind="report", scope="school", grantor=office, now=before)
    wang = _person("wang", "王教授", "Wang", "staff", lab.parent, before)
    teng = _person("teng", "滕老师", "Teng", "staff", lab, before)
    olga = _person("olga", "欧丽佳", "Olga", "staff", lab, before)
    for who, role in ((teng, "manager"), (teng, "trainer"), (olga, "operator")):
        appoint_crew(instrument=sem, user=who, role=role, by=office, now=before)
    group = create_group(name_zh="王课题组", name_en="Wang Group", pi=wang, unit=lab, now=before)
    alice = _person("alice", "艾丽", "Alice", "student", lab.parent, before)
    bob = _person("bob", "包博", "Bob", "student", lab.parent, before)
    charlie = _person("charlie", "查理", "Charlie", "enterprise", None, before)
    for student in (alice, bob):
        add_member(group=group, user=student, by=wang, now=before)
        cleared(student, before, now + YEAR)
    for who, uid in ((alice, ALICES_UID), (bob, BOBS_UID), (charlie, CHARLIES_UID), (teng, TENGS_UID)):
        issue_card(user=who, digest=digest(uid), label=f"…{uid[-4:]}", by=office, now=before)
    certificate = issue_certificate(
        user=alice,
        instrument=sem,
        level="basic",
        valid_from=before,
        valid_until=now + YEAR,
        issued_by=teng,
        source_case="training:alice-sem",
        now=before,
    )
    return People(alice, bob, charlie, teng, olga, wang, office, finance, group, sem, lab, certificate)


def cleared(user: User, valid_from: datetime, valid_until: datetime) -> None:
    """The user has passed the safety exam for a period."""
    grant_safety_clearance(
        user=user,
        valid_from=valid_from,
        valid_until=valid_until,
        source_case=f"safety:{user.username}:{valid_from:%Y%m%d}",
        now=valid_from,
    )


def _person(login: str, name_zh: str, name_en: str, kind: str, unit: OrgUnit | None, now: datetime) -> User:
    return register_user(
        username=login,
        name_zh=name_zh,
        name_en=name_en,
        kind=kind,
        unit=unit,
        password=PASSWORD,
        now=now,
    )


def another_group(they: People, now: datetime) -> ResearchGroup:
    """A second group, led by Teng: its money is not Alice's to spend."""
    return create_group(name_zh="滕课题组", name_en="Teng Group", pi=they.teng, unit=they.lab, now=now)
