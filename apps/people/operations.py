"""Everything that changes people: registration, suspension, units, groups, memberships and cards. Rights are
in `authorizations`.

Nothing is ever deleted; what ends gets an end. Every change by a person is audited.
"""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, Refusal, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.people.authorizations import grant_authorization, revoke_authorization
from apps.people.models import Card, Membership, OrgUnit, ResearchGroup, Suspension, User
from apps.people.queries import ACTIVE, INACTIVE, user_state
from apps.people.requirements import (
    require_authority_over,
    require_group_lead,
    require_office,
    require_period,
    require_reason,
)

__all__ = [
    "add_member",
    "block_card",
    "create_group",
    "create_unit",
    "end_membership",
    "end_user",
    "grant_authorization",
    "issue_card",
    "register_user",
    "reinstate_user",
    "replace_card",
    "revoke_authorization",
    "suspend_user",
]

_PARENT_KINDS = {"department": ("school",), "lab": ("department",), "sub_lab": ("lab",)}
_DIGEST_LENGTH = 22


def lock_user(user: User) -> User:
    """The user's row, locked until the transaction ends: what one person may have only once is decided under
    it.
    """
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


@transaction.atomic
def register_user(
    *,
    username: str,
    name_zh: str,
    kind: str,
    unit: OrgUnit | None,
    now: datetime,
    name_en: str = "",
    email: str = "",
    password: str | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> User:
    """A new user, in force from `valid_from` (default: now). Without a password the account cannot sign in by
    one.

    Raises Invalid `people.username`, `people.name`, `people.kind`, `people.weak_password`, `core.period`;
    WrongState `people.username_taken`.
    """
    username = username.strip()
    if not username or len(username) > 150:
        raise Invalid(_("A login is needed."), code="people.username", field="username")
    if not name_zh.strip():
        raise Invalid(_("A name is needed."), code="people.name", field="name_zh")
    if kind not in User.Kind.values:
        raise Invalid(_("Unknown kind of user."), code="people.kind", field="kind")
    begin = valid_from or now
    require_period(begin, valid_until)
    user = User(
        username=username,
        name_zh=name_zh.strip(),
        name_en=name_en.strip(),
        email=email,
        kind=kind,
        unit=unit,
        valid_from=begin,
        valid_until=valid_until,
        date_joined=now,
    )
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as exc:
            raise Invalid(" ".join(exc.messages), code="people.weak_password", field="password") from exc
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as exc:
        raise WrongState(
            _("This login is taken."), code="people.username_taken", field="username", username=username
        ) from exc
    publish("people.user_changed", now=now, user=user.ulid)
    return user


@transaction.atomic
def suspend_user(
    *,
    user: User,
    reason: str,
    by: User | None,
    now: datetime,
    source_case: str = "",
    valid_until: datetime | None = None,
) -> Suspension:
    """The user may not act from now on, until reinstated or `valid_until`.

    Raises `people.not_authorized`, `people.own_case`; `people.suspended` when they are already suspended.
    """
    reason = require_reason(reason)
    require_authority_over(user, by, now)
    require_period(now, valid_until)
    lock_user(user)
    if user.suspensions.filter(in_force(now)).exists():
        raise WrongState(_("This user is already suspended."), code="people.suspended")
    suspension = Suspension.objects.create(
        user=user, reason=reason, by=by, valid_from=now, valid_until=valid_until, source_case=source_case
    )
    audit.record(
        action="people.suspend_user", object_ref=f"user:{user.ulid}", now=now, actor=by, reason=reason
    )
    publish("people.user_suspended", now=now, user=user.ulid, reason=reason)
    return suspension


@transaction.atomic
def reinstate_user(*, user: User, by: User | None, now: datetime, reason: str = "") -> User:
    """End the suspension in force. Raises `people.not_authorized`, `people.own_case`; WrongState
    `people.not_suspended`.
    """
    require_authority_over(user, by, now)
    if not user.suspensions.filter(in_force(now)).update(revoked_at=now):
        raise WrongState(_("This user is not suspended."), code="people.not_suspended")
    audit.record(
        action="people.reinstate_user", object_ref=f"user:{user.ulid}", now=now, actor=by, reason=reason
    )
    publish("people.user_reinstated", now=now, user=user.ulid)
    return user


@transaction.atomic
def end_user(*, user: User, reason: str, by: User | None, now: datetime) -> User:
    """The registration ends now: no sign-in, no access. Raises `people.not_authorized`; WrongState
    `people.ended`.
    """
    reason = require_reason(reason)
    require_authority_over(user, by, now)
    fresh = lock_user(user)
    if fresh.valid_until is not None and fresh.valid_until <= now:
        raise WrongState(_("This registration has already ended."), code="people.ended")
    fresh.valid_until, fresh.is_active = now, False
    if fresh.valid_from is not None and fresh.valid_from > now:
        fresh.valid_from = None
    fresh.save(update_fields=["valid_from", "valid_until", "is_active"])
    audit.record(action="people.end_user", object_ref=f"user:{user.ulid}", now=now, actor=by, reason=reason)
    publish("people.user_changed", now=now, user=user.ulid)
    return fresh


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
    if pi.kind == User.Kind.STUDENT:
        raise Invalid(_("A student cannot lead a group."), code="people.pi_not_staff", field="pi")
    if user_state(pi, now) != ACTIVE:
        raise Invalid(_("This account is not in force."), code="people.pi_not_active", field="pi")
    group = ResearchGroup.objects.create(name_zh=name_zh, name_en=name_en, pi=pi, unit=unit)
    Membership.objects.create(group=group, user=pi, valid_from=now)
    publish("people.membership_changed", now=now, user=pi.ulid, group=group.ulid)
    return group


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


@transaction.atomic
def issue_card(*, user: User, digest: str, label: str, by: User | None, now: datetime) -> Card:
    """Register a card under its digest (see `people.cards`). `label` is what people call it, never its UID.

    Raises `people.office_only`; Invalid `people.card_digest`; WrongState `people.card_taken` (somebody holds
    it) and `people.not_active` (the holder's registration is not in force).
    """
    require_office(by, now)
    if len(digest) != _DIGEST_LENGTH:
        raise Invalid(_("This is not a card's digest."), code="people.card_digest", field="digest")
    if user_state(lock_user(user), now) == INACTIVE:
        raise WrongState(_("The holder's registration is not in force."), code="people.not_active")
    try:
        with transaction.atomic():
            card = Card.objects.create(user=user, digest=digest, label=label, valid_from=now)
    except IntegrityError as exc:
        raise WrongState(
            _("This card is already registered."), code="people.card_taken", field="digest"
        ) from exc
    audit.record(action="people.issue_card", object_ref=f"card:{card.ulid}", now=now, actor=by)
    publish("people.card_issued", now=now, user=user.ulid, card=card.ulid)
    return card


@transaction.atomic
def block_card(*, card: Card, reason: str, by: User | None, now: datetime) -> Card:
    """The card opens nothing from now on. Its holder or the office may do it; the second of two blockers is
    told so.

    Raises `people.office_only`; WrongState `people.card_blocked`.
    """
    reason = require_reason(reason)
    if by is None or by.pk != card.user_id:
        require_office(by, now)
    blocked = Card.objects.filter(pk=card.pk, revoked_at__isnull=True).update(
        revoked_at=now, revoke_reason=reason[:200]
    )
    if not blocked:
        raise WrongState(_("This card is already blocked."), code="people.card_blocked")
    audit.record(action="people.block_card", object_ref=f"card:{card.ulid}", now=now, actor=by, reason=reason)
    publish("people.card_blocked", now=now, user=card.user.ulid, card=card.ulid, reason=reason)
    card.refresh_from_db()
    return card


@transaction.atomic
def replace_card(*, card: Card, digest: str, label: str, by: User | None, now: datetime) -> Card:
    """A new card for the holder of a lost or broken one; the old one is blocked with it when it was not
    already.

    Raises what `issue_card` raises.
    """
    require_office(by, now)
    try:
        block_card(card=card, reason="replaced", by=by, now=now)
    except Refusal as refusal:
        if refusal.code != "people.card_blocked":
            raise
    return issue_card(user=card.user, digest=digest, label=label, by=by, now=now)
