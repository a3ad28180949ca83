"""Rows of applying for a training and of bringing a certificate after an incident. Anybody applies: who may
not begin is told why by the case. About a certificate decide Teng and the office.
"""

from datetime import timedelta

from apps.people.models import User
from apps.people.operations import register_user
from apps.training.models import Course
from apps.training.operations import issue_certificate
from tests.factories import training as make
from tests.web.matrix.rows import Answers, Call, Calls
from tests.web.scene import HOUR, Scene

# charlie, alice, teng, mei (manages another unit), office
API: dict[str, Answers] = {
    "POST /api/v1/processes/training/cases": (201, 201, 201, 201, 201),
    "POST /api/v1/processes/lowering/cases": (422, 422, 201, 422, 201),
}
# Whoever is no person of the school applies for nothing.
API_ADMIN: dict[str, int] = {"POST /api/v1/processes/training/cases": 403}


def _wish(scene: Scene) -> Call:
    """A course of its own, so that nobody has applied for it yet."""
    code = f"SEM-{Course.objects.count()}"
    if not Course.objects.filter(code__startswith="SEM-").exclude(code="SEM-ADV").exists():
        made = make.course(scene.people, scene.now - HOUR, code=code, level="assisted")
    else:
        made = Course.objects.filter(code__startswith="SEM-").exclude(code="SEM-ADV").latest("pk")
    return Call(body={"course": made.ulid, "kind": "new"})


def _incident(scene: Scene) -> Call:
    """A new student with a certificate."""
    people, login = scene.people, f"STU-{User.objects.count()}"
    before = scene.now - HOUR
    user = register_user(username=login, name_zh="某同学", kind="student", unit=people.lab.parent, now=before)
    issue_certificate(
        user=user,
        instrument=people.sem,
        level="basic",
        valid_from=before,
        valid_until=scene.now + timedelta(days=90),
        issued_by=people.teng,
        source_case=f"import:{login}",
        now=before,
    )
    body = {"person": login, "instrument": people.sem.asset_no, "reason": "未按规程换样"}
    return Call(body=body)


CALLS: dict[str, Calls] = {
    "POST /api/v1/processes/training/cases": _wish,
    "POST /api/v1/processes/lowering/cases": _incident,
}
