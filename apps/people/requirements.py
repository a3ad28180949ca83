"""What must hold before people, or what people do, may change: a right, a reason, a period.

Each function answers with nothing (or the checked value) or refuses. `by=None` is the system or an import.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, NotPermitted
from apps.people.models import ResearchGroup, User
from apps.people.queries import ACTIVE, SCHOOL, authorized, is_office, unit_scopes, user_state


def lock_user(user: User) -> User:
    """The user's row, locked until the transaction ends: what one person may have only once is decided under
    it.
    """
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def require_reason(reason: str) -> str:
    """The reason, trimmed. Raises Invalid `core.reason_required`: what takes something away is never done
    silently.
    """
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Please give a reason."), code="core.reason_required", field="reason")
    return reason


def require_period(valid_from: datetime, valid_until: datetime | None) -> None:
    """A half-open period that contains at least one moment, else Invalid `core.period`."""
    if valid_until is not None and valid_until <= valid_from:
        raise Invalid(_("The end must be after the beginning."), code="core.period", field="valid_until")


def require_active(by: User | None, now: datetime) -> None:
    """The acting person is registered and not suspended: `people.not_active`."""
    if by is not None and user_state(by, now) != ACTIVE:
        raise NotPermitted(_("Your account is not in force."), code="people.not_active")


def require_office(by: User | None, now: datetime) -> None:
    """Only the equipment office: `people.office_only`."""
    if by is not None and not is_office(by, now):
        raise NotPermitted(_("Only the equipment office may do this."), code="people.office_only")


def require_authority_over(user: User, by: User | None, now: datetime) -> None:
    """The office, or whoever manages a unit that the user belongs to; never oneself: `people.own_case`,
    `people.not_authorized`.
    """
    if by is None:
        return
    if by.pk == user.pk:
        raise NotPermitted(_("Nobody decides in their own case."), code="people.own_case")
    scopes = unit_scopes(user.unit) if user.unit else (SCHOOL,)
    if not authorized(by, "manage", scopes, now):
        raise NotPermitted(_("You may not decide about this person."), code="people.not_authorized")


def require_group_lead(group: ResearchGroup, by: User | None, now: datetime) -> None:
    """The group's principal investigator, or the office: `people.not_group_lead`."""
    if by is None or is_office(by, now):
        return
    require_active(by, now)
    if by.pk != group.pi_id:
        raise NotPermitted(_("Only the principal investigator may do this."), code="people.not_group_lead")
