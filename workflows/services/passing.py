"""A step changes hands: claimed, released, transferred, delegated and given back, signers added and
removed, or all that a person held handed over.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.people.models import User
from apps.people.queries import ACTIVE, user_state
from apps.people.requirements import require_reason
from workflows.candidates import excluded, resolve, superior_seats, transfer_seats
from workflows.errors import Overtaken
from workflows.history import named, record
from workflows.models import Candidate, Case, Step
from workflows.nodes.human import sole_owner
from workflows.nodes.split import SplitEach, wake_joins
from workflows.services.locking import Held, ends_overtaken, held, held_case, overtake
from workflows.services.standing_in import AWAY
from workflows.telling import tell
from workflows.verbs import Verb

WAITING = (STATUS.NEW, STATUS.ASSIGNED)
_PRIVATE = frozenset(
    {"returns", "after", "added_by", "former", "outcome", AWAY}
)  # of a task, not of its round


def claim(*, step: Step, by: User, now: datetime) -> Step:
    """Take a step that several may answer; or, as the superior, one that is overdue.

    Raises NotPermitted `workflows.not_yours`, `workflows.own_case`; WrongState `workflows.taken`.
    """
    with held(step, by=by, now=now, verb=Verb.CLAIM) as it:
        it.task.assigned = now
        if it.task.status == STATUS.NEW:
            it.activation.assign(by)
        else:
            it.task.data.pop("returns", None)
            it.activation.reassign(user=by)
        record("claimed", it.case, step=it.step)
    return it.step


def release(*, step: Step, by: User, now: datetime) -> Step:
    """Give a claimed step back to those who may take it. Raises WrongState `workflows.sole_candidate`."""
    with held(step, by=by, now=now, verb=Verb.RELEASE) as it:
        it.activation.unassign()
        record("released", it.case, step=it.step)
    return it.step


@ends_overtaken
def transfer(*, step: Step, by: User, to: User, now: datetime, reason: str) -> Step:
    """Pass a step to another person of the same role, or of the superior one (转办). The unit's managers and
    the office may do it for others.

    Raises Invalid `core.reason_required`, `workflows.not_eligible` (nobody outside the role, never the
    applicant).
    """
    reason = require_reason(reason)
    with held(step, by=by, now=now, verb=Verb.TRANSFER) as it:
        seat = next((s for s in transfer_seats(it.activation) if s.user.pk == to.pk), None)
        if seat is None or to.pk == it.task.owner_id:
            raise Invalid(_("This person cannot take this step."), code="workflows.not_eligible", field="to")
        it.task.data.pop("returns", None)
        _give(it, to)
        Candidate.objects.get_or_create(
            step=it.step, user=to, defaults={"via": seat.via, "instead_of": seat.instead_of}
        )
        record("transferred", it.case, step=it.step, opinion=reason, details=named(to))
        tell("workflows.step_passed", step=it.step.ulid, user=to.ulid, how="transfer")
    return it.step


@ends_overtaken
def delegate(*, step: Step, by: User, to: User, now: datetime, reason: str) -> Step:
    """Ask somebody for an opinion (委派); then the step comes back. They cannot answer it.

    Raises Invalid `core.reason_required`, `workflows.not_eligible`.
    """
    reason = require_reason(reason)
    with held(step, by=by, now=now, verb=Verb.DELEGATE) as it:
        _ask_first(it, by, to, how="delegate")
        record("delegated", it.case, step=it.step, opinion=reason, details=named(to))
        tell("workflows.step_passed", step=it.step.ulid, user=to.ulid, how="delegate")
    return it.step


@ends_overtaken
def give_back(*, step: Step, by: User, now: datetime, opinion: str) -> Step:
    """Whoever was asked for an opinion gives it, and the step returns to who asked.

    Raises Invalid `core.reason_required`; WrongState `workflows.not_delegated`.
    """
    opinion = require_reason(opinion)
    with held(step, by=by, now=now, verb=Verb.GIVE_BACK) as it:
        record("opinion", it.case, step=it.step, opinion=opinion)
        _return(it)
    return it.step


@ends_overtaken
def add_signer(*, step: Step, by: User, user: User, now: datetime, where: str, reason: str) -> Step:
    """One more signer (加签): `before` me (their opinion comes first), `after` me (they sign after I have),
    or `beside` me (a seat of their own in this round). Gives the step that they sign.

    Raises Invalid `workflows.where`, `workflows.not_eligible`, `core.reason_required`; WrongState
    `workflows.no_signers`, `workflows.signer_there`, `workflows.no_round`, `workflows.no_after`.
    """
    reason = require_reason(reason)
    with held(step, by=by, now=now, verb=Verb.ADD_SIGNER) as it:
        if where == "before":
            _ask_first(it, by, user, how="before")
            signs = it.step
        elif where == "after":
            signs = _queue_after(it, by, user)
        elif where == "beside":
            signs = _seat_beside(it, by, user)
        else:
            raise Invalid(_("Before, after or beside?"), code="workflows.where", field="where")
        record("signer_added", it.case, step=it.step, opinion=reason, details={"where": where} | named(user))
        if where != "after":
            tell("workflows.step_passed", step=signs.ulid, user=user.ulid, how=where)
    return signs


@ends_overtaken
def remove_signer(*, step: Step, by: User, user: User, now: datetime, reason: str) -> Step:
    """Take back a signer whom one has added (减签), while they have not signed. The office may too.

    For a signer beside, `step` is their own. Raises Invalid `core.reason_required`; WrongState
    `workflows.signer_gone`.
    """
    reason = require_reason(reason)
    with held(step, by=by, now=now, verb=Verb.REMOVE_SIGNER) as it:
        data = it.task.data
        queue = data.get("after", [])
        if any(row["user"] == user.pk for row in queue):
            data["after"] = [row for row in queue if row["user"] != user.pk]
            it.task.save()
        elif it.task.owner_id == user.pk and data.get("returns") and data["returns"][-1]["how"] == "before":
            _return(it)
        elif data.get("user") == user.pk and data.get("added_by") is not None:
            it.activation.cancel()
            wake_joins(it.activation.process)
        else:
            raise WrongState(
                _("This person is not, or no longer, an added signer."), code="workflows.signer_gone"
            )
        record("signer_removed", it.case, step=it.step, opinion=reason, details=named(user))
    return it.step


def hand_over(
    *,
    user: User,
    by: User | None,
    now: datetime,
    reason: str,
    but: Case | None = None,
    own_cases: bool = True,
) -> int:
    """Somebody leaves or is suspended: what waits for them goes to whoever may answer it instead, and their
    own open cases end, except `but`, or none of them with `own_cases=False` (somebody who comes back). Gives
    how many steps and cases were touched. Safe to repeat.
    """
    touched = 0
    theirs = Case.objects.filter(applicant=user, state=Case.State.OPEN).select_related("process")
    for case in theirs if own_cases else ():
        if but is None or case.pk != but.pk:
            with held_case(case, by=by, now=now) as fresh:
                if fresh.is_open:
                    fresh.process.flow_class.instance.stop(fresh, state=Case.State.CANCELLED, reason=reason)
                    touched += 1
    for task in _held_by(user):
        try:
            touched += _hand_over_one(task.step, user, now, reason)
        except Overtaken as overtaken:  # one case whose object is gone must not keep the others here
            overtake(task.step.case, overtaken, now)
            touched += 1
    return touched


def _hand_over_one(step: Step, user: User, now: datetime, reason: str) -> bool:
    with held(step, by=None, now=now) as it:
        if it.task.status not in WAITING or it.node.of_applicant or it.node.personal:
            return False
        _resolve_anew(it, user, reason)
    return True


def _held_by(user: User) -> list[Task]:
    """Waiting tasks that are the person's, or that nobody else active could claim."""
    mine = Task.objects.filter(owner=user, status=STATUS.ASSIGNED, step__isnull=False)
    claimable = Task.objects.filter(status=STATUS.NEW, step__candidates__user=user)
    return [*mine.select_related("step__case"), *claimable.select_related("step__case")]


