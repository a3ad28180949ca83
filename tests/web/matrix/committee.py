"""Rows of committees: who sits on them is no secret, everybody says for themselves what they know, and only
the office proposes a composition, which somebody else of the office approves.
"""

from datetime import timedelta

from apps.core.clock import school_time
from apps.panels.models import Committee
from apps.people.models import User
from apps.people.operations import grant_authorization
from tests.factories.panels import staff
from tests.web.matrix.rows import ANYBODY, SIGNED_IN, Answers, Call, Calls, Statuses
from tests.web.scene import HOUR, Scene

ROUTES: dict[str, Statuses] = {"committee_list": SIGNED_IN, "expertise": SIGNED_IN}
# charlie, alice, teng, mei (manages another unit), office
API: dict[str, Answers] = {
    "GET /api/v1/committees": ANYBODY,
    "GET /api/v1/committees/expertise": ANYBODY,
    "PUT /api/v1/committees/expertise/{class6}": ANYBODY,
    "POST /api/v1/processes/committee/cases": (403, 403, 403, 403, 201),
}
# Whoever is no person of the school knows nothing of its instruments.
API_ADMIN: dict[str, int] = {"PUT /api/v1/committees/expertise/{class6}": 403}


def _proposal(scene: Scene) -> Call:
    """Another committee each time, with a head of the office who may approve it."""
    number, before = Committee.objects.count(), scene.now - HOUR
    logins = [f"com{number}-{place}" for place in range(4)]
    people = [
        User.objects.filter(username=login).first() or staff(login, "某老师", before) for login in logins
    ]
    if not people[3].authorizations.exists():
        grant_authorization(
            user=people[3], kind="manage", scope="school", grantor=scene.people.office, now=before
        )
    day = school_time(scene.now + timedelta(days=1)).date()
    return Call(
        body={
            "code": f"panel-{number}",
            "name_zh": "某委员会",
            "valid_from": day.isoformat(),
            "valid_until": (day + timedelta(days=365)).isoformat(),
            "chair": logins[0],
            "members": " ".join(logins[1:3]),
        }
    )


CALLS: dict[str, Calls] = {
    "POST /api/v1/processes/committee/cases": _proposal,
    "PUT /api/v1/committees/expertise/{class6}": lambda scene: Call(
        path={"class6": scene.people.sem.class6}, body={"level": 2}
    ),
}
