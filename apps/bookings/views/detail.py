"""One booking: what it is, what it costs, what would speak against it now and who can mend that."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.bookings.handing import offered_by
from apps.bookings.queries import booking_for
from apps.core import clock
from apps.people.views import viewer


@require_safe
def booking_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """For its person and the instrument's crew; for everybody else there is none."""
    user, now = viewer(request), clock.now()
    booking = booking_for(user, ulid, now)
    own = booking.user_id == user.pk
    is_movable = booking.state == booking.State.CONFIRMED and booking.start > now
    may_hand_over = own and is_movable and booking.purpose == booking.Purpose.USE
    context = {
        "booking": booking,
        "now": now,
        "own": own,
        "is_open": booking.state in booking.LIVE and booking.end > now,
        "is_movable": is_movable,
        "may_hand_over": may_hand_over,
        "pending": offered_by(user, now).get(booking.pk) if may_hand_over else None,
    }
    return render(request, "bookings/detail.html", context)