def _resolve_anew(it: Held, leaver: User, reason: str) -> None:
    seats = [s for s in resolve(it.activation) if s.user.pk != leaver.pk] or [
        s for s in superior_seats(it.activation) if s.user.pk != leaver.pk
    ]
    for seat in seats:
        Candidate.objects.get_or_create(
            step=it.step, user=seat.user, defaults={"via": seat.via, "instead_of": seat.instead_of}
        )
    if it.task.owner_id != leaver.pk:
        return
    it.task.data.pop("returns", None)
    owner = sole_owner(seats)
    if owner is not None:
        it.activation.reassign(user=owner)
    else:
        it.activation.unassign()
    record("handed_over", it.case, step=it.step, opinion=reason, details=named(leaver))
    tell("workflows.step_offered", step=it.step.ulid)


def _require_outside_opinion(it: Held, user: User) -> None:
    """Anybody active of the school may be asked, but never the applicant nor somebody in conflict."""
    if user.pk in excluded(it.activation):
        raise NotPermitted(_("Nobody decides in their own case."), code="workflows.own_case")
    fresh = User.objects.get(pk=user.pk)  # as of now, not of when the form was sent
    if user_state(fresh, it.at_now) != ACTIVE or fresh.is_external or fresh.pk == it.task.owner_id:
        raise Invalid(_("This person cannot take this step."), code="workflows.not_eligible", field="to")


