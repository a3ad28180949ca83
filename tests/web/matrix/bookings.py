"""Rows of the bookings room. The booking is Alice's; the crew of its instrument may cancel it too."""

from tests.web.matrix.portal import sem
from tests.web.matrix.rows import SIGN_IN, SIGNED_IN, Arguments, Statuses
from tests.web.scene import Scene


def booking(scene: Scene) -> dict[str, object]:
    """Alice's booking."""
    return {"ulid": scene.booking.ulid}


ROUTES: dict[str, Statuses] = {
    "booking_list": SIGNED_IN,
    "booking_create": SIGNED_IN,
    "booking_cancel": (SIGN_IN, 404, 200, 200, 200),
}
ARGUMENTS: dict[str, Arguments] = {"booking_create": sem, "booking_cancel": booking}
