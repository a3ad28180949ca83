"""The page of one booking: for its person and the crew."""

from tests.web.matrix.bookings import booking
from tests.web.matrix.rows import SIGN_IN, Arguments, Statuses

ROUTES: dict[str, Statuses] = {"booking_detail": (SIGN_IN, 404, 200, 200, 200)}
ARGUMENTS: dict[str, Arguments] = {"booking_detail": booking}
