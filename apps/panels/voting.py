"""Rounds of votes: opened, voted in, closed, and where they do not decide, decided by whoever presides.

Everything about one panel happens under its lock: of the last two votes at once, of a vote and a recusal, of
a vote and the deadline, one comes first and the other finds what it left. How somebody voted is in no fact,
no audit entry and no refusal.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.panels.ballots import Content, key_of, options_of, put_in, voted
from apps.panels.counting import (
    Standing,
    counted,
    is_settled,
    not_counted,
    read,
    result_of,
    standing_of,
)
from apps.panels.models import Panel, PanelSeat, Round, Ruling
from apps.panels.queries import available, invited, open_round_of, sitting
from apps.panels.requirements import (
    State,
    locked,
    locked_round,
    require_chair,
    require_convener,
    require_later,
    require_reason_of,
)
from apps.panels.tally import RESERVED, SUBMITTED, Choice, Result
from apps.people.models import User
from apps.people.requirements import require_active, require_reason
from documents.canonical import canonical, digest

Why = Round.Why
_DECIDED = (Result.APPROVED, Result.MODIFIED, Result.REJECTED)


@dataclass(frozen=True)
class Cast:
    """A ballot is in; `closed` when the round closed with it."""

    round: Round
    seat: PanelSeat
    closed: bool


@transaction.atomic
def open_round(
    *,
    panel: Panel,
    question: dict[str, Any],
    due_at: datetime,
    by: User | None,
    now: datetime,
    kind: str = Round.Kind.FIRST,
    option_key: str = SUBMITTED,
    option: Any = None,
) -> Round:
    """The panel is asked. In a first round `option` is what was submitted, if members may name something
    else. In a second one, after a first that was not conclusive, whoever presides puts one option to the vote
    (`option_key`: one of those voted for, or 'submitted'). A round without a quorum may be opened again.

    Raises Invalid `panels.due`, `panels.kind`, `panels.option_unknown`; NotPermitted `panels.not_convener`,
    `panels.not_chair`; WrongState `panels.panel_ended`, `panels.round_open`, `panels.round_order`,
    `panels.invitations_open`, `panels.too_few`, `panels.even` (a substitute could be called),
    `panels.no_chair`.
    """
    require_later(due_at, now, "due_at")
    row = locked(panel)
    if kind not in Round.Kind.values:
        raise Invalid(_("There is no such round."), code="panels.kind", field="kind")
    if kind == Round.Kind.SECOND:
        require_chair(row, by, now)
    else:
        require_convener(row, by, now)
    before = _require_turn(row, kind)
    members = _require_complete(row, now)
    if kind == Round.Kind.SECOND:
        option = _option_named(row, option_key)
    else:
        option_key = SUBMITTED
    round_ = Round.objects.create(
        panel=row,
        number=1 if before is None else before.number + 1,
        kind=kind,
        question=question,
        sha256=digest(canonical(question)),
        option_key=option_key,
        option=option,
        members=members,
        opened_at=now,
        due_at=due_at,
    )
    _record("open_round", round_, by, now, kind=kind, sha256=round_.sha256)
    publish("panels.round_opened", now=now, panel=row.ulid, round=round_.ulid)
    return round_


@sensitive_variables()
def cast_ballot(
    *,
    round_: Round,
    choice: str,
    reason: str,
    by: User,
    now: datetime,
    option: Any = None,
    option_key: str = "",
) -> Cast:
    """A member votes, once, and says why. To modify they name another option: plain JSON data, whose key is
    `key_of(option)`; an `option_key` that is given must be that. The round closes with the ballot after which
    its outcome can no longer change.

    Raises Invalid `panels.choice`, `core.reason_required`, `panels.option`, `panels.unchanged` (that is what
    was submitted); NotPermitted `panels.not_your_seat`, `people.not_active`; WrongState `panels.panel_ended`,
    `panels.round_closed`, `panels.too_late`, `panels.seat_moved`, `panels.cast_already`, `panels.not_taken`.
    """
    content = _content(round_, choice, require_reason(reason), option, option_key)
    with transaction.atomic():
        row = locked_round(round_)
        if now >= row.due_at:
            raise WrongState(_("The time to vote is over."), code="panels.too_late")
        seat = _seat_to_vote(row, by, now)
        put_in(row, seat, content, now)
        _record("cast_ballot", row, by, now, seat=seat.ulid)
        publish("panels.ballot_cast", now=now, round=row.ulid, seat=seat.ulid)
        standing = standing_of(row)
        if is_settled(row, standing):
            _close(row, Why.ALL_IN if standing.all_in else Why.SETTLED, standing, now)
        return Cast(row, seat, closed=row.closed_at is not None)


@transaction.atomic
def extend_round(*, round_: Round, due_at: datetime, reason: str, by: User | None, now: datetime) -> Round:
    """There is longer to vote. Raises Invalid `core.reason_required`, `panels.due`; NotPermitted
    `panels.not_convener`; WrongState `panels.panel_ended`, `panels.round_closed`.
    """
    reason = require_reason_of(by, reason)
    row = locked_round(round_)
    require_convener(row.panel, by, now)
    if due_at <= max(now, row.due_at):
        raise Invalid(_("The deadline must be later than it is."), code="panels.due", field="due_at")
    row.due_at = due_at
    row.save(update_fields=["due_at"])
    _record("extend_round", row, by, now, reason=reason, due_at=due_at.isoformat())
    publish("panels.round_extended", now=now, panel=row.panel.ulid, round=row.ulid)
    return row


@transaction.atomic
def close_round(*, round_: Round, by: User | None, now: datetime, reason: str = "") -> Round:
    """The round is over: its outcome can no longer change, nobody is left to vote, or its deadline has
    passed; a person who closes it then says why.

    Raises Invalid `core.reason_required`; NotPermitted `panels.not_convener`; WrongState
    `panels.panel_ended`, `panels.round_closed`, `panels.not_yet`.
    """
    row = locked_round(round_)
    require_convener(row.panel, by, now)
    standing = standing_of(row)
    if is_settled(row, standing):
        why = Why.ALL_IN if standing.all_in else Why.SETTLED
    elif now >= row.due_at:
        reason = require_reason_of(by, reason)
        why = Why.DEADLINE
    else:
        raise WrongState(_("The round is still open to votes."), code="panels.not_yet")
    _close(row, why, standing, now)
    _record("close_round", row, by, now, reason=reason.strip(), why=str(why))
    return row


@transaction.atomic
def rule(*, round_: Round, result: str, reason: str, by: User, now: datetime, option_key: str = "") -> Ruling:
    """Whoever presides decides, with a reason: between for and against in a tie, among what those present
    voted for where the quorum was missed.

    Raises Invalid `panels.result`, `panels.option_unknown`, `core.reason_required`; NotPermitted
    `panels.not_chair`, `people.not_active`; WrongState `panels.panel_ended`, `panels.no_chair`,
    `panels.not_to_rule`, `panels.ruled`.
    """
    reason = require_reason(reason)
    panel = locked(round_.panel)
    require_chair(panel, by, now)
    row = Round.objects.get(pk=round_.pk)
    row.panel = panel
    _require_to_rule(row)
    if result not in _DECIDED:
        raise Invalid(_("Approve, approve something else, or refuse."), code="panels.result", field="result")
    key, option = _ruled(row, Result(result), option_key)
    ruling = Ruling.objects.create(
        round=row, by=by, result=result, option_key=key, option=option, reason=reason, ruled_at=now
    )
    _record("rule", row, by, now)
    publish("panels.ruled", now=now, panel=panel.ulid, round=row.ulid)
    return ruling


def abandon(panel: Panel, now: datetime) -> None:
    """A round of the panel that is open is over without having been counted. The caller holds the lock."""
    row = open_round_of(panel)
    if row is not None:
        row.panel = panel
        _close(row, Why.ABANDONED, standing_of(row), now)


def _close(row: Round, why: Why, standing: Standing, now: datetime) -> None:
    row.closed_at, row.closed_because = now, why
    row.outcome = not_counted(row, standing) if why == Why.ABANDONED else counted(row, standing)
    row.save(update_fields=["closed_at", "closed_because", "outcome"])
    publish("panels.round_closed", now=now, panel=row.panel.ulid, round=row.ulid, why=str(why))


def _require_turn(panel: Panel, kind: str) -> Round | None:
    """The round before, when a round of this kind may follow it."""
    before = panel.rounds.order_by("-number").first()
    if before is not None and before.closed_at is None:
        raise WrongState(_("A round is open."), code="panels.round_open")
    found = result_of(before) if before is not None else None
    if before is None or found is None:
        fits = kind == Round.Kind.FIRST
    elif found.result == Result.INCONCLUSIVE:
        fits = kind == Round.Kind.SECOND
    else:
        fits = found.result == Result.NO_QUORUM and before.kind == kind
    if not fits:
        raise WrongState(_("Such a round does not come next."), code="panels.round_order")
    return before


def _require_complete(panel: Panel, now: datetime) -> int:
    """The number of members, when the panel may be asked."""
    if invited(panel):
        raise WrongState(_("Not everybody who was invited has answered."), code="panels.invitations_open")
    members = len(sitting(panel))
    if members < panel.rules["minimum_members"]:
        raise WrongState(
            _("The panel has fewer than %(number)s members.") % {"number": panel.rules["minimum_members"]},
            code="panels.too_few",
            members=members,
        )
    if members % 2 == 0 and available(panel, now):
        raise WrongState(_("The number of members is even: call a substitute."), code="panels.even")
    return members


def _option_named(panel: Panel, key: str) -> Any:
    """What whoever presides puts to the vote: something that was voted for, or what was submitted."""
    known: dict[str, Any] = {SUBMITTED: None}
    for round_ in panel.rounds.filter(kind=Round.Kind.FIRST):
        known[SUBMITTED] = round_.option
        known.update((one.key, one.option) for one in options_of(round_) if one.key not in RESERVED)
    if key not in known:
        raise Invalid(_("Nobody has proposed this."), code="panels.option_unknown", field="option_key")
    return known[key]


def _seat_to_vote(row: Round, by: User, now: datetime) -> PanelSeat:
    seat = row.panel.seats.filter(user=by).select_related("user").first()
    if seat is None:
        raise NotPermitted(_("You do not sit on this panel."), code="panels.not_your_seat")
    require_active(by, now)
    if seat.pk in voted(row):
        raise WrongState(_("You have voted already."), code="panels.cast_already")
    if seat.state != State.ACCEPTED:
        raise WrongState(
            _("This place on the panel has changed meanwhile."), code="panels.seat_moved", state=seat.state
        )
    return seat


@sensitive_variables()
def _content(round_: Round, choice: str, reason: str, option: Any, option_key: str) -> Content:
    """The ballot when it is a possible one. Refusals name the member that is wrong, never what it holds."""
    allowed = set(Choice) - ({Choice.MODIFY} if round_.kind == Round.Kind.SECOND else set())
    if choice not in allowed:
        raise Invalid(_("One cannot vote like this."), code="panels.choice", field="choice")
    if choice == Choice.APPROVE:
        return Content(choice, round_.option_key, None, reason)
    if choice != Choice.MODIFY:
        return Content(choice, "", None, reason)
    if not option or option_key not in ("", key_of(option)):
        raise Invalid(_("Say what it should be instead."), code="panels.option", field="option")
    key = key_of(option)
    if round_.option is not None and key == key_of(round_.option):
        raise Invalid(_("This is what was submitted: approve it."), code="panels.unchanged", field="option")
    return Content(choice, key, option, reason)


def _require_to_rule(row: Round) -> None:
    found = read(row)
    if found is None or found.result not in (Result.TIE, Result.NO_QUORUM) or not found.figures.cast:
        raise WrongState(_("The votes are to decide this, not the chair."), code="panels.not_to_rule")
    if Ruling.objects.filter(round=row).exists():
        raise WrongState(_("This has been decided already."), code="panels.ruled")
    if row.panel.rounds.filter(number__gt=row.number).exists():
        raise WrongState(_("The votes are to decide this, not the chair."), code="panels.not_to_rule")


def _ruled(row: Round, result: Result, option_key: str) -> tuple[str, Any]:
    """The key and content of what is ruled: among what was voted for; for and against what was put to the
    vote are always open.
    """
    if result == Result.REJECTED:
        return "reject", None
    if result == Result.APPROVED:
        option_key = SUBMITTED
    known = {one.key: one.option for one in options_of(row)} | {row.option_key: row.option}
    if option_key not in known or (option_key in RESERVED) != (result == Result.APPROVED):
        raise Invalid(_("Nobody has proposed this."), code="panels.option_unknown", field="option_key")
    return option_key, known[option_key]


def _record(act: str, row: Round, by: User | None, now: datetime, reason: str = "", **details: Any) -> None:
    audit.record(
        action=f"panels.{act}", object_ref=f"round:{row.ulid}", now=now, actor=by, reason=reason, **details
    )
