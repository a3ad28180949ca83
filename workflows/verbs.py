"""Who may do what with a step or a case. One answer for the pages, the API and the services: a verb that is
not listed is refused with the reason that stands here.
"""

from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import FilteredRelation, Q
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from apps.core.errors import NotPermitted, Refusal, WrongState
from apps.core.prepared import Prepared
from apps.people.models import User
from apps.people.queries import ACTIVE, active_users, authorized, is_office, unit_scopes, user_state
from workflows.models import Candidate, Case, Step


class Verb(StrEnum):
    """What can be done."""

    CLAIM = "claim"
    RELEASE = "release"
    ANSWER = "answer"
    SEND_BACK = "send_back"
    TRANSFER = "transfer"
    DELEGATE = "delegate"
    GIVE_BACK = "give_back"
    ADD_SIGNER = "add_signer"
    REMOVE_SIGNER = "remove_signer"
    URGE = "urge"
    COPY = "copy"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    RETRY = "retry"


_HANDLING = frozenset(
    {
        Verb.CLAIM,
        Verb.RELEASE,
        Verb.ANSWER,
        Verb.SEND_BACK,
        Verb.TRANSFER,
        Verb.DELEGATE,
        Verb.GIVE_BACK,
        Verb.ADD_SIGNER,
        Verb.REMOVE_SIGNER,
    }
)


class Mine(NamedTuple):
    """In which role a person may answer a step, and whom they substitute (empty: nobody)."""

    via: str
    instead_of: str | None  # Chinese name
    instead_of_en: str | None


_SEAT = Prepared(
    lambda step, user: Candidate.objects.filter(step=step, user=user).values_list(
        "via", "instead_of__name_zh", "instead_of__name_en"
    )
)
_PRESENT = Prepared(
    lambda at, user, step: (
        active_users(at)
        .filter(pk=user)
        .annotate(seat=FilteredRelation("candidacies", condition=Q(candidacies__step=step)))
        .values_list("seat__via", "seat__instead_of__name_zh", "seat__instead_of__name_en")
    )
)


class Standing:
    """How a person stands to a step: everything that the verbs depend on, each read when it is asked."""

    def __init__(self, user: User, case: Case, step: Step | None, now: datetime, *, active: bool) -> None:
        self.user, self.case, self.step, self.now, self.active = user, case, step, now, active

    @cached_property
    def office(self) -> bool:
        return self.active and is_office(self.user, self.now)

    @cached_property
    def supervises(self) -> bool:
        """The office, or whoever manages the unit of the case."""
        if self.office or not self.active or self.case.unit is None:
            return self.office
        return authorized(self.user, "manage", unit_scopes(self.case.unit), self.now)

    @cached_property
    def seat(self) -> Mine | None:
        """The person's place among the candidates."""
        rows = _SEAT.rows(step=self.step.pk, user=self.user.pk) if self.step is not None else []
        return Mine(*rows[0]) if rows else None

    @property
    def candidate(self) -> bool:
        return self.seat is not None

    @property
    def owns(self) -> bool:
        return self.step is not None and self.step.task.owner_id == self.user.pk

    @property
    def handles(self) -> bool:
        """Whose it is, or who may take it."""
        return self.owns or (self.waits_for_claim and self.candidate)

    @property
    def waits_for_claim(self) -> bool:
        return self.step is not None and self.step.task.status == STATUS.NEW

    @property
    def waits(self) -> bool:
        return self.step is not None and self.step.task.status in (STATUS.NEW, STATUS.ASSIGNED)

    @cached_property
    def failed(self) -> bool:
        """Whether something in the case failed by itself and was not done since."""
        waits = Task.objects.filter(process=self.case.process_id, finished__isnull=True)
        return any(has_failed(*row) for row in waits.values_list("status", "data"))

    @property
    def is_applicant(self) -> bool:
        return self.case.applicant_id == self.user.pk

    @property
    def in_conflict(self) -> bool:
        flow = self.case.process.flow_class
        return flow is not None and self.user.pk in flow.instance.conflicts(self.case)


