"""May I book it: everybody may ask for themselves."""

from tests.web.matrix.portal import sem
from tests.web.matrix.rows import ANYBODY, Answers, Call, Calls
from tests.web.scene import HOUR

API: dict[str, Answers] = {"GET /api/v1/admissions/{asset_no}": ANYBODY}
CALLS: dict[str, Calls] = {
    "GET /api/v1/admissions/{asset_no}": lambda scene: Call(
        path=sem(scene),
        query={
            "start": (scene.now + 5 * HOUR).isoformat(),
            "end": (scene.now + 6 * HOUR).isoformat(),
        },
    ),
}
