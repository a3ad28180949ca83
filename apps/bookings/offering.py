"""Offering time to who waits for it, in the order in which they came: all of it under the lock of the
instrument's row, whoever comes first (somebody who books, the clock, a fact) does it for all.

It looks at what is free now, not at what became free: a fact that comes twice, late or never changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from apps.bookings.models import Booking, Waiting
from apps.bookings.placing import placements
from apps.bookings.queries import Slot, complement, free_slots
from apps.bookings.terms import Terms, terms_of
from apps.bookings.waiting_notices import answered, tell_lapsed, tell_offered, tell_over, tell_passed_over
from apps.bookings.windows import Stretch
from apps.core import parameters
from apps.core.errors import Refusal, WrongState
from apps.core.outbox import publish
from apps.core.periods import overlaps
from apps.instruments.models import Instrument

Book = Callable[..., Booking]

_PARAMETERS = ("bookings.offer_minutes", "bookings.offer_least_minutes", "access.night_end_hour")
TRIES = 30  # beginnings that are tried for one person at a time
# What would refuse them at any other time as well.
_AT_ANY_TIME = frozenset(
    f"bookings.{code}"
    for code in ("suspended", "visitor", "points", "not_open", "customs", "no_fund", "crew_only")
)
_SHORTEST = timedelta(minutes=1)


def waits_for(instrument_id: int, start: datetime, end: datetime) -> QuerySet[Waiting]:
    """Open rows of an instrument whose window meets [start, end), in their order."""
    window = overlaps(start, end, first="earliest", last="latest")
    return Waiting.objects.filter(window, instrument_id=instrument_id, state__in=Waiting.OPEN).order_by("pk")


def attend(*, instrument: Instrument, start: datetime, end: datetime, now: datetime, book: Book) -> None:
    """Before somebody books [start, end): who waits for that time comes first. One query where nobody does.
    The caller holds the instrument's row.
    """
    if waits_for(instrument.pk, start, end).exists():
        serve(instrument=instrument, now=now, book=book)


@transaction.atomic
def serve(*, instrument: Instrument, now: datetime, book: Book) -> list[Booking]:
    """Every piece of free time that fits somebody who waits is offered to the first whom it fits and who may
    book it now; offers that were not answered lapse first. Returns the new offers.

    Whether somebody may book is asked by booking (`book`, undone again): no other judgement can differ from
    the one that they meet when they accept. Who may not is passed over, told why, and keeps their place.
    """
    instrument = Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    lapse_unanswered(instrument, now)
    waiting = _still_hoping(instrument, now)
    if not waiting:
        return []
    terms = terms_of(instrument, now)
    known = parameters.values(_PARAMETERS, at=now)
    soonest = now + timedelta(minutes=terms.notice_minutes + known["bookings.offer_least_minutes"])
    waiting = _end_past(waiting, soonest, now)
    free = _free(instrument, waiting, soonest, now)
    offers = []
    for row in waiting:
        places = placements(
            _not_declined(row, free),
            earliest=max(row.earliest, soonest),
            latest=row.latest,
            length=row.length,
            grid_minutes=terms.grid_minutes,
            dawn_hour=known["access.night_end_hour"],
        )
        offer = _offer(row, places, terms, known["bookings.offer_minutes"], now, book)
        if offer is not None:
            offers.append(offer)
            free = _without(free, offer)
    Waiting.objects.filter(instrument=instrument, state__in=Waiting.OPEN).update(looked_at=now)
    return offers


def lapse_unanswered(instrument: Instrument, now: datetime) -> int:
    """Offers whose time is over are taken back, and whoever did not answer waits no more. `offered_until` is
    compared with the present, so a clock that jumps or a task that never ran makes no difference.
    """
    overdue = Booking.objects.filter(
        instrument=instrument, state=Booking.State.REQUESTED, offered_until__lte=now
    ).select_related("waiting__user", "waiting__instrument")
    lapsed = list(overdue.order_by("pk"))
    for offer in lapsed:
        assert offer.waiting is not None  # noqa: S101 - the constraint bookings_offer
        close_offer(offer, now)
        end_waiting(offer.waiting, Waiting.State.LAPSED, now)
        tell_lapsed(offer.waiting, offer, now)
    return len(lapsed)


@transaction.atomic
def give_back(*, offer: Booking, now: datetime) -> Booking:
    """The offer is declined: the row waits on in its place, for other time than this. Again is no change;
    raises WrongState `bookings.no_offer` when it came to something else meanwhile.
    """
    Instrument.objects.select_for_update(no_key=True).get(pk=offer.instrument_id)
    offer = Booking.objects.select_related("waiting__user", "waiting__instrument").get(pk=offer.pk)
    row = offer.waiting
    assert row is not None  # noqa: S101 - the constraint bookings_offer
    if offer.state == Booking.State.REQUESTED:
        close_offer(offer, now)
        back_in_line(row, now)
        answered(row, now)
    elif row.state != Waiting.State.WAITING:
        raise WrongState(_("This offer stands no more."), code="bookings.no_offer")
    offer.refresh_from_db()
    return offer


def close_offer(offer: Booking, now: datetime) -> None:
    """The time is no longer kept. Nothing was held, and nobody is told as of a cancelled booking."""
    Booking.objects.filter(pk=offer.pk, state=Booking.State.REQUESTED).update(
        state=Booking.State.CANCELLED, cancelled_at=now
    )


def end_waiting(row: Waiting, state: str, now: datetime, booking: Booking | None = None) -> None:
    """The row leaves the list: TAKEN with the booking that came of it, LAPSED or LEFT."""
    Waiting.objects.filter(pk=row.pk).update(state=state, ended_at=now, booking=booking)
    row.state, row.ended_at, row.booking = state, now, booking
    _publish(row, now)


def back_in_line(row: Waiting, now: datetime) -> None:
    """An offer was given back: the row waits on in its place."""
    Waiting.objects.filter(pk=row.pk).update(state=Waiting.State.WAITING)
    row.state = Waiting.State.WAITING
    _publish(row, now)


def _still_hoping(instrument: Instrument, now: datetime) -> list[Waiting]:
    rows = Waiting.objects.filter(instrument=instrument, state=Waiting.State.WAITING)
    return list(rows.select_related("user", "fund", "instrument").order_by("pk"))


def _end_past(waiting: Sequence[Waiting], soonest: datetime, now: datetime) -> list[Waiting]:
    """Those for whom there can be no more time in their window leave the list."""
    left = []
    for row in waiting:
        if max(row.earliest, soonest) + row.length <= row.latest:
            left.append(row)
        else:
            end_waiting(row, Waiting.State.LAPSED, now)
            tell_over(row, now)
    return left


def _free(instrument: Instrument, waiting: Sequence[Waiting], soonest: datetime, now: datetime) -> list[Slot]:
    if not waiting:
        return []
    first = max(soonest, min(row.earliest for row in waiting))
    last = max(row.latest for row in waiting)
    shortest = min(row.length for row in waiting)
    return free_slots(instrument, first, last, now=now, at_least=shortest)


def _not_declined(row: Waiting, free: Sequence[Slot]) -> Iterator[Stretch]:
    """What is free and was not declined by this person already."""
    declined = list(row.offers.filter(state=Booking.State.CANCELLED).values_list("start", "end"))
    for slot in free:
        for piece in complement(declined, slot.start, slot.end, at_least=_SHORTEST):
            yield piece.start, piece.end


def _without(free: Sequence[Slot], offer: Booking) -> list[Slot]:
    return [
        piece
        for slot in free
        for piece in complement([(offer.start, offer.end)], slot.start, slot.end, at_least=_SHORTEST)
    ]


def _offer(
    row: Waiting, places: Iterator[Stretch], terms: Terms, minutes: int, now: datetime, book: Book
) -> Booking | None:
    """An offer of the first place that the person may book now; who may book none is passed over."""
    met: tuple[Stretch, Refusal] | None = None
    for (start, end), _number in zip(places, range(TRIES), strict=False):
        rehearsed = _rehearse(row, start, end, now, book)
        if isinstance(rehearsed, Refusal):
            met = met or ((start, end), rehearsed)
            if rehearsed.code in _AT_ANY_TIME or rehearsed.code.startswith("fees."):
                break
            continue
        until = min(now + timedelta(minutes=minutes), start - timedelta(minutes=terms.notice_minutes))
        offer = Booking.objects.create(
            instrument=row.instrument,
            user=row.user,
            fund=rehearsed.fund,
            fee_version=rehearsed.fee_version,
            group_id=rehearsed.group_id,
            start=start,
            end=end,
            state=Booking.State.REQUESTED,
            estimated_fen=rehearsed.estimated_fen,
            requested_at=now,
            purpose=row.purpose,
            waiting=row,
            offered_until=until,
        )
        Waiting.objects.filter(pk=row.pk).update(
            state=Waiting.State.OFFERED, passed_at=None, passed_start=None, passed_code=""
        )
        row.state = Waiting.State.OFFERED
        _publish(row, now)
        tell_offered(row, offer, now)
        return offer
    if met is not None:
        _pass_over(row, met[0], met[1], now, book)
    return None


def _rehearse(row: Waiting, start: datetime, end: datetime, now: datetime, book: Book) -> Booking | Refusal:
    """The booking as it would be made now, undone again with everything it wrote, or why it would not."""
    try:
        with transaction.atomic():
            booking = book(
                user=row.user,
                instrument=row.instrument,
                start=start,
                end=end,
                fund=row.fund,
                by=None,
                now=now,
                purpose=row.purpose,
                in_turn=True,
            )
            transaction.set_rollback(True)
    except Refusal as refusal:
        return refusal
    return booking


def _pass_over(row: Waiting, place: Stretch, refusal: Refusal, now: datetime, book: Book) -> None:
    """Told once for the same time and the same reason."""
    start, end = place
    if (row.passed_start, row.passed_code) == (start, refusal.code):
        return
    Waiting.objects.filter(pk=row.pk).update(passed_at=now, passed_start=start, passed_code=refusal.code[:60])
    said = {}
    for language in ("zh-hans", "en"):
        # The words of a refusal are of the moment's language, and the reader's may be another.
        with override(language):
            again = _rehearse(row, start, end, now, book)
            said[language[:2]] = str((again if isinstance(again, Refusal) else refusal).message)
    tell_passed_over(row, start, refusal.code, said, now)


def _publish(row: Waiting, now: datetime) -> None:
    publish(
        "bookings.waiting_changed",
        now=now,
        waiting=row.ulid,
        instrument=row.instrument.ulid,
        user=row.user.ulid,
        state=str(row.state),
    )
