"""Fee reviews for programs, where it is no step: a member stands aside, and what whoever runs the panel does
for it. Votes are answers of tasks, like everything else.
"""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Status

from apps.core import clock
from apps.core.api import Asked, Moment, Told, Ulid
from apps.core.errors import NotFound
from apps.panels.models import PanelSeat
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once
from workflows.api.acting import DECIDE
from workflows.api.routers import cases
from workflows.api.wishes import Reason, ReasonWish
from workflows.fee_review import acts
from workflows.judging import lookup
from workflows.models import Case
from workflows.visibility import find_case


class UntilWish(Asked):
    """Until when, and why."""

    until: Moment
    reason: str = Reason


class PanelSeatTold(Told):
    """A place on a panel: whose it is and how it stands."""

    ulid: str
    username: str
    name_zh: str
    state: str


class RoundTold(Told):
    """A round of votes: how many have voted, never how."""

    ulid: str
    number: int
    kind: str
    due_at: datetime
    closed_at: datetime | None


@cases.post("/{ulid}/recuse", response=PanelSeatTold, **scoped(DECIDE, _("Stand aside from a panel")))
def recuse_from_panel(
    request: HttpRequest, ulid: str, wish: ReasonWish, idempotency_key: IdempotencyKey = None
) -> "Status[object]":
    """Whatever the panel is doing. 403 `panels.not_your_seat`; 409 `panels.` panel_ended, seat_moved."""

    def act() -> PanelSeatTold:
        user, now = viewer(request), clock.now()
        found = find_case(ulid, user, now)
        return _seat(acts.recuse(case=found, by=user, reason=wish.reason, now=now))

    return once(request, idempotency_key, act)


@cases.post(
    "/{ulid}/panel/seats/{seat}/substitute",
    response=PanelSeatTold,
    **scoped(DECIDE, _("Call a substitute in the place of a member")),
)
def call_substitute(
    request: HttpRequest, ulid: str, seat: Ulid, wish: ReasonWish, idempotency_key: IdempotencyKey = None
) -> "Status[object]":
    """Gives who was called, or the empty place where nobody is left. 403 `panels.not_convener`; 404
    `panels.no_seat`; 409 `panels.` has_voted, not_yet, seat_kept.
    """

    def act() -> PanelSeatTold:
        user, now = viewer(request), clock.now()
        found = find_case(ulid, user, now)
        empty = _seat_of(found, seat)
        called = acts.substitute(case=found, seat=empty, reason=wish.reason, by=user, now=now)
        return _seat(called or PanelSeat.objects.select_related("user").get(pk=empty.pk))

    return once(request, idempotency_key, act)


@cases.post("/{ulid}/panel/round/extend", response=RoundTold, **scoped(DECIDE, _("Give more time to vote")))
def extend_round(
    request: HttpRequest, ulid: str, wish: UntilWish, idempotency_key: IdempotencyKey = None
) -> "Status[object]":
    """For everybody who is still asked. 403 `panels.not_convener`; 409 `panels.` no_round, panel_ended; 422
    `panels.due`.
    """

    def act() -> RoundTold:
        user, now = viewer(request), clock.now()
        found = find_case(ulid, user, now)
        return RoundTold.model_validate(
            acts.extend_round(case=found, until=wish.until, reason=wish.reason, by=user, now=now)
        )

    return once(request, idempotency_key, act)


@cases.post("/{ulid}/panel/round/close", response=RoundTold, **scoped(DECIDE, _("Close a round of votes")))
def close_round(
    request: HttpRequest, ulid: str, wish: ReasonWish, idempotency_key: IdempotencyKey = None
) -> "Status[object]":
    """Whose deadline has passed, or that can no longer change. 403 `panels.not_convener`; 409 `panels.`
    no_round, not_yet, panel_ended.
    """

    def act() -> RoundTold:
        user, now = viewer(request), clock.now()
        found = find_case(ulid, user, now)
        return RoundTold.model_validate(acts.close_round(case=found, reason=wish.reason, by=user, now=now))

    return once(request, idempotency_key, act)


def _seat_of(case: Case, ulid: str) -> PanelSeat:
    panel = lookup.panel_of(case)
    found = panel.seats.select_related("panel", "user").filter(ulid=ulid).first() if panel else None
    if found is None:
        raise NotFound(_("There is no such place on the panel."), code="panels.no_seat")
    return found


def _seat(seat: PanelSeat) -> PanelSeatTold:
    return PanelSeatTold(
        ulid=seat.ulid, username=seat.user.username, name_zh=seat.user.name_zh, state=str(seat.state)
    )
