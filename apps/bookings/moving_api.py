"""Changing bookings and handing them over, for programs: the same operations and refusals as on the pages."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field

from apps.bookings.alternatives import Alternative, alternatives
from apps.bookings.api import BookingTold, fund_of, told_of
from apps.bookings.api import router as bookings
from apps.bookings.handing import (
    decline_hand_over,
    hand_over_for,
    my_hand_overs,
    offer_hand_over,
    take_over,
    takers,
    withdraw_hand_over,
)
from apps.bookings.models import HandOver
from apps.bookings.moving import change_booking
from apps.bookings.queries import booking_for
from apps.core import clock, keyset
from apps.core.api import Asked, Moment, PageAsked, PageOf, Told
from apps.core.errors import Invalid
from apps.instruments.models import Instrument
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

router = Router(tags=["bookings"])


class Change(Asked):
    """The new period, and the numbers of another instrument and of another fund; empty for those of now."""

    asset_no: str | None = Field(None, max_length=20)
    start: Moment
    end: Moment
    fund: str | None = Field(None, max_length=40)


class AlternativesAsked(Asked):
    """Another period than the booking's own."""

    start: Moment | None = None
    end: Moment | None = None


class AlternativeTold(Told):
    """A sister instrument and a time on it; `estimated_fen` is null where it costs nothing or no price is
    known, `more_fen` what it costs more (negative: less) than the booking.
    """

    asset_no: str
    instrument_zh: str
    instrument_en: str
    start: datetime
    end: datetime
    estimated_fen: int | None
    more_fen: int


class AlternativesTold(Told):
    """`same_time`: free at the very time; where there is none, `later` has the next times."""

    same_time: list[AlternativeTold]
    later: list[AlternativeTold]


class HandOverWish(Asked):
    """To whom: the user name of somebody in a research group of the person."""

    to: str = Field(max_length=150)


class Taking(Asked):
    """The number of the fund that pays."""

    fund: str | None = Field(None, max_length=40)


class HandOverTold(Told):
    """A booking that is offered to somebody until a moment; `role` says which of the two the person is.
    `state` is offered, taken, declined, withdrawn or lapsed.
    """

    ulid: str
    role: Literal["giver", "taker"]
    booking: str
    asset_no: str
    start: datetime
    end: datetime
    until: datetime
    state: str


