"""Rows of fee reviews: Teng's proposal about the FE-SEM, and a panel that is asked about it. Who is on the
panel stands aside; the secretary and the office run it.
"""

from datetime import timedelta

from apps.core.clock import school_time
from apps.fees.drafting import create_draft, save_draft
from apps.fees.models import Proposal
from apps.instruments.operations import appoint_crew
from tests.factories.instruments import sister
from tests.factories.panels import Board
from tests.web.matrix.rows import ONLY_POST, SIGN_IN, Answers, Arguments, Call, Calls, Statuses
from tests.web.scene import Scene
from tests.workflows.fee_reviews import content, invited_panel
from workflows.models import Case


def voting(scene: Scene) -> tuple[Case, Board]:
    """A case whose panel of three votes."""
    return scene.once("voting", lambda: invited_panel(scene.people, scene.now))


def draft(scene: Scene) -> Proposal:
    """Teng's draft about a sister instrument."""
    return scene.once("draft_of_sister", lambda: _draft(scene))


def _draft(scene: Scene) -> Proposal:
    they, now = scene.people, scene.now
    twin = sister(they.sem, "QY700001", now)
    appoint_crew(instrument=twin, user=they.teng, role="manager", by=they.office, now=now)
    made = create_draft(kind="fee", instruments=[twin], by=they.teng, now=now, copy=False)
    return save_draft(proposal=made, revision=made.revision, content=content(twin), by=they.teng, now=now)


def case(scene: Scene) -> dict[str, object]:
    return {"ulid": voting(scene)[0].ulid}


ROUTES: dict[str, Statuses] = {
    "fee_review_start": ONLY_POST,
    "fee_review_recuse": (SIGN_IN, 404, 404, 403, 403),
}
ARGUMENTS: dict[str, Arguments] = {
    "fee_review_start": lambda scene: {"ulid": draft(scene).ulid},
    "fee_review_recuse": case,
}
POSTS: dict[str, Statuses] = {"fee_review_start": (SIGN_IN, 404, 404, 302, 302)}
PANEL = "/api/v1/cases/{ulid}/panel"
API: dict[str, Answers] = {
    "POST /api/v1/processes/fee_review/cases": (422, 422, 201, 422, 201),
    "POST /api/v1/cases/{ulid}/recuse": (404, 404, 403, 404, 403),
    f"POST {PANEL}/seats/{{seat}}/substitute": (404, 404, 403, 404, 200),
    f"POST {PANEL}/round/extend": (404, 404, 403, 404, 200),
    f"POST {PANEL}/round/close": (404, 404, 403, 404, 409),
}


def _because(scene: Scene) -> Call:
    return Call(path=case(scene), body={"reason": "test"})


def _seat(scene: Scene) -> Call:
    found, who = voting(scene)
    panel = found.steps.filter(node="vote", task__owner=who.members[0]).get().task.data["seat"]
    return Call(path={"ulid": found.ulid, "seat": panel}, body={"reason": "test"})


def _until(scene: Scene) -> Call:
    until = school_time(scene.now + timedelta(days=60))
    body = {"reason": "test", "until": until.isoformat(timespec="seconds")}
    return Call(path=case(scene), body=body)


CALLS: dict[str, Calls] = {
    "POST /api/v1/processes/fee_review/cases": lambda scene: Call(body={"proposal": draft(scene).ulid}),
    "POST /api/v1/cases/{ulid}/recuse": _because,
    f"POST {PANEL}/seats/{{seat}}/substitute": _seat,
    f"POST {PANEL}/round/extend": _until,
    f"POST {PANEL}/round/close": _because,
}
