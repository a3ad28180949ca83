"""Nobody came: the rest of a booking is freed, and the rule `booking.cancellation` says whether somebody is
to blame. Who was not there is found out above, by whoever knows of use (`apps.usage.absence`).
"""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Q

from apps.bookings.cancelling import Absence, held_fen, judge_cancellation
from apps.bookings.models import Booking, PointEntry
from apps.bookings.operations import withdraw_changes
from apps.bookings.parts import give_points_and_part
from apps.core import audit
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.funding.operations import release_hold
from apps.instruments.models import HOSTED, Incident, Instrument, InstrumentLock
from apps.instruments.queries import outages_between
from apps.standing.facts import NOT_HOSTED


class Found(StrEnum):
    """What became of a booking under which nobody was seen: freed as a `no_show`; `excused`, so that it stays
    and the person is waited for anew; or `gone`, because it was used, cancelled or marked meanwhile.
    """

    NO_SHOW = "no_show"
    EXCUSED = "excused"
    GONE = "gone"


def grace_of(booking: Booking, grace_minutes: int) -> timedelta | None:
    """How long the person is waited for: the grace, at most half of what was booked; None for ever."""
    if grace_minutes < 1:
        return None
    return min(timedelta(minutes=grace_minutes), (booking.end - booking.start) / 2)


def was_out(instrument_id: int, since: datetime, until: datetime) -> bool:
    """Whether nobody could have used the instrument at some moment of [since, until): it was locked, out of
    service, an incident barred new uses, or it opens for nobody because its hosting is over. Four queries at
    most.
    """
    if outages_between(instrument_id, since, until).exists():
        return True
    if Instrument.objects.filter(pk=instrument_id).exclude(hosting__in=(*NOT_HOSTED, HOSTED)).exists():
        return True
    locked = InstrumentLock.objects.filter(
        Q(released_at__isnull=True) | Q(released_at__gt=since),
        instrument_id=instrument_id,
        locked_at__lt=until,
    )
    barred = Incident.objects.filter(
        Q(closed_at__isnull=True) | Q(closed_at__gt=since),
        instrument_id=instrument_id,
        reported_at__lt=until,
    )
    return locked.exists() or barred.exists()


def not_checked_in(at: datetime) -> dict[str, bool]:
    """Which bookings are waited for, as keywords of a filter: where the school says that checking in counts,
    those whose person has not. One query.
    """
    return {"checked_in_at__isnull": True} if value("bookings.check_in_counts", at=at) else {}


@transaction.atomic
def mark_no_show(*, booking: Booking, absence: Absence, now: datetime) -> Found:
    """Nobody has used the instrument under a confirmed booking since `absence.since`, and the grace is over.

    By the rule, on record: a no-show ends the booking, releases what it held, frees the rest for others
    (`bookings.cancelled`), withdraws a change of it to which nobody has agreed, and gives points; an excuse
    (instrument out, offline or taken) changes nothing. So does a rule that failed: nobody loses time or has
    points by a defect. The booking's row is locked and looked at again: a use that was noted first wins.
    Never refuses.
    """
    locked = Booking.objects.select_for_update(of=("self",)).select_related("instrument", "user", "hold")
    booking = locked.get(pk=booking.pk)
    if booking.state != Booking.State.CONFIRMED or booking.used_at or booking.no_show_at:
        return Found.GONE
    if booking.checked_in_at and not_checked_in(now):
        return Found.GONE
    asked = judge_cancellation(booking, None, now, absence=absence)
    asked.record(asked_by="absence", now=now)
    if not asked.is_no_show:
        return Found.EXCUSED
    _end(booking, now)
    give_points_and_part(
        judged=asked,
        kind=PointEntry.Kind.NO_SHOW,
        points=value("bookings.no_show_points", at=now),
        base_fen=held_fen(booking),
        now=now,
    )
    audit.record(action="bookings.mark_no_show", object_ref=f"booking:{booking.ulid}", now=now)
    told = {
        "booking": booking.ulid,
        "instrument": booking.instrument.ulid,
        "user": booking.user.ulid,
    }
    publish("bookings.no_show", now=now, **told)
    publish("bookings.cancelled", now=now, **told)
    withdraw_changes(booking, now)
    return Found.NO_SHOW


@transaction.atomic
def lift_no_show(*, booking: Booking, used_at: datetime, session: str, now: datetime) -> bool:
    """The journal of the controller came late and says that the person had begun to use the instrument at
    `used_at` (in `session`, its ULID), within the booking and before anybody said that nobody came.

    So it was no no-show: from now on `used_at` stands beside `no_show_at`, the points count no more, and
    whoever charged a part of the fee gives it back (`bookings.no_show_lifted`). The rest of the time stays
    with whoever has it now. True the first time; told again, or of a booking that was none, nothing happens.
    """
    locked = Booking.objects.select_for_update(of=("self",)).select_related("instrument", "user")
    booking = locked.get(pk=booking.pk)
    early = timedelta(minutes=value("access.early_minutes", at=booking.start))
    if booking.no_show_at is None or booking.used_at is not None:
        return False
    if not booking.start - early <= used_at < booking.no_show_at:
        return False
    booking.used_at = used_at
    booking.save(update_fields=["used_at"])
    audit.record(
        action="bookings.lift_no_show",
        object_ref=f"booking:{booking.ulid}",
        now=now,
        session=session,
        used_at=used_at.isoformat(),
    )
    publish(
        "bookings.no_show_lifted",
        now=now,
        booking=booking.ulid,
        instrument=booking.instrument.ulid,
        user=booking.user.ulid,
        session=session,
    )
    return True


def _end(booking: Booking, now: datetime) -> None:
    booking.state = Booking.State.CANCELLED
    booking.no_show_at = booking.cancelled_at = now
    booking.save(update_fields=["state", "no_show_at", "cancelled_at"])
    if booking.hold is not None and booking.hold.released_at is None:
        release_hold(hold=booking.hold, now=now)
