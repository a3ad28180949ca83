"""Who may read which case, answered on the object: the applicant, whoever was asked, whoever it was copied
to, the managers and report readers of its unit, and the office. Everybody else does not learn that it
exists.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound
from apps.people.models import User
from apps.people.queries import ACTIVE, SCHOOL, authorized, counting_rights, unit_scopes, user_state
from workflows.models import Candidate, Case, Copy, Step

READING = ("manage", "report")  # rights over a unit that let somebody read its cases


def may_see(user: User, case: Case, now: datetime) -> bool:
    """Whether the person may read the case now. At most four queries."""
    if user_state(user, now) != ACTIVE:
        return case.applicant_id == user.pk
    if case.applicant_id == user.pk or case.started_by_id == user.pk:
        return True
    if Case.objects.filter(part_of(user), pk=case.pk).exists():
        return True
    scopes = unit_scopes(case.unit) if case.unit is not None else (SCHOOL,)
    if authorized(user, "report", scopes, now):
        return True
    flow = case.process.flow_class
    return flow is not None and flow.instance.may_see(case, user, now)


def part_of(user: User) -> Q:
    """The cases that a person has a part in: their own, those in which they were asked, and those that were
    copied to them.
    """
    asked = Candidate.objects.filter(user=user, step__case=OuterRef("pk"))
    owned = Step.objects.filter(Q(task__owner=user) | Q(answered_by=user), case=OuterRef("pk"))
    copied = Copy.objects.filter(user=user, case=OuterRef("pk"))
    return Q(applicant=user) | Q(started_by=user) | Q(Exists(asked)) | Q(Exists(owned)) | Q(Exists(copied))


def read_by_school(user: User, now: datetime) -> Q:
    """Every case, for the office and the school's report readers; none for others."""
    held = counting_rights(now).filter(user=user, kind__in=READING, scope=SCHOOL)
    return Q(Exists(held))


def visible_cases(user: User, now: datetime) -> QuerySet[Case]:
    """The cases that the person may read, for lists: by part in them, by right over their units, or all of
    them for the office and the school's report readers.
    """
    if user_state(user, now) != ACTIVE:
        return Case.objects.filter(applicant=user)
    held = set(counting_rights(now).filter(user=user, kind__in=READING).values_list("scope", flat=True))
    if SCHOOL in held:
        return Case.objects.all()
    units = [scope.removeprefix("unit:") for scope in held if scope.startswith("unit:")]
    within = (
        Q(unit__ulid__in=units)
        | Q(unit__parent__ulid__in=units)
        | Q(unit__parent__parent__ulid__in=units)
        | Q(unit__parent__parent__parent__ulid__in=units)
        if units
        else Q(pk__in=[])
    )
    return Case.objects.filter(within | Q(pk__in=Case.objects.filter(part_of(user)).values("pk")))


def find_case(ulid: str, user: User, now: datetime) -> Case:
    """The case of that identifier, if the person may read it. Else NotFound `workflows.no_case`, for both."""
    case = (
        Case.objects.select_related("process", "applicant", "started_by", "unit", "version")
        .defer("version__description")
        .filter(ulid=ulid)
        .first()
    )
    if case is None or not may_see(user, case, now):
        raise NotFound(_("There is no such case."), code="workflows.no_case")
    return case


def find_step(ulid: str, user: User, now: datetime) -> Step:
    """The step of that identifier, if the person may read its case. Raises NotFound `workflows.no_step`."""
    step = (
        Step.objects.select_related(
            "task__owner",
            "task__process",
            "case__applicant",
            "case__started_by",
            "case__unit",
            "case__process",
        )
        .filter(ulid=ulid)
        .first()
    )
    if step is None or not may_see(user, step.case, now):
        raise NotFound(_("There is no such step."), code="workflows.no_step")
    return step
