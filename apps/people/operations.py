"""Everything that changes people, under one name. Units, groups and memberships are here; registration is in
`lifecycle`, cards in `issuing`, rights in `authorizations`.

Nothing is ever deleted; what ends gets an end. Every change by a person is audited.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.people.absences import declare_absence, end_absence
from apps.people.authorizations import grant_authorization, revoke_authorization
from apps.people.issuing import block_card, issue_card, replace_card
from apps.people.lifecycle import (
    activate_user,
    end_user,
    lift_visitor,
    register_user,
    reinstate_user,
    renew_user,
    suspend_user,
)
from apps.people.models import Membership, OrgUnit, ResearchGroup, User
from apps.people.posts import appoint_post, end_post
from apps.people.queries import ACTIVE, user_state
from apps.people.requirements import (
    lock_user,
    require_group_lead,
    require_office,
    require_period,
    require_reason,
)

__all__ = [
    "activate_user",
    "add_member",
    "appoint_post",
    "block_card",
    "create_group",
    "create_unit",
    "declare_absence",
    "end_absence",
    "end_membership",
    "end_post",
    "end_user",
    "grant_authorization",
    "hand_over_group",
    "issue_card",
    "lift_visitor",
    "lock_user",
    "register_user",
    "reinstate_user",
    "renew_user",
    "replace_card",
    "revoke_authorization",
    "suspend_user",
]

_PARENT_KINDS = {"department": ("school",), "lab": ("department",), "sub_lab": ("lab",)}


@transaction.atomic
def create_unit(
    *, code: str, kind: str, name_zh: str, name_en: str, parent: OrgUnit | None, now: datetime
) -> OrgUnit:
    """A node of the tree school > department > lab > sub-lab. Raises Invalid `people.unit_parent`, WrongState
    `people.unit_taken`.
    """
    allowed = _PARENT_KINDS.get(kind, ())
    if (parent is None) != (kind == OrgUnit.Kind.SCHOOL) or (parent and parent.kind not in allowed):
        raise Invalid(
            _("A unit of this kind does not belong there."), code="people.unit_parent", field="parent"
        )
    try:
        with transaction.atomic():
            unit = OrgUnit.objects.create(
                code=code, kind=kind, name_zh=name_zh, name_en=name_en, parent=parent
            )
    except IntegrityError as exc:
        raise WrongState(
            _("A unit with this code exists."), code="people.unit_taken", field="code", unit=code
        ) from exc
    audit.record(action="people.create_unit", object_ref=f"unit:{unit.ulid}", now=now)
    return unit


@transaction.atomic
def create_group(*, name_zh: str, name_en: str, pi: User, unit: OrgUnit, now: datetime) -> ResearchGroup:
    """A research group whose principal investigator is its first member. Raises Invalid
    `people.pi_not_staff`, `people.pi_not_active`.
    """
    _require_lead(pi, now)
    group = ResearchGroup.objects.create(name_zh=name_zh, name_en=name_en, pi=pi, unit=unit)
    Membership.objects.create(group=group, user=pi, valid_from=now)
    publish("people.membership_changed", now=now, user=pi.ulid, group=group.ulid)
    return group


@transaction.atomic
def hand_over_group(
    *, group: ResearchGroup, pi: User, by: User | None, now: datetime, reason: str
) -> ResearchGroup:
    """Another principal investigator leads the group from now on; the one of before stays a member. The
    office does it.

    Raises `people.office_only`; Invalid `core.reason_required`, `people.pi_not_staff`,
    `people.pi_not_active`; WrongState `people.leads_already`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    _require_lead(pi, now)
    fresh = ResearchGroup.objects.select_for_update(no_key=True).select_related("pi").get(pk=group.pk)
    if fresh.pi_id == pi.pk:
        raise WrongState(_("This person leads the group already."), code="people.leads_already", field="pi")
    before, fresh.pi = fresh.pi, pi
    fresh.save(update_fields=["pi"])
    if not fresh.memberships.filter(in_force(now), user=pi).exists():
        Membership.objects.create(group=fresh, user=pi, valid_from=now)
    audit.record(
        action="people.hand_over_group",
        object_ref=f"group:{fresh.ulid}",
        now=now,
        actor=by,
        reason=reason,
        before=before.ulid,
        after=pi.ulid,
    )
    for user in (before, pi):
        publish("people.membership_changed", now=now, user=user.ulid, group=fresh.ulid)
    return fresh


@transaction.atomic
def add_member(
    *, group: ResearchGroup, user: User, by: User | None, now: datetime, valid_until: datetime | None = None
) -> Membership:
    """The user belongs to the group from now on. Raises `people.not_group_lead`; WrongState
    `people.member`.
    """
    require_group_lead(group, by, now)
    require_period(now, valid_until)
    lock_user(user)
    if group.memberships.filter(in_force(now), user=user).exists():
        raise WrongState(_("This person is already a member."), code="people.member", field="user")
    membership = Membership.objects.create(group=group, user=user, valid_from=now, valid_until=valid_until)
    audit.record(
        action="people.add_member", object_ref=f"group:{group.ulid}", now=now, actor=by, user=user.ulid
    )
    publish("people.membership_changed", now=now, user=user.ulid, group=group.ulid)
    return membership


@transaction.atomic
def end_membership(*, membership: Membership, by: User | None, now: datetime) -> Membership:
    """The membership ends now; the PI, the office or the member may do it. The PI stays a member while
    leading.

    Raises `people.not_group_lead`; WrongState `people.not_member`, `people.pi_stays`.
    """
    group = membership.group
    if by is None or by.pk != membership.user_id:
        require_group_lead(group, by, now)
    if membership.user_id == group.pi_id:
        raise WrongState(
            _("The principal investigator stays a member while leading."), code="people.pi_stays"
        )
    if not Membership.objects.filter(in_force(now), pk=membership.pk).update(revoked_at=now):
        raise WrongState(_("This membership has already ended."), code="people.not_member")
    audit.record(
        action="people.end_membership", object_ref=f"membership:{membership.ulid}", now=now, actor=by
    )
    publish("people.membership_changed", now=now, user=membership.user.ulid, group=group.ulid)
    membership.refresh_from_db()
    return membership


def _require_lead(pi: User, now: datetime) -> None:
    if pi.kind == User.Kind.STUDENT:
        raise Invalid(_("A student cannot lead a group."), code="people.pi_not_staff", field="pi")
    if user_state(pi, now) != ACTIVE:
        raise Invalid(_("This account is not in force."), code="people.pi_not_active", field="pi")
