"""Who has not come to their booking: looked at every minute while a confirmed own use has begun and nobody
has switched the instrument on.

Only time in which somebody looked counts. When this product, its clock or an instrument's controller was
away, the wait begins anew: nobody is blamed for what nobody could see or do.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.bookings.absence import Found, grace_of, mark_no_show, not_checked_in, was_out
from apps.bookings.cancelling import Absence
from apps.bookings.models import Booking
from apps.bookings.terms import PARAMETERS, terms_of
from apps.core import parameters
from apps.usage.models import UsageSession, Wait

BATCH = 200
# The sweep runs every minute; a longer silence is a gap in which nobody looked.
GAP = timedelta(minutes=5)
_WRITTEN = ("since", "due_at", "seen_at", "is_offline", "is_taken", "excused_at")


def note_absences(*, now: datetime, heard: Mapping[int, bool]) -> int:
    """Look at every confirmed own use that has begun and was not used, on the instruments (by row id) that a
    controller watches: `heard` says whether all of an instrument's controllers are connected now. Instruments
    without one are left out: nobody knows who uses them. Gives how many were marked as no-shows.

    In batches; each booking is marked in a transaction of its own, under its lock. Running it twice, late or
    at the same time as somebody logs on changes nothing.
    """
    watched = Booking.objects.filter(
        state=Booking.State.CONFIRMED,
        purpose=Booking.Purpose.USE,
        used_at__isnull=True,
        no_show_at__isnull=True,
        **not_checked_in(now),
        start__lte=now,
        end__gt=now,
        instrument__in=list(heard),
    )
    return sum(_look(batch, heard, now) for batch in _batches(watched.select_related("instrument")))


def _batches(found: QuerySet[Booking]) -> Iterator[list[Booking]]:
    last = 0
    while batch := list(found.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _look(batch: Sequence[Booking], heard: Mapping[int, bool], now: datetime) -> int:
    present, taken = _at_the_instruments(batch)
    missed = [one for one in batch if one.pk not in present]
    waits = {wait.booking_id: wait for wait in Wait.objects.filter(booking__in=missed)}
    school = parameters.values(PARAMETERS, at=now)
    marked, seen = 0, []
    for booking in missed:
        wait = waits.get(booking.pk)
        if wait is None or not wait.seen_at <= now <= wait.seen_at + GAP:
            wait = _begin(booking, wait, now, terms_of(booking.instrument, now, school=school).grace_minutes)
            if wait is None:
                continue
        wait.seen_at = now
        wait.is_offline |= not heard[booking.instrument_id]
        wait.is_taken |= booking.pk in taken
        if wait.due_at <= now:
            marked += _judge(booking, wait, now)
        seen.append(wait)
    # Another sweep of the same minute may have begun the same waits: they say the same.
    Wait.objects.bulk_create([wait for wait in seen if wait.pk is None], ignore_conflicts=True)
    Wait.objects.bulk_update([wait for wait in seen if wait.pk is not None], _WRITTEN)
    return marked


def _begin(booking: Booking, wait: Wait | None, now: datetime, grace_minutes: int) -> Wait | None:
    """The wait from its beginning: the booking's, where somebody looked soon enough, else now."""
    grace = grace_of(booking, grace_minutes)
    if grace is None:
        return None
    since = booking.start if wait is None and now - booking.start <= GAP else now
    found = wait or Wait(booking=booking)
    found.since, found.due_at, found.is_offline, found.is_taken = since, since + grace, False, False
    return found


def _judge(booking: Booking, wait: Wait, now: datetime) -> int:
    """The grace is over. What keeps somebody once more, after they were excused, only lengthens it."""
    absence = Absence(
        since=wait.since,
        grace=wait.due_at - wait.since,
        is_out=was_out(booking.instrument_id, wait.since, now),
        is_offline=wait.is_offline,
        is_taken=wait.is_taken,
    )
    kept = absence.is_out or absence.is_offline or absence.is_taken
    found = Found.EXCUSED if wait.excused_at and kept else _mark(booking, absence, now)
    if found is Found.EXCUSED:
        wait.excused_at = wait.excused_at or now
        wait.since, wait.due_at, wait.is_offline, wait.is_taken = now, now + absence.grace, False, False
    return int(found is Found.NO_SHOW)


@transaction.atomic
def _mark(booking: Booking, absence: Absence, now: datetime) -> Found:
    """Mark it, unless a question of the gate holds the booking (whoever logs on this second wins) or has
    granted it meanwhile.
    """
    free = Booking.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=booking.pk).first()
    if free is None or _uses(free).exists():
        return Found.GONE
    return mark_no_show(booking=free, absence=absence, now=now)


def _uses(booking: Booking) -> QuerySet[UsageSession]:
    """Sessions that say that the person came: under the booking, or theirs on the instrument since it began.
    A grant that was never switched on counts for as long as it may still be.
    """
    came = Q(opened_at__isnull=False) | Q(state__in=UsageSession.LIVE)
    theirs = Q(user=booking.user_id, granted_at__gte=booking.start) | Q(
        user=booking.user_id, state__in=UsageSession.LIVE
    )
    return UsageSession.objects.filter(came, Q(booking=booking) | theirs, instrument=booking.instrument_id)


def _at_the_instruments(batch: Sequence[Booking]) -> tuple[set[int], set[int]]:
    """The bookings whose person has come, and those whose instrument somebody else is using: their ids. One
    query.
    """
    by_instrument = {one.instrument_id: one for one in batch}
    first = min(one.start for one in batch)
    sessions = UsageSession.objects.filter(
        Q(opened_at__isnull=False) & (Q(booking__in=batch) | Q(granted_at__gte=first))
        | Q(state__in=UsageSession.LIVE),
        instrument__in=by_instrument,
    )
    present, taken = set(), set()
    for session in sessions:
        booking = by_instrument[session.instrument_id]
        is_live = session.state in UsageSession.LIVE
        if session.booking_id == booking.pk or (
            session.user_id == booking.user_id and (is_live or session.granted_at >= booking.start)
        ):
            present.add(booking.pk)
        elif is_live:
            taken.add(booking.pk)
    return present, taken
