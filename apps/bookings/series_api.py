"""Bookings that repeat, for programs: the same operations and the same refusals as on the pages."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field

from apps.bookings.api import fund_of
from apps.bookings.models import Series
from apps.bookings.repeating import Pattern, days_in, mask_of
from apps.bookings.series import (
    bookings_of,
    make_series,
    my_series,
    preview_series,
    series_for,
    stop_series,
)
from apps.core import clock, keyset
from apps.core.api import Asked, PageAsked, PageOf, Told
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

router = Router(tags=["bookings"])


class SeriesWish(Asked):
    """The same time of day (minutes since midnight at the school) on the same weekdays (1 for Monday to 7 for
    Sunday) from a first to a last day, without the days in `but`.
    """

    asset_no: str = Field(max_length=20)
    weekdays: list[int] = Field(min_length=1, max_length=7)
    from_minute: int = Field(ge=0, le=1439)
    until_minute: int = Field(ge=1, le=1440)
    first_day: date
    last_day: date
    skip_holidays: bool = True
    but: list[date] = Field(default_factory=list, max_length=366)
    fund: str | None = Field(None, max_length=40)
    purpose: Literal["use", "training", "teaching", "maintenance"] = "use"


class Stopping(Asked):
    """From which day on, and why."""

    from_day: date
    reason: str = Field("", max_length=200)


class SeriesDayTold(Told):
    """One day of a series before it is made; `code` and `message` say why it cannot be booked, and are empty
    where it can.
    """

    day: date
    start: datetime
    end: datetime
    code: str
    message: str


class DaysTold(Told):
    """Every day of a series in order."""

    items: list[SeriesDayTold]


class SeriesTold(Told):
    """A series. `bookings` are the numbers of all its bookings in order, also of those that were moved."""

    ulid: str
    asset_no: str
    purpose: str
    weekdays: list[int]
    from_minute: int
    until_minute: int
    first_day: date
    last_day: date
    skip_holidays: bool
    stopped_from: date | None
    bookings: list[str]


@router.get("", response=PageOf[SeriesTold], **scoped("bookings:read", _("Your series of bookings")))
def series_list(request: HttpRequest, asked: Query[PageAsked]) -> PageOf[SeriesTold]:
    """The latest first. 422 `core.cursor`."""
    user = viewer(request)
    rows = my_series(user, clock.now()).prefetch_related("bookings")
    part = keyset.slice_of(rows, order=("-id",), size=asked.limit, cursor=asked.cursor)
    items = [_told(row, [one.ulid for one in row.bookings.all()]) for row in part.rows]
    return PageOf[SeriesTold](items=items, next=part.next)


@router.post(
    "/preview", response=DaysTold, **scoped("bookings:read", _("What a series of bookings would be"))
)
def preview(request: HttpRequest, wish: SeriesWish) -> DaysTold:
    """Every day with what stands against it; nothing is booked. 422 `bookings.series_` weekdays, minutes,
    days, empty, most.
    """
    found = preview_series(**_asked(viewer(request), wish))
    return DaysTold(
        items=[
            SeriesDayTold(
                day=one.day,
                start=one.start,
                end=one.end,
                code=one.refusal.code if one.refusal else "",
                message=str(one.refusal.message) if one.refusal else "",
            )
            for one in found
        ]
    )


@router.get(
    "/{ulid}",
    response=SeriesTold,
    **scoped("bookings:read", _("One series of yours, or of an instrument whose crew you are")),
)
def one_series(request: HttpRequest, ulid: str) -> SeriesTold:
    """For its person and the instrument's crew. 404 `bookings.no_series`."""
    found = series_for(viewer(request), ulid, clock.now())
    return _told(found, _ulids(found))


@router.post("", response={201: SeriesTold}, **scoped("bookings:write", _("Book an instrument every week")))
def create_series(
    request: HttpRequest, wish: SeriesWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """All of it or nothing. 409 `bookings.series_conflicts`, whose `details.conflicts` list every day that
    cannot be booked; 422 `bookings.series_` weekdays, minutes, days, empty, most, `core.idempotency_key`.
    """

    def act() -> SeriesTold:
        made = make_series(**_asked(viewer(request), wish))
        return _told(made, _ulids(made))

    return once(request, idempotency_key, act, status=201)


@router.post("/{ulid}/stop", response=SeriesTold, **scoped("bookings:write", _("Stop a series of bookings")))
def stop(
    request: HttpRequest, ulid: str, why: Stopping, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """What is booked from that day on is cancelled. 404 `bookings.no_series`; 409 `bookings.series_over`; 422
    `core.idempotency_key`.
    """

    def act() -> SeriesTold:
        user, now = viewer(request), clock.now()
        found = series_for(user, ulid, now)
        stop_series(series=found, from_day=why.from_day, by=user, now=now, reason=why.reason)
        found.refresh_from_db()
        return _told(found, _ulids(found))

    return once(request, idempotency_key, act)


def _asked(user: User, wish: SeriesWish) -> dict[str, Any]:
    now = clock.now()
    return {
        "user": user,
        "instrument": get_object_or_404(Instrument, asset_no=wish.asset_no),
        "purpose": wish.purpose,
        "fund": fund_of(user, wish.fund, now),
        "pattern": Pattern(
            weekdays=mask_of(day - 1 for day in wish.weekdays if 1 <= day <= 7),
            from_minute=wish.from_minute,
            until_minute=wish.until_minute,
            first_day=wish.first_day,
            last_day=wish.last_day,
            skip_holidays=wish.skip_holidays,
            but=frozenset(wish.but),
        ),
        "by": user,
        "now": now,
    }


def _ulids(series: Series) -> list[str]:
    return list(bookings_of(series).values_list("ulid", flat=True))


def _told(one: Series, bookings: list[str]) -> SeriesTold:
    return SeriesTold(
        ulid=one.ulid,
        asset_no=one.instrument.asset_no,
        purpose=one.purpose,
        weekdays=[day + 1 for day in days_in(one.weekdays)],
        from_minute=one.from_minute,
        until_minute=one.until_minute,
        first_day=one.first_day,
        last_day=one.last_day,
        skip_holidays=one.skip_holidays,
        stopped_from=one.stopped_from,
        bookings=bookings,
    )
