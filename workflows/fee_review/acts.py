"""What people do in a fee review outside of a step of their own: a member recuses, the secretary gives more
time, calls a substitute or closes a late round, one meeting gets one panel for several cases, somebody
objects. Each is one transaction under the case's lock, and the steps follow.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotPermitted, Refusal, WrongState
from apps.fees.models import Objection, PublicNotice
from apps.fees.noticing import object_to
from apps.panels import operations as panels
from apps.panels.models import Panel, PanelSeat, Round
from apps.panels.queries import open_round_of
from apps.people.models import User
from apps.people.requirements import require_reason
from workflows import services
from workflows.fee_review import asked
from workflows.fee_review.conflicts import in_conflict
from workflows.fee_review.objecting import branch_objections, takes_objections
from workflows.judging import lookup
from workflows.judging.tending import STAGES, invited_until, tend
from workflows.models import Case, Step
from workflows.services.answering import waiting_at
from workflows.services.locking import held_case

VOTES = tuple(stage.vote for stage in STAGES if stage.vote)
INVITATIONS = tuple(stage.invitation for stage in STAGES)


def recuse(*, case: Case, by: User, reason: str, now: datetime, seat: PanelSeat | None = None) -> PanelSeat:
    """A member stands aside, whatever the panel is doing; with `seat`, whoever runs the panel says so of
    another. A ballot in an open round does not count any more, and a substitute is called.

    Raises Invalid `core.reason_required`; NotPermitted `panels.not_your_seat`, `panels.not_convener`;
    WrongState `panels.panel_ended`, `panels.seat_moved`.
    """
    with held_case(case, by=by, now=now) as fresh:
        panel = _panel(fresh)
        mine = seat or panel.seats.filter(user=by).first()
        if mine is None or mine.panel_id != panel.pk:
            raise NotPermitted(_("You do not sit on this panel."), code="panels.not_your_seat")
        if mine.user_id != by.pk:
            _runs(fresh, by)
        recused = panels.recuse(seat=mine, reason=reason, by=by, now=now)
        tend(fresh, now=now)
    return recused


def extend_round(*, case: Case, until: datetime, reason: str, by: User, now: datetime) -> Round:
    """There is longer to vote: for the round, and for everybody who is still asked. Raises Invalid
    `core.reason_required`, `panels.due`; NotPermitted `panels.not_convener`; WrongState `panels.no_round`.
    """
    with held_case(case, by=by, now=now) as fresh:
        _runs(fresh, by)
        round_ = _round(_panel(fresh))
        moved = panels.extend_round(round_=round_, due_at=until, reason=reason, by=by, now=now)
        _prolong(fresh, VOTES, until, by, now, reason)
    return moved


def extend_invitation(
    *, case: Case, seat: PanelSeat, until: datetime, reason: str, by: User, now: datetime
) -> PanelSeat:
    """A member has longer to accept. Raises Invalid `core.reason_required`, `panels.due`; NotPermitted
    `panels.not_convener`; WrongState `panels.seat_moved`.
    """
    with held_case(case, by=by, now=now) as fresh:
        _runs(fresh, by)
        _of(fresh, seat)
        moved = panels.extend_invitation(seat=seat, answer_by=until, reason=reason, by=by, now=now)
        _prolong(fresh, INVITATIONS, until, by, now, reason, seat)
    return moved


def substitute(
    *, case: Case, seat: PanelSeat, reason: str, by: User, now: datetime, user: User | None = None
) -> PanelSeat | None:
    """Somebody else is called in the place of a member who does not answer or vote: `user`, or the next
    substitute; gives whom, None when nobody is left. What the member was asked is asked no more.

    Raises Invalid `core.reason_required`, `fee_review.excluded`; NotPermitted `panels.not_convener`;
    WrongState `panels.has_voted`, `panels.not_yet`, `panels.barred`, `panels.no_seat`.
    """
    reason = require_reason(reason)
    with held_case(case, by=by, now=now) as fresh:
        _runs(fresh, by)
        _of(fresh, seat)
        if seat.state in PanelSeat.OPEN:
            seat = panels.miss(seat=seat, reason=reason, by=by, now=now)
        if user is not None:
            panels.call_substitute(
                seat=seat,
                user=user,
                answer_by=invited_until(now),
                barred=in_conflict(fresh, now),
                by=by,
                now=now,
            )
        tend(fresh, now=now)
    return PanelSeat.objects.select_related("user").filter(substitute_for=seat).first()


def close_round(*, case: Case, reason: str, by: User, now: datetime) -> Round:
    """A round whose deadline has passed, or that can no longer change, is closed; the case goes on. Raises
    Invalid `core.reason_required`; NotPermitted `panels.not_convener`; WrongState `panels.no_round`,
    `panels.not_yet`.
    """
    with held_case(case, by=by, now=now) as fresh:
        _runs(fresh, by)
        closed = panels.close_round(round_=_round(_panel(fresh)), reason=reason, by=by, now=now)
        tend(fresh, now=now)
    return closed


def form_together(
    *, cases: Sequence[Case], members: Sequence[User], substitutes: Sequence[User], by: User, now: datetime
) -> list[tuple[Case, Refusal | None]]:
    """One meeting for several cases that wait for a panel: the same members, each case with a panel of its
    own; gives for each the refusal (somebody is in conflict there), or None when they are invited.
    """
    results: list[tuple[Case, Refusal | None]] = []
    for case in cases:
        step = waiting_at(case, "form_panel")
        try:
            if step is None:
                raise WrongState(
                    _("This case does not wait for a panel."), code="fee_review.no_panel_awaited"
                )
            services.answer(
                step=step,
                by=by,
                now=now,
                outcome="complete",
                data={"members": list(members), "substitutes": list(substitutes)},
            )
        except Refusal as refused:
            results.append((case, refused))
        else:
            results.append((case, None))
    return results


def object_against(*, notice: PublicNotice, reason: str, by: User, now: datetime) -> Objection:
    """Somebody objects to noticed prices; whoever answers is asked at once. Raises what `fees.noticing
    .object_to` refuses.
    """
    case = case_of(notice)
    if case is None:
        return object_to(notice=notice, reason=reason, by=by, now=now)
    with held_case(case, by=by, now=now) as fresh:
        if not takes_objections(fresh):  # the case went on while this waited for it: nobody would answer
            raise WrongState(_("This notice is over."), code="fees.notice_closed")
        objection = object_to(notice=notice, reason=reason, by=by, now=now)
        branch_objections(fresh)
    return objection


def case_of(notice: PublicNotice) -> Case | None:
    """The case that opened a notice. One query."""
    ulid = notice.source_case.removeprefix("case:")
    return Case.objects.select_related("process", "unit", "applicant").filter(ulid=ulid).first()


def _runs(case: Case, by: User) -> None:
    """Whoever runs a panel (that is `panels`' to say) does not do so in a case of their own: NotPermitted
    `workflows.own_case`.
    """
    if by.pk == case.applicant_id or by.pk in asked.authors_of(case):
        raise NotPermitted(_("Nobody decides in their own case."), code="workflows.own_case")


def _panel(case: Case) -> Panel:
    panel = lookup.panel_of(case) if case.is_open else None
    if panel is None:
        raise WrongState(_("No panel judges this at present."), code="panels.panel_ended")
    return panel


def _round(panel: Panel) -> Round:
    round_ = open_round_of(panel)
    if round_ is None:
        raise WrongState(_("There is nothing to vote on at present."), code="panels.no_round")
    return round_


def _of(case: Case, seat: PanelSeat) -> None:
    if seat.panel_id != _panel(case).pk:
        raise WrongState(_("This place is on another panel."), code="panels.panel_ended")


def _prolong(
    case: Case,
    nodes: Sequence[str],
    until: datetime,
    by: User,
    now: datetime,
    reason: str,
    seat: PanelSeat | None = None,
) -> None:
    steps = Step.objects.filter(case=case, node__in=nodes, answered_at__isnull=True).select_related(
        "task", "case"
    )
    for step in steps.order_by("id"):
        about = seat is None or step.task.data.get("seat") == seat.ulid
        if about and (step.due_at is None or step.due_at < until):
            services.prolong(step=step, until=until, by=by, now=now, reason=reason)
