"""A case ends before its flow does: the applicant withdraws, or the office cancels."""

from datetime import datetime

from apps.people.models import User
from apps.people.requirements import require_reason
from workflows.models import Case
from workflows.services.locking import held_case
from workflows.verbs import Verb, require, standing


def withdraw(*, case: Case, by: User | None, now: datetime, reason: str = "") -> Case:
    """The applicant takes the case back, until the deciding step. `by=None`: somebody without an account has
    said so where the domain asks them, and the domain has judged whether it is too late.

    Raises NotPermitted `workflows.not_applicant`; WrongState `workflows.too_late`, `workflows.case_closed`.
    """
    with held_case(case, by=by, now=now) as fresh:
        if by is not None:
            require(Verb.WITHDRAW, standing(by, fresh, None, now))
        elif not fresh.is_open:
            return fresh
        fresh.process.flow_class.instance.stop(fresh, state=Case.State.WITHDRAWN, reason=reason.strip())
    return fresh


def cancel(*, case: Case, by: User | None, now: datetime, reason: str) -> Case:
    """The office, or the system, ends a case that should not go on.

    Raises Invalid `core.reason_required`; NotPermitted `workflows.not_yours`; WrongState
    `workflows.case_closed`.
    """
    reason = require_reason(reason)
    with held_case(case, by=by, now=now) as fresh:
        if by is not None:
            require(Verb.CANCEL, standing(by, fresh, None, now))
        elif not fresh.is_open:
            return fresh
        fresh.process.flow_class.instance.stop(fresh, state=Case.State.CANCELLED, reason=reason)
    return fresh
