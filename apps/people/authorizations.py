"""Dated rights: to manage, use or see reports of a scope. Nobody grants more, or for longer,
than they hold. Each right in force has its object permission (`projection`), put and taken here.
"""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.people.models import Authorization, User
from apps.people.projection import held_by, settle
from apps.people.queries import ACTIVE, active_users, rights, user_state
from apps.people.requirements import lock_user, require_period, require_reason
from apps.people.scopes import around, require_target, scope_of, target_of


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
) -> Authorization:
    """The user holds the right from now on. The grantor must manage the scope, or one that contains it, at
    least as long.

    `scope` is 'school', 'unit:ulid' or what a higher room registered (`scopes`). Raises Invalid
    `people.right`, `people.scope`, `core.period`; NotPermitted `people.own_case`, `people.grant_exceeds`;
    WrongState `people.right_held`, `people.not_active`.
    """
    if kind not in Authorization.Kind.values:
        raise Invalid(_("Unknown kind of right."), code="people.right", field="kind")
    require_period(now, valid_until)
    target = require_target(scope)
    scope = scope_of(target)  # the root unit is the school, whichever way it was written
    if grantor is not None:
        _require_holding(grantor, user, around(target), now, valid_until)
    holder = lock_user(user)
    if user_state(holder, now) != ACTIVE:
        raise WrongState(_("This account is not in force."), code="people.not_active", field="user")
    if user.authorizations.filter(in_force(now), kind=kind, scope=scope).exists():
        raise WrongState(_("This person already holds this right."), code="people.right_held")
    granted = Authorization.objects.create(
        user=user,
        kind=kind,
        scope=scope,
        content_type=ContentType.objects.get_for_model(target),
        object_id=target.pk,
        grantor=grantor,
        valid_from=now,
        valid_until=valid_until,
        reason=reason,
    )
    settle(held_by(granted), at=now)
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
    *, authorization: Authorization, by: User | None, now: datetime, reason: str
) -> Authorization:
    """The right ends now. Its holder may give it up; otherwise whoever may grant it may take it.

    Raises Invalid `core.reason_required`; NotPermitted `people.grant_exceeds`; WrongState
    `people.right_ended`.
    """
    reason = require_reason(reason)
    if by is not None and by.pk != authorization.user_id and not may_revoke(by, authorization, now):
        raise NotPermitted(_("You do not hold this right yourself."), code="people.grant_exceeds")
    return end_right(authorization=authorization, by=by, now=now, reason=reason)


@transaction.atomic
def end_right(*, authorization: Authorization, by: User | None, now: datetime, reason: str) -> Authorization:
    """The same for a caller who has asked who may. Raises WrongState `people.right_ended`."""
    lock_user(authorization.user)
    ended = Authorization.objects.filter(in_force(now), pk=authorization.pk).update(
        revoked_at=now, revoked_by=by, revoke_reason=reason[:200]
    )
    if not ended:
        raise WrongState(_("This right has already ended."), code="people.right_ended")
    authorization.refresh_from_db()
    if authorization.content_type_id is not None:
        settle(held_by(authorization), at=now)
    audit.record(
        action="people.revoke_authorization",
        object_ref=f"authorization:{authorization.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    publish("people.user_changed", now=now, user=authorization.user.ulid)
    return authorization


def may_revoke(by: User, authorization: Authorization, at: datetime) -> bool:
    """Whether the person manages the scope of a right, or one that contains it. A right about something that
    is gone is the office's to end.
    """
    target = target_of(authorization.scope)
    scopes = around(target) if target is not None else (authorization.scope, "school")
    return rights(by, "manage", scopes, at).filter(user__in=active_users(at)).exists()


def _require_holding(
    grantor: User, user: User, scopes: tuple[str, ...], now: datetime, valid_until: datetime | None
) -> None:
    if grantor.pk == user.pk:
        raise NotPermitted(_("Nobody decides in their own case."), code="people.own_case")
    held = rights(grantor, "manage", scopes, now).filter(user__in=active_users(now))
    ends = list(held.values_list("valid_until", flat=True))
    long_enough = any(end is None or (valid_until is not None and valid_until <= end) for end in ends)
    if not long_enough:
        raise NotPermitted(_("Nobody grants more than they hold."), code="people.grant_exceeds")
