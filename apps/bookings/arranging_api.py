"""How instruments are booked and when they are open, for programs: read by everybody, set by who manages."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field

from apps.bookings.arranging import MOST_WINDOWS, may_arrange, set_quota, set_terms, set_windows
from apps.bookings.opening import opening_of
from apps.bookings.quotas import quotas_set
from apps.bookings.terms import terms_of
from apps.core import clock
from apps.core.api import Asked, Told
from apps.core.clock import school_midnight, school_time
from apps.core.errors import NotPermitted
from apps.instruments.models import Instrument
from apps.people.models import ResearchGroup, User
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

router = Router(tags=["bookings"])


class TermsTold(Told):
    """The terms that count now, whoever says them."""

    grid_minutes: int
    min_minutes: int
    max_minutes: int
    notice_minutes: int
    horizon_days: int
    grace_minutes: int
    route: str


class TermsWish(Asked):
    """What the instrument itself says from now on; null: what its facility or the school says counts."""

    grid_minutes: int | None = None
    min_minutes: int | None = None
    max_minutes: int | None = None
    notice_minutes: int | None = None
    horizon_days: int | None = None
    grace_minutes: int | None = None
    route: Literal["auto", "manager", "pi", "both", "lab_head"] | None = None


class WindowTold(Told):
    """Open in [from_minute, until_minute), counted from midnight at the school."""

    from_minute: int
    until_minute: int


class DayTold(Told):
    """A day of the school. `day_type` is null where nothing depends on it: open round the clock."""

    day: date
    day_type: Literal["workday", "restday", "holiday"] | None
    windows: list[WindowTold]


class OpeningTold(Told):
    """The coming days, today first."""

    items: list[DayTold]


class OpeningAsked(Asked):
    """How many days are told."""

    days: int = Field(14, ge=1, le=31)


class WindowWish(Asked):
    """A window of a kind of day, in minutes since midnight; 1440 is the next midnight."""

    day_type: Literal["workday", "restday", "holiday"]
    from_minute: int
    until_minute: int


class OpeningWish(Asked):
    """The whole week from the day `since` on; null instead of windows: open when the facility is."""

    since: date
    windows: list[WindowWish] | None = Field(max_length=3 * MOST_WINDOWS)


class GroupHoursTold(Told):
    """A group (a ULID; null: every group without hours of its own) books at most so many hours a week or
    month. `beyond_hours`: beyond them only within so many hours of the start, null for never.
    """

    group: str | None
    period: str
    hours: int
    beyond_hours: int | None


class AllGroupHoursTold(Told):
    """What counts now at one instrument; what its facility says counts beside it."""

    items: list[GroupHoursTold]


class GroupHoursWish(Asked):
    """The hours of a group from now on, or of every group; null instead of hours: they end."""

    group: str | None = Field(None, max_length=26)
    period: Literal["week", "month"]
    hours: int | None
    beyond_hours: int | None = None


@router.get(
    "/{asset_no}",
    response=TermsTold,
    **scoped("instruments:read", _("The terms under which an instrument is booked")),
)
def terms(request: HttpRequest, asset_no: str) -> TermsTold:
    """Lengths in minutes, the horizon in days. 404 `core.not_found`."""
    viewer(request)
    return _terms(get_object_or_404(Instrument, asset_no=asset_no), clock.now())


@router.post(
    "/{asset_no}",
    response=TermsTold,
    **scoped("instruments:write", _("Set the terms under which an instrument is booked")),
)
def change_terms(
    request: HttpRequest, asset_no: str, wish: TermsWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """All of the instrument's own numbers at once; the answer is what counts then. 403
    `instruments.not_manager`; 404 `core.not_found`; 422 `bookings.terms`, `core.idempotency_key`.
    """

    def act() -> TermsTold:
        user, now = viewer(request), clock.now()
        instrument = get_object_or_404(Instrument, asset_no=asset_no)
        numbers = wish.model_dump(exclude={"route"})
        set_terms(owner=instrument, numbers=numbers, route=wish.route or "", by=user, now=now)
        return _terms(instrument, now)

    return once(request, idempotency_key, act)


@router.get(
    "/{asset_no}/opening",
    response=OpeningTold,
    **scoped("instruments:read", _("When an instrument is open in the coming days")),
)
def opening(request: HttpRequest, asset_no: str, asked: Query[OpeningAsked]) -> OpeningTold:
    """Day by day, by the school's calendar. 404 `core.not_found`."""
    viewer(request)
    instrument = get_object_or_404(Instrument, asset_no=asset_no)
    return _opening(instrument, school_time(clock.now()).date(), asked.days)


