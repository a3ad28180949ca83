"""The fee committee of the demonstration school, appointed as any is: the office proposes, everybody accepts,
the head of the office approves, and there is a paper. And who heads the departments, who checks for finance,
who knows which class of instruments.
"""

from datetime import datetime, timedelta

from apps.core.clock import school_time
from apps.instruments.operations import appoint_crew
from apps.panels.operations import declare_expertise
from apps.people.models import OrgUnit
from apps.people.operations import grant_authorization
from apps.people.posts import appoint_post
from apps.portal.demo import roster
from apps.portal.demo.activity import deliver
from apps.portal.demo.playing import Play
from apps.portal.demo.school import School, instrument
from workflows.committee.beginning import appoint_committee

DAY = timedelta(days=1)
TERM = timedelta(days=3 * 365)
POSTS = (  # login, unit, post
    ("wang", "MSE", "department_head"),
    ("cen", "CHEM", "department_head"),
    ("zhao", "LIFE", "department_head"),
    ("finance", "QYU", "finance_officer"),
)
_FIELDS = {"chair": "chair", "deputy": "deputies", "member": "members", "secretary": "secretaries"}


def seat_committee(school: School, *, founded: datetime) -> None:
    """Everybody whom a fee review asks is there, from a day after the founding on."""
    they, at = school.people, founded + DAY
    grant_authorization(user=they["he"], kind="manage", scope="school", grantor=they["office"], now=founded)
    for login, code, kind in POSTS:
        unit = OrgUnit.objects.get(code=code)
        appoint_post(user=they[login], unit=unit, kind=kind, by=they["he"], now=at)
    for login, numbers in roster.MANAGERS.items():
        for number in numbers:
            machine = instrument(number)
            appoint_crew(instrument=machine, user=they[login], role="manager", by=they["office"], now=founded)
    _appoint(school, at)
    for login, class6, level in roster.EXPERTISE:
        declare_expertise(user=they[login], class6=class6, level=level, by=they[login], now=at + DAY)
    deliver(at + DAY)


def _appoint(school: School, at: datetime) -> None:
    they = school.people
    seats: dict[str, list[str]] = {role: [] for role in _FIELDS}
    for login, role in roster.COMMITTEE:
        seats[role].append(login)
    data = {field: [they[login] for login in seats[role]] for role, field in _FIELDS.items()}
    first = school_time(at).date()
    play = Play(they, at)
    play.case = appoint_committee(
        by=they["office"],
        now=at,
        data={
            **data,
            "chair": data["chair"][0],
            "committee": None,
            "code": "fees",
            "name_zh": "大型仪器收费标准审核委员会",
            "name_en": "Committee for Instrument Fees",
            "valid_from": first,
            "valid_until": first + TERM,
        },
    )
    for login, _role in roster.COMMITTEE:
        play.answer("accept", login, "approve")
    play.answer("approve", "he", "approve")
