"""Facts of cases become notices: whoever is asked, passed on to, urged, reminded or overdue hears of the
step, the applicant of the case. A notice whose question has been answered meanwhile is told no more.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.clock import school_time
from apps.core.outbox import WORKER, Payload, subscribe
from apps.notices.kinds import Kind, both
from apps.notices.operations import announce, notify, settle
from apps.people.models import User
from apps.people.roles import office_users
from workflows import noticekinds as kinds
from workflows.models import Case, Step, TaskEvent
from workflows.words import case_outcome, case_title, in_each, node_title, outcome_label, titled

_HOW: dict[str, Kind] = {
    "transfer": kinds.TRANSFERRED,
    "delegate": kinds.DELEGATED,
    "before": kinds.SIGN,
    "after": kinds.SIGN,
    "return": kinds.RETURNED,
    "absence": kinds.CLAIMABLE,
}  # 'beside' makes a step of its own, which is offered


@subscribe("workflows.tell_offered", to="workflows.step_offered", channel=WORKER)
def tell_offered(payload: Payload, now: datetime) -> None:
    """Whoever may answer. What was sent back is told with its reason, by `tell_sent_back`."""
    step = _step(payload)
    if not _waits(step) or _was_sent_back(step):
        return
    if step.task.flow_task.of_applicant:
        kind = kinds.YOUR_TURN
    else:
        kind = kinds.OFFERED if step.task.owner_id else kinds.CLAIMABLE
    _ask(kind, step, _asked(step), now)


@subscribe("workflows.tell_passed", to="workflows.step_passed", channel=WORKER)
def tell_passed(payload: Payload, now: datetime) -> None:
    """Whom the step went to."""
    step, kind = _step(payload), _HOW.get(payload["how"])
    user = User.objects.get(ulid=payload["user"])
    open_to_them = payload["how"] == "absence" and step.task.owner_id is None
    if kind is not None and _waits(step) and (open_to_them or step.task.owner_id == user.pk):
        _ask(kind, step, [user], now)


@subscribe("workflows.tell_urged", to="workflows.step_urged", channel=WORKER)
def tell_urged(payload: Payload, now: datetime) -> None:
    """Whoever is asked, again."""
    _remind(kinds.URGED, payload, now)


@subscribe("workflows.tell_reminded", to="workflows.step_reminded", channel=WORKER)
def tell_reminded(payload: Payload, now: datetime) -> None:
    """Whoever is asked: half of the time is over."""
    _remind(kinds.REMINDED, payload, now)


@subscribe("workflows.tell_escalated", to="workflows.step_escalated", channel=WORKER)
def tell_escalated(payload: Payload, now: datetime) -> None:
    """Whose it is, that it is overdue; the superiors, that they may take it."""
    step = _step(payload)
    if not _waits(step):
        return
    rows = list(step.candidates.select_related("user"))
    superiors = [row.user for row in rows if row.via == "superior" and row.user_id != step.task.owner_id]
    theirs = {user.pk for user in superiors}
    _ask(kinds.OVERDUE, step, [user for user in _asked(step) if user.pk not in theirs], now)
    _ask(kinds.RISEN, step, superiors, now)


@subscribe("workflows.tell_sent_back", to="workflows.step_sent_back", channel=WORKER)
def tell_sent_back(payload: Payload, now: datetime) -> None:
    """Who is asked now, with the reason; and the applicant, when that is somebody else. Whatever else was
    asked in the case is asked no more.
    """
    step = _step(payload)
    settle(case=_ref(step.case), now=now, kinds=kinds.ASKING)
    people = _asked(step) if _waits(step) else []
    args = {"reason": payload["reason"], "step": in_each(lambda: node_title(step.task.flow_task))}
    for user in _distinct([*people, *_applicant(step.case)]):
        asked = user in people
        url = _task_url(step) if asked else _case_url(step.case)
        _tell(kinds.SENT_BACK, user, step.case, now, url=url, **args)


@subscribe("workflows.tell_answered", to="workflows.step_answered", channel=WORKER)
def tell_answered(payload: Payload, now: datetime) -> None:
    """Those who were asked too need not answer any more; the applicant hears how it goes on."""
    step = _step(payload)
    case = step.case
    settle(case=_ref(case), now=now, kinds=kinds.ASKING, url=_task_url(step))
    if not case.is_open or step.answered_by_id == case.applicant_id or step.answered_by_id is None:
        return
    if step.task.flow_task.personal:  # of a committee the applicant hears what it came to, not each member
        return
    told = {
        "step": in_each(lambda: titled(case.flow, step.node)),
        "outcome": in_each(lambda: outcome_label(case.flow, step.node, payload["outcome"])),
    }
    for user in _applicant(case):
        _tell(kinds.ANSWERED, user, case, now, url=_case_url(case), **told)


@subscribe("workflows.tell_started", to="workflows.case_started", channel=WORKER)
def tell_started(payload: Payload, now: datetime) -> None:
    """The applicant, when somebody else (or the system) began it for them."""
    case = _case(payload)
    if case.started_by_id != case.applicant_id and case.is_open:
        for user in _applicant(case):
            _tell(kinds.STARTED, user, case, now, url=_case_url(case))


@subscribe("workflows.tell_ended", to="workflows.case_ended", channel=WORKER)
def tell_ended(payload: Payload, now: datetime) -> None:
    """Nobody is asked any more; the applicant hears how it came out, unless they ended it themselves."""
    case = _case(payload)
    settle(case=_ref(case), now=now, kinds=kinds.ASKING)
    if payload["state"] == Case.State.WITHDRAWN:
        return
    told = {"outcome": in_each(lambda: case_outcome(case)), "reason": case.reason}
    for user in _applicant(case):
        _tell(kinds.ENDED, user, case, now, url=_case_url(case), **told)


@subscribe("workflows.tell_copied", to="workflows.case_copied", channel=WORKER)
def tell_copied(payload: Payload, now: datetime) -> None:
    """Whom the case was shown to."""
    case = _case(payload)
    _tell(kinds.COPIED, User.objects.get(ulid=payload["user"]), case, now, url=_case_url(case))


@subscribe("workflows.tell_alarm", to="workflows.alarm", channel=WORKER)
def tell_alarm(payload: Payload, now: datetime) -> None:
    """The equipment office and the school's channels, once an hour for each case and step."""
    case, node, code = _case(payload), payload["node"], payload["code"]
    dedupe = f"case:{case.ulid}:{node}:{code}:{school_time(now):%Y%m%d%H}"
    args = _args(case) | {"code": code, "step": in_each(lambda: titled(case.flow, node))}
    for user in office_users(now):
        notify(
            user=user,
            kind=kinds.FAILED.key,
            now=now,
            args=args,
            url=_case_url(case),
            case=_ref(case),
            dedupe=dedupe,
        )
    announce(kind=kinds.FAILED.key, now=now, args=args, url=_case_url(case), case=_ref(case), dedupe=dedupe)


