"""A part of the fee for a booking that was cancelled late or to which nobody came: charged once, given back
whole when the appeal is upheld or when the person had come after all. The rule has said how much.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from apps.billing.models import BookingCharge, BookingRefund
from apps.billing.operations import income_of
from apps.bookings.models import Booking, PointAppeal, PointEntry
from apps.bookings.parts import is_lifted
from apps.core.outbox import publish
from apps.funding.operations import refund, spend
from apps.people.models import User

Why = BookingRefund.Why


@transaction.atomic
def charge_part(
    *, entry: PointEntry, per_mille: int, base_fen: int, fen: int, now: datetime
) -> BookingCharge | None:
    """The one part of a fee that goes with these points; asked again, the one that exists. None where the
    points were lifted meanwhile, or nobody pays for the booking.

    It is a debt for what happened, so nothing stops it, as with a use. Raises WrongState
    `ledger.period_closed`.
    """
    entry = _locked(entry)
    charge = BookingCharge.objects.filter(entry=entry).first()
    if charge is not None:
        return charge
    booking = entry.booking
    if booking.fund is None or fen < 1 or is_lifted(entry):
        return None
    posted = spend(
        fund=booking.fund,
        user=entry.user,
        amount_fen=fen,
        to=income_of(booking.instrument),
        source=f"booking_part:{entry.ulid}",
        memo=f"{booking.instrument.asset_no} {booking.start:%Y-%m-%d} {entry.kind}",
        now=now,
    )
    charge = BookingCharge.objects.create(
        entry=entry,
        booking=booking,
        fund=booking.fund,
        base_fen=base_fen,
        per_mille=min(per_mille, 1000),
        amount_fen=fen,
        transaction=posted,
        charged_at=now,
    )
    publish("billing.part_charged", now=now, charge=charge.ulid, booking=booking.ulid)
    return charge


@transaction.atomic
def refund_part(*, entry: PointEntry, why: str, now: datetime) -> BookingRefund | None:
    """What was charged with these points goes back whole, in the month of `now`, once; asked again, what was
    made. None where nothing was charged: whoever charges later sees that the points are lifted.
    """
    entry = _locked(entry)
    charge = BookingCharge.objects.filter(entry=entry).select_related("fund", "transaction").first()
    if charge is None:
        return None
    made = BookingRefund.objects.filter(charge=charge).first()
    if made is not None:
        return made
    reversal = refund(fund=charge.fund, transaction=charge.transaction, reason=f"{why}:{entry.ulid}", now=now)
    made = BookingRefund.objects.create(charge=charge, why=why, transaction=reversal, at=now)
    told = {"charge": charge.ulid, "booking": entry.booking.ulid, "why": Why(why).value}
    publish("billing.part_refunded", now=now, **told)
    return made


def refund_upheld(*, appeal: PointAppeal, now: datetime) -> BookingRefund | None:
    """The appeal against the points was upheld: so the part of the fee goes back."""
    if appeal.state != PointAppeal.State.UPHELD:
        return None
    return refund_part(entry=appeal.entry, why=Why.UPHELD, now=now)


def refund_came(*, booking: Booking, now: datetime) -> BookingRefund | None:
    """It was no no-show: the part of the fee for it goes back."""
    entry = PointEntry.objects.filter(booking=booking, kind=PointEntry.Kind.NO_SHOW).first()
    return None if entry is None else refund_part(entry=entry, why=Why.CAME, now=now)


def parts_of(user: User) -> QuerySet[BookingCharge]:
    """The parts of fees that a person was charged, newest first, with booking, fund and what went back."""
    rows = BookingCharge.objects.filter(entry__user=user)
    joined = rows.select_related("booking__instrument", "entry", "fund", "refund")
    return joined.order_by("-charged_at", "-id")


def _locked(entry: PointEntry) -> PointEntry:
    """The booking's row is the lock: whoever lifts a no-show has it too."""
    Booking.objects.select_for_update(no_key=True).get(pk=entry.booking_id)
    joined = PointEntry.objects.select_related("user", "booking__instrument__facility", "booking__fund")
    return joined.get(pk=entry.pk)
