"""What happens to bookings when their person may not use them: they are cancelled one by one, each told by
its own fact, so that whoever waits hears of every slot. The addresses of their calendars go too.
"""

from datetime import datetime

from django.db.models import Q

from apps.bookings import following, inviting, risktelling, telling
from apps.bookings.feeds import revoke_left_behind, revoke_of_crew
from apps.bookings.models import Booking, Waiting
from apps.bookings.moving import settle_change
from apps.bookings.offering import serve
from apps.bookings.operations import book, cancel_booking
from apps.bookings.waiting import leave_waiting
from apps.core.outbox import WORKER, Payload, subscribe
from apps.core.periods import in_force
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.queries import ACTIVE, left_behind, user_state

__all__ = ["following", "inviting", "risktelling", "telling"]


@subscribe("bookings.person_gone", to=("people.user_ended", "people.user_suspended"), channel=WORKER)
def cancel_bookings(payload: Payload, now: datetime) -> None:
    """A registration ended or was suspended: the person's bookings that are not over are cancelled; under a
    suspension with an end, those that begin before it ends. Whoever may act again meanwhile keeps what they
    have booked since they were registered.
    """
    user = User.objects.get(ulid=payload["user"])
    active = user_state(user, now) == ACTIVE
    lost = left_behind(user, now, begun="requested_at") if active else _while_out(user, now)
    live = Booking.objects.filter(lost, user=user, state__in=Booking.LIVE, end__gt=now)
    # What is asked for in the place of a booking is the younger one, and would go with it.
    for booking in live.select_related("instrument", "user", "hold").order_by("-pk"):
        cancel_booking(booking=booking, by=None, now=now, reason=payload["reason"])


@subscribe("bookings.feeds_gone", to="people.user_ended", channel=WORKER)
def revoke_feeds(payload: Payload, now: datetime) -> None:
    """A registration ended: the addresses of the person's calendars answer nothing already, and no later
    registration revives them. A second telling finds nothing.
    """
    revoke_left_behind(user=User.objects.get(ulid=payload["user"]), now=now)


@subscribe("bookings.feed_of_crew", to="instruments.crew_changed", channel=WORKER)
def revoke_feed_of_crew(payload: Payload, now: datetime) -> None:
    """Somebody may have left an instrument's crew: its calendar answers them nothing already, and an
    appointment to come revives no address.
    """
    user, instrument = (
        User.objects.get(ulid=payload["user"]),
        Instrument.objects.get(ulid=payload["instrument"]),
    )
    revoke_of_crew(user=user, instrument=instrument, now=now)


@subscribe("bookings.settle_change", to="bookings.confirmed", channel=WORKER)
def give_way(payload: Payload, now: datetime) -> None:
    """A change was agreed to: the old booking stood until now. Told twice, nothing happens."""
    made = Booking.objects.select_related("replaces").get(ulid=payload["booking"])
    settle_change(made=made, now=now)


@subscribe("bookings.waiting_gone", to="people.user_ended", channel=WORKER)
def leave_waiting_lists(payload: Payload, now: datetime) -> None:
    """A registration ended: the person waits nowhere any more. Whoever is suspended keeps their place and is
    passed over meanwhile.
    """
    user = User.objects.get(ulid=payload["user"])
    if user_state(user, now) == ACTIVE:
        return
    for row in Waiting.objects.filter(user=user, state__in=Waiting.OPEN).order_by("pk"):
        leave_waiting(waiting=row, by=None, now=now, reason=payload["reason"])


@subscribe(
    "bookings.serve_waiting",
    to=(
        *("bookings.cancelled", "instruments.changed", "instruments.unlocked"),
        *("training.session_changed", "fees.version_approved"),
    ),
    channel=WORKER,
)
def serve_waiting(payload: Payload, now: datetime) -> None:
    """Time may have become free, or may be had again: who waits for the instrument is asked in their order.
    What no fact tells (opening hours, a certificate that is renewed) is found by the clock.
    """
    instrument = Instrument.objects.get(ulid=payload["instrument"])
    if Waiting.objects.filter(instrument=instrument, state__in=Waiting.OPEN).exists():
        serve(instrument=instrument, now=now, book=book)


def _while_out(user: User, now: datetime) -> Q:
    """Bookings that begin while the person is out."""
    registered = user.is_active and (user.valid_until is None or user.valid_until > now)
    ends = list(user.suspensions.filter(in_force(now)).values_list("valid_until", flat=True))
    if not registered or not ends or None in ends:
        return Q()
    return Q(start__lt=max(end for end in ends if end is not None))
