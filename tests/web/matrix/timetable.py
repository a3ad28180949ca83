"""Rows of the timetable: who is signed in sees what is taken, and only of their own bookings which."""

from tests.web.matrix.portal import sem
from tests.web.matrix.rows import ANYBODY, SIGN_IN, SIGNED_IN, Answers, Arguments, Call, Calls, Statuses
from tests.web.scene import HOUR, Scene

ROUTES: dict[str, Statuses] = {
    "booking_feed": (SIGN_IN, 422, 422, 422, 422),  # no period is asked for: 200 in test_timetable
    "booking_timetable": SIGNED_IN,
    "slot_finder": SIGNED_IN,
    "instrument_timetable": SIGNED_IN,
    "booking_verdict": (SIGN_IN, 422, 422, 422, 422),  # likewise
}
ARGUMENTS: dict[str, Arguments] = {"instrument_timetable": sem, "booking_verdict": sem}

API: dict[str, Answers] = {
    "GET /api/v1/timetable": ANYBODY,
    "GET /api/v1/free-slots": ANYBODY,
}


def day(scene: Scene) -> dict[str, str]:
    """Today, as a query."""
    return {
        "start": f"{scene.now:%Y-%m-%dT%H:%M:%SZ}",
        "end": f"{scene.now + 24 * HOUR:%Y-%m-%dT%H:%M:%SZ}",
    }


CALLS: dict[str, Calls] = {
    "GET /api/v1/timetable": lambda scene: Call(
        query={"instrument": scene.people.sem.asset_no, **day(scene)}
    ),
    "GET /api/v1/free-slots": lambda scene: Call(query=day(scene)),
}
