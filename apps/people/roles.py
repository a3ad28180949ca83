"""Who is there for a step: managers of a unit and of the units above it, the office, principal
investigators, holders of posts. Always active people, in a stable order (the longest in the role first).

It answers who could be asked; whether they may handle one case (never their own) is the asker's to decide.
"""

from collections.abc import Iterable
from datetime import datetime

from apps.core.periods import in_force
from apps.people.models import OrgUnit, Post, ResearchGroup, User
from apps.people.queries import SCHOOL, active_users, counting_rights, unit_scopes


def unit_managers(unit: OrgUnit, at: datetime) -> list[User]:
    """Active people who hold the right to manage exactly this unit (not one above it). Of the root unit: the
    office. One query.
    """
    scope = SCHOOL if unit.kind == OrgUnit.Kind.SCHOOL else f"unit:{unit.ulid}"
    return _managers((scope,), at)[scope]


def superiors(unit: OrgUnit, at: datetime) -> list[User]:
    """The managers of the units above a unit, the nearest unit first, the office last; nobody twice. The
    managers of the unit itself are not its superiors. Two queries.
    """
    scopes = [scope for scope in unit_scopes(unit)[1:] if scope != SCHOOL] + [SCHOOL]
    by_scope = _managers(scopes, at)
    return _once(user for scope in scopes for user in by_scope[scope])


def office_users(at: datetime) -> list[User]:
    """Active people of the equipment office: they manage the school. One query."""
    return _managers((SCHOOL,), at)[SCHOOL]


def pi_of(group: ResearchGroup, at: datetime) -> list[User]:
    """The group's principal investigator while active; else nobody. One query."""
    return list(active_users(at).filter(pk=group.pi_id))


def post_holders(unit: OrgUnit, kind: str, at: datetime) -> list[User]:
    """Active holders of a post in the unit, or else in the nearest unit above it that has one. Two
    queries.
    """
    chain = _chain(unit)
    posts = Post.objects.filter(in_force(at), unit__in=chain, kind=kind, user__in=active_users(at))
    by_unit: dict[int, list[User]] = {}
    for post in posts.select_related("user").order_by("valid_from", "id"):
        by_unit.setdefault(post.unit_id, []).append(post.user)
    nearest = next((by_unit[node.pk] for node in chain if node.pk in by_unit), [])
    return _once(nearest)


def lab_heads(unit: OrgUnit, at: datetime) -> list[User]:
    """The head of the lab that a unit is or lies in, or of the nearest unit above that has one."""
    return post_holders(unit, Post.Kind.LAB_HEAD, at)


def safety_officers(unit: OrgUnit, at: datetime) -> list[User]:
    """The safety officers who answer for a unit: its own, or those of the nearest unit above."""
    return post_holders(unit, Post.Kind.SAFETY_OFFICER, at)


def _managers(scopes: Iterable[str], at: datetime) -> dict[str, list[User]]:
    scopes = list(scopes)
    held = counting_rights(at).filter(kind="manage", scope__in=scopes, user__in=active_users(at))
    found: dict[str, list[User]] = {scope: [] for scope in scopes}
    for right in held.select_related("user").order_by("valid_from", "id"):
        found[right.scope].append(right.user)
    return {scope: _once(users) for scope, users in found.items()}


def _chain(unit: OrgUnit) -> list[OrgUnit]:
    node: OrgUnit | None = OrgUnit.objects.select_related("parent__parent__parent").get(pk=unit.pk)
    chain = []
    while node is not None:
        chain.append(node)
        node = node.parent
    return chain


def _once(users: Iterable[User]) -> list[User]:
    return list({user.pk: user for user in users}.values())
