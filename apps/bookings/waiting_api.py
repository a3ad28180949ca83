"""What I wait for, and who waits for an instrument, for programs: the same operations and the same refusals
as on the pages.
"""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field

from apps.bookings.api import BookingTold, fund_of, told_of
from apps.bookings.models import Booking
from apps.bookings.waiting import (
    accept_offer,
    decline_offer,
    join_waiting,
    leave_waiting,
    my_waiting,
    offers_of,
    waiting_for,
    waiting_list,
)
from apps.core import clock, keyset
from apps.core.api import Asked, Moment, PageAsked, PageOf, Told
from apps.core.errors import NotPermitted
from apps.instruments.models import Instrument
from apps.instruments.queries import may_manage
from apps.people.models import User
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

router = Router(tags=["bookings"])


class WaitingWish(Asked):
    """So many minutes on one instrument, anywhere between two moments, and the number of the fund that
    pays.
    """

    asset_no: str = Field(max_length=20)
    earliest: Moment
    latest: Moment
    minutes: int = Field(ge=1, le=7 * 24 * 60)
    fund: str | None = Field(None, max_length=40)
    purpose: Literal["use", "sample_run", "training", "teaching", "maintenance"] = "use"


class Acceptance(Asked):
    """The number of another fund than the one that was named when joining; empty for that one."""

    fund: str | None = Field(None, max_length=40)


class Leaving(Asked):
    """Why; may stay empty."""

    reason: str = Field("", max_length=200)


class OfferTold(Told):
    """Time that is kept for the person until they answer, [start, end). Money is in fen, times are UTC."""

    start: datetime
    end: datetime
    until: datetime
    estimated_fen: int


class WaitingTold(Told):
    """A place in line; `state` is waiting, offered, taken, lapsed or left. `place` counts those before whose
    windows meet, from 1. `passed_code`: why time could not be offered last.
    """

    ulid: str
    asset_no: str
    earliest: datetime
    latest: datetime
    minutes: int
    state: str
    place: int
    passed_code: str
    booking: str | None
    offer: OfferTold | None


class InLineTold(WaitingTold):
    """Somebody in line, as the crew knows them."""

    user: str
    name: str


@router.get("", response=PageOf[WaitingTold], **scoped("bookings:read", _("What you wait for")))
def waiting(request: HttpRequest, asked: Query[PageAsked]) -> PageOf[WaitingTold]:
    """The latest first. 422 `core.cursor`."""
    user = viewer(request)
    part = keyset.slice_of(my_waiting(user), order=("-id",), size=asked.limit, cursor=asked.cursor)
    offers = offers_of(part.rows)
    return PageOf[WaitingTold](items=[_told(row, offers.get(row.pk)) for row in part.rows], next=part.next)


@router.get(
    "/instruments/{asset_no}",
    response=PageOf[InLineTold],
    **scoped("bookings:read", _("Who waits for an instrument whose crew you are")),
)
def line_of_instrument(request: HttpRequest, asset_no: str, asked: Query[PageAsked]) -> PageOf[InLineTold]:
    """In their order. 403 `bookings.not_crew`; 404 `core.not_found`; 422 `core.cursor`."""
    instrument = get_object_or_404(Instrument, asset_no=asset_no)
    if not may_manage(viewer(request), instrument, clock.now()):
        raise NotPermitted(_("Only the instrument's crew sees who waits."), code="bookings.not_crew")
    part = keyset.slice_of(waiting_list(instrument), order=("id",), size=asked.limit, cursor=asked.cursor)
    offers = offers_of(part.rows)
    told = [
        InLineTold(
            **_told(row, offers.get(row.pk)).model_dump(), user=row.user.ulid, name=row.user.display_name
        )
        for row in part.rows
    ]
    return PageOf[InLineTold](items=told, next=part.next)


