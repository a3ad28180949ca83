"""A person's registration from its beginning to its end: registered, suspended, reinstated, ended.

Nobody is ever deleted; what ends gets an end. Every change by a person is audited.
"""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.people.models import OrgUnit, Suspension, User
from apps.people.requirements import require_authority_over, require_period, require_reason


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
