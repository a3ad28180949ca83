"""Somebody has come to their booking and says so at the instrument. It switches nothing on: that is the
gate's.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.bookings.models import Booking
from apps.core import audit
from apps.core.contention import patient
from apps.core.errors import NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.people.models import User


@patient
@transaction.atomic
def check_in(*, booking: Booking, by: User, now: datetime) -> Booking:
    """The person of a confirmed booking is here, from as early as the booking may be begun until it ends. The
    first time counts; again changes nothing.

    Where the school says so (parameter `bookings.check_in_counts`), nobody who checked in is a no-show.
    Raises NotPermitted `bookings.not_yours`; WrongState `bookings.not_confirmed`, `bookings.too_early`,
    `bookings.over`.
    """
    if by.pk != booking.user_id:
        raise NotPermitted(_("Only who booked can be here for it."), code="bookings.not_yours")
    booking = (
        Booking.objects.select_for_update(of=("self",))
        .select_related("instrument", "user", "fund")
        .get(pk=booking.pk)
    )
    if booking.state != Booking.State.CONFIRMED:
        raise WrongState(_("This booking does not count."), code="bookings.not_confirmed")
    if booking.end <= now:
        raise WrongState(_("This booking is over."), code="bookings.over")
    if booking.start > now + timedelta(minutes=value("access.early_minutes", at=now)):
        raise WrongState(_("It is too early to be here for this booking."), code="bookings.too_early")
    if booking.checked_in_at is not None:
        return booking
    booking.checked_in_at = now
    booking.save(update_fields=["checked_in_at"])
    audit.record(action="bookings.check_in", object_ref=f"booking:{booking.ulid}", now=now, actor=by)
    publish(
        "bookings.checked_in",
        now=now,
        booking=booking.ulid,
        instrument=booking.instrument.ulid,
        user=booking.user.ulid,
    )
    return booking


def booking_at(user: User, instrument_id: int, now: datetime) -> Booking | None:
    """The person's live booking on an instrument that is now, or the next of the coming day. One query."""
    mine = user.bookings.filter(
        instrument_id=instrument_id,
        state__in=Booking.LIVE,
        end__gt=now,
        start__lt=now + timedelta(days=1),
    )
    return mine.select_related("instrument", "user", "fund").order_by("start").first()
