"""Waiting for time on an instrument: joining, answering an offer, leaving. The offers themselves are made in
`apps.bookings.offering`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.bookings.admission import refusals, wish
from apps.bookings.models import Booking, Waiting
from apps.bookings.offering import (
    close_offer,
    end_waiting,
    give_back,
    serve,
)
from apps.bookings.operations import book, make_booking
from apps.bookings.refusing import kept_on_record
from apps.bookings.terms import terms_of
from apps.bookings.waiting_notices import answered
from apps.core import audit
from apps.core.contention import patient
from apps.core.errors import Invalid, NotFound, NotPermitted, Refusal, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value, values
from apps.funding.models import FundAccount
from apps.instruments.models import Instrument
from apps.instruments.queries import may_manage
from apps.people.models import User
from apps.people.requirements import lock_user

_GUARD = "bookings_waiting_once"
LONGEST_WAIT = timedelta(days=366)  # every look at the line goes through all days of all windows
AT_ONCE = 50  # instruments that one sweep looks at
# What depends on the time that is offered, and is asked when it is.
_OF_THE_TIME = frozenset(
    f"bookings.{code}"
    for code in (
        *("overlap", "guided_session", "outage", "closed", "quota", "fair_share"),
        *("notice", "past", "grid", "no_night_use", "no_night_endorsement"),
    )
) | {"funding.insufficient", "funding.limit"}


@patient
@transaction.atomic
def join_waiting(
    *,
    user: User,
    instrument: Instrument,
    earliest: datetime,
    latest: datetime,
    minutes: int,
    fund: FundAccount | None,
    by: User | None,
    now: datetime,
    purpose: str = Booking.Purpose.USE,
) -> Waiting:
    """`user` waits for so many minutes on the instrument within [earliest, latest), after all who came
    before.

    Refused is what could never be booked (no certificate, no fund, too long), as booking refuses it: codes of
    `book`. Others: Invalid `bookings.waiting_window` (shorter than the minutes, over, or more than a year
    ahead), `bookings.grid`;
    WrongState `bookings.still_free` (there is such time: it may be booked at once; details: start, end),
    `bookings.waits_already` (this person waits for part of the window already), `bookings.waiting_most`,
    `bookings.waiting_line` (as many wait at the instrument as may);
    NotPermitted `bookings.not_yours`.
    """
    if by is not None and by.pk != user.pk and not may_manage(by, instrument, now):
        raise NotPermitted(_("You may only wait for yourself."), code="bookings.not_yours")
    user = lock_user(user)
    instrument = Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    _require_possible(user, instrument, (earliest, latest), minutes, fund, purpose, now)
    _require_room(user, instrument, now)
    try:
        with transaction.atomic():
            row = Waiting.objects.create(
                instrument=instrument,
                user=user,
                fund=fund,
                purpose=purpose,
                earliest=earliest,
                latest=latest,
                minutes=minutes,
                joined_at=now,
            )
    except IntegrityError as exc:
        if _GUARD not in str(exc):
            raise
        raise WrongState(
            _("You already wait for time in this period."), code="bookings.waits_already"
        ) from exc
    free = next(
        (offer for offer in serve(instrument=instrument, now=now, book=book) if offer.waiting == row), None
    )
    if free is not None:
        raise WrongState(
            _("There is free time in this period: you can book it at once."),
            code="bookings.still_free",
            start=free.start.isoformat(),
            end=free.end.isoformat(),
        )
    row.refresh_from_db()
    _record("join_waiting", row, by, now)
    publish(
        "bookings.waiting_changed",
        now=now,
        waiting=row.ulid,
        instrument=instrument.ulid,
        user=user.ulid,
        state=str(row.state),
    )
    return row


def _require_room(user: User, instrument: Instrument, now: datetime) -> None:
    """Whoever books looks at the whole line first, under the instrument's lock, so no line grows for ever."""
    limits = values(("bookings.waiting_most", "bookings.waiting_line"), at=now)
    waiting = Waiting.objects.filter(state__in=Waiting.OPEN)
    most = limits["bookings.waiting_most"]
    if waiting.filter(user=user).count() >= most:
        raise WrongState(
            _("You already wait for %(most)d times. Leave one of them first.") % {"most": most},
            code="bookings.waiting_most",
            most=most,
        )
    longest = limits["bookings.waiting_line"]
    if waiting.filter(instrument=instrument).count() >= longest:
        raise WrongState(
            _("%(most)d people already wait for time on this instrument, and no more can. Try again later.")
            % {"most": longest},
            code="bookings.waiting_line",
            most=longest,
        )


