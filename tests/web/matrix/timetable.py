"""Rows of the timetable: who is signed in sees what is taken, and only of their own bookings which."""

from tests.web.matrix.rows import ANYBODY, SIGN_IN, Answers, Call, Calls, Statuses
from tests.web.scene import HOUR, Scene

ROUTES: dict[str, Statuses] = {
    "booking_feed": (SIGN_IN, 422, 422, 422, 422),  # no period is asked for: 200 in test_timetable
}

API: dict[str, Answers] = {"GET /api/v1/timetable": ANYBODY}


def timetable(scene: Scene) -> Call:
    """The FE-SEM A for a day."""
    return Call(
        query={
            "instrument": scene.people.sem.asset_no,
            "start": f"{scene.now:%Y-%m-%dT%H:%M:%SZ}",
            "end": f"{scene.now + 24 * HOUR:%Y-%m-%dT%H:%M:%SZ}",
        }
    )


CALLS: dict[str, Calls] = {"GET /api/v1/timetable": timetable}