def _ask_first(it: Held, by: User, to: User, *, how: str) -> None:
    if to.pk == by.pk:
        raise Invalid(_("This person cannot take this step."), code="workflows.not_eligible", field="to")
    _require_outside_opinion(it, to)
    it.task.data.setdefault("returns", []).append({"owner": by.pk, "how": how})
    _give(it, to)


def _give(it: Held, to: User) -> None:
    it.task.assigned = it.at_now
    if it.task.status == STATUS.NEW:
        it.activation.assign(to)
    else:
        it.activation.reassign(user=to)


def _return(it: Held) -> None:
    """Back to who asked; when they are no longer active, to whoever may answer the step now."""
    row = it.task.data["returns"].pop()
    owner = User.objects.get(pk=row["owner"])
    if user_state(owner, it.at_now) == ACTIVE:
        it.activation.reassign(user=owner)
        tell("workflows.step_passed", step=it.step.ulid, user=owner.ulid, how="return")
        return
    it.task.owner = owner
    _resolve_anew(it, owner, "")


def _queue_after(it: Held, by: User, user: User) -> Step:
    if it.node.form is not None:
        raise WrongState(
            _("This step asks for data; nobody can sign after it."), code="workflows.no_after", field="where"
        )
    _require_outside_opinion(it, user)
    queue = it.task.data.setdefault("after", [])
    if any(row["user"] == user.pk for row in queue):
        raise WrongState(_("This person is asked already."), code="workflows.signer_there", field="user")
    queue.append({"user": user.pk, "by": by.pk})
    if it.task.status == STATUS.NEW:
        it.activation.assign(by)
    else:
        it.task.save()
    return it.step


def _seat_beside(it: Held, by: User, user: User) -> Step:
    split = next((t for t in it.task.previous.all() if isinstance(t.flow_task, SplitEach)), None)
    if split is None:
        raise WrongState(
            _("There is no round here; let them sign before or after you."), code="workflows.no_round"
        )
    _require_outside_opinion(it, user)
    seats = it.activation.process.task_set.filter(flow_task=it.node, status__in=WAITING)
    if any(task.data.get("user") == user.pk for task in seats):
        raise WrongState(_("This person is asked already."), code="workflows.signer_there", field="user")
    split.process = it.activation.process
    item: dict[str, Any] = {k: v for k, v in it.task.data.items() if k not in _PRIVATE}
    task = split.flow_task.activation_class(split).add_branch(
        it.node, {**item, "user": user.pk, "added_by": by.pk}
    )
    return Step.objects.select_related("task", "case").get(task=task)