@router.post(
    "/{asset_no}/opening",
    response=OpeningTold,
    **scoped("instruments:write", _("Set when an instrument is open")),
)
def change_opening(
    request: HttpRequest, asset_no: str, wish: OpeningWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The answer is the two weeks from `since` on. Bookings that were made before stay. 403
    `instruments.not_manager`; 404 `core.not_found`; 422 `bookings.windows`, `bookings.windows_since`,
    `core.idempotency_key`.
    """

    def act() -> OpeningTold:
        user, now = viewer(request), clock.now()
        instrument = get_object_or_404(Instrument, asset_no=asset_no)
        week: dict[str, list[tuple[int, int]]] = {}
        for one in wish.windows or ():
            week.setdefault(one.day_type, []).append((one.from_minute, one.until_minute))
        said = None if wish.windows is None else week
        set_windows(owner=instrument, week=said, since=wish.since, by=user, now=now)
        return _opening(instrument, wish.since, 14)

    return once(request, idempotency_key, act)


@router.get(
    "/{asset_no}/quotas",
    response=AllGroupHoursTold,
    **scoped("instruments:read", _("The hours that groups may book at an instrument that you manage")),
)
def group_hours(request: HttpRequest, asset_no: str) -> AllGroupHoursTold:
    """403 `bookings.not_arranger`; 404 `core.not_found`."""
    return _quotas(viewer(request), get_object_or_404(Instrument, asset_no=asset_no), clock.now())


@router.post(
    "/{asset_no}/quotas",
    response=AllGroupHoursTold,
    **scoped("instruments:write", _("Set the hours that groups may book at an instrument")),
)
def change_group_hours(
    request: HttpRequest, asset_no: str, wish: GroupHoursWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """What is booked stays, and is told of where it is too much now. 403 `instruments.not_manager`; 404
    `core.not_found`; 422 `bookings.quota_hours`, `core.idempotency_key`.
    """

    def act() -> AllGroupHoursTold:
        user, now = viewer(request), clock.now()
        instrument = get_object_or_404(Instrument, asset_no=asset_no)
        group = get_object_or_404(ResearchGroup, ulid=wish.group) if wish.group else None
        set_quota(
            owner=instrument,
            group=group,
            period=wish.period,
            hours=wish.hours,
            beyond_hours=wish.beyond_hours if wish.hours is not None else None,
            by=user,
            now=now,
        )
        return _quotas(user, instrument, now)

    return once(request, idempotency_key, act)


def _quotas(user: User, instrument: Instrument, now: datetime) -> AllGroupHoursTold:
    if not may_arrange(user, instrument, now):
        raise NotPermitted(_("Only who manages it says how it is booked."), code="bookings.not_arranger")
    told = [
        GroupHoursTold(
            group=one.group.ulid if one.group else None,
            period=one.period,
            hours=one.hours,
            beyond_hours=one.beyond_hours,
        )
        for one in quotas_set(instrument, now)
    ]
    return AllGroupHoursTold(items=told)


def _terms(instrument: Instrument, now: datetime) -> TermsTold:
    return TermsTold.model_validate(terms_of(instrument, now))


def _opening(instrument: Instrument, first: date, days: int) -> OpeningTold:
    start = school_midnight(first)
    found = opening_of(instrument, start, start + timedelta(days=days))
    told = []
    for number in range(days):
        one = found.day(first + timedelta(days=number))
        windows = [WindowTold(from_minute=start, until_minute=end) for start, end in one.minutes]
        told.append(DayTold(day=one.day, day_type=one.kind.value if one.kind else None, windows=windows))
    return OpeningTold(items=told)