def standing(user: User, case: Case, step: Step | None, now: datetime) -> Standing:
    """How the person stands to the step. One query, and at most four more for what is asked of it."""
    return Standing(user, case, step, now, active=user_state(user, now) == ACTIVE)


def standing_now(user: User, case: Case, step: Step, now: datetime) -> Standing:
    """The same with the person's state read again, for their registration may have ended meanwhile. One
    query, at most three more.
    """
    rows = _PRESENT.rows(at=now, user=user.pk, step=step.pk)
    at = Standing(user, case, step, now, active=bool(rows))
    if rows:
        at.seat = Mine(*rows[0]) if rows[0][0] is not None else None
    return at


def refusal(verb: Verb, at: Standing) -> Refusal | None:
    """Why this person may not do this now; None when they may."""
    if not at.active:
        return NotPermitted(_("Your account is not in force."), code="people.not_active")
    if verb in _HANDLING:
        return _not_handling(verb, at)
    if not at.case.is_open and verb is not Verb.COPY:
        return _closed()
    return _not_around(verb, at)


def _not_handling(verb: Verb, at: Standing) -> Refusal | None:
    step = at.step
    if step is None:
        return _not_yours()
    node = step.task.flow_task
    if at.is_applicant and not node.of_applicant:
        return NotPermitted(_("Nobody decides in their own case."), code="workflows.own_case")
    if not at.waits or not at.case.is_open:
        return _not_yours() if not _had_part(verb, at) else _answered()
    if at.in_conflict and not node.of_applicant:
        return NotPermitted(_("You have a conflict of interest in this case."), code="workflows.conflict")
    return _HANDLERS[verb](at)


def _had_part(verb: Verb, at: Standing) -> bool:
    return at.owns or at.candidate or (verb is Verb.TRANSFER and at.supervises)


def _claim(at: Standing) -> Refusal | None:
    if not at.candidate or at.owns:
        return _not_yours()
    overdue = at.step is not None and at.step.escalated_at is not None
    return None if at.waits_for_claim or overdue else _taken()


def _release(at: Standing) -> Refusal | None:
    if not at.owns:
        return _not_yours()
    if not at.candidate or _returns(at) or at.step is None or at.step.candidates.count() < 2:
        return WrongState(_("There is nobody else who could take it."), code="workflows.sole_candidate")
    return None


def _answer(at: Standing) -> Refusal | None:
    if not at.handles:
        return _taken() if at.candidate else _not_yours()
    if at.step is not None and at.step.task.flow_task.automatic:
        return WrongState(
            _("This step completes by itself when the work is done."), code="workflows.automatic"
        )
    return _asked_for_opinion() if _returns(at) else None


def _send_back(at: Standing) -> Refusal | None:
    if at.step is not None and not at.step.task.flow_task.back_to:
        return WrongState(_("This step cannot be sent back."), code="workflows.no_way_back")
    return _answer(at)


def _bound(at: Standing) -> Refusal | None:
    """Why a step cannot be passed to anybody; None when it can."""
    node = at.step.task.flow_task if at.step is not None else None
    if node is not None and node.of_applicant:
        return WrongState(_("Only the applicant can do this step."), code="workflows.of_applicant")
    if node is not None and node.personal:
        return WrongState(_("Only whoever was asked can do this step."), code="workflows.personal")
    return None


def _transfer(at: Standing) -> Refusal | None:
    if (bound := _bound(at)) is not None:
        return bound
    if at.supervises:
        return None
    if not at.handles:
        return _not_yours()
    return _asked_for_opinion() if _returns(at) else None


def _delegate(at: Standing) -> Refusal | None:
    if (bound := _bound(at)) is not None:
        return bound
    if not at.handles:
        return _not_yours()
    return _asked_for_opinion() if _returns(at) else None


