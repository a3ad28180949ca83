"""Handing a booking over: its person offers it to somebody, who takes it on their own certificate and fund.
The booking stays as it is until then.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.bookings.models import Booking, HandOver
from apps.bookings.moving import locked_booking, succeed
from apps.bookings.moving_notices import tell_answered, tell_offered
from apps.bookings.refusing import kept_on_record
from apps.core import audit
from apps.core.contention import patient
from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.core.parameters import value
from apps.core.periods import in_force
from apps.funding.models import FundAccount
from apps.instruments.models import Instrument
from apps.people.models import Membership, User
from apps.people.queries import ACTIVE, active_users, groups_of, user_state
from apps.people.requirements import lock_user

AT_ONCE = 200


@patient
@transaction.atomic
def offer_hand_over(*, booking: Booking, to: User, by: User, now: datetime) -> HandOver:
    """The person of an own use offers it to somebody, who answers within `bookings.hand_over_hours` and
    before it begins. Raises NotPermitted `bookings.not_yours`; Invalid `bookings.own_hand_over`,
    `bookings.no_taker`; WrongState `bookings.` hand_over_purpose, handed_already, cancelled, over, begun,
    not_confirmed.
    """
    if by.pk != booking.user_id:
        raise NotPermitted(_("You may only hand over your own bookings."), code="bookings.not_yours")
    if to.pk == by.pk:
        raise Invalid(_("That is you."), code="bookings.own_hand_over", field="to")
    if user_state(to, now) != ACTIVE:
        raise Invalid(_("This person cannot take a booking."), code="bookings.no_taker", field="to")
    Instrument.objects.select_for_update(no_key=True).get(pk=booking.instrument_id)
    booking = locked_booking(booking, now)
    if booking.purpose != Booking.Purpose.USE:
        raise WrongState(
            _("Only a booking for one's own use is handed over."), code="bookings.hand_over_purpose"
        )
    _lapse(HandOver.objects.filter(booking=booking), now)
    until = min(now + timedelta(hours=value("bookings.hand_over_hours", at=now)), booking.start)
    try:
        with transaction.atomic():
            made = HandOver.objects.create(booking=booking, to=to, offered_at=now, until=until)
    except IntegrityError as exc:
        raise WrongState(
            _("This booking is already offered to somebody. Take that back first."),
            code="bookings.handed_already",
        ) from exc
    _record("offer_hand_over", made, by, now)
    tell_offered(made, now)
    return made


@patient
def take_over(*, hand_over: HandOver, by: User, fund: FundAccount | None, now: datetime) -> Booking:
    """The booking is theirs, asked as any booking of theirs would be (codes of `book`) and paid from `fund`;
    what the giver held is released. Refused, the offer stands and the refusal is on record.

    Raises NotPermitted `bookings.not_your_hand_over`; WrongState `bookings.hand_over_gone` (answered, taken
    back, or its time is over) and what became of the booking meanwhile.
    """
    if by.pk != hand_over.to_id:
        raise NotPermitted(_("This is offered to somebody else."), code="bookings.not_your_hand_over")
    given = f"booking:{hand_over.booking.ulid}"
    with kept_on_record(object_ref=given, asked_by="hand_over", now=now):
        user = lock_user(by)  # before the instrument, as whoever begins to wait does
        instrument = Instrument.objects.select_for_update(no_key=True).get(pk=hand_over.booking.instrument_id)
        found = _standing(hand_over, now)
        if found is not None:
            old = locked_booking(found.booking, now)
            made = succeed(old, user, instrument, old.start, old.end, fund, by, now)
            _answer(found, HandOver.State.TAKEN, now, made)
            _record("take_over", found, by, now)
            tell_answered(found, now)
            return made
    raise _gone()


@patient
@transaction.atomic
def decline_hand_over(*, hand_over: HandOver, by: User, now: datetime) -> HandOver:
    """The person to whom it is offered does not take it. Raises NotPermitted `bookings.not_your_hand_over`;
    WrongState `bookings.hand_over_gone`.
    """
    if by.pk != hand_over.to_id:
        raise NotPermitted(_("This is offered to somebody else."), code="bookings.not_your_hand_over")
    return _close(hand_over, HandOver.State.DECLINED, by, now)


@patient
@transaction.atomic
def withdraw_hand_over(*, hand_over: HandOver, by: User, now: datetime) -> HandOver:
    """The giver keeps the booking after all. Raises NotPermitted `bookings.not_yours`; WrongState
    `bookings.hand_over_gone`.
    """
    if by.pk != hand_over.booking.user_id:
        raise NotPermitted(_("You may only take back what you offered."), code="bookings.not_yours")
    return _close(hand_over, HandOver.State.WITHDRAWN, by, now)


@transaction.atomic
def lapse_hand_overs(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Offers that nobody answered in time, or whose booking is gone, are over. At most `limit`; returns how
    many.
    """
    gone = Q(until__lte=now) | Q(booking__state=Booking.State.CANCELLED)
    due = HandOver.objects.filter(gone, state=HandOver.State.OFFERED).order_by("pk")
    return _lapse(HandOver.objects.filter(pk__in=list(due.values_list("pk", flat=True)[:limit])), now)


