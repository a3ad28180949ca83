"""Rows of opening instruments: its manager sees the ladder, who holds the right to manage lowers it, its crew
commissions its controller.
"""

from tests.web import librarian
from tests.web.matrix.portal import sem
from tests.web.matrix.rows import ONLY_POST, SIGN_IN, Answers, Arguments, Call, Calls, Exceptions, Statuses
from tests.web.scene import DEV, Scene

MANAGER: Statuses = (SIGN_IN, 403, 403, 200, 200)

ROUTES: dict[str, Statuses] = {
    "instrument_opening": MANAGER,
    "instrument_lower": (SIGN_IN, 403, 403, 403, 200),
    "instrument_commission": MANAGER,
    "commission_state": MANAGER,
    "commission_test": ONLY_POST,
}
ARGUMENTS: dict[str, Arguments] = {
    "instrument_opening": sem,
    "instrument_lower": sem,
    "instrument_commission": sem,
    "commission_state": sem,
    "commission_test": lambda scene: {**sem(scene), "dev": DEV, "node": 1},
}
POSTS: dict[str, Statuses] = {"commission_test": (SIGN_IN, 403, 403, 302, 302)}
ALSO: dict[str, Exceptions] = {
    name: {"lin": 200}
    for name in ("instrument_opening", "instrument_lower", "instrument_commission", "commission_state")
}
API: dict[str, Answers] = {"POST /api/v1/processes/onboarding/cases": (403, 403, 201, 201, 201)}


def _wish(scene: Scene) -> Call:
    """An asset that nobody runs yet: whoever is staff asks."""
    librarian.library(scene)
    return Call(body={"asset_no": "D-1", "level": "1"})


CALLS: dict[str, Calls] = {"POST /api/v1/processes/onboarding/cases": _wish}
