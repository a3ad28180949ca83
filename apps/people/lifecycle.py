"""A person's registration from its beginning to its end: registered, activated, renewed, suspended,
reinstated, ended. Suspension and end take everything along that hangs on the person here (`cascade`); other
rooms hear of it as facts.

Nobody is ever deleted; what ends gets an end. Every change by a person is audited. `register_user`,
`suspend_user` and `end_user` are called by the registration and deregistration flows and by imports only.
"""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.people.cascade import end_sessions_and_tokens, end_suspensions, end_what_hangs_on
from apps.people.models import Organisation, OrgUnit, Suspension, User
from apps.people.queries import INACTIVE, has_run_out, user_state
from apps.people.requirements import lock_user, require_authority_over, require_period, require_reason

_LONGEST_LOGIN = 150


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
    one. For imports: people who apply become users by `activate_user`.

    Raises Invalid `people.username`, `people.name`, `people.kind`, `people.weak_password`, `core.period`;
    WrongState `people.username_taken`.
    """
    username = require_login(username)
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
        full_from=begin,
        date_joined=now,
    )
    if password is not None:
        require_password(password, user)
    user.set_password(password)
    _save_login(user, username)
    publish("people.user_changed", now=now, user=user.ulid)
    return user


@transaction.atomic
def activate_user(
    *,
    user: User,
    username: str,
    kind: str,
    unit: OrgUnit | None,
    password_hash: str,
    valid_until: datetime | None,
    renew_by: datetime | None,
    visitor: bool,
    now: datetime,
    organisation: Organisation | None = None,
    source_case: str = "",
) -> User:
    """A pending account, or one that had ended, is in force from now on under its login, with the password
    that was chosen when applying. A visitor may only hand in samples until `lift_visitor`. Nothing of an
    earlier registration comes back with it: one that ran out by its date, ended by nobody, is ended first.

    Raises Invalid `people.username`, `people.kind`, `core.period`; WrongState `people.already_active`,
    `people.username_taken`.
    """
    username = require_login(username)
    if kind not in User.Kind.values:
        raise Invalid(_("Unknown kind of user."), code="people.kind", field="kind")
    require_period(now, valid_until)
    fresh = lock_user(user)
    if user_state(fresh, now) != INACTIVE:
        raise WrongState(_("This account is in force already."), code="people.already_active")
    if has_run_out(fresh, now):
        reason = gettext("The registration had run out")
        end_what_hangs_on(user=fresh, reason=reason, by=None, now=now)
        publish("people.user_ended", now=now, user=fresh.ulid, reason=reason)
    end_suspensions(user=fresh, now=now)  # of accounts that ended while suspended, before ending did this
    fresh.username, fresh.kind, fresh.unit, fresh.organisation = username, kind, unit, organisation
    fresh.password, fresh.is_active = password_hash, True
    fresh.valid_from, fresh.valid_until, fresh.renew_by = now, valid_until, renew_by
    fresh.full_from = None if visitor else now
    _save_login(fresh, username)
    audit.record(
        action="people.activate_user",
        object_ref=f"user:{fresh.ulid}",
        now=now,
        visitor=visitor,
        source_case=source_case,
    )
    publish("people.user_changed", now=now, user=fresh.ulid)
    publish("people.user_activated", now=now, user=fresh.ulid, visitor=visitor)
    return fresh


@transaction.atomic
def lift_visitor(*, user: User, now: datetime) -> User:
    """The person has passed the safety exam and is no visitor any more. Raises WrongState
    `people.not_active`, `people.no_visitor`.
    """
    fresh = lock_user(user)
    if user_state(fresh, now) == INACTIVE:
        raise WrongState(_("This account is not in force."), code="people.not_active")
    if not fresh.is_visitor(now):
        raise WrongState(_("This person is no visitor."), code="people.no_visitor")
    fresh.full_from = now
    fresh.save(update_fields=["full_from"])
    audit.record(action="people.lift_visitor", object_ref=f"user:{fresh.ulid}", now=now)
    publish("people.user_changed", now=now, user=fresh.ulid)
    return fresh


@transaction.atomic
def renew_user(
    *,
    user: User,
    valid_until: datetime | None,
    renew_by: datetime | None,
    by: User | None,
    now: datetime,
    reason: str = "",
) -> User:
    """The registration is confirmed again: it lasts until `valid_until` (None: without end) and wants the
    next confirmation by `renew_by`. A suspension stays. One that has run out by its date while others still
    decided goes on with everything that hangs on it, as long as nobody has ended it.

    Raises `people.not_authorized`, `people.own_case`; Invalid `core.period`; WrongState `people.ended`.
    """
    require_authority_over(user, by, now)
    require_period(now, valid_until)
    require_period(now, renew_by)
    fresh = lock_user(user)
    if user_state(fresh, now) == INACTIVE and not has_run_out(fresh, now):
        raise WrongState(_("This registration has already ended."), code="people.ended")
    fresh.valid_until, fresh.renew_by = valid_until, renew_by
    fresh.save(update_fields=["valid_until", "renew_by"])
    audit.record(action="people.renew_user", object_ref=f"user:{user.ulid}", now=now, actor=by, reason=reason)
    publish("people.user_changed", now=now, user=user.ulid)
    return fresh


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
    """The user may not act from now on, until reinstated or `valid_until`. Sign-ins end (they may sign in
    again to read why); running uses end by class policy and bookings are cancelled by whoever hears the fact.
    Cards, groups, rights and certificates stay for the day of the reinstatement.

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
    end_sessions_and_tokens(user=user, now=now)
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
    """The registration ends now: no sign-in, no access; cards are blocked, memberships, rights, posts,
    absences and a suspension end. Bookings, certificates and crews end in their own rooms, which hear
    `people.user_ended`.

    Raises `people.not_authorized`; WrongState `people.ended`.
    """
    reason = require_reason(reason)
    require_authority_over(user, by, now)
    fresh = lock_user(user)
    if fresh.valid_until is not None and fresh.valid_until <= now and not fresh.is_active:
        raise WrongState(_("This registration has already ended."), code="people.ended")
    ran_out = fresh.valid_until is not None and fresh.valid_until <= now
    fresh.valid_until, fresh.is_active = (fresh.valid_until if ran_out else now), False
    fresh.renew_by = None
    if fresh.valid_from is not None and fresh.valid_from > now:
        fresh.valid_from = None
    fresh.save(update_fields=["valid_from", "valid_until", "is_active", "renew_by"])
    end_what_hangs_on(user=fresh, reason=reason, by=by, now=now)
    audit.record(action="people.end_user", object_ref=f"user:{user.ulid}", now=now, actor=by, reason=reason)
    publish("people.user_changed", now=now, user=user.ulid)
    publish("people.user_ended", now=now, user=user.ulid, reason=reason)
    return fresh


def require_login(username: str) -> str:
    """The login, trimmed; Invalid `people.username` for none or one that is too long."""
    username = username.strip()
    if not username or len(username) > _LONGEST_LOGIN:
        raise Invalid(_("A login is needed."), code="people.username", field="username")
    return username


def require_password(password: str, user: User) -> None:
    """A password that the school's validators take, else Invalid `people.weak_password`."""
    try:
        validate_password(password, user)
    except ValidationError as exc:
        raise Invalid(" ".join(exc.messages), code="people.weak_password", field="password") from exc


def _save_login(user: User, username: str) -> None:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as exc:
        raise WrongState(
            _("This login is taken."), code="people.username_taken", field="username", username=username
        ) from exc
