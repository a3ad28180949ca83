"""Rows of the bookings room. The booking is Alice's; the crew of its instrument may cancel it too."""

from tests.web.matrix.portal import sem
from tests.web.matrix.rows import (
    ANYBODY,
    SIGN_IN,
    SIGNED_IN,
    Answers,
    Arguments,
    Call,
    Calls,
    Statuses,
)
from tests.web.scene import HOUR, Scene


def booking(scene: Scene) -> dict[str, object]:
    """Alice's booking."""
    return {"ulid": scene.booking.ulid}


ROUTES: dict[str, Statuses] = {
    "booking_list": SIGNED_IN,
    "booking_create": SIGNED_IN,
    "booking_cancel": (SIGN_IN, 404, 200, 200, 200),
}
ARGUMENTS: dict[str, Arguments] = {"booking_create": sem, "booking_cancel": booking}

API: dict[str, Answers] = {
    "GET /api/v1/bookings": ANYBODY,
    "GET /api/v1/bookings/free/{asset_no}": ANYBODY,
    "GET /api/v1/bookings/{ulid}": (404, 200, 200, 404, 200),
    "POST /api/v1/bookings/{ulid}/cancel": (404, 200, 200, 404, 200),
    # Everybody may ask; only Alice has the certificate and the fund that make it possible.
    "POST /api/v1/bookings": (422, 201, 422, 422, 422),
}


def wish(scene: Scene) -> Call:
    """The hour after Alice's booking, paid by her group."""
    start = scene.booking.end
    return Call(
        body={
            "asset_no": scene.people.sem.asset_no,
            "start": start.isoformat(),
            "end": (start + HOUR).isoformat(),
            "fund": scene.fund.number,
        }
    )


CALLS: dict[str, Calls] = {
    "GET /api/v1/bookings/free/{asset_no}": lambda scene: Call(path=sem(scene)),
    "GET /api/v1/bookings/{ulid}": lambda scene: Call(path=booking(scene)),
    "POST /api/v1/bookings/{ulid}/cancel": lambda scene: Call(path=booking(scene), body={}),
    "POST /api/v1/bookings": wish,
}
