"""Who else works at the demonstration school: students that nobody signs in as, with certificates, so that
calendars and queues look as they do where people work. An import, as the school is.
"""

from datetime import datetime, timedelta

from apps.funding.operations import top_up
from apps.people.models import ResearchGroup, User
from apps.people.operations import add_member, register_user
from apps.portal.demo.activity import deliver
from apps.portal.demo.roster import MAIL_DOMAIN
from apps.portal.demo.school import DAY, School, instrument
from apps.training.operations import grant_safety_clearance, issue_certificate

# The principal investigator, whose students they are, and what the group works at.
GROUPS = {
    "wang": ("QY000004", "QY000016", "QY000003", "QY000009", "QY000010", "QY000068"),
    "zhao": ("QY000024", "QY000025", "QY000021", "QY000022", "QY000055"),
}
STUDENTS = (  # number, names, principal investigator
    ("2024211", "李向南", "Li Xiangnan", "wang"),
    ("2024212", "陈一诺", "Chen Yinuo", "wang"),
    ("2024213", "周子涵", "Zhou Zihan", "wang"),
    ("2024214", "吴思远", "Wu Siyuan", "wang"),
    ("2025215", "郑可欣", "Zheng Kexin", "wang"),
    ("2025216", "孙鹤鸣", "Sun Heming", "wang"),
    ("2024611", "何静姝", "He Jingshu", "zhao"),
    ("2024612", "罗晓峰", "Luo Xiaofeng", "zhao"),
    ("2025613", "林书白", "Lin Shubai", "zhao"),
    ("2025614", "杨念慈", "Yang Nianci", "zhao"),
)
MONEY_FEN = 150_000_00


def gather_crowd(school: School, *, founded: datetime, now: datetime) -> dict[str, list[User]]:
    """The students by the login of whose group they are in, and money for what they are going to do."""
    crowd: dict[str, list[User]] = {lead: [] for lead in GROUPS}
    for number, zh, en, lead in STUDENTS:
        crowd[lead].append(_student(school, number, zh, en, lead, founded, now))
    for lead in GROUPS:
        top_up(fund=school.funds[lead], amount_fen=MONEY_FEN, source=f"demo:busy:{lead}", now=founded)
    deliver(now)  # before they book: else every certificate would be a reason to judge every booking again
    return crowd


def _student(
    school: School, number: str, zh: str, en: str, lead: str, founded: datetime, now: datetime
) -> User:
    professor = school.people[lead]
    user = register_user(
        username=number,
        name_zh=zh,
        name_en=en,
        kind=User.Kind.STUDENT,
        unit=professor.unit,
        email=f"{number}@{MAIL_DOMAIN}",
        now=founded,
    )
    school.people[number] = user
    group = ResearchGroup.objects.get(pi=professor)
    add_member(group=group, user=user, by=professor, now=founded)
    until = now + timedelta(days=300)
    grant_safety_clearance(
        user=user, valid_from=founded, valid_until=until, source_case=f"import:safety:{number}", now=founded
    )
    for asset_no in GROUPS[lead]:
        issue_certificate(
            user=user,
            instrument=instrument(asset_no),
            level="advanced",
            valid_from=founded,
            valid_until=until,
            issued_by=school.people["office"],
            source_case=f"import:training:{number}-{asset_no}",
            now=founded + DAY,
        )
    return user
