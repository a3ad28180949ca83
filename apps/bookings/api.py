"""My bookings, for programs: the same operations and the same refusals as on the pages."""

from datetime import datetime, timedelta
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field

from apps.bookings.arriving import check_in
from apps.bookings.cancelling import cost_of_cancelling
from apps.bookings.models import Booking
from apps.bookings.operations import book, cancel_booking
from apps.bookings.queries import booking_for, free_slots, my_bookings, upcoming
from apps.core import clock, keyset
from apps.core.api import Asked, Moment, PageAsked, PageOf, Told
from apps.core.errors import Invalid
from apps.funding.models import FundAccount
from apps.funding.queries import usable_funds
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

router = Router(tags=["bookings"])


class BookingsAsked(PageAsked):
    """Which of them: those that are coming, the next first, or all, the latest first."""

    when: Literal["coming", "all"] = "all"


class FreeAsked(Asked):
    """How far ahead to look."""

    days: int = Field(7, ge=1, le=31)


class BookingWish(Asked):
    """A period on one instrument, and the number of the fund that pays (see the instrument's page). Only the
    crew books for another purpose than a use of their own, which costs nobody.
    """

    asset_no: str = Field(max_length=20)
    start: Moment
    end: Moment
    fund: str | None = Field(None, max_length=40)
    purpose: Literal["use", "sample_run", "training", "teaching", "maintenance"] = "use"


class Cancellation(Asked):
    """Why; may stay empty."""

    reason: str = Field("", max_length=200)


class RiskTold(Told):
    """Something that speaks against a booking as things are now, and who can mend it."""

    code: str
    zh: str
    en: str
    mender: str


class BookingTold(Told):
    """A booking of the half-open period [start, end). Money is in fen, times are UTC. `no_show_at`: nobody
    had come by then, so the rest was freed.
    """

    ulid: str
    asset_no: str
    instrument_zh: str
    instrument_en: str
    start: datetime
    end: datetime
    state: str
    purpose: str
    fund: str | None
    estimated_fen: int
    cancel_reason: str
    no_show_at: datetime | None
    route: str
    refused_at: datetime | None
    at_risk: list[RiskTold]
    expected_fen: int | None
    checked_in_at: datetime | None


class SlotTold(Told):
    """A free stretch of time, [start, end)."""

    start: datetime
    end: datetime


class FreeTold(Told):
    """The free stretches of one instrument, the earliest first."""

    items: list[SlotTold]


class CancellationTold(Told):
    """What cancelling costs the booking's person: points, and `fen`, `per_mille` of what is held."""

    points: int
    per_mille: int
    fen: int


@router.get("", response=PageOf[BookingTold], **scoped("bookings:read", _("Your bookings")))
def bookings(request: HttpRequest, asked: Query[BookingsAsked]) -> PageOf[BookingTold]:
    """The person's bookings. 422 `core.cursor`."""
    user = viewer(request)
    coming = asked.when == "coming"
    part = keyset.slice_of(
        upcoming(user, clock.now()) if coming else my_bookings(user),
        order=("start", "id") if coming else ("-start", "-id"),
        size=asked.limit,
        cursor=asked.cursor,
    )
    return PageOf[BookingTold](items=[told_of(one) for one in part.rows], next=part.next)


@router.get(
    "/free/{asset_no}",
    response=FreeTold,
    **scoped("instruments:read", _("When an instrument is free")),
)
def free_time(request: HttpRequest, asset_no: str, asked: Query[FreeAsked]) -> FreeTold:
    """Free stretches of at least a quarter of an hour. 404 `core.not_found`."""
    viewer(request)
    now = clock.now()
    instrument = get_object_or_404(Instrument, asset_no=asset_no)
    slots = free_slots(instrument, now, now + timedelta(days=asked.days), now=now)
    return FreeTold(items=[SlotTold(start=slot.start, end=slot.end) for slot in slots])


@router.get(
    "/{ulid}",
    response=BookingTold,
    **scoped("bookings:read", _("One booking of yours, or of an instrument whose crew you are")),
)
def booking(request: HttpRequest, ulid: str) -> BookingTold:
    """For its person and the instrument's crew. 404 `bookings.not_found`."""
    return told_of(booking_for(viewer(request), ulid, clock.now()))


