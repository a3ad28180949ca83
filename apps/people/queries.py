"""Questions about people: who is in force, who belongs where, who holds which right at a moment. Changes
nothing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.periods import in_force
from apps.people.models import Authorization, Card, Membership, OrgUnit, ResearchGroup, Suspension, User
from apps.people.projection import projected

SCHOOL = "school"
ACTIVE, SUSPENDED, INACTIVE = "active", "suspended", "inactive"

# To manage a scope includes to use it and to see its reports.
_GIVEN_BY = {
    Authorization.Kind.MANAGE.value: ("manage",),
    Authorization.Kind.USE.value: ("use", "manage"),
    Authorization.Kind.REPORT.value: ("report", "manage"),
}


def registered(at: datetime, prefix: str = "") -> Q:
    """Users whose registration is in force at a moment. A user without `valid_from` was never registered."""
    return Q(**{f"{prefix}valid_from__lte": at, f"{prefix}is_active": True}) & (
        Q(**{f"{prefix}valid_until__isnull": True}) | Q(**{f"{prefix}valid_until__gt": at})
    )


def active_users(at: datetime) -> QuerySet[User]:
    """Users who may act at a moment: registered and not suspended."""
    suspended = Suspension.objects.filter(in_force(at), user=OuterRef("pk"))
    return User.objects.filter(registered(at)).exclude(Exists(suspended))


def user_state(user: User, at: datetime) -> str:
    """'active', 'suspended' or 'inactive' (not registered at that moment). At most one query."""
    begun = user.valid_from is not None and user.valid_from <= at
    if not begun or not user.is_active or (user.valid_until is not None and user.valid_until <= at):
        return INACTIVE
    return SUSPENDED if user.suspensions.filter(in_force(at)).exists() else ACTIVE


def due_for_renewal(at: datetime, *, within: timedelta) -> QuerySet[User]:
    """Active users whose registration wants to be confirmed again within a time from now, the most urgent
    first; those who are late are among them. Whoever was never given a date is not asked.
    """
    return active_users(at).filter(renew_by__lte=at + within).order_by("renew_by", "id")


def run_out(at: datetime) -> QuerySet[User]:
    """Users whose registration is over by its date and was ended by nobody: they may not act, but what hangs
    on them is still there. The longest over first.
    """
    over = User.objects.filter(is_active=True, valid_from__isnull=False, valid_until__lte=at)
    return over.order_by("valid_until", "id")


def has_run_out(user: User, at: datetime) -> bool:
    """Whether a user is one of `run_out`, by the row in hand."""
    begun = user.is_active and user.valid_from is not None
    return begun and user.valid_until is not None and user.valid_until <= at


def left_behind(user: User, at: datetime, *, begun: str = "valid_from") -> Q:
    """Which of a user's rows an ended registration takes along: every one while they are not registered; of
    somebody who was registered anew meanwhile those that began before. `begun` names the rows' beginning.
    """
    return Q() if user_state(user, at) == INACTIVE else Q(**{f"{begun}__lt": user.valid_from})


def unit_scopes(unit: OrgUnit) -> tuple[str, ...]:
    """The scopes that contain a unit, narrowest first, ending with 'school'. One query at most."""
    node: OrgUnit | None = OrgUnit.objects.select_related("parent__parent__parent").get(pk=unit.pk)
    scopes = []
    while node is not None:
        scopes.append(f"unit:{node.ulid}")
        node = node.parent
    return (*scopes, SCHOOL)


def counting_rights(at: datetime) -> QuerySet[Authorization]:
    """The rights that count at a moment: dated rows in force *and* their object permission there. Neither
    alone gives anything.
    """
    return Authorization.objects.filter(in_force(at), projected())


def rights(user: User, kind: str, scopes: Iterable[str], at: datetime) -> QuerySet[Authorization]:
    """The user's own rights that give `kind` in any of the scopes at a moment (suspension not looked at)."""
    return counting_rights(at).filter(user=user, kind__in=_GIVEN_BY[kind], scope__in=list(scopes))


def authorized(user: User, kind: str, scopes: Iterable[str], at: datetime) -> bool:
    """Whether an active user holds a right in any of the scopes, e.g. those that contain an instrument. One
    query.

    `kind` is 'manage', 'use' or 'report'; to manage includes the other two.
    """
    return rights(user, kind, scopes, at).filter(user__in=active_users(at)).exists()


def is_office(user: User, at: datetime) -> bool:
    """Whether the user acts for the equipment office: manages the whole school."""
    return authorized(user, "manage", (SCHOOL,), at)


def groups_of(user: User, at: datetime) -> QuerySet[ResearchGroup]:
    """The research groups that the user belongs to at a moment."""
    mine = Membership.objects.filter(in_force(at), user=user, group=OuterRef("pk"))
    return ResearchGroup.objects.filter(Exists(mine)).order_by("id")


def members(group: ResearchGroup, at: datetime) -> QuerySet[User]:
    """The members of a group at a moment, its PI among them."""
    mine = Membership.objects.filter(in_force(at), group=group, user=OuterRef("pk"))
    return User.objects.filter(Exists(mine)).order_by("username")


def cards_of(user: User, at: datetime) -> QuerySet[Card]:
    """The user's cards in force at a moment."""
    return user.cards.filter(in_force(at)).order_by("id")


def find_people(text: str, at: datetime) -> QuerySet[User]:
    """Active users whose login or name contains the text, in Chinese or English."""
    text = text.strip()
    hit = Q(username__icontains=text) | Q(name_zh__icontains=text) | Q(name_en__icontains=text)
    return active_users(at).filter(hit).order_by("username")
