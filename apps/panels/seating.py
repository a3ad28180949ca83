"""Who sits on a panel from day to day: what the invited answer, who recuses or does not answer, and who is
called in their place.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.panels.ballots import voted
from apps.panels.models import Panel, PanelSeat
from apps.panels.queries import available, open_round_of
from apps.panels.requirements import (
    State,
    locked_seat,
    move,
    require_convener,
    require_later,
    require_reason_of,
    require_state,
    require_voters,
    vacate_chair,
)
from apps.people.models import User
from apps.people.requirements import require_active, require_reason

CONFLICT = gettext_noop("Conflict of interest")  # kept as written, translated when shown
ACCEPT, DECLINE, RECUSE = "accept", "decline", "recuse"


@transaction.atomic
def answer_invitation(
    *,
    seat: PanelSeat,
    answer: str,
    by: User,
    now: datetime,
    familiarity: int | None = None,
    reason: str = "",
) -> PanelSeat:
    """An invited member accepts and says how well they know the matter (0 to 3), declines, or recuses, the
    last two with a reason. A late answer counts as long as nobody was called in.

    Raises Invalid `panels.answer`, `panels.familiarity`, `core.reason_required`; NotPermitted
    `panels.not_your_seat`, `people.not_active`; WrongState `panels.panel_ended`, `panels.seat_moved`.
    """
    row = locked_seat(seat)
    _require_own(row, by, now)
    if answer not in (ACCEPT, DECLINE, RECUSE):
        raise Invalid(_("Accept, decline or recuse yourself."), code="panels.answer", field="answer")
    require_state(row, State.INVITED)
    if answer == ACCEPT:
        level = require_familiarity(familiarity)
        return move(
            row, State.ACCEPTED, by=by, now=now, act="accept_seat", familiarity=level, answered_at=now
        )
    reason = require_reason(reason)
    if answer == RECUSE:
        return _recused(row, reason, by, now)
    return move(row, State.DECLINED, by=by, now=now, act="decline_seat", reason=reason, answered_at=now)


def require_familiarity(level: int | None) -> int:
    """0 to 3: Invalid `panels.familiarity`."""
    if level is None or not 0 <= level <= 3:
        raise Invalid(
            _("Say how well you know this: 0 (not at all) to 3 (expert)."),
            code="panels.familiarity",
            field="familiarity",
        )
    return level


@transaction.atomic
def recuse(*, seat: PanelSeat, reason: str, by: User | None, now: datetime) -> PanelSeat:
    """A member is, or turns out to be, in conflict. Themselves or whoever runs the panel says so, at any time
    before the panel ends. A ballot that they cast in the round that is open does not count any more; what a
    closed round came to stays.

    Raises Invalid `core.reason_required`; NotPermitted `panels.not_convener`; WrongState
    `panels.panel_ended`, `panels.seat_moved`.
    """
    reason = require_reason(reason)
    row = locked_seat(seat)
    if by is None or by.pk != row.user_id:
        require_convener(row.panel, by, now)
    require_state(row, State.RESERVE, State.INVITED, State.ACCEPTED)
    return _recused(row, reason, by, now)


@transaction.atomic
def miss(*, seat: PanelSeat, by: User | None, now: datetime, reason: str = "") -> PanelSeat:
    """Somebody did not answer the invitation in time, or does not vote in the round that is open: their place
    may be given to a substitute. A person says why.

    Raises Invalid `core.reason_required`; NotPermitted `panels.not_convener`; WrongState
    `panels.panel_ended`, `panels.seat_moved`, `panels.not_yet`, `panels.has_voted`, `panels.no_round`.
    """
    reason = require_reason_of(by, reason)
    row = locked_seat(seat)
    require_convener(row.panel, by, now)
    require_state(row, State.INVITED, State.ACCEPTED)
    if row.state == State.INVITED:
        if row.answer_by is not None and now < row.answer_by:
            raise WrongState(_("There is still time to answer."), code="panels.not_yet")
    else:
        _require_not_voted(row)
    return move(row, State.MISSED, by=by, now=now, act="miss_seat", reason=reason)


@transaction.atomic
def extend_invitation(
    *, seat: PanelSeat, answer_by: datetime, reason: str, by: User | None, now: datetime
) -> PanelSeat:
    """An invited member has longer to answer. Raises Invalid `core.reason_required`, `panels.due`;
    NotPermitted `panels.not_convener`; WrongState `panels.panel_ended`, `panels.seat_moved`.
    """
    reason = require_reason_of(by, reason)
    require_later(answer_by, now, "answer_by")
    row = locked_seat(seat)
    require_convener(row.panel, by, now)
    require_state(row, State.INVITED)
    return move(
        row, State.INVITED, by=by, now=now, act="extend_invitation", reason=reason, answer_by=answer_by
    )


@transaction.atomic
def call_substitute(
    *,
    seat: PanelSeat,
    answer_by: datetime,
    by: User | None,
    now: datetime,
    barred: Collection[int] = (),
    user: User | None = None,
) -> PanelSeat:
    """Somebody is invited in the place of a member who is not there: `user`, or the next of the reserve who
    is active, on the committee and not away. `barred` are the primary keys of those who are in conflict as of
    now; substitutes among them are struck out, with the same conflict as anybody's.

    Raises Invalid `panels.due`; NotPermitted `panels.not_convener`; WrongState `panels.panel_ended`,
    `panels.seat_kept`, `panels.no_substitute`, `panels.barred`, `panels.no_seat`.
    """
    require_later(answer_by, now, "answer_by")
    gone = locked_seat(seat)
    panel = gone.panel
    require_convener(panel, by, now)
    if gone.state not in PanelSeat.EMPTY or PanelSeat.objects.filter(substitute_for=gone).exists():
        raise WrongState(_("This place is not empty."), code="panels.seat_kept", state=gone.state)
    _strike_out(panel, barred, now)
    called = _from_outside(panel, user, barred, now) if user is not None else _next(panel, now)
    called.substitute_for = gone
    called.save(update_fields=["substitute_for"])
    return move(
        called, State.INVITED, by=by, now=now, act="call_substitute", invited_at=now, answer_by=answer_by
    )


def _require_own(seat: PanelSeat, by: User, now: datetime) -> None:
    if by.pk != seat.user_id:
        raise NotPermitted(_("This is somebody else's place."), code="panels.not_your_seat")
    require_active(by, now)


def _require_not_voted(seat: PanelSeat) -> None:
    open_round = open_round_of(seat.panel)
    if open_round is None:
        raise WrongState(_("There is nothing to vote on at present."), code="panels.no_round")
    if seat.pk in voted(open_round):
        raise WrongState(_("This member has voted."), code="panels.has_voted")


def _recused(seat: PanelSeat, reason: str, by: User | None, now: datetime) -> PanelSeat:
    vacate_chair(seat.panel, seat.user, now)
    return move(seat, State.RECUSED, by=by, now=now, act="recuse", reason=reason, answered_at=now)


def _strike_out(panel: Panel, barred: Collection[int], now: datetime) -> None:
    for seat in panel.seats.filter(state=State.RESERVE, user__in=list(barred)).select_related("user"):
        seat.panel = panel
        _recused(seat, CONFLICT, None, now)


def _next(panel: Panel, now: datetime) -> PanelSeat:
    found = next(iter(available(panel, now)), None)
    if found is None:
        raise WrongState(_("There is no substitute left to call."), code="panels.no_substitute")
    found.panel = panel
    return found


def _from_outside(panel: Panel, user: User, barred: Collection[int], now: datetime) -> PanelSeat:
    if user.pk in barred:
        raise WrongState(_("This person is in conflict."), code="panels.barred", field="user")
    require_voters(panel.committee, [user], now)
    held = panel.seats.filter(user=user).first()
    if held is not None:
        require_state(held, State.RESERVE)
        held.panel = panel
        return held
    last = panel.seats.aggregate(last=Max("position"))["last"]
    return PanelSeat.objects.create(panel=panel, user=user, position=last + 1, state=State.RESERVE)
