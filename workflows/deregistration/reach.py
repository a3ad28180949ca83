"""The people for whom somebody may begin a deregistration or a suspension: everybody for the office, those of
their units for managers, the members of their groups for principal investigators. Reads only.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from apps.core.periods import in_force
from apps.people.models import Membership, Suspension, User
from apps.people.queries import SCHOOL, active_users, counting_rights
from apps.people.scopes import units_within
from workflows.deregistration.suspension import SuspensionFlow
from workflows.models import Case
from workflows.visibility import visible_cases


def people_within_reach(by: User, at: datetime) -> QuerySet[User]:
    """Registered people, suspended ones among them, without oneself, by login; each with `suspended`, and the
    open case of a suspension where `by` may read it. Nobody for whoever is not active.
    """
    everybody = User.objects.filter(is_active=True, valid_from__lte=at).exclude(pk=by.pk)
    found = (
        everybody.filter(_reach(by, at))
        if active_users(at).filter(pk=by.pk).exists()
        else User.objects.none()
    )
    suspended = Suspension.objects.filter(in_force(at), user=OuterRef("pk"))
    cases = visible_cases(by, at).filter(
        applicant=OuterRef("pk"), flow=SuspensionFlow.key, state=Case.State.OPEN
    )
    found = found.annotate(suspended=Exists(suspended), suspension_case=Subquery(cases.values("ulid")[:1]))
    return found.select_related("unit").order_by("username")


def answers_for_anybody(by: User, at: datetime) -> bool:
    """Whether the list is for this person at all: they manage a unit or the school, or lead a group."""
    manages = (
        counting_rights(at)
        .filter(user=by, kind="manage")
        .filter(Q(scope=SCHOOL) | Q(scope__startswith="unit:"))
    )
    return active_users(at).filter(pk=by.pk).exists() and (manages.exists() or by.led_groups.exists())


def _reach(by: User, at: datetime) -> Q:
    scopes = list(counting_rights(at).filter(user=by, kind="manage").values_list("scope", flat=True))
    if SCHOOL in scopes:
        return Q()
    members = Membership.objects.filter(in_force(at), group__pi=by, user=OuterRef("pk"))
    return Q(unit__in=units_within(scopes)) | Q(Exists(members))
