"""Rows of the pages that cross apps."""

from apps.clearances import gate
from tests.web.matrix.rows import (
    CREW,
    EVERYBODY,
    HIDDEN,
    NOWHERE,
    PASSWORD,
    SIGN_IN,
    SIGNED_IN,
    Answers,
    Arguments,
    Call,
    Calls,
    Exceptions,
    Statuses,
)
from tests.web.scene import DEV, Scene


def sem(scene: Scene) -> dict[str, object]:
    """The instrument that everybody meets at."""
    return {"asset_no": scene.people.sem.asset_no}


def node(scene: Scene) -> dict[str, object]:
    """The node that it hangs on."""
    return {"dev": DEV, "node": 1}


def decision(scene: Scene) -> dict[str, object]:
    """A recorded decision about Alice."""
    people = scene.people
    verdict = gate.check(
        user=people.alice, instrument=people.sem, at=scene.now, now=scene.now, asked_by="test"
    )
    return {"ulid": verdict.decision}


ROUTES: dict[str, Statuses] = {
    "home": SIGNED_IN,
    "healthz": EVERYBODY,
    "manifest": EVERYBODY,
    "service_worker": EVERYBODY,
    "offline": EVERYBODY,
    "pocket": SIGNED_IN,
    "scan": SIGNED_IN,
    "set_language": (405, 405, 405, 405, 405),
    "instrument_detail": SIGNED_IN,
    "instrument_lock": CREW,
    "instrument_condition": CREW,
    "instrument_release": (SIGN_IN, 403, 403, 302, 302),
    "wall": CREW,
    "wall_tiles": CREW,
    "wall_lock": HIDDEN,
    "wall_stop": PASSWORD,
    "wall_unlock": PASSWORD,
    "controller_list": CREW,
    "decision_detail": (SIGN_IN, 404, 200, 200, 200),
    "demo_bench": NOWHERE,
}
POSTS: dict[str, Statuses] = {"set_language": (302, 302, 302, 302, 302)}
ARGUMENTS: dict[str, Arguments] = {
    "instrument_detail": sem,
    "instrument_lock": sem,
    "instrument_condition": sem,
    "instrument_release": sem,
    "wall_lock": node,
    "wall_stop": node,
    "wall_unlock": node,
    "decision_detail": decision,
}
# Who manages some unit watches its own machines there; the pages show nobody else's.
ALSO: dict[str, Exceptions] = {
    "wall": {"mei": 200},
    "wall_tiles": {"mei": 200},
    "controller_list": {"mei": 200},
}
API: dict[str, Answers] = {"GET /api/v1/decisions/{ulid}": (404, 200, 200, 404, 200)}
CALLS: dict[str, Calls] = {"GET /api/v1/decisions/{ulid}": lambda scene: Call(path=decision(scene))}
