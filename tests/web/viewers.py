"""Everybody who looks at the pages: the people of tests/people.py, one who manages another unit of the
school, and the administrator of the server, who has every right of Django's and none of the school's.
"""

from datetime import datetime

from apps.people.models import User
from apps.people.operations import create_unit, grant_authorization, register_user
from tests.people import PASSWORD, YEAR, People

VIEWERS = ("anonymous", "charlie", "alice", "teng", "office", "mei", "admin")


def viewers(people: People, now: datetime) -> dict[str, User | None]:
    """Who looks, by name, None being nobody. `mei` and `admin` are made here."""
    known = {name: getattr(people, name) for name in ("charlie", "alice", "teng", "office")}
    return {"anonymous": None, **known, "mei": _mei(people, now), "admin": administrator()}


def administrator() -> User:
    """As `manage.py createsuperuser` makes one: no registration stands behind the account."""
    return User.objects.create_superuser(username="root", name_zh="系统管理员", password=PASSWORD)


def _mei(people: People, now: datetime) -> User:
    before = now - YEAR
    department = people.lab.parent
    assert department is not None
    elsewhere = create_unit(
        code="ELSEWHERE",
        kind="department",
        name_zh="别的学院",
        name_en="Another department",
        parent=department.parent,
        now=before,
    )
    mei = register_user(
        username="mei",
        name_zh="梅雨",
        name_en="Mei Yu",
        kind="staff",
        unit=elsewhere,
        password=PASSWORD,
        now=before,
    )
    grant_authorization(
        user=mei, kind="manage", scope=f"unit:{elsewhere.ulid}", grantor=people.office, now=before
    )
    return mei


def unit_manager(people: People, now: datetime) -> User:
    """Lin manages the unit of the FE-SEM A, and is in no crew."""
    before = now - YEAR
    lin = register_user(
        username="lin",
        name_zh="林主任",
        name_en="Lin",
        kind="staff",
        unit=people.lab,
        password=PASSWORD,
        now=before,
    )
    scope = f"unit:{people.lab.ulid}"
    grant_authorization(user=lin, kind="manage", scope=scope, grantor=people.office, now=before)
    return lin
