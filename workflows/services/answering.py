"""A step is answered: by a person, by a fact, by its deadline; or it is sent back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from viewflow.workflow import Token
from viewflow.workflow.status import STATUS

from apps.core.errors import Invalid, Refusal, WrongState
from apps.core.prepared import update
from apps.people.models import User
from apps.people.queries import active_users
from apps.people.requirements import require_reason
from workflows.base import open_tasks
from workflows.errors import Overtaken
from workflows.history import record
from workflows.models import Attachment, Case, Step
from workflows.nodes.human import COMPLETE, EXPIRED, SENT_BACK, Answer, Outcome
from workflows.services.locking import Held, ends_overtaken, held, held_case, overtake
from workflows.telling import tell
from workflows.verbs import Verb


@ends_overtaken
def answer(
    *,
    step: Step,
    by: User,
    now: datetime,
    outcome: str,
    opinion: str = "",
    data: Mapping[str, Any] | None = None,
    attachments: Sequence[Attachment] = (),
) -> Step:
    """The person answers the step with one of its outcomes; what is free to claim is claimed with it.

    `data` is the cleaned data of the step's form (`workflows.answers.cleaned`). An opinion is required of
    who refuses. Raises NotPermitted `workflows.own_case`, `workflows.not_yours`, `workflows.conflict`;
    Invalid `workflows.outcome`, `workflows.opinion_required`; WrongState `workflows.answered`,
    `workflows.taken`, `workflows.automatic`, `workflows.delegated`, `workflows.no_candidate`,
    `workflows.overtaken`; and whatever the domain's operation refuses. What is answered under seal takes no
    files, for those are read by everybody who reads the case: Invalid `workflows.sealed_files`.
    """
    with held(step, by=by, now=now, verb=Verb.ANSWER) as it:
        chosen = _chosen(it.node, outcome, by_people=True)
        if attachments and not it.node.keeps(chosen):
            raise Invalid(
                _("An answer under seal takes no files."), code="workflows.sealed_files", field="attachments"
            )
        opinion = opinion.strip()
        if chosen.refuses and not opinion:
            raise Invalid(
                _("Please say why: a refusal needs an opinion."),
                code="workflows.opinion_required",
                field="opinion",
            )
        if it.task.status == STATUS.NEW:
            it.activation.assign(by)
        if it.task.data.get("after") and not chosen.refuses:
            _on_to_the_next_signer(it, chosen, opinion, attachments)
        else:
            _settle(it, chosen.key, by, opinion, data or {}, tuple(attachments))
    return it.step


def batch(
    *, steps: Sequence[Step], by: User, now: datetime, outcome: str, opinion: str = ""
) -> list[tuple[Step, Refusal | None]]:
    """Answer many steps alike, each in its own transaction; gives for each the refusal, or None when it is
    done.

    Steps that ask for data, or do not allow it, are refused with `workflows.not_in_batch`.
    """
    results: list[tuple[Step, Refusal | None]] = []
    for step in steps:
        try:
            if not step.task.flow_task.batch:
                raise WrongState(
                    _("This step wants to be answered by itself."), code="workflows.not_in_batch"
                )
            answer(step=step, by=by, now=now, outcome=outcome, opinion=opinion)
        except Refusal as refused:
            results.append((step, refused))
        else:
            results.append((step, None))
    return results


def fulfil(
    *, case: Case, node: str, now: datetime, outcome: str = COMPLETE, data: Mapping[str, Any] | None = None
) -> Step | None:
    """A fact completes what the case waits for at this node (an exam was passed). None when it does not
    wait there (facts come late and twice), or when the case was overtaken and has now ended. Raises Invalid
    `workflows.outcome` when the step has no such answer.
    """
    step = waiting_at(case, node)
    if step is not None:
        _chosen(step.task.flow_task, outcome)
    if step is None or not _settle_by_itself(step, outcome, now, data or {}):
        return None
    step.refresh_from_db()
    return step


def settle(*, step: Step, outcome: str, now: datetime) -> bool:
    """What a step asks has moved, and it is answered by itself with this outcome; gives whether it still
    waited. Raises Invalid `workflows.outcome` when the step has no such answer.
    """
    _chosen(step.task.flow_task, outcome)
    return _settle_by_itself(step, outcome, now, {})


def expire(*, step: Step, now: datetime) -> bool:
    """The deadline has passed and the flow has a way for that: take it. Gives whether it was taken; an
    answer that came first wins.
    """
    return EXPIRED in step.task.flow_task.outcomes and _settle_by_itself(step, EXPIRED, now, {})


def _settle_by_itself(step: Step, outcome: str, now: datetime, data: Mapping[str, Any]) -> bool:
    """Answer a step without a person; gives whether it still waited. An overtaken case ends."""
    try:
        with held(step, by=None, now=now) as it:
            if it.task.status not in (STATUS.NEW, STATUS.ASSIGNED):
                return False
            if outcome == EXPIRED and (it.step.due_at is None or it.step.due_at > now):
                return False  # prolonged meanwhile
            if it.task.status == STATUS.NEW:
                it.activation.assign(None)
            _settle(it, outcome, None, "", data, ())
    except Overtaken as overtaken:
        overtake(step.case, overtaken, now)
        return False
    return True


def waiting_at(case: Case, node: str) -> Step | None:
    """The step at a node that still waits for an answer, if there is one."""
    return (
        case.steps.filter(node=node, answered_at__isnull=True, task__status__in=(STATUS.NEW, STATUS.ASSIGNED))
        .select_related("task", "case")
        .first()
    )


def _chosen(node: Any, outcome: str, *, by_people: bool = False) -> Outcome:
    found: Outcome | None = node.outcomes.get(outcome)
    if found is None or outcome == EXPIRED or (by_people and found.by_itself):
        raise Invalid(
            _("This step cannot be answered like that."),
            code="workflows.outcome",
            field="outcome",
            outcomes=[o.key for o in node.choices],
        )
    return found


def _settle(
    it: Held,
    outcome: str,
    by: User | None,
    opinion: str,
    data: Mapping[str, Any],
    attachments: tuple[Attachment, ...],
) -> None:
    """The domain's operation, the history, and on. What is under seal goes to the operation and nowhere
    else.
    """
    step, node = it.step, it.node
    given = Answer(step, by, outcome, opinion, data, attachments)
    if not node.keeps(node.outcomes[outcome]):
        outcome, opinion = COMPLETE, ""
    step.outcome, step.opinion, step.answered_at, step.answered_by = (
        outcome,
        opinion,
        it.at_now,
        by,
    )
    step.dossier_id = it.newest_dossier
    update(step, "outcome", "opinion", "answered_at", "answered_by", "dossier")
    if node.do is not None:
        node.do(it.activation, given)
    record(outcome, it.case, step=step, opinion=opinion, attachments=attachments, details=_instead_of(it, by))
    tell("workflows.step_answered", step=step.ulid, outcome=outcome)
    it.task.data["outcome"] = outcome
    it.activation.start(None)
    it.activation.complete()
    it.activation.activate_next()


def _instead_of(it: Held, by: User | None) -> dict[str, str]:
    """Whom the person substitutes in this answer, for the history and the countersign table."""
    seat = it.standing.seat if by is not None and it.standing is not None else None
    if seat is None:
        return {}
    if not seat.instead_of:
        return {"via": seat.via}
    return {"via": seat.via, "instead_of": seat.instead_of, "instead_of_en": seat.instead_of_en or ""}


def _on_to_the_next_signer(
    it: Held, chosen: Outcome, opinion: str, attachments: Sequence[Attachment]
) -> None:
    """One has signed, and another was asked to sign after them (后加签)."""
    following = it.task.data["after"].pop(0)
    record(
        chosen.key,
        it.case,
        step=it.step,
        opinion=opinion,
        attachments=tuple(attachments),
        details={"signer": True},
    )
    signer = active_users(it.at_now).filter(pk=following["user"]).first()
    if signer is None:
        raise WrongState(
            _("The signer who was to follow is no longer active; remove them first."),
            code="workflows.signer_inactive",
        )
    it.activation.reassign(user=signer)
    tell("workflows.step_passed", step=it.step.ulid, user=signer.ulid, how="after")


@ends_overtaken
def send_back(*, step: Step, by: User, now: datetime, to: str, reason: str) -> Step:
    """Return the case to an earlier step (退回), by the name of its node; gives the new step there.

    Everything else that waits in the case is cancelled. Raises Invalid `core.reason_required`,
    `workflows.way_back` (with the possible nodes); WrongState `workflows.no_way_back`; and as `answer`
    does.
    """
    reason = require_reason(reason)
    with held(step, by=by, now=now, verb=Verb.SEND_BACK) as it:
        target = next((node for node in ways_back(it.step) if node.name == to), None)
        if target is None:
            raise Invalid(
                _("It cannot be sent back to there."),
                code="workflows.way_back",
                field="to",
                nodes=[node.name for node in ways_back(it.step)],
            )
        if it.task.status == STATUS.NEW:
            it.activation.assign(by)
        it.step.outcome, it.step.opinion, it.step.answered_at, it.step.answered_by = (
            SENT_BACK,
            reason,
            now,
            by,
        )
        it.step.save(update_fields=["outcome", "opinion", "answered_at", "answered_by"])
        record("sent_back", it.case, step=it.step, opinion=reason, details={"to": target.name})
        it.task.data["outcome"] = SENT_BACK
        it.activation.start(None)
        it.activation.complete()
        return _back_to(it.activation, it.case, target, reason)


def bring_back(*, case: Case, to: str, now: datetime, reason: str) -> Step | None:
    """The case returns to an earlier step by itself, because what it is about has changed: everything that
    waits is cancelled. Gives the new step; None when the case waits there already, or has ended.
    """
    with held_case(case, by=None, now=now) as fresh:
        waiting = open_tasks(fresh.process)
        if not fresh.is_open or waiting_at(fresh, to) is not None:
            return None
        waiting[0].process = fresh.process
        activation = waiting[0].flow_task.activation_class(waiting[0])
        target = fresh.process.flow_class.instance.node(to)
        record("sent_back", fresh, node=waiting[0].flow_task.name, opinion=reason, details={"to": to})
        return _back_to(activation, fresh, target, reason)


def prolong(*, step: Step, until: datetime, by: User | None, now: datetime, reason: str = "") -> Step:
    """A step that waits has longer; who may say so is the flow's to judge. Raises WrongState
    `workflows.answered`; Invalid `workflows.until` unless it is later than it was.
    """
    with held(step, by=by, now=now) as it:
        if it.task.status not in (STATUS.NEW, STATUS.ASSIGNED):
            raise WrongState(_("This step has been answered already."), code="workflows.answered")
        if until <= max(now, it.step.due_at or now):
            raise Invalid(_("The deadline must be later than it is."), code="workflows.until", field="until")
        it.step.due_at, it.step.remind_at = until, now + (until - now) / 2
        it.step.reminded_at = it.step.escalated_at = None
        it.step.save(update_fields=["due_at", "remind_at", "reminded_at", "escalated_at"])
        record("prolonged", it.case, step=it.step, opinion=reason, details={"until": until.isoformat()})
    return it.step


def _back_to(activation: Any, case: Case, target: Any, reason: str) -> Step:
    """Cancel what waits, tell the domain, and ask at the earlier step."""
    process = activation.process
    for task in open_tasks(process):
        task.process = process
        task.flow_task.activation_class(task).cancel()
    process.flow_class.instance.returned(activation, target.name, reason)
    former = case.steps.filter(node=target.name, answered_by__isnull=False).order_by("-id").first()
    root = Token(activation.task.token.token.split("/")[0])
    made = target._create(activation, root, data={"former": former.answered_by_id} if former else {})
    tell("workflows.step_sent_back", step=made.step.ulid, reason=reason)
    return made.step  # type: ignore[no-any-return]


def ways_back(step: Step) -> list[Any]:
    """The nodes to which this step may be sent back now: those that the flow allows and that the case has
    passed, and the applicant's own at any time.
    """
    passed = set(step.case.steps.exclude(pk=step.pk).values_list("node", flat=True))
    return [node for node in step.task.flow_task.back_to if node.of_applicant or node.name in passed]
