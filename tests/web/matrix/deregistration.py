"""Rows of leaving and being suspended. The person is Alice: the office is in authority over her; nobody else
of the five is.
"""

from apps.people.models import User
from apps.people.operations import register_user
from tests.web.matrix.rows import SIGN_IN, SIGNED_IN, Answers, Arguments, Call, Calls, Exceptions, Statuses
from tests.web.scene import HOUR, Scene

ABOUT_ALICE: Statuses = (SIGN_IN, 404, 404, 404, 200)


def alice(scene: Scene) -> dict[str, object]:
    return {"ulid": scene.people.alice.ulid}


ROUTES: dict[str, Statuses] = {
    "leave": SIGNED_IN,
    "person_list": (SIGN_IN, 403, 403, 403, 200),
    "person_leave": ABOUT_ALICE,
    "person_suspend": ABOUT_ALICE,
}
ARGUMENTS: dict[str, Arguments] = {"person_leave": alice, "person_suspend": alice}
ALSO: dict[str, Exceptions] = {"person_list": {"mei": 200}}  # she manages a department
# charlie, alice, teng, mei (manages another unit), office: about somebody whom nobody else looks at
API: dict[str, Answers] = {
    "POST /api/v1/processes/deregistration/cases": (403, 403, 403, 403, 201),
    "POST /api/v1/processes/suspension/cases": (403, 403, 403, 403, 201),
}


def _somebody(scene: Scene) -> str:
    """The login of a new student."""
    login = f"STU-{User.objects.count()}"
    unit = scene.people.lab.parent
    register_user(username=login, name_zh="某同学", kind="student", unit=unit, now=scene.now - HOUR)
    return login


def _leave(scene: Scene) -> Call:
    return Call(body={"person": _somebody(scene), "reason": "离校"})


def _suspend(scene: Scene) -> Call:
    return Call(body={"person": _somebody(scene), "reason": "违规", "cause": "violation"})


CALLS: dict[str, Calls] = {
    "POST /api/v1/processes/deregistration/cases": _leave,
    "POST /api/v1/processes/suspension/cases": _suspend,
}