def _give_back(at: Standing) -> Refusal | None:
    if not at.owns:
        return _not_yours()
    if not _returns(at):
        return WrongState(_("Nobody handed you this step."), code="workflows.not_delegated")
    return None


def _add_signer(at: Standing) -> Refusal | None:
    if at.step is not None and not at.step.task.flow_task.signers:
        return WrongState(_("This step has one signer only."), code="workflows.no_signers")
    if not at.handles:
        return _not_yours()
    return _asked_for_opinion() if _returns(at) else None


def _remove_signer(at: Standing) -> Refusal | None:
    task = at.step.task if at.step else None
    added_by = task.data.get("added_by") if task else None
    mine = added_by == at.user.pk or any(
        row.get("by") == at.user.pk for row in (task.data.get("after", []) if task else [])
    )
    owner_away = task is not None and any(
        row.get("how") == "before" and row.get("owner") == at.user.pk for row in task.data.get("returns", [])
    )
    return None if mine or owner_away or at.office else _not_yours()


_HANDLERS = {
    Verb.CLAIM: _claim,
    Verb.RELEASE: _release,
    Verb.ANSWER: _answer,
    Verb.SEND_BACK: _send_back,
    Verb.TRANSFER: _transfer,
    Verb.DELEGATE: _delegate,
    Verb.GIVE_BACK: _give_back,
    Verb.ADD_SIGNER: _add_signer,
    Verb.REMOVE_SIGNER: _remove_signer,
}


def _not_around(verb: Verb, at: Standing) -> Refusal | None:
    if verb is Verb.WITHDRAW:
        return _withdraw(at)
    if verb is Verb.RETRY:
        return _retry(at)
    if verb is Verb.CANCEL:
        allowed = at.office and not at.is_applicant
    elif verb is Verb.URGE:
        allowed = at.is_applicant or at.case.started_by_id == at.user.pk or at.office
    else:
        allowed = at.handles or at.is_applicant or at.supervises
    return None if allowed else _not_yours()


def has_failed(status: str, data: Any) -> bool:
    """Whether a task that is not done failed by itself, from what its row keeps."""
    return status == STATUS.ERROR or bool((data or {}).get("failures"))


def _retry(at: Standing) -> Refusal | None:
    if not at.office:
        return _not_yours()
    if not at.failed:
        return WrongState(_("Nothing in this case has failed."), code="workflows.nothing_failed")
    return None


def _withdraw(at: Standing) -> Refusal | None:
    flow = at.case.process.flow_class
    whose = at.is_applicant if flow is None else flow.instance.may_withdraw(at.case, at.user)
    if not whose:
        return NotPermitted(_("Only the applicant may withdraw."), code="workflows.not_applicant")
    if flow is not None and flow.instance.is_decided(at.case):
        return WrongState(
            _("The case has been decided; it can no longer be withdrawn."), code="workflows.too_late"
        )
    return None


def _returns(at: Standing) -> bool:
    return at.step is not None and bool(at.step.task.data.get("returns"))


def _asked_for_opinion() -> Refusal:
    return WrongState(
        _("You were asked for an opinion: give it, and the step goes back."), code="workflows.delegated"
    )


def _not_yours() -> Refusal:
    return NotPermitted(_("This step is not yours."), code="workflows.not_yours")


def _taken() -> Refusal:
    return WrongState(_("Somebody else has taken this step."), code="workflows.taken")


def _answered() -> Refusal:
    return WrongState(_("This step has been answered already."), code="workflows.answered")


def _closed() -> Refusal:
    return WrongState(_("This case has ended."), code="workflows.case_closed")


def verbs_of(user: User, case: Case, step: Step | None, now: datetime) -> frozenset[Verb]:
    """The verbs that the person may use now: what a page offers, and no more."""
    at = standing(user, case, step, now)
    return frozenset(verb for verb in Verb if refusal(verb, at) is None)


def require(verb: Verb, at: Standing) -> None:
    """Raises the refusal of a verb, if there is one."""
    refused = refusal(verb, at)
    if refused is not None:
        raise refused
