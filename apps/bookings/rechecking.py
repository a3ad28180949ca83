"""Bookings that are made, looked at again when something changed: what would speak against them now is kept
with them, with who can mend it, and so is a price that differs. Nothing is cancelled; the gate has the last
word.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from apps.bookings.admission import Admission, judge_admission, wish
from apps.bookings.models import Booking
from apps.core.outbox import publish
from apps.instruments.models import Instrument

BATCH = 100
_LOADED = ("instrument", "user", "fund", "hold", "group")


def coming(now: datetime) -> QuerySet[Booking]:
    """Live bookings that have not begun; what is only offered to somebody is none."""
    return Booking.objects.filter(state__in=Booking.LIVE, start__gt=now, offered_until__isnull=True)


def look_again(found: QuerySet[Booking], *, now: datetime) -> Booking | None:
    """Judge the first BATCH of these bookings anew, each in a transaction of its own. Gives the last of them
    where there may be more, else None. In the order of their rows.
    """
    batch = list(found.order_by("pk")[:BATCH])
    for booking in batch:
        recheck(booking=booking, now=now)
    return batch[-1] if len(batch) == BATCH else None


def look_at_risk(*, now: datetime) -> int:
    """Look again at the bookings at risk that begin next; gives how many were looked at."""
    found = coming(now).filter(at_risk_at__isnull=False).order_by("start", "pk")[:BATCH]
    for booking in (batch := list(found)):
        recheck(booking=booking, now=now)
    return len(batch)


@transaction.atomic
def ask_again(found: QuerySet[Booking], *, now: datetime) -> int:
    """Every instrument of these bookings is looked at again, each by a fact of its own; gives how many."""
    instruments = Instrument.objects.filter(pk__in=found.values("instrument")).order_by("pk")
    asked = list(instruments.values_list("ulid", flat=True))
    for ulid in asked:
        publish("bookings.recheck", now=now, instrument=ulid, after="")
    return len(asked)


def look_at_all(*, now: datetime) -> int:
    """Everything that is booked is looked at again, for what no fact tells: a parameter that is another from
    today, a debt that has become arrears, a table that has come into force. Gives how many instruments.
    """
    return ask_again(coming(now), now=now)


@transaction.atomic
def recheck(*, booking: Booking, now: datetime) -> Booking:
    """What the rule `booking.admission` would say of the booking now, its own time and money left out and the
    hours of its group counted up to it, and what it would cost. Told where it changes: `bookings.at_risk`
    with the codes that are new, `bookings.mended`, `bookings.price_changed`. Twice is once.
    """
    booking = Booking.objects.select_for_update(of=("self",)).select_related(*_LOADED).get(pk=booking.pk)
    if booking.state not in Booking.LIVE or booking.start <= now or booking.is_offer:
        return booking
    found = judge_admission(
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
    _keep_risk(booking, found, now)
    _keep_price(booking, found, now)
    return booking


def _keep_risk(booking: Booking, found: Admission, now: datetime) -> None:
    had = {one["code"] for one in booking.at_risk}
    has = found.in_both()
    codes = [one["code"] for one in has]
    if had == set(codes):
        return
    booking.at_risk = has
    booking.at_risk_at = (booking.at_risk_at or now) if has else None
    booking.save(update_fields=["at_risk", "at_risk_at"])
    found.record(object_ref=f"booking:{booking.ulid}", asked_by="recheck", now=now)
    new = [code for code in codes if code not in had]
    if new:
        publish("bookings.at_risk", now=now, codes=new, **_told(booking))
    elif not codes:
        publish("bookings.mended", now=now, **_told(booking))


def _keep_price(booking: Booking, found: Admission, now: datetime) -> None:
    """The price in force at the start, where it is not the one that was told when it was booked."""
    price = found.estimated_fen
    known = booking.hold is not None and found.asked.is_charged and price is not None
    expected = price if known and price != booking.estimated_fen else None
    if expected == booking.expected_fen:
        return
    before = booking.estimated_fen if booking.expected_fen is None else booking.expected_fen
    booking.expected_fen = expected
    booking.save(update_fields=["expected_fen"])
    now_fen = booking.estimated_fen if expected is None else expected
    publish("bookings.price_changed", now=now, before=before, fen=now_fen, **_told(booking))


def _told(booking: Booking) -> dict[str, str]:
    return {
        "booking": booking.ulid,
        "instrument": booking.instrument.ulid,
        "user": booking.user.ulid,
    }