@patient
def accept_offer(
    *, waiting: Waiting, by: User | None, now: datetime, fund: FundAccount | None = None
) -> Booking:
    """The offered time is booked, as any booking is (codes of `book`), from the fund that was named when
    joining or from another. Refused, the offer stands as long as it would have; the refusal is on record.

    Raises NotPermitted `bookings.not_your_offer`; WrongState `bookings.no_offer` (answered already, or taken
    back), `bookings.offer_lapsed` (the time to answer is over; the next in line has it now).
    """
    if by is not None and by.pk != waiting.user_id:
        raise NotPermitted(_("This time is offered to somebody else."), code="bookings.not_your_offer")
    with kept_on_record(object_ref=f"waiting:{waiting.ulid}", asked_by="accept", now=now):
        instrument = Instrument.objects.select_for_update(no_key=True).get(pk=waiting.instrument_id)
        offer = standing_offer(waiting)
        if offer is not None and (offer.offered_until or now) > now:
            return _take(waiting, offer, by, fund or waiting.fund, now)
        if offer is not None:
            serve(instrument=instrument, now=now, book=book)
    if offer is None:
        raise WrongState(_("This offer stands no more."), code="bookings.no_offer")
    raise WrongState(
        _("The time to answer is over. The next in line is asked."), code="bookings.offer_lapsed"
    )


def _take(
    waiting: Waiting, offer: Booking, by: User | None, fund: FundAccount | None, now: datetime
) -> Booking:
    close_offer(offer, now)
    booking = make_booking(
        user=waiting.user,
        instrument=waiting.instrument,
        start=offer.start,
        end=offer.end,
        fund=fund,
        by=by,
        now=now,
        purpose=waiting.purpose,
        in_turn=True,
    )
    end_waiting(waiting, Waiting.State.TAKEN, now, booking)
    answered(waiting, now)
    _record("accept_offer", waiting, by, now)
    return booking


@patient
@transaction.atomic
def decline_offer(*, waiting: Waiting, by: User | None, now: datetime) -> Waiting:
    """The offered time goes to the next in line; this person waits on in their place, for other time.

    Raises NotPermitted `bookings.not_your_offer`; WrongState `bookings.no_offer`.
    """
    if by is not None and by.pk != waiting.user_id:
        raise NotPermitted(_("This time is offered to somebody else."), code="bookings.not_your_offer")
    instrument = Instrument.objects.select_for_update(no_key=True).get(pk=waiting.instrument_id)
    offer = standing_offer(waiting)
    if offer is None:
        raise WrongState(_("This offer stands no more."), code="bookings.no_offer")
    give_back(offer=offer, now=now)
    _record("decline_offer", waiting, by, now)
    serve(instrument=instrument, now=now, book=book)
    waiting.refresh_from_db()
    return waiting


@patient
@transaction.atomic
def leave_waiting(*, waiting: Waiting, by: User | None, now: datetime, reason: str = "") -> Waiting:
    """The person waits no more; what was offered to them goes to the next in line. The person or the
    instrument's crew. Raises NotPermitted `bookings.not_yours`; WrongState `bookings.waiting_over`.
    """
    if by is not None and by.pk != waiting.user_id and not may_manage(by, waiting.instrument, now):
        raise NotPermitted(_("You may only leave for yourself."), code="bookings.not_yours")
    instrument = Instrument.objects.select_for_update(no_key=True).get(pk=waiting.instrument_id)
    waiting.refresh_from_db()
    if not waiting.is_open:
        raise WrongState(_("You no longer wait here."), code="bookings.waiting_over")
    offer = standing_offer(waiting)
    if offer is not None:
        close_offer(offer, now)
    answered(waiting, now)
    end_waiting(waiting, Waiting.State.LEFT, now)
    _record("leave_waiting", waiting, by, now, reason=reason)
    if offer is not None:
        serve(instrument=instrument, now=now, book=book)
    return waiting