def hand_over_for(user: User, ulid: str) -> HandOver:
    """A hand-over for its two people. Raises NotFound `bookings.no_hand_over` for everybody else."""
    rows = HandOver.objects.select_related(
        "booking__instrument__facility", "booking__user", "booking__fund", "to", "taken"
    )
    found = rows.filter(Q(to=user) | Q(booking__user=user), ulid=ulid).first()
    if found is None:
        raise NotFound(_("There is no such hand-over."), code="bookings.no_hand_over")
    return found


def offered_to(user: User, now: datetime) -> QuerySet[HandOver]:
    """What waits for this person's answer, the most urgent first."""
    rows = HandOver.objects.filter(
        to=user,
        state=HandOver.State.OFFERED,
        until__gt=now,
        booking__state=Booking.State.CONFIRMED,
    )
    return rows.select_related("booking__instrument", "booking__user").order_by("until", "pk")


def offered_by(user: User, now: datetime) -> dict[int, HandOver]:
    """What the person has offered and nobody answered yet, by the booking's key. One query."""
    rows = HandOver.objects.filter(
        booking__user=user, state=HandOver.State.OFFERED, until__gt=now
    ).select_related("to")
    return {row.booking_id: row for row in rows}


def my_hand_overs(user: User) -> QuerySet[HandOver]:
    """All hand-overs that the person gave or was offered."""
    rows = HandOver.objects.filter(Q(to=user) | Q(booking__user=user))
    return rows.select_related("booking__instrument")


def takers(user: User, now: datetime) -> QuerySet[User]:
    """Among whom the person chooses: the active members of their groups, by name."""
    mates = Membership.objects.filter(in_force(now), group__in=groups_of(user, now), user=OuterRef("pk"))
    return active_users(now).filter(Exists(mates)).exclude(pk=user.pk).order_by("name_zh", "pk")


def _standing(hand_over: HandOver, now: datetime) -> HandOver | None:
    rows = HandOver.objects.select_related("booking__instrument", "booking__user", "to")
    return rows.filter(pk=hand_over.pk, state=HandOver.State.OFFERED, until__gt=now).first()


def _close(hand_over: HandOver, state: str, by: User, now: datetime) -> HandOver:
    Instrument.objects.select_for_update(no_key=True).get(pk=hand_over.booking.instrument_id)
    found = _standing(hand_over, now)
    if found is None:
        raise _gone()
    _answer(found, state, now)
    _record(f"{state}_hand_over", found, by, now)
    tell_answered(found, now)
    return found


def _lapse(rows: QuerySet[HandOver], now: datetime) -> int:
    gone = Q(until__lte=now) | Q(booking__state=Booking.State.CANCELLED)
    over = rows.filter(gone, state=HandOver.State.OFFERED)
    found = list(over.select_related("booking__instrument", "booking__user", "to").order_by("pk"))
    for row in found:
        _answer(row, HandOver.State.LAPSED, now)
        tell_answered(row, now)
    return len(found)


def _answer(row: HandOver, state: str, now: datetime, taken: Booking | None = None) -> None:
    """Once: whoever comes second finds it answered."""
    changed = HandOver.objects.filter(pk=row.pk, state=HandOver.State.OFFERED).update(
        state=state, answered_at=now, taken=taken
    )
    if not changed:
        raise _gone()
    row.state, row.answered_at, row.taken = state, now, taken


def _gone() -> WrongState:
    return WrongState(_("This booking is no longer offered to you."), code="bookings.hand_over_gone")


def _record(action: str, row: HandOver, by: User, now: datetime) -> None:
    audit.record(
        action=f"bookings.{action}",
        object_ref=f"hand_over:{row.ulid}",
        now=now,
        actor=by,
        booking=f"booking:{row.booking.ulid}",
        to=row.to.ulid,
    )
