"""Who judges prices in the story: a committee of seven with its secretary, the head of a department and a
finance officer. An import: they had been appointed before the story begins.
"""

from datetime import datetime, timedelta

from apps.panels import operations as panels
from apps.people.models import User
from apps.people.operations import register_user
from apps.people.posts import appoint_post
from scripts.story.school import CASE, School
from scripts.story.stage import StoryBroken

SEATS = (  # login, name in Chinese and English, role
    ("ma", "马远山", "Ma Yuanshan", "chair"),
    ("qiu", "邱敏", "Qiu Min", "deputy"),
    ("su", "苏韵", "Su Yun", "member"),
    ("tan", "谭力", "Tan Li", "member"),
    ("bai", "白桦", "Bai Hua", "member"),
    ("jiang", "江澈", "Jiang Che", "member"),
    ("luo", "罗青", "Luo Qing", "member"),
    ("pei", "裴书宁", "Pei Shuning", "secretary"),
)


def gather_committee(school: School, at: datetime) -> dict[str, User]:
    """Everybody by login, in force from `at` on."""
    department = school.instrument.unit.parent
    if department is None or department.parent is None:
        raise StoryBroken("the instrument stands in no department")
    root = department.parent
    people = {"teng": school.trainer, "wang": school.pi, "office": school.office}
    made = (("head", "系主任", "Head"), ("finance", "方慎之", "Shenzhi Fang"), *(row[:3] for row in SEATS))
    for login, zh, en in made:
        unit = department if login == "head" else root
        people[login] = register_user(
            username=login, name_zh=zh, name_en=en, kind=User.Kind.STAFF, unit=unit, now=at
        )
    for login, unit, kind in (("head", department, "department_head"), ("finance", root, "finance_officer")):
        appoint_post(user=people[login], unit=unit, kind=kind, by=school.office, now=at)
    committee = panels.create_committee(
        code="fees", name_zh="收费标准审核委员会", name_en="Fee Committee", unit=root, by=None, now=at
    )
    for login, _zh, _en, role in SEATS:
        panels.appoint_seat(
            committee=committee,
            user=people[login],
            role=role,
            valid_from=at,
            valid_until=at + timedelta(days=1000),
            source_case=f"import:{CASE}",
            by=None,
            now=at,
        )
    return people
