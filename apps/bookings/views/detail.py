"""One booking: what it is, what it costs, what would speak against it now and who can mend that."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.bookings.queries import booking_for
from apps.core import clock
from apps.people.views import viewer


@require_safe
def booking_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """For its person and the instrument's crew; for everybody else there is none."""
    user, now = viewer(request), clock.now()
    booking = booking_for(user, ulid, now)
    context = {
        "booking": booking,
        "now": now,
        "own": booking.user_id == user.pk,
        "is_open": booking.state in booking.LIVE and booking.end > now,
    }
    return render(request, "bookings/detail.html", context)