@bookings.post(
    "/{ulid}/change",
    response=BookingTold,
    **scoped("bookings:write", _("Change a booking to another time or instrument")),
)
def change(
    request: HttpRequest, ulid: str, wish: Change, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """A booking in the place of the old one, which stands until the new one is confirmed. 404
    `bookings.not_found`, `core.not_found`; 409 `bookings.` cancelled, over, begun, not_confirmed,
    change_pending, change_overlaps, and whatever refuses a booking; 422 `bookings.unchanged`,
    `core.idempotency_key`.
    """

    def act() -> BookingTold:
        user, now = viewer(request), clock.now()
        found = booking_for(user, ulid, now)
        fund = fund_of(found.user, wish.fund, now)
        to = get_object_or_404(Instrument, asset_no=wish.asset_no) if wish.asset_no else None
        period = {"start": wish.start, "end": wish.end}
        made = change_booking(booking=found, instrument=to, fund=fund, by=user, now=now, **period)
        return told_of(made)

    return once(request, idempotency_key, act)


@bookings.get(
    "/{ulid}/alternatives",
    response=AlternativesTold,
    **scoped("bookings:read", _("Sister instruments on which a booking could be had")),
)
def alternatives_to(request: HttpRequest, ulid: str, asked: Query[AlternativesAsked]) -> AlternativesTold:
    """Of the same class, free, and such that the booking's person is certified for. Points, hours of the
    group and money are the change's own to say. 404 `bookings.not_found`.
    """
    user, now = viewer(request), clock.now()
    found = alternatives(booking_for(user, ulid, now), now=now, start=asked.start, end=asked.end)
    return AlternativesTold(
        same_time=[_alternative(one) for one in found.same_time],
        later=[_alternative(one) for one in found.later],
    )


@bookings.post(
    "/{ulid}/hand-over",
    response={201: HandOverTold},
    **scoped("bookings:write", _("Hand a booking over")),
)
def hand_over(
    request: HttpRequest, ulid: str, wish: HandOverWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """It stays the person's until the other takes it. 403 `bookings.not_yours`; 404 `bookings.not_found`; 409
    `bookings.` hand_over_purpose, handed_already, cancelled, over, begun; 422 `bookings.no_taker`,
    `core.idempotency_key`.
    """

    def act() -> HandOverTold:
        user, now = viewer(request), clock.now()
        found = booking_for(user, ulid, now)
        to = takers(user, now).filter(username=wish.to).first()
        if to is None:
            raise Invalid(_("This person cannot take a booking."), code="bookings.no_taker", field="to")
        return _told(offer_hand_over(booking=found, to=to, by=user, now=now), user.pk)

    return once(request, idempotency_key, act, status=201)


@router.get("", response=PageOf[HandOverTold], **scoped("bookings:read", _("Hand-overs of bookings")))
def hand_overs(request: HttpRequest, asked: Query[PageAsked]) -> PageOf[HandOverTold]:
    """What the person gives or is offered, the latest first. 422 `core.cursor`."""
    user = viewer(request)
    part = keyset.slice_of(my_hand_overs(user), order=("-id",), size=asked.limit, cursor=asked.cursor)
    return PageOf[HandOverTold](items=[_told(row, user.pk) for row in part.rows], next=part.next)


@router.post(
    "/{ulid}/take",
    response=BookingTold,
    **scoped("bookings:write", _("Take over a booking that is offered to you")),
)
def take(
    request: HttpRequest, ulid: str, how: Taking, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Booked for the person as any booking. 403 `bookings.not_your_hand_over`; 404 `bookings.no_hand_over`;
    409 `bookings.hand_over_gone`, and whatever refuses a booking; 422 `core.idempotency_key`.
    """

    def act() -> BookingTold:
        user, now = viewer(request), clock.now()
        row = hand_over_for(user, ulid)
        return told_of(take_over(hand_over=row, by=user, fund=fund_of(user, how.fund, now), now=now))

    return once(request, idempotency_key, act)


@router.post(
    "/{ulid}/decline",
    response=HandOverTold,
    **scoped("bookings:write", _("Decline a booking that is offered to you")),
)
def decline_hand_over_offer(
    request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """403 `bookings.not_your_hand_over`; 404 `bookings.no_hand_over`; 409 `bookings.hand_over_gone`; 422
    `core.idempotency_key`.
    """

    def act() -> HandOverTold:
        user, now = viewer(request), clock.now()
        row = decline_hand_over(hand_over=hand_over_for(user, ulid), by=user, now=now)
        return _told(row, user.pk)

    return once(request, idempotency_key, act)


@router.post(
    "/{ulid}/withdraw",
    response=HandOverTold,
    **scoped("bookings:write", _("Keep a booking after all")),
)
def take_hand_over_back(
    request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """403 `bookings.not_yours`; 404 `bookings.no_hand_over`; 409 `bookings.hand_over_gone`; 422
    `core.idempotency_key`.
    """

    def act() -> HandOverTold:
        user, now = viewer(request), clock.now()
        row = withdraw_hand_over(hand_over=hand_over_for(user, ulid), by=user, now=now)
        return _told(row, user.pk)

    return once(request, idempotency_key, act)


def _told(row: HandOver, viewer_id: int) -> HandOverTold:
    return HandOverTold(
        ulid=row.ulid,
        role="taker" if row.to_id == viewer_id else "giver",
        booking=row.booking.ulid,
        asset_no=row.booking.instrument.asset_no,
        start=row.booking.start,
        end=row.booking.end,
        until=row.until,
        state=row.state,
    )


def _alternative(one: Alternative) -> AlternativeTold:
    return AlternativeTold(
        asset_no=one.instrument.asset_no,
        instrument_zh=one.instrument.name_zh,
        instrument_en=one.instrument.name_en,
        start=one.start,
        end=one.end,
        estimated_fen=one.fen,
        more_fen=one.more_fen,
    )
