"""The people for whom somebody may begin a deregistration or a suspension: everybody for the office, those of
their units for managers, the members of their groups for principal investigators. Reads only.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.periods import in_force
from apps.people.models import Membership, Suspension, User
from apps.people.queries import SCHOOL, active_users, counting_rights
from apps.people.scopes import units_within


def people_within_reach(by: User, at: datetime) -> QuerySet[User]:
    """Registered people, suspended ones among them, without oneself, by login; each with `suspended`. Nobody
    for whoever is not active.
    """
    everybody = User.objects.filter(is_active=True, valid_from__lte=at).exclude(pk=by.pk)
    found = (
        everybody.filter(_reach(by, at))
        if active_users(at).filter(pk=by.pk).exists()
        else User.objects.none()
    )
    suspended = Suspension.objects.filter(in_force(at), user=OuterRef("pk"))
    return found.annotate(suspended=Exists(suspended)).select_related("unit").order_by("username")


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
