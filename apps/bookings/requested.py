"""Bookings that somebody is asked about: the time and the money are kept from the request on; a yes confirms
it, a no, a withdrawal or the coming of its start frees both. Who is asked is the flow's business.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.bookings.admission import Admission, judge_admission, wish
from apps.bookings.models import Booking
from apps.core import audit
from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.funding.operations import release_hold
from apps.people.models import User


@transaction.atomic
def confirm_requested(*, booking: Booking, by: User | None, now: datetime) -> Booking:
    """Everybody who was asked agrees: it is confirmed, if it would still be admitted.

    By the flow only. Raises WrongState `bookings.not_requested`, `bookings.begun` (this one, or the one whose
    place it would take: nobody is stopped in the middle of a use), and what speaks against it now, as
    `operations.book`.
    """
    booking = _locked(booking)
    _require_unbegun(booking.replaces, now)
    if booking.start <= now:
        raise WrongState(_("The booked time has begun."), code="bookings.begun")
    found = _judged(booking, now)
    if not found.is_allowed:
        raise found.refusals[0]
    found.record(object_ref=f"booking:{booking.ulid}", asked_by="confirm", now=now)
    booking.state, booking.confirmed_at = Booking.State.CONFIRMED, now
    booking.save(update_fields=["state", "confirmed_at"])
    audit.record(action="bookings.confirm_requested", object_ref=f"booking:{booking.ulid}", now=now, actor=by)
    publish("bookings.confirmed", now=now, **_told(booking))
    return booking


def record_refusal(*, booking: Booking, now: datetime) -> None:
    """Write down why a request to which everybody agreed was not confirmed: the transaction in which that was
    found is undone. By the flow only, before it refuses the booking; nothing where nothing speaks against it.
    """
    found = _judged(booking, now)
    if not found.is_allowed:
        found.record(object_ref=f"booking:{booking.ulid}", asked_by="confirm", now=now)


@transaction.atomic
def refuse_requested(*, booking: Booking, by: User | None, now: datetime, reason: str) -> Booking:
    """Somebody who was asked says no, or nobody answered before it would have begun: time and money are free
    again. By the flow only. Raises WrongState `bookings.not_requested`.
    """
    booking = _locked(booking)
    booking.state = Booking.State.CANCELLED
    booking.cancelled_at = booking.refused_at = now
    booking.cancel_reason = reason[:200]
    booking.save(update_fields=["state", "cancelled_at", "refused_at", "cancel_reason"])
    if booking.hold is not None and booking.hold.released_at is None:
        release_hold(hold=booking.hold, now=now)
    audit.record(
        action="bookings.refuse_requested",
        object_ref=f"booking:{booking.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    publish("bookings.refused", now=now, **_told(booking))
    publish("bookings.cancelled", now=now, **_told(booking))
    return booking


def _require_unbegun(old: Booking | None, now: datetime) -> None:
    """Time that is being used is not exchanged for other time any more."""
    if old is None or old.state == Booking.State.CANCELLED:
        return
    if old.start <= now or old.used_at is not None:
        raise WrongState(
            _("The booking that would have been changed has begun meanwhile."), code="bookings.begun"
        )


def _judged(booking: Booking, now: datetime) -> Admission:
    return judge_admission(
        wish(
            user=booking.user,
            instrument=booking.instrument,
            start=booking.start,
            end=booking.end,
            fund=booking.fund,
            now=now,
            purpose=booking.purpose,
            standing=booking,
        )
    )


def _locked(booking: Booking) -> Booking:
    rows = Booking.objects.select_for_update(of=("self",)).select_related(
        "instrument", "user", "hold", "fund", "replaces"
    )
    found = rows.get(pk=booking.pk)
    if found.state != Booking.State.REQUESTED or found.is_offer:
        raise WrongState(_("This booking waits for nobody's answer."), code="bookings.not_requested")
    return found


def _told(booking: Booking) -> dict[str, str]:
    return {
        "booking": booking.ulid,
        "instrument": booking.instrument.ulid,
        "user": booking.user.ulid,
    }