def _remind(kind: Kind, payload: Payload, now: datetime) -> None:
    step = _step(payload)
    if _waits(step):
        _ask(kind, step, _asked(step), now)


def _ask(kind: Kind, step: Step, people: Iterable[User], now: datetime) -> None:
    node, applicant = step.task.flow_task, step.case.applicant
    args = {
        "asks": in_each(lambda: _(node.asks)),
        "applicant": both(applicant.name_zh, applicant.name_en) if applicant else both("-", "-"),
        "until": _until(step.due_at),
    }
    for user in _distinct(people):
        _tell(kind, user, step.case, now, url=_task_url(step), **args)


def _tell(kind: Kind, user: User, case: Case, now: datetime, *, url: str, **args: Any) -> None:
    notify(user=user, kind=kind.key, now=now, args=_args(case) | args, url=url, case=_ref(case))


def _args(case: Case) -> dict[str, Any]:
    return {"case": in_each(lambda: case_title(case)), "number": case.number}


def _until(due: datetime | None) -> dict[str, str]:
    if due is None:
        return both("", "")
    at = f"{school_time(due):%Y-%m-%d %H:%M}"
    return in_each(lambda: _("Please answer by %(at)s.") % {"at": at})


def _asked(step: Step) -> list[User]:
    """Whose the step is, or who may take it."""
    if step.task.owner is not None:
        return [step.task.owner]
    return [row.user for row in step.candidates.select_related("user").order_by("id")]


def _waits(step: Step) -> bool:
    return step.answered_at is None and step.case.is_open


def _was_sent_back(step: Step) -> bool:
    """Whether the step exists because a later one was sent back to it."""
    events = TaskEvent.objects.filter(case=step.case, kind="sent_back", at=step.asked_at)
    return any(event.details.get("to") == step.node for event in events)


def _applicant(case: Case) -> list[User]:
    return [case.applicant] if case.applicant is not None else []


def _distinct(people: Iterable[User]) -> list[User]:
    return list({user.pk: user for user in people}.values())


def _step(payload: Payload) -> Step:
    return Step.objects.select_related("task__owner", "task__process", "case__applicant").get(
        ulid=payload["step"]
    )


def _case(payload: Payload) -> Case:
    return Case.objects.select_related("applicant").get(ulid=payload["case"])


def _ref(case: Case) -> str:
    return f"case:{case.ulid}"


def _task_url(step: Step) -> str:
    return reverse("task_detail", args=[step.ulid])


def _case_url(case: Case) -> str:
    return reverse("case_detail", args=[case.ulid])
