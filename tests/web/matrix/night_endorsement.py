"""Rows of what people apply for, and of the application for a night. The page is anybody's to look at; only
Alice holds a certificate for an instrument that may be used at night.
"""

from datetime import timedelta

from apps.core.clock import school_time
from tests.web.matrix.rows import SIGNED_IN, Answers, Arguments, Call, Calls, Statuses
from tests.web.scene import Scene

ROUTES: dict[str, Statuses] = {"process_list": SIGNED_IN, "process_begin": SIGNED_IN}
ARGUMENTS: dict[str, Arguments] = {"process_begin": lambda scene: {"key": "night_endorsement"}}
API: dict[str, Answers] = {"POST /api/v1/processes/night_endorsement/cases": (422, 201, 422, 422, 422)}


def _application(scene: Scene) -> Call:
    start = school_time(scene.now + timedelta(days=1))
    end = start + timedelta(days=7)
    return Call(
        body={
            "instrument": scene.people.sem.asset_no,
            "starts_at": start.isoformat(timespec="seconds"),
            "ends_at": end.isoformat(timespec="seconds"),
            "buddy": "bob",
            "purpose": "夜间长曝光",
        }
    )


CALLS: dict[str, Calls] = {"POST /api/v1/processes/night_endorsement/cases": _application}
