"""A requested booking begins its case; one that was cancelled meanwhile ends it. Twice is no harm."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext

from apps.bookings.models import Booking
from apps.core.errors import WrongState
from apps.core.outbox import WORKER, Payload, subscribe
from workflows import services
from workflows.booking.dossier import sections
from workflows.booking.flow import REFERENCE, BookingFlow
from workflows.errors import Overtaken
from workflows.models import Case
from workflows.services.locking import overtake


@subscribe("booking_flow.requested", to="bookings.requested", channel=WORKER)
def begin(payload: Payload, now: datetime) -> None:
    """Whoever is to be asked is asked. A booking has one case, ever."""
    rows = Booking.objects.select_related("user", "instrument__unit", "group", "fund")
    booking = rows.get(ulid=payload["booking"])
    reference = f"{REFERENCE}{booking.ulid}"
    if booking.state != Booking.State.REQUESTED or _cases(reference).exists():
        return
    try:
        services.start(
            BookingFlow,
            by=None,
            now=now,
            applicant=booking.user,
            subject_ref=reference,
            unit=booking.instrument.unit,
            title_args={"instrument": booking.instrument, "name": booking.user},
            dossier=sections(booking, now),
        )
    except WrongState as refusal:
        if refusal.code != "workflows.case_open":
            raise


@subscribe("booking_flow.cancelled", to="bookings.cancelled", channel=WORKER)
def follow(payload: Payload, now: datetime) -> None:
    """Nobody is asked any more about a booking that is gone."""
    for case in _cases(f"{REFERENCE}{payload['booking']}"):
        if case.is_open:
            overtake(case, Overtaken(gettext("The booking was cancelled.")), now)


def _cases(reference: str) -> QuerySet[Case]:
    return Case.objects.filter(flow=BookingFlow.key, subject_ref=reference).select_related("process")