@router.post(
    "",
    response={201: BookingTold},
    **scoped("bookings:write", _("Book an instrument for yourself")),
)
def create_booking(
    request: HttpRequest, wish: BookingWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Confirmed at once, or `requested` where somebody is asked first (`route`), and the estimated price held
    on the fund; or refused with every reason: the first is the error, the others stand in `details.also`.
    Codes: `bookings.` crew_only, period, past, too_long, too_short, too_far, notice, grid, not_open, hosting,
    outage, closed, overlap, guided_session, quota, fair_share, suspended, not_registered, visitor, points,
    no_safety, no_certificate, no_night_use, no_night_endorsement, customs, no_fund; `fees.` none, no_price;
    `funding.` not_usable, insufficient, limit; `core.idempotency_key`.
    """

    def act() -> BookingTold:
        user, now = viewer(request), clock.now()
        return told_of(
            book(
                user=user,
                instrument=get_object_or_404(Instrument, asset_no=wish.asset_no),
                start=wish.start,
                end=wish.end,
                fund=fund_of(user, wish.fund, now),
                by=user,
                now=now,
                purpose=wish.purpose,
            )
        )

    return once(request, idempotency_key, act, status=201)


@router.get(
    "/{ulid}/cancellation",
    response=CancellationTold,
    **scoped("bookings:read", _("What cancelling a booking would cost now")),
)
def cancellation(request: HttpRequest, ulid: str) -> CancellationTold:
    """Nothing is recorded and nothing changes; what counts is what the rule says when it is cancelled. 404
    `bookings.not_found`.
    """
    user, now = viewer(request), clock.now()
    return CancellationTold.model_validate(cost_of_cancelling(booking_for(user, ulid, now), user, now))


@router.post(
    "/{ulid}/cancel",
    response=BookingTold,
    **scoped("bookings:write", _("Cancel a booking")),
)
def cancel(
    request: HttpRequest, ulid: str, why: Cancellation, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The time is free again and nothing is held any more. 404 `bookings.not_found`; 409
    `bookings.cancelled`, `bookings.over`; 422 `core.idempotency_key`.
    """

    def act() -> BookingTold:
        user, now = viewer(request), clock.now()
        found = booking_for(user, ulid, now)
        return told_of(cancel_booking(booking=found, by=user, now=now, reason=why.reason))

    return once(request, idempotency_key, act)


@router.post(
    "/{ulid}/check-in",
    response=BookingTold,
    **scoped("bookings:write", _("Say at the instrument that you are here")),
)
def check_in_booking(
    request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The first time counts. 403 `bookings.not_yours`; 404 `bookings.not_found`; 409 `bookings.too_early`,
    `bookings.over`, `bookings.not_confirmed`; 422 `core.idempotency_key`.
    """

    def act() -> BookingTold:
        user, now = viewer(request), clock.now()
        return told_of(check_in(booking=booking_for(user, ulid, now), by=user, now=now))

    return once(request, idempotency_key, act)


def fund_of(user: User, number: str | None, now: datetime) -> FundAccount | None:
    """The person's usable fund of this number; None where none is named. Raises `funding.not_usable`."""
    if number is None:
        return None
    fund: FundAccount | None = usable_funds(user, now).filter(number=number).first()
    if fund is None:
        raise Invalid(_("You cannot pay from this fund."), code="funding.not_usable", field="fund")
    return fund


def told_of(one: Booking) -> BookingTold:
    """A booking as programs read it."""
    return BookingTold(
        ulid=one.ulid,
        asset_no=one.instrument.asset_no,
        instrument_zh=one.instrument.name_zh,
        instrument_en=one.instrument.name_en,
        start=one.start,
        end=one.end,
        state=one.state,
        purpose=one.purpose,
        fund=one.fund.number if one.fund else None,
        estimated_fen=one.estimated_fen,
        cancel_reason=one.cancel_reason,
        no_show_at=one.no_show_at,
        route=one.route,
        refused_at=one.refused_at,
        at_risk=[RiskTold(**risk) for risk in (one.at_risk if one.is_at_risk else ())],
        expected_fen=one.expected_fen,
        checked_in_at=one.checked_in_at,
    )
