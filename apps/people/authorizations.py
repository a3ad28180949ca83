"""Dated rights: to manage, use or see reports of a scope. Nobody grants more, or for longer,
than they hold.
"""

import re
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.people.models import Authorization, OrgUnit, User
from apps.people.queries import ACTIVE, SCHOOL, active_users, rights, unit_scopes, user_state
from apps.people.requirements import require_period, require_reason

_SCOPE = re.compile(r"school|(unit|facility|instrument):[0-9a-z]{26}")


@transaction.atomic
def grant_authorization(
    *,
    user: User,
    kind: str,
    scope: str,
    grantor: User | None,
    now: datetime,
    valid_until: datetime | None = None,
    reason: str = "",
    enclosing: Iterable[str] = (),
) -> Authorization:
    """The user holds the right from now on. The grantor must manage the scope, or one that contains it, at
    least as long.

    The scopes that contain a unit are known here; those of an instrument or facility are passed as
    `enclosing` (`instruments.queries.scopes_of`). Raises Invalid `people.right`, `people.scope`,
    `core.period`; NotPermitted `people.own_case`, `people.grant_exceeds`; WrongState `people.right_held`,
    `people.not_active`.
    """
    if kind not in Authorization.Kind.values:
        raise Invalid(_("Unknown kind of right."), code="people.right", field="kind")
    require_period(now, valid_until)
    around = _around(scope, enclosing)
    if grantor is not None:
        _require_holding(grantor, user, around, now, valid_until)
    holder = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if user_state(holder, now) != ACTIVE:
        raise WrongState(_("This account is not in force."), code="people.not_active", field="user")
    if user.authorizations.filter(in_force(now), kind=kind, scope=scope).exists():
        raise WrongState(_("This person already holds this right."), code="people.right_held")
    granted = Authorization.objects.create(
        user=user,
        kind=kind,
        scope=scope,
        grantor=grantor,
        valid_from=now,
        valid_until=valid_until,
        reason=reason,
    )
    audit.record(
        action="people.grant_authorization",
        object_ref=f"authorization:{granted.ulid}",
        now=now,
        actor=grantor,
        reason=reason,
        user=user.ulid,
        kind=kind,
        scope=scope,
    )
    publish("people.user_changed", now=now, user=user.ulid)
    return granted


@transaction.atomic
def revoke_authorization(
    *,
    authorization: Authorization,
    by: User | None,
    now: datetime,
    reason: str,
    enclosing: Iterable[str] = (),
) -> Authorization:
    """The right ends now. Its holder may give it up; otherwise whoever may grant it may take it.

    Raises Invalid `core.reason_required`; NotPermitted `people.grant_exceeds`; WrongState
    `people.right_ended`.
    """
    reason = require_reason(reason)
    if by is not None and by.pk != authorization.user_id:
        around = _around(authorization.scope, enclosing)
        if not rights(by, "manage", around, now).filter(user__in=active_users(now)).exists():
            raise NotPermitted(_("You do not hold this right yourself."), code="people.grant_exceeds")
    if not Authorization.objects.filter(in_force(now), pk=authorization.pk).update(revoked_at=now):
        raise WrongState(_("This right has already ended."), code="people.right_ended")
    audit.record(
        action="people.revoke_authorization",
        object_ref=f"authorization:{authorization.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    publish("people.user_changed", now=now, user=authorization.user.ulid)
    authorization.refresh_from_db()
    return authorization


def _around(scope: str, enclosing: Iterable[str]) -> tuple[str, ...]:
    if not _SCOPE.fullmatch(scope):
        raise Invalid(_("Unknown scope."), code="people.scope", field="scope")
    if not scope.startswith("unit:"):
        return (scope, *enclosing, SCHOOL)
    unit = OrgUnit.objects.filter(ulid=scope.removeprefix("unit:")).first()
    if unit is None:
        raise Invalid(_("Unknown scope."), code="people.scope", field="scope")
    return unit_scopes(unit)


def _require_holding(
    grantor: User, user: User, around: tuple[str, ...], now: datetime, valid_until: datetime | None
) -> None:
    if grantor.pk == user.pk:
        raise NotPermitted(_("Nobody decides in their own case."), code="people.own_case")
    held = rights(grantor, "manage", around, now).filter(user__in=active_users(now))
    ends = list(held.values_list("valid_until", flat=True))
    long_enough = any(end is None or (valid_until is not None and valid_until <= end) for end in ends)
    if not long_enough:
        raise NotPermitted(_("Nobody grants more than they hold."), code="people.grant_exceeds")
