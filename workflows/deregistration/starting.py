"""A deregistration or a suspension begins: by the person, their principal investigator, somebody in
authority, or a fact (the personnel file, a renewal that was not confirmed).
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from apps.core.errors import Invalid, Refusal, WrongState
from apps.people.models import User
from apps.people.queries import INACTIVE, has_run_out, user_state
from apps.people.requirements import require_active, require_period, require_reason
from workflows import services
from workflows.deregistration.authority import (
    has_authority,
    is_last_of_office,
    leads,
    nobody_else_left,
    not_about_this_person,
    watches_over,
)
from workflows.deregistration.dossier import reason_section
from workflows.deregistration.flow import DeregistrationFlow
from workflows.deregistration.suspension import CAUSES, SuspensionFlow
from workflows.models import Case

_NOTHING_TO_DO = frozenset({"people.ended", "workflows.case_open", "workflows.overtaken"})


def begin_deregistration(
    *,
    user: User,
    by: User | None,
    now: datetime,
    reason: str,
    started_by: str = "",
    urgent: bool = False,
) -> Case:
    """The registration of a person is to end. The person may ask it of their own registration, whoever is in
    authority of others', a principal investigator of members (then somebody in authority decides). Only
    authority makes it urgent. Without `by`, `started_by` says which fact it is ('hr', 'renewal', 'office').

    Raises Invalid `core.reason_required`; NotPermitted `people.not_authorized`, `people.not_active`;
    WrongState `people.ended`, `people.last_office` (nobody else would manage the school),
    `workflows.case_open`.
    """
    reason = require_reason(reason)
    if by is not None:
        started_by = _starter(user, by, now)
        if is_last_of_office(user, now):
            raise WrongState(nobody_else_left(), code="people.last_office")
    if user_state(user, now) == INACTIVE and not has_run_out(user, now):
        raise WrongState(_("This registration has already ended."), code="people.ended")
    return services.start(
        DeregistrationFlow,
        by=by,
        now=now,
        applicant=user,
        subject_ref=f"user:{user.ulid}",
        unit=user.unit,
        title_args={"name": user},
        data={
            "started_by": started_by or "unknown",
            "reason": reason,
            "urgent": urgent and started_by == "office",
        },
        dossier=[reason_section(started_by, reason, by)],
    )


def begin_by_fact(*, user: User, started_by: str, reason: str, now: datetime) -> Case | None:
    """What a fact or the clock begins. None where there is nothing left to do: facts come late and twice."""
    try:
        return begin_deregistration(user=user, by=None, now=now, reason=reason, started_by=started_by)
    except Refusal as refusal:
        if refusal.code not in _NOTHING_TO_DO:
            raise
    return None


def begin_suspension(
    *,
    user: User,
    by: User | None,
    now: datetime,
    reason: str,
    cause: str = "other",
    until: datetime | None = None,
) -> Case:
    """A person is to be suspended until a day, or until reinstated. Somebody in authority (or the system)
    suspends at once; a principal investigator and a safety officer ask for it.

    Raises Invalid `core.reason_required`, `core.period`, `deregistration.cause`; NotPermitted
    `people.not_authorized`, `people.own_case`; WrongState `people.ended`, `people.suspended`,
    `workflows.case_open`.
    """
    reason = require_reason(reason)
    if cause not in CAUSES:
        raise Invalid(_("Unknown cause."), code="deregistration.cause", field="cause")
    require_period(now, until)
    at_once = by is None or has_authority(by, user, now)
    if by is not None and not at_once and not leads(by, user, now) and not watches_over(by, user, now):
        raise not_about_this_person()
    state = user_state(user, now)
    if state == INACTIVE:
        raise WrongState(_("This registration has already ended."), code="people.ended")
    if state != "active":
        raise WrongState(_("This user is already suspended."), code="people.suspended")
    return services.start(
        SuspensionFlow,
        by=by,
        now=now,
        applicant=user,
        subject_ref=f"user:{user.ulid}",
        unit=user.unit,
        title_args={"name": user},
        data={
            "authority": at_once,
            "reason": reason,
            "cause": cause,
            "until": until.isoformat() if until else "",
        },
        dossier=[
            {
                "title": gettext_noop("Suspension"),
                "rows": [
                    {"label": gettext_noop("Cause"), "value": CAUSES[cause], "type": "choice"},
                    {"label": gettext_noop("Reason"), "value": reason},
                    {
                        "label": gettext_noop("Until"),
                        "value": until.isoformat() if until else None,
                        "type": "datetime",
                    },
                ],
            }
        ],
    )


def _starter(user: User, by: User, now: datetime) -> str:
    require_active(by, now)
    if by.pk == user.pk:
        return "self"
    if has_authority(by, user, now):
        return "office"
    if leads(by, user, now):
        return "pi"
    raise not_about_this_person()
