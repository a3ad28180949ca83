"""One booking takes the place of another: another time, another instrument, or another person. The old one
stands until the new one is confirmed; nobody ever has neither.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.bookings.admission import wish
from apps.bookings.cancelling import Cancellation, given_back_fen, judge_cancellation
from apps.bookings.models import Booking, PointEntry
from apps.bookings.moving_notices import tell_changed
from apps.bookings.offering import attend
from apps.bookings.operations import book, make_booking
from apps.bookings.parts import give_points_and_part
from apps.bookings.refusing import kept_on_record
from apps.core import audit
from apps.core.contention import patient
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.funding.models import FundAccount
from apps.funding.operations import hold, release_hold
from apps.instruments.models import Instrument
from apps.instruments.queries import may_manage
from apps.people.models import ResearchGroup, User


@patient
def change_booking(
    *,
    booking: Booking,
    start: datetime,
    end: datetime,
    by: User | None,
    now: datetime,
    instrument: Instrument | None = None,
    fund: FundAccount | None = None,
) -> Booking:
    """The booking's person has the instrument (or another one) for [start, end) instead, asked as any booking
    is asked (codes of `book`). Refused, the old booking stands with all that it holds; the new time may
    overlap the old. Where somebody is asked first, the old one stands until they have agreed
    (`settle_change`).

    A change that gives time back is judged as cancelling it would be (`booking.cancellation`), on record; one
    that only adds time costs nothing. The user or the instrument's crew, before it begins. Raises
    NotPermitted `bookings.not_yours`; Invalid `bookings.unchanged`; WrongState `bookings.` cancelled, over,
    begun, change_pending, change_overlaps (somebody is asked first, and the new time overlaps the old).
    """
    if by is not None and by.pk != booking.user_id and not may_manage(by, booking.instrument, now):
        raise NotPermitted(_("You may only change your own bookings."), code="bookings.not_yours")
    wanted = instrument or booking.instrument
    with kept_on_record(object_ref=f"booking:{booking.ulid}", asked_by="change", now=now):
        return _change(booking, wanted, start, end, fund, by, now)


def _change(
    booking: Booking,
    wanted: Instrument,
    start: datetime,
    end: datetime,
    fund: FundAccount | None,
    by: User | None,
    now: datetime,
) -> Booking:
    _lock_instruments(booking, wanted)
    booking = locked_booking(booking, now)
    fund = fund or booking.fund
    if (wanted.pk, start, end, fund) == (booking.instrument_id, booking.start, booking.end, booking.fund):
        raise Invalid(_("That is how it is booked already."), code="bookings.unchanged", field="start")
    if booking.purpose != Booking.Purpose.MAINTENANCE:
        attend(instrument=wanted, start=start, end=end, now=now, book=book)
    gives_back = wanted.pk != booking.instrument_id or start > booking.start or end < booking.end
    judged = judge_cancellation(booking, by, now) if gives_back else None
    made = succeed(booking, booking.user, wanted, start, end, fund, by, now)
    if judged is not None:
        _settle(judged, made, now)
    audit.record(
        action="bookings.change_booking",
        object_ref=f"booking:{made.ulid}",
        now=now,
        actor=by,
        replaced=f"booking:{booking.ulid}",
    )
    if (by is None or by.pk != booking.user_id) and made.state == Booking.State.CONFIRMED:
        tell_changed(booking, made, now)
    return made


def locked_booking(booking: Booking, now: datetime) -> Booking:
    """The booking as it is now, its row locked: confirmed and not begun. Raises WrongState
    `bookings.cancelled`, `bookings.over`, `bookings.begun`, `bookings.not_confirmed`.
    """
    rows = Booking.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("instrument__facility", "user", "hold", "fund").get(pk=booking.pk)
    if found.state == Booking.State.CANCELLED:
        raise WrongState(_("This booking is already cancelled."), code="bookings.cancelled")
    if found.state != Booking.State.CONFIRMED:
        raise WrongState(_("This booking is not confirmed yet."), code="bookings.not_confirmed")
    if found.end <= now:
        raise WrongState(_("This booking is over."), code="bookings.over")
    if found.start <= now or found.used_at is not None:
        raise WrongState(_("This booking has begun."), code="bookings.begun")
    return found


def succeed(
    old: Booking,
    user: User,
    instrument: Instrument,
    start: datetime,
    end: datetime,
    fund: FundAccount | None,
    by: User | None,
    now: datetime,
) -> Booking:
    """A booking in the place of `old`, which ends in the same moment: what it held is released before the new
    one holds, so that the money of both is never needed. The caller holds the instruments' rows and the old
    booking's, inside `kept_on_record`: nothing is changed where the new one is refused.
    """
    if old.replacements.filter(state=Booking.State.REQUESTED).exists():
        raise WrongState(
            _("Somebody is already asked about a change of this booking."), code="bookings.change_pending"
        )
    asked = wish(
        user=user, instrument=instrument, start=start, end=end, fund=fund, now=now, purpose=old.purpose
    )
    if asked.group_id is not None:
        # Booking counts a group's hours under its row and holds money after that: in this order here, too.
        ResearchGroup.objects.select_for_update(no_key=True).get(pk=asked.group_id)
    _end(old, now)
    made = make_booking(
        user=user,
        instrument=instrument,
        start=start,
        end=end,
        fund=fund,
        by=by,
        now=now,
        purpose=old.purpose,
        in_turn=True,
    )
    # The moment of asking stays: whoever changes a booking has not made a new one by mistake.
    known = {"replaces": old, "series_id": old.series_id, "requested_at": old.requested_at}
    Booking.objects.filter(pk=made.pk).update(**known)
    for name, said in known.items():
        setattr(made, name, said)
    if made.state == Booking.State.CONFIRMED:
        _tell_moved(old, made, now)
    else:
        _keep(old, made, now)
    return made


@transaction.atomic
def settle_change(*, made: Booking, now: datetime) -> None:
    """Somebody agreed to a change: the old booking, which stood until now, gives way to the new one, unless
    it is being used this moment. Again, or for a booking that replaces none, is no change.
    """
    old = made.replaces
    if old is None or made.state != Booking.State.CONFIRMED:
        return
    Instrument.objects.select_for_update(no_key=True).get(pk=old.instrument_id)
    old = Booking.objects.select_related("instrument", "user", "hold").get(pk=old.pk)
    if old.state in Booking.LIVE and old.end > now and old.used_at is None:
        _end(old, now)
        _tell_moved(old, made, now)


def _settle(judged: Cancellation, made: Booking, now: datetime) -> None:
    """What the rule says of giving the old time back. Where somebody was asked, they agreed to it."""
    if judged.is_refused:
        raise WrongState(_("This booking is over."), code="bookings.over")
    if made.state != Booking.State.CONFIRMED:
        return
    judged.record(asked_by="change", now=now)
    if judged.is_late:
        elsewhere = made.instrument_id != judged.booking.instrument_id
        give_points_and_part(
            judged=judged,
            kind=PointEntry.Kind.LATE_CANCEL,
            points=value("bookings.late_cancel_points", at=now),
            base_fen=given_back_fen(judged.booking, made.start, made.end, elsewhere=elsewhere),
            now=now,
        )


def _lock_instruments(booking: Booking, wanted: Instrument) -> None:
    """Both rows, always in the same order."""
    rows = Instrument.objects.select_for_update(no_key=True)
    list(rows.filter(pk__in={booking.instrument_id, wanted.pk}).order_by("pk"))


def _end(old: Booking, now: datetime) -> None:
    Booking.objects.filter(pk=old.pk).update(state=Booking.State.CANCELLED, cancelled_at=now, moved_at=now)
    if old.hold is not None and old.hold.released_at is None:
        release_hold(hold=old.hold, now=now)


def _keep(old: Booking, made: Booking, now: datetime) -> None:
    """The old booking stands on, with its money, until somebody has agreed to the new one."""
    held = old.hold
    if held is not None:
        held = hold(
            fund=held.fund,
            user=held.user,
            purpose=f"booking:{old.ulid}:{made.ulid}",
            amount_fen=held.amount_fen,
            now=now,
        )
    try:
        with transaction.atomic():
            Booking.objects.filter(pk=old.pk).update(
                state=Booking.State.CONFIRMED, cancelled_at=None, moved_at=None, hold=held
            )
    except IntegrityError as exc:
        raise WrongState(
            _("Somebody is asked about this change first, so the new time may not overlap the old one."),
            code="bookings.change_overlaps",
        ) from exc


def _tell_moved(old: Booking, made: Booking, now: datetime) -> None:
    publish(
        "bookings.cancelled",
        now=now,
        booking=old.ulid,
        instrument=old.instrument.ulid,
        user=old.user.ulid,
    )
    publish(
        "bookings.changed",
        now=now,
        booking=made.ulid,
        replaced=old.ulid,
        instrument=made.instrument.ulid,
        user=made.user.ulid,
    )
