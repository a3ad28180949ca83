"""Appointing people to posts of a unit, and ending it. The office does both."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.people.models import OrgUnit, Post, User
from apps.people.queries import ACTIVE, user_state
from apps.people.requirements import require_office, require_period, require_reason

# Where a post of this kind exists; a kind that is not listed exists everywhere.
_WHERE = {
    Post.Kind.DEPARTMENT_HEAD: (OrgUnit.Kind.DEPARTMENT,),
    Post.Kind.LAB_HEAD: (OrgUnit.Kind.LAB, OrgUnit.Kind.SUB_LAB),
}


@transaction.atomic
def appoint_post(
    *,
    user: User,
    unit: OrgUnit,
    kind: str,
    by: User | None,
    now: datetime,
    valid_until: datetime | None = None,
    reason: str = "",
) -> Post:
    """The user holds a post of the unit from now on.

    Raises Invalid `people.post`, `people.post_unit`, `people.post_student`, `core.period`; NotPermitted
    `people.office_only`, `people.own_case`; WrongState `people.not_active`, `people.post_held`.
    """
    if kind not in Post.Kind.values:
        raise Invalid(_("Unknown kind of post."), code="people.post", field="kind")
    if unit.kind not in _WHERE.get(Post.Kind(kind), OrgUnit.Kind.values):
        raise Invalid(_("A unit of this kind has no such post."), code="people.post_unit", field="unit")
    if user.kind not in (User.Kind.STAFF,):
        raise Invalid(_("Only staff of the school hold posts."), code="people.post_student", field="user")
    require_period(now, valid_until)
    if by is not None and by.pk == user.pk:
        raise NotPermitted(_("Nobody decides in their own case."), code="people.own_case")
    require_office(by, now)
    holder = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if user_state(holder, now) != ACTIVE:
        raise WrongState(_("This account is not in force."), code="people.not_active", field="user")
    if unit.posts.filter(in_force(now), user=user, kind=kind).exists():
        raise WrongState(_("This person already holds this post."), code="people.post_held", field="user")
    post = Post.objects.create(
        unit=unit,
        user=user,
        kind=kind,
        appointed_by=by,
        reason=reason.strip()[:200],
        valid_from=now,
        valid_until=valid_until,
    )
    audit.record(
        action="people.appoint_post",
        object_ref=f"post:{post.ulid}",
        now=now,
        actor=by,
        reason=reason,
        user=user.ulid,
        unit=unit.ulid,
        kind=kind,
    )
    publish("people.post_changed", now=now, user=user.ulid, unit=unit.ulid, kind=kind)
    return post


@transaction.atomic
def end_post(*, post: Post, reason: str, by: User | None, now: datetime) -> Post:
    """The post ends now. Raises Invalid `core.reason_required`; NotPermitted `people.office_only`;
    WrongState `people.post_ended`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    if not Post.objects.filter(in_force(now), pk=post.pk).update(revoked_at=now):
        raise WrongState(_("This post has already ended."), code="people.post_ended")
    audit.record(action="people.end_post", object_ref=f"post:{post.ulid}", now=now, actor=by, reason=reason)
    publish("people.post_changed", now=now, user=post.user.ulid, unit=post.unit.ulid, kind=post.kind)
    post.refresh_from_db()
    return post
