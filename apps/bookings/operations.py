"""Making and cancelling bookings. One instrument's bookings are decided one after another, under the lock of
its row, and the database itself refuses an overlap whatever the code says.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.bookings.admission import Wish, estimate_fen, estimated, judge_admission, overlap, wish
from apps.bookings.cancelling import held_fen, judge_cancellation
from apps.bookings.models import Booking, PointEntry
from apps.bookings.moving_notices import tell_withdrawn
from apps.bookings.offering import attend, give_back
from apps.bookings.parts import give_points_and_part
from apps.bookings.refusing import AdmissionRefusedError, kept_on_record
from apps.bookings.routing import Routed, route_of
from apps.core import audit
from apps.core.contention import patient
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.ids import new_ulid
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.funding.models import FundAccount, FundHold
from apps.funding.operations import hold, release_hold
from apps.instruments.models import Instrument
from apps.instruments.queries import may_manage
from apps.people.models import ResearchGroup, User

__all__ = ["book", "cancel_booking", "estimate_fen", "estimated", "make_booking", "note_use"]

_GUARD = "bookings_overlap"


@patient
def book(
    *,
    user: User,
    instrument: Instrument,
    start: datetime,
    end: datetime,
    fund: FundAccount | None,
    by: User | None,
    now: datetime,
    source_case: str = "",
    purpose: str = Booking.Purpose.USE,
    in_turn: bool = False,
) -> Booking:
    """`user` has the instrument for [start, end); the estimated cost (fen) is held on `fund`. It is confirmed
    at once, or, where the rule `booking.route` names somebody, requested until they agree (`requested`).

    Somebody of the crew may book for another `purpose` than a use of their own: it costs nobody, and at the
    gate the booking is what that purpose asks for. The user or the instrument's crew may book.

    Whoever waits for this time comes first, unless the machine needs it for its maintenance or the user's
    turn has come already (`in_turn`).

    All failing conditions are told at once: the first is raised, the others stand in its `details["also"]`
    as code, message and field. Codes: `bookings.` purpose, crew_only, period, past, too_long, too_short,
    too_far, notice, grid, not_open, outage, closed, overlap, guided_session, quota, fair_share, suspended,
    not_registered, visitor, points, no_safety, no_certificate, no_night_use, no_night_endorsement, customs,
    no_fund, hosting, not_yours; `fees.none`, `fees.no_price`; `funding.` not_usable, insufficient, limit and
    whatever else the fund says; `decisions.*` where the rule could not be asked.

    The answer of the rule `booking.admission` is recorded, also a refusal, for which nothing else is written.
    """
    with kept_on_record(object_ref=f"instrument:{instrument.ulid}", asked_by="book", now=now):
        return make_booking(
            user=user,
            instrument=instrument,
            start=start,
            end=end,
            fund=fund,
            by=by,
            now=now,
            source_case=source_case,
            purpose=purpose,
            in_turn=in_turn,
        )


def make_booking(
    *,
    user: User,
    instrument: Instrument,
    start: datetime,
    end: datetime,
    fund: FundAccount | None,
    by: User | None,
    now: datetime,
    source_case: str = "",
    purpose: str = Booking.Purpose.USE,
    in_turn: bool = False,
) -> Booking:
    """The same as a part of something larger, whose own `kept_on_record` it stands in: refused, it raises
    `AdmissionRefusedError` for that.
    """
    if by is not None and by.pk != user.pk and not may_manage(by, instrument, now):
        raise NotPermitted(_("You may only book for yourself."), code="bookings.not_yours")
    instrument = Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    user = User.objects.get(pk=user.pk)
    if purpose not in Booking.Purpose.values:
        raise Invalid(_("Unknown purpose."), code="bookings.purpose", field="purpose")
    if not in_turn and purpose != Booking.Purpose.MAINTENANCE:
        attend(instrument=instrument, start=start, end=end, now=now, book=book)
    asked = wish(user=user, instrument=instrument, start=start, end=end, fund=fund, now=now, purpose=purpose)
    if asked.quotas and asked.group_id is not None:
        # Two members at two instruments of a facility at once: their hours are counted one after another.
        ResearchGroup.objects.select_for_update(no_key=True).get(pk=asked.group_id)
    admission = judge_admission(asked)
    if not admission.is_allowed:
        raise AdmissionRefusedError(admission)
    ulid = new_ulid()
    estimated_fen = admission.estimated_fen or 0
    held = _hold(asked, ulid, estimated_fen)
    routed = route_of(asked, by=by, estimated_fen=estimated_fen if held else 0)
    booking = _create(asked, ulid, held, estimated_fen, routed, source_case)
    admission.record(object_ref=f"booking:{ulid}", asked_by="book", now=now)
    audit.record(
        action="bookings.book", object_ref=f"booking:{ulid}", now=now, actor=by, instrument=instrument.ulid
    )
    if routed.asked:
        routed.record(booking=booking, now=now)
    fact = "bookings.requested" if routed.asked else "bookings.confirmed"
    publish(fact, now=now, booking=ulid, instrument=instrument.ulid, user=user.ulid)
    return booking


@patient
@transaction.atomic
def cancel_booking(*, booking: Booking, by: User | None, now: datetime, reason: str = "") -> Booking:
    """The slot is free again and the held money released. A running use under the booking is decided again.

    The user or the instrument's crew may cancel, until the booking is over. Whether it is late and costs
    the user points is the rule `booking.cancellation`'s to say, on record. Where somebody is asked about a
    change of it, that request goes with it. Raises NotPermitted `bookings.not_yours`; WrongState
    `bookings.cancelled`, `bookings.over`.
    """
    if by is not None and by.pk != booking.user_id and not may_manage(by, booking.instrument, now):
        raise NotPermitted(_("You may only cancel your own bookings."), code="bookings.not_yours")
    if booking.is_offer:
        return give_back(offer=booking, now=now)
    booking.refresh_from_db(fields=["used_at", "start", "end"])
    asked = judge_cancellation(booking, by, now)
    cancelled = not asked.is_refused and Booking.objects.filter(
        pk=booking.pk, state__in=Booking.LIVE, end__gt=now
    ).update(state=Booking.State.CANCELLED, cancelled_at=now, cancel_reason=reason[:200])
    booking.refresh_from_db()
    if not cancelled:
        if booking.state == Booking.State.CANCELLED:
            raise WrongState(_("This booking is already cancelled."), code="bookings.cancelled")
        raise WrongState(_("This booking is over."), code="bookings.over")
    asked.record(asked_by="cancel", now=now)
    if asked.is_late:
        give_points_and_part(
            judged=asked,
            kind=PointEntry.Kind.LATE_CANCEL,
            points=value("bookings.late_cancel_points", at=now),
            base_fen=held_fen(booking),
            now=now,
        )
    if booking.hold is not None and booking.hold.released_at is None:
        release_hold(hold=booking.hold, now=now)
    audit.record(
        action="bookings.cancel_booking",
        object_ref=f"booking:{booking.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    publish(
        "bookings.cancelled",
        now=now,
        booking=booking.ulid,
        instrument=booking.instrument.ulid,
        user=booking.user.ulid,
    )
    withdraw_changes(booking, now)
    return booking


def withdraw_changes(old: Booking, now: datetime) -> None:
    """The booking is cancelled, or nobody came to it: there is nothing left in whose place another could be,
    so what was asked for instead is withdrawn, whoever asked for it is told. One to which somebody agrees at
    this very moment stands.
    """
    asked = old.replacements.filter(state=Booking.State.REQUESTED, end__gt=now)
    locked = asked.select_for_update(of=("self",), no_key=True)
    for one in locked.select_related("instrument", "user", "hold"):
        reason = gettext("The booking that it would have replaced was cancelled.")
        withdrawn = cancel_booking(booking=one, by=None, now=now, reason=reason)
        tell_withdrawn(old, withdrawn, now)


def note_use(*, booking_id: int, at: datetime) -> None:
    """The instrument was switched on under the booking; the first time counts. Of a booking to which nobody
    had come it says more: `absence.lift_no_show`.
    """
    unused = Booking.objects.filter(pk=booking_id, used_at__isnull=True, no_show_at__isnull=True)
    unused.update(used_at=at)


def _create(
    asked: Wish, ulid: str, held: FundHold | None, estimated_fen: int, routed: Routed, source_case: str
) -> Booking:
    asks = bool(routed.asked)
    try:
        return Booking.objects.create(
            ulid=ulid,
            instrument=asked.instrument,
            user=asked.user,
            fund=asked.fund if held else None,
            hold=held,
            fee_version=asked.fee,
            start=asked.start,
            end=asked.end,
            state=Booking.State.REQUESTED if asks else Booking.State.CONFIRMED,
            route=routed.name if asks else "",
            estimated_fen=estimated_fen,
            requested_at=asked.now,
            confirmed_at=None if asks else asked.now,
            source_case=source_case,
            purpose=asked.purpose,
            group_id=asked.group_id,
        )
    except IntegrityError as exc:
        if _GUARD not in str(exc):
            raise
        raise overlap(None, None) from exc


def _hold(asked: Wish, ulid: str, amount_fen: int) -> FundHold | None:
    if not asked.is_charged or asked.fund is None:
        return None
    return hold(
        fund=asked.fund, user=asked.user, purpose=f"booking:{ulid}", amount_fen=amount_fen, now=asked.now
    )
