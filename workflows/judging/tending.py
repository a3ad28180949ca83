"""The steps of a round follow its seats: whoever sits and has not voted is asked, whoever does not sit any
more is asked no more, an empty place is given to a substitute. Whatever the occasion, the rows are looked at,
so that facts may come early, late, twice and in any order.

`keep` puts the domain in order, `branch` makes the steps that are missing, `tend` does both for a case from
outside and ends the steps that nobody is to answer any more. Inside an answer `attend` does the first two:
what is over is then cancelled by the round's own end.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from viewflow.workflow.status import STATUS

from apps.core.errors import WrongState
from apps.core.parameters import value
from apps.core.workdays import add_working_days
from apps.panels import operations as panels
from apps.panels.leaving import leave_panels
from apps.panels.models import Panel, PanelSeat, Round
from apps.panels.queries import invited, open_round_of, presiding, sitting, turnout
from apps.people.substitution import who_is_there
from workflows import services
from workflows.judging import lookup
from workflows.models import Case, Step
from workflows.services.locking import held_case

State = PanelSeat.State
WAITING = (STATUS.NEW, STATUS.ASSIGNED)
MOVED = "moved"


class Stage(NamedTuple):
    """A round of people: where its branches begin, and the steps of who is invited and of who votes."""

    split: str
    invitation: str
    vote: str


STAGES = (
    Stage("seat", "invitation", ""),
    Stage("first", "stand_in", "vote"),
    Stage("second", "stand_in_again", "vote_again"),
)
CHAIRS = ("name_price", "ruling")


def attend(activation: Any) -> None:
    """After an answer in a round: its own branch goes on by itself."""
    panel, stage = lookup.panel_of(activation.case), _stage_of(activation.flow_task.name)
    if panel is None or stage is None:
        return
    keep(activation.case, panel, stage, activation.now)
    branch(activation.process, panel, stage, but=activation.task.pk)


def make_good(activation: Any) -> None:
    """The deadline of a round has passed: who was asked and did not answer in their time has missed it."""
    case, now, panel = activation.case, activation.now, lookup.panel_of(activation.case)
    stage = _open_stage(case) or _stage_before(activation.flow_task.name)
    if panel is None or stage is None or open_round_of(panel) is None:
        return
    late = case.steps.filter(answered_at__isnull=True, due_at__lte=now).select_related("task")
    seats = [step.task.data.get("seat") for step in late if _stage_of(step.node) == stage]
    for seat in panel.seats.filter(ulid__in=seats, state__in=PanelSeat.OPEN).select_related("panel", "user"):
        with suppress(WrongState):  # they have answered at this very moment
            panels.miss(seat=seat, by=None, now=now)
    keep(case, panel, stage, now)
    branch(activation.process, panel, stage)


def tend(case: Case, *, now: datetime) -> None:
    """Whatever has happened to the panel of a case: its steps follow. Safe to repeat."""
    with held_case(case, by=None, now=now) as fresh:
        panel = lookup.panel_of(fresh) if fresh.is_open else None
        if panel is None:
            return
        stage = _open_stage(fresh)
        keep(fresh, panel, stage, now)
        if stage is not None:
            branch(fresh.process, panel, stage)
        for step in list(_moved(fresh, panel, stage)):
            services.settle(step=step, outcome=MOVED, now=now)


def keep(case: Case, panel: Panel, stage: Stage | None, now: datetime) -> None:
    """Who is gone has left, somebody presides, empty places of a round are given away, and a round that
    nobody can add to is closed.
    """
    _let_leave(panel, now)
    _let_preside(case, panel, now)
    if stage is None:
        return
    round_ = open_round_of(panel)
    if stage.vote and round_ is None:
        return
    called = call_in(case, panel, now)
    if round_ is None:
        return
    if called:
        _give_time(round_, panel, now)
    with suppress(WrongState):
        panels.close_round(round_=round_, by=None, now=now)


def call_in(case: Case, panel: Panel, now: datetime) -> list[PanelSeat]:
    """Substitutes for every empty place, as far as there are any; gives those who were called."""
    called: list[PanelSeat] = []
    answer_by = invited_until(now)
    for seat in empty_seats(panel):
        try:
            called.append(
                panels.call_substitute(
                    seat=seat, answer_by=answer_by, by=None, now=now, barred=_kept_off(case, now)
                )
            )
        except WrongState:  # nobody is left to call
            break
    return called


def invited_until(now: datetime) -> datetime:
    """Until when somebody who is invited now answers."""
    return add_working_days(now, int(value("panels.invitation_days", at=now)))


def empty_seats(panel: Panel) -> list[PanelSeat]:
    """The places that nobody fills and whose vote is not in."""
    round_ = open_round_of(panel)
    done = {seat.pk for seat in turnout(round_).voted} if round_ is not None else set()
    empty = panel.seats.filter(state__in=PanelSeat.EMPTY, invited_at__isnull=False, substitute__isnull=True)
    return [seat for seat in empty.select_related("panel", "user") if seat.pk not in done]


def branch(process: Any, panel: Panel, stage: Stage, *, but: int | None = None) -> None:
    """A step for everybody who is invited, or has a vote, and is not asked yet."""
    known = {task.data.get("seat") for task in _branches(process, stage).exclude(pk=but)}
    for node, seat in _wanted(panel, stage):
        if seat.ulid not in known:
            add_branch(process, stage.split, node, {"seat": seat.ulid, "user": seat.user_id})


def _wanted(panel: Panel, stage: Stage) -> Iterator[tuple[str, PanelSeat]]:
    """Which steps there should be now."""
    round_ = open_round_of(panel) if stage.vote else None
    if stage.vote and round_ is None:
        return
    yield from ((stage.invitation, seat) for seat in invited(panel))
    if round_ is not None:
        yield from ((stage.vote, seat) for seat in turnout(round_).waiting)


def _branches(process: Any, stage: Stage) -> Any:
    flow = process.flow_class.instance
    nodes = [flow.node(name) for name in (stage.invitation, stage.vote) if name]
    return process.task_set.filter(flow_task__in=nodes, status__in=WAITING)


def add_branch(process: Any, split: str, node: str, item: dict[str, Any]) -> None:
    """One more parallel branch of a round that is open."""
    flow = process.flow_class.instance
    task = process.task_set.filter(flow_task=flow.node(split)).order_by("-pk")[0]
    task.process = process
    task.flow_task.activation_class(task).add_branch(flow.node(node), item)


def _stage_of(node: str) -> Stage | None:
    return next((stage for stage in STAGES if node in (stage.invitation, stage.vote)), None)


def _stage_before(node: str) -> Stage | None:
    """The round that a deadline belongs to, by the name of its node."""
    return next((stage for stage in STAGES if stage.vote and node.startswith(stage.split)), None)


def _open_stage(case: Case) -> Stage | None:
    """The round that is going on, by the steps that wait."""
    waiting = case.steps.filter(answered_at__isnull=True).values_list("node", flat=True)
    return next((stage for node in waiting if (stage := _stage_of(node)) is not None), None)


def _moved(case: Case, panel: Panel, stage: Stage | None) -> Iterator[Step]:
    """The steps that nobody is to answer any more: their seat has moved, or somebody else presides."""
    steps = case.steps.filter(answered_at__isnull=True, task__status__in=WAITING).select_related(
        "task", "case"
    )
    wanted = {seat.ulid for _node, seat in _wanted(panel, stage)} if stage is not None else set()
    for step in steps.order_by("id"):
        if _stage_of(step.node) is not None:
            over = step.task.data.get("seat") not in wanted
        elif step.node in CHAIRS:
            over = step.task.owner_id != panel.chair_id
        else:
            late = case.process.data.get("late_chair")
            over = step.node == "name_chair" and panel.chair_id not in (None, late)
        if over:
            yield step


def _let_leave(panel: Panel, now: datetime) -> None:
    users = [seat.user for seat in [*sitting(panel), *invited(panel)]]
    there, _away = who_is_there(users, now)
    for user in users:
        if user.pk not in there:
            leave_panels(user=user, now=now, reason="")


def _let_preside(case: Case, panel: Panel, now: datetime) -> None:
    """The deputy, when whoever presided is gone or in conflict; nobody, when there is none."""
    panel.refresh_from_db(fields=["chair"])
    if panel.chair_id is not None:
        return
    recused = set(panel.seats.filter(state=State.RECUSED).values_list("user_id", flat=True))
    found = presiding(panel.committee, now, _kept_off(case, now) | recused)
    if found is not None:
        panels.name_chair(panel=panel, user=found, reason="", by=None, now=now)
        panel.chair = found


def _kept_off(case: Case, now: datetime) -> set[int]:
    """Whom the case's own flow keeps off its panels (primary keys)."""
    flow: Any = case.process.flow_class.instance
    found: set[int] = flow.kept_off(case, now)
    return found


def _give_time(round_: Round, panel: Panel, now: datetime) -> None:
    """Substitutes have as long to vote as members had, from when they have to answer."""
    until = max((seat.answer_by for seat in invited(panel) if seat.answer_by), default=now)
    wanted = add_working_days(until, int(value("panels.round_days", at=now)))
    if wanted > round_.due_at:
        panels.extend_round(round_=round_, due_at=wanted, reason="", by=None, now=now)