@router.get(
    "/{ulid}",
    response=WaitingTold,
    **scoped("bookings:read", _("One place in line of yours, or of an instrument whose crew you are")),
)
def one_waiting(request: HttpRequest, ulid: str) -> WaitingTold:
    """For its person and the instrument's crew. 404 `bookings.no_waiting`."""
    return _told_anew(viewer(request), ulid)


@router.post("", response={201: WaitingTold}, **scoped("bookings:write", _("Wait for time on an instrument")))
def join(request: HttpRequest, wish: WaitingWish, idempotency_key: IdempotencyKey = None) -> "Status[Any]":
    """After all who came before. 409 `bookings.` still_free, waits_already, waiting_most, waiting_line; 422
    `bookings.` waiting_window, grid, no_fund, `core.idempotency_key`; and whatever refuses every booking of
    this person.
    """

    def act() -> WaitingTold:
        user, now = viewer(request), clock.now()
        row = join_waiting(
            user=user,
            instrument=get_object_or_404(Instrument, asset_no=wish.asset_no),
            earliest=wish.earliest,
            latest=wish.latest,
            minutes=wish.minutes,
            fund=fund_of(user, wish.fund, now),
            by=user,
            now=now,
            purpose=wish.purpose,
        )
        return _told_anew(user, row.ulid)

    return once(request, idempotency_key, act, status=201)


@router.post(
    "/{ulid}/accept", response=BookingTold, **scoped("bookings:write", _("Accept time offered to you"))
)
def accept(
    request: HttpRequest, ulid: str, how: Acceptance, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Booked as any booking is. 403 `bookings.not_your_offer`; 404 `bookings.no_waiting`; 409 `bookings.`
    no_offer, offer_lapsed, and whatever refuses a booking; 422 `core.idempotency_key`.
    """

    def act() -> BookingTold:
        user, now = viewer(request), clock.now()
        row = waiting_for(user, ulid, now)
        fund = fund_of(user, how.fund, now)
        return told_of(accept_offer(waiting=row, by=user, now=now, fund=fund))

    return once(request, idempotency_key, act)


@router.post(
    "/{ulid}/decline", response=WaitingTold, **scoped("bookings:write", _("Decline time offered to you"))
)
def decline(request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None) -> "Status[Any]":
    """The place is kept for other time. 403 `bookings.not_your_offer`; 404 `bookings.no_waiting`; 409
    `bookings.no_offer`; 422 `core.idempotency_key`.
    """

    def act() -> WaitingTold:
        user, now = viewer(request), clock.now()
        decline_offer(waiting=waiting_for(user, ulid, now), by=user, now=now)
        return _told_anew(user, ulid)

    return once(request, idempotency_key, act)


@router.post("/{ulid}/leave", response=WaitingTold, **scoped("bookings:write", _("Leave a waiting list")))
def leave(
    request: HttpRequest, ulid: str, why: Leaving, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Whoever waits, or the instrument's crew. 404 `bookings.no_waiting`; 409 `bookings.waiting_over`; 422
    `core.idempotency_key`.
    """

    def act() -> WaitingTold:
        user, now = viewer(request), clock.now()
        leave_waiting(waiting=waiting_for(user, ulid, now), by=user, now=now, reason=why.reason)
        return _told_anew(user, ulid)

    return once(request, idempotency_key, act)


def _told_anew(user: User, ulid: str) -> WaitingTold:
    row = waiting_for(user, ulid, clock.now())
    return _told(row, offers_of([row]).get(row.pk))


def _told(row: Any, offer: Booking | None) -> WaitingTold:
    return WaitingTold(
        ulid=row.ulid,
        asset_no=row.instrument.asset_no,
        earliest=row.earliest,
        latest=row.latest,
        minutes=row.minutes,
        state=row.state,
        place=row.place,
        passed_code=row.passed_code,
        booking=row.booking.ulid if row.booking else None,
        offer=OfferTold(
            start=offer.start,
            end=offer.end,
            until=offer.offered_until,
            estimated_fen=offer.estimated_fen,
        )
        if offer is not None and offer.offered_until is not None
        else None,
    )
