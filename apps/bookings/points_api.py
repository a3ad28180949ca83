"""My points and the appeal against them, and the appeals that wait for who may decide, for programs: the same
operations and refusals as on the pages.
"""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field

from apps.bookings.models import PointAppeal, PointEntry
from apps.bookings.points import appeal, appeals_for, counting_entries, decide_appeal, my_points
from apps.core import clock, keyset
from apps.core.api import Asked, PageAsked, PageOf, Told
from apps.core.errors import NotFound
from apps.people.models import User
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

router = Router(tags=["bookings"])


class PointsTold(Told):
    """Points for one booking. `counts`: they count now. `appeal` is null where there was none; `why` is what
    the decision on it says.
    """

    ulid: str
    booking: str
    asset_no: str
    kind: str
    points: int
    at: datetime
    counts: bool
    appeal: Literal["open", "upheld", "rejected"] | None
    why: str


class Appeal(Asked):
    """Why the points should not count."""

    reason: str = Field(max_length=500)


class AppealTold(Told):
    """An appeal against points of somebody. `said`: why they should not count; `state` is open, upheld or
    rejected; `why`: what the decision on it says, empty while it is open.
    """

    ulid: str
    user: str
    name: str
    booking: str
    asset_no: str
    kind: str
    points: int
    appealed_at: datetime
    said: str
    state: str
    why: str


class AppealAnswer(Asked):
    """Upheld, the points count no more; the person reads why."""

    uphold: bool
    reason: str = Field(max_length=500)


@router.get("", response=PageOf[PointsTold], **scoped("bookings:read", _("Your points")))
def points(request: HttpRequest, asked: Query[PageAsked]) -> PageOf[PointsTold]:
    """The latest first; the sum of those that count is what counts. 422 `core.cursor`."""
    user, now = viewer(request), clock.now()
    counting = {entry.pk for entry in counting_entries(user, now)}
    part = keyset.slice_of(my_points(user), order=("-at", "-id"), size=asked.limit, cursor=asked.cursor)
    return PageOf[PointsTold](items=[_told(one, counting) for one in part.rows], next=part.next)


@router.post(
    "/{ulid}/appeal",
    response=PointsTold,
    **scoped("bookings:write", _("Appeal against points of yours")),
)
def make_appeal(
    request: HttpRequest, ulid: str, why: Appeal, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Once, within the days for it; the points count until somebody upholds it. 404 `bookings.no_points`;
    409 `bookings.appealed`, `bookings.appeal_late`; 422 `core.reason_required`, `core.idempotency_key`.
    """

    def act() -> PointsTold:
        user, now = viewer(request), clock.now()
        appeal(entry=_mine(user, ulid), by=user, reason=why.reason, now=now)
        return _told(_mine(user, ulid), {entry.pk for entry in counting_entries(user, now)})

    return once(request, idempotency_key, act)


@router.get(
    "/appeals",
    response=PageOf[AppealTold],
    **scoped("bookings:read", _("The open appeals that you may decide")),
)
def appeals_to_decide(request: HttpRequest, asked: Query[PageAsked]) -> PageOf[AppealTold]:
    """The oldest first, nobody's own. 422 `core.cursor`."""
    found = appeals_for(viewer(request), clock.now()).filter(state=PointAppeal.State.OPEN)
    part = keyset.slice_of(found, order=("appealed_at", "id"), size=asked.limit, cursor=asked.cursor)
    return PageOf[AppealTold](items=[_appealed(one) for one in part.rows], next=part.next)


@router.post(
    "/appeals/{ulid}/decide",
    response=AppealTold,
    **scoped("bookings:write", _("Decide an appeal against points")),
)
def answer_appeal(
    request: HttpRequest, ulid: str, answer: AppealAnswer, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Once, by whoever is responsible for the instrument. 404 `bookings.no_appeal`; 409
    `bookings.appeal_decided`; 422 `core.reason_required`, `core.idempotency_key`.
    """

    def act() -> AppealTold:
        user, now = viewer(request), clock.now()
        found = appeals_for(user, now).filter(ulid=ulid).first()
        if found is None:
            raise NotFound(_("There is no such appeal."), code="bookings.no_appeal")
        decide_appeal(found=found, by=user, uphold=answer.uphold, why=answer.reason, now=now)
        return _appealed(appeals_for(user, now).get(ulid=ulid))

    return once(request, idempotency_key, act)


def _appealed(found: PointAppeal) -> AppealTold:
    entry = found.entry
    return AppealTold(
        ulid=found.ulid,
        user=entry.user.ulid,
        name=entry.user.display_name,
        booking=entry.booking.ulid,
        asset_no=entry.booking.instrument.asset_no,
        kind=entry.kind,
        points=entry.points,
        appealed_at=found.appealed_at,
        said=found.reason,
        state=found.state,
        why=found.why,
    )


def _mine(user: User, ulid: str) -> PointEntry:
    found = my_points(user).filter(ulid=ulid).first()
    if found is None:
        raise NotFound(_("There are no such points."), code="bookings.no_points")
    return found


def _told(entry: PointEntry, counting: set[int]) -> PointsTold:
    made = getattr(entry, "appeal", None)
    return PointsTold(
        ulid=entry.ulid,
        booking=entry.booking.ulid,
        asset_no=entry.booking.instrument.asset_no,
        kind=entry.kind,
        points=entry.points,
        at=entry.at,
        counts=entry.pk in counting,
        appeal=made.state if made else None,
        why=made.why if made else "",
    )