def serve_all(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Lapse and offer at every instrument for which somebody waits, those first that were looked at longest
    ago, at most `limit`, each in a transaction of its own. Returns how many offers were made.
    """
    found = Waiting.objects.filter(state__in=Waiting.OPEN).values_list("instrument_id", "looked_at")
    oldest: dict[int, datetime | None] = {}
    for instrument_id, looked in found.order_by("pk"):
        known = oldest.setdefault(instrument_id, looked)
        oldest[instrument_id] = None if known is None or looked is None else min(known, looked)
    order = sorted(oldest, key=lambda pk: (oldest[pk] is not None, oldest[pk] or now, pk))
    made = 0
    for instrument in Instrument.objects.filter(pk__in=order[:limit]).order_by("pk"):
        made += len(serve(instrument=instrument, now=now, book=book))
    return made


def standing_offer(waiting: Waiting) -> Booking | None:
    """The open offer of a row, whether or not its time is over. One query."""
    return waiting.offers.filter(state=Booking.State.REQUESTED).select_related("instrument").first()


def with_places(rows: QuerySet[Waiting]) -> QuerySet[Any]:
    """The same rows with `place`: 1 for who is asked first of all whose windows meet. In the same query."""
    earlier = Waiting.objects.filter(
        Q(earliest__lt=OuterRef("latest"), latest__gt=OuterRef("earliest")),
        instrument=OuterRef("instrument"),
        state__in=Waiting.OPEN,
        pk__lt=OuterRef("pk"),
    )
    counted = earlier.order_by().values("instrument").annotate(number=Count("pk")).values("number")
    return rows.annotate(place=Coalesce(Subquery(counted), 0) + 1)


def my_waiting(user: User) -> QuerySet[Any]:
    """All rows of a person with instrument and place, the open ones first, then the latest."""
    rows = user.waiting_list.select_related("instrument__facility", "fund", "booking")
    return with_places(rows).order_by("-id")


def waiting_list(instrument: Instrument) -> QuerySet[Any]:
    """Who waits for an instrument, in their order, with their places."""
    rows = Waiting.objects.filter(instrument=instrument, state__in=Waiting.OPEN)
    return with_places(rows.select_related("user", "instrument__facility", "booking")).order_by("pk")


def waiting_for(user: User, ulid: str, at: datetime) -> Waiting:
    """A row for its person or the instrument's crew. Raises NotFound `bookings.no_waiting` for everybody
    else, whether or not there is one.
    """
    rows = Waiting.objects.select_related("instrument__facility", "user", "fund", "booking")
    found = with_places(rows).filter(ulid=ulid).first()
    if found is None or (found.user_id != user.pk and not may_manage(user, found.instrument, at)):
        raise NotFound(_("Nobody waits under this number."), code="bookings.no_waiting")
    row: Waiting = found
    return row


def offers_of(rows: Sequence[Waiting]) -> dict[int, Booking]:
    """The open offers of several rows, by the row's key. One query."""
    found = Booking.objects.filter(waiting__in=rows, state=Booking.State.REQUESTED)
    return {offer.waiting_id: offer for offer in found if offer.waiting_id is not None}


def _require_possible(
    user: User,
    instrument: Instrument,
    window: tuple[datetime, datetime],
    minutes: int,
    fund: FundAccount | None,
    purpose: str,
    now: datetime,
) -> None:
    earliest, latest = window
    terms = terms_of(instrument, now)
    length = timedelta(minutes=minutes)
    soonest = now + timedelta(minutes=terms.notice_minutes + value("bookings.offer_least_minutes", at=now))
    if latest > now + LONGEST_WAIT:
        raise Invalid(
            _("Wait for time within the next %(days)d days.") % {"days": LONGEST_WAIT.days},
            code="bookings.waiting_window",
            field="latest",
            max_days=LONGEST_WAIT.days,
        )
    if minutes < 1 or max(earliest, soonest) + length > latest:
        raise Invalid(
            _("The period must be long enough for the time that you need, and lie ahead."),
            code="bookings.waiting_window",
            field="latest",
        )
    if minutes % terms.grid_minutes:
        raise Invalid(
            _("The length must be a multiple of %(minutes)d minutes.") % {"minutes": terms.grid_minutes},
            code="bookings.grid",
            field="minutes",
            grid_minutes=terms.grid_minutes,
        )
    if purpose not in Booking.Purpose.values:
        raise Invalid(_("Unknown purpose."), code="bookings.purpose", field="purpose")
    start = max(earliest, soonest)
    asked = wish(
        user=user, instrument=instrument, start=start, end=start + length, fund=fund, now=now, purpose=purpose
    )
    found = [refusal for refusal in refusals(asked) if refusal.code not in _OF_THE_TIME]
    if found:
        raise _at_our_fields(found[0])


def _at_our_fields(refusal: Refusal) -> Refusal:
    refusal.field = {"start": "earliest", "end": "minutes"}.get(refusal.field or "", refusal.field)
    return refusal


def _record(action: str, row: Waiting, by: User | None, now: datetime, reason: str = "") -> None:
    audit.record(
        action=f"bookings.{action}",
        object_ref=f"waiting:{row.ulid}",
        now=now,
        actor=by,
        reason=reason,
        instrument=row.instrument.ulid,
    )
