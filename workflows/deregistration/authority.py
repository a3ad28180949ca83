"""Who decides about the registration of a person, and who may ask for a decision. Reads only."""

from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotPermitted
from apps.core.periods import in_force
from apps.people.models import OrgUnit, Post, User
from apps.people.queries import ACTIVE, SCHOOL, authorized, counting_rights, unit_scopes, user_state
from apps.people.roles import office_users, superiors, unit_managers
from workflows.models import Case


def people_in_authority(user: User, now: datetime) -> list[User]:
    """Who decides about a person: the managers of their unit and of those above it, the office last."""
    if user.unit is None:
        return office_users(now)
    return [*unit_managers(user.unit, now), *superiors(user.unit, now)]


def has_authority(by: User, user: User, now: datetime) -> bool:
    """Whether `by` manages a unit that the person belongs to, or the school; never oneself."""
    if by.pk == user.pk:
        return False
    return authorized(by, "manage", unit_scopes(user.unit) if user.unit else (SCHOOL,), now)


def leads(by: User, user: User, now: datetime) -> bool:
    """Whether `by`, active, is principal investigator of a group that the person belongs to."""
    mine = user.memberships.filter(in_force(now), group__pi=by).exclude(user=by)
    return user_state(by, now) == ACTIVE and mine.exists()


def watches_over(by: User, user: User, now: datetime) -> bool:
    """Whether `by`, active, is safety officer of the person's unit or of one above it."""
    if user.unit is None or by.pk == user.pk or user_state(by, now) != ACTIVE:
        return False
    units = [scope.removeprefix("unit:") for scope in unit_scopes(user.unit)[:-1]]
    held = by.posts.filter(in_force(now), kind=Post.Kind.SAFETY_OFFICER, unit__ulid__in=units)
    return held.exists()


def answers_for_others(by: User, now: datetime) -> bool:
    """Whether there may be people about whom `by` decides or asks: a right to manage, a group, the post of a
    safety officer. At most three queries.
    """
    return (
        counting_rights(now).filter(user=by, kind="manage").exists()
        or by.led_groups.exists()
        or by.posts.filter(in_force(now), kind=Post.Kind.SAFETY_OFFICER).exists()
    )


def is_last_of_office(user: User, now: datetime) -> bool:
    """Whether nobody else active manages the school: without its office it could let nobody in any more."""
    return {one.pk for one in office_users(now)} == {user.pk}


def lock_office() -> None:
    """Until the transaction ends, nobody else's registration ends by a wish: of two people of the office who
    leave at once, the second finds that they are the last.
    """
    list(OrgUnit.objects.select_for_update(no_key=True).filter(kind=OrgUnit.Kind.SCHOOL).order_by("pk"))


def nobody_else_left() -> str:
    """What somebody is told who is the last of the office."""
    return gettext("Nobody else manages the school: give somebody that right first.")


def begun_by(case: Case, user: User) -> bool:
    """Whether the case is this person's own wish: they may take it back. Somebody about whom others have
    begun it is its applicant, but must not end it.
    """
    return case.started_by_id is not None and case.started_by_id == user.pk


def not_about_this_person() -> NotPermitted:
    """Neither in authority nor the person's lead or safety officer."""
    return NotPermitted(_("You may not decide about this person."), code="people.not_authorized")
