"""What facts begin a deregistration, and what happens to the tasks of somebody who has gone."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext

from apps.core.outbox import WORKER, Payload, subscribe
from apps.people.identities import IN_SCHOOL
from apps.people.models import HrPerson, HrStatus, User
from apps.people.queries import ACTIVE, INACTIVE, user_state
from workflows import services
from workflows.deregistration.flow import DeregistrationFlow
from workflows.deregistration.starting import begin_by_fact
from workflows.deregistration.suspension import SuspensionFlow
from workflows.errors import Overtaken
from workflows.models import Case
from workflows.registration.renewal import RenewalFlow
from workflows.services.locking import overtake

_AT_THE_SCHOOL = Q(left_at__isnull=True, status=HrStatus.ACTIVE)


@subscribe("deregistration.left_school", to="people.left_school", channel=WORKER)
def left_school(payload: Payload, now: datetime) -> None:
    """A confirmed personnel file no longer has this person, and no later one has them again."""
    user = User.objects.get(ulid=payload["user"])
    if HrPerson.objects.filter(_AT_THE_SCHOOL, number=user.username).exists():
        return
    begin_by_fact(user=user, started_by="hr", reason=gettext("Left the school"), now=now)


@subscribe("deregistration.back_in_file", to="people.hr_file_confirmed", channel=WORKER)
def back_in_file(payload: Payload, now: datetime) -> None:
    """A corrected personnel file has people again whom an earlier one had lost: what that began is over."""
    there = HrPerson.objects.filter(_AT_THE_SCHOOL, number=OuterRef("applicant__username"))
    begun = Case.objects.filter(
        Exists(there), flow=DeregistrationFlow.key, state=Case.State.OPEN, started_by__isnull=True
    )
    for case in begun.select_related("process").order_by("id"):
        if (case.process.data or {}).get("started_by") == "hr":
            overtake(case, Overtaken(gettext("The personnel file has this person again.")), now)


@subscribe("deregistration.follows", to="workflows.case_ended", channel=WORKER)
def follow(payload: Payload, now: datetime) -> None:
    """A renewal was not confirmed, or a suspension was to become an end; or a wish came to nothing that had
    kept the personnel file waiting.
    """
    if payload["flow"] == DeregistrationFlow.key:
        _remember_the_file(payload, now)
        return
    wanted = {
        (RenewalFlow.key, "not_renewed"): ("renewal", gettext("Not renewed")),
        (SuspensionFlow.key, "to_be_ended"): ("office", gettext("Suspended and not reinstated")),
    }.get((payload["flow"], payload["outcome"]))
    if wanted is None:
        return
    case = Case.objects.select_related("applicant").get(ulid=payload["case"])
    if case.applicant is not None:
        reason = f"{wanted[1]} ({case.number})"
        begin_by_fact(user=case.applicant, started_by=wanted[0], reason=reason, now=now)


@subscribe("deregistration.came_back", to="people.user_activated", channel=WORKER)
def came_back(payload: Payload, now: datetime) -> None:
    """What was to end or renew a registration of before is not about the new one."""
    user = User.objects.get(ulid=payload["user"])
    if user.valid_from is None:
        return
    before = Case.objects.filter(applicant=user, state=Case.State.OPEN, created_at__lt=user.valid_from)
    ending = (DeregistrationFlow.key, RenewalFlow.key)
    for case in before.filter(flow__in=ending).select_related("process").order_by("id"):
        overtake(case, Overtaken(gettext("The person has been registered anew meanwhile.")), now)


@subscribe("workflows.person_gone", to=("people.user_ended", "people.user_suspended"), channel=WORKER)
def pass_on_the_tasks(payload: Payload, now: datetime) -> None:
    """What waits for the person goes to others. Who is gone for good also loses their own open cases; who is
    suspended finds them again.
    """
    user = User.objects.get(ulid=payload["user"])
    state = user_state(user, now)
    if state != ACTIVE:
        services.hand_over(user=user, by=None, now=now, reason=payload["reason"], own_cases=state == INACTIVE)


def _remember_the_file(payload: Payload, now: datetime) -> None:
    """While somebody's own wish was open, no second case could begin: whom the register no longer has leaves
    now, although the wish was taken back, refused or not settled.
    """
    if payload["outcome"] == "ended":
        return
    case = Case.objects.select_related("applicant", "process").get(ulid=payload["case"])
    user = case.applicant
    wished = (case.process.data or {}).get("started_by") in ("self", "pi")
    if user is None or not wished or user.kind not in IN_SCHOOL:
        return
    if HrPerson.objects.filter(number=user.username, left_at__isnull=False).exists():
        begin_by_fact(user=user, started_by="hr", reason=gettext("Left the school"), now=now)
