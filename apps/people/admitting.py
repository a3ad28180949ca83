"""What the registration flow decides about an application: who sponsors it, whose it is, whether it becomes
an account or is rejected. Called by the flow, which has asked who may.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.people.applying import close_application, lock_open, silent_until
from apps.people.identities import login_of
from apps.people.lifecycle import activate_user
from apps.people.models import Organisation, RegistrationApplication, ResearchGroup, User
from apps.people.operations import add_member
from apps.people.queries import ACTIVE, user_state
from apps.people.requirements import require_reason

State = RegistrationApplication.State


@transaction.atomic
def name_sponsor(
    *, application: RegistrationApplication, sponsor: User, by: User | None, now: datetime
) -> RegistrationApplication:
    """The principal investigator who is asked to sponsor the person. Raises Invalid `people.sponsor_leads`;
    WrongState `people.application_closed`, `people.not_active`.
    """
    if user_state(sponsor, now) != ACTIVE:
        raise WrongState(_("This account is not in force."), code="people.not_active", field="sponsor")
    if not sponsor.led_groups.exists():
        raise Invalid(_("This person leads no research group."), code="people.sponsor_leads", field="sponsor")
    fresh = lock_open(application)
    fresh.sponsor, fresh.changed_at = sponsor, now
    fresh.save(update_fields=["sponsor", "changed_at"])
    audit.record(
        action="people.name_sponsor",
        object_ref=f"application:{fresh.ulid}",
        now=now,
        actor=by,
        sponsor=sponsor.ulid,
    )
    return fresh


@transaction.atomic
def choose_group(
    *, application: RegistrationApplication, group: ResearchGroup, by: User | None, now: datetime
) -> RegistrationApplication:
    """The group that takes the person in: one of those that the sponsor leads. Raises Invalid
    `people.group_of_sponsor`; WrongState `people.application_closed`.
    """
    fresh = lock_open(application)
    if group.pi_id != fresh.sponsor_id:
        raise Invalid(
            _("The sponsor does not lead this group."), code="people.group_of_sponsor", field="group"
        )
    fresh.group, fresh.unit, fresh.changed_at = group, fresh.unit or group.unit, now
    fresh.save(update_fields=["group", "unit", "changed_at"])
    audit.record(
        action="people.choose_group",
        object_ref=f"application:{fresh.ulid}",
        now=now,
        actor=by,
        group=group.ulid,
    )
    return fresh


@transaction.atomic
def link_organisation(
    *, application: RegistrationApplication, organisation: Organisation, by: User | None, now: datetime
) -> RegistrationApplication:
    """Which listed organisation the external person meant. Raises Invalid `people.not_external`; WrongState
    `people.application_closed`.
    """
    fresh = lock_open(application)
    if not fresh.is_external:
        raise Invalid(_("This person is of the school."), code="people.not_external", field="organisation")
    fresh.organisation, fresh.changed_at = organisation, now
    fresh.save(update_fields=["organisation", "changed_at"])
    audit.record(
        action="people.link_organisation",
        object_ref=f"application:{fresh.ulid}",
        now=now,
        actor=by,
        organisation=organisation.ulid,
    )
    return fresh


@transaction.atomic
def activate_application(
    *,
    application: RegistrationApplication,
    valid_until: datetime | None,
    renew_by: datetime | None,
    visitor: bool,
    now: datetime,
    source_case: str = "",
) -> User:
    """The application becomes an account in force, with the password that was chosen, in the sponsor's group.
    The password's hash is kept with the account only.

    Raises WrongState `people.application_closed`, `people.username_taken`, `people.already_active`; Invalid
    `core.period`.
    """
    fresh = lock_open(application)
    assert fresh.applicant is not None  # noqa: S101 - a constraint of open applications
    User.objects.filter(pk=fresh.applicant.pk).update(
        name_zh=fresh.name_zh, name_en=fresh.name_en, email=fresh.email, phone=fresh.phone
    )
    user = activate_user(
        user=fresh.applicant,
        username=login_of(fresh.identity),
        kind=fresh.kind,
        unit=fresh.unit,
        organisation=fresh.organisation,
        password_hash=fresh.password,
        valid_until=valid_until,
        renew_by=renew_by,
        visitor=visitor,
        now=now,
        source_case=source_case,
    )
    if fresh.group is not None and not fresh.group.memberships.filter(in_force(now), user=user).exists():
        add_member(group=fresh.group, user=user, by=None, now=now)
    close_application(application=fresh, state=State.ACTIVATED, now=now, source_case=source_case)
    publish("people.application_activated", now=now, application=fresh.ulid, user=user.ulid)
    return user


@transaction.atomic
def reject_application(
    *,
    application: RegistrationApplication,
    reason: str,
    by: User | None,
    now: datetime,
    silent: bool = False,
    source_case: str = "",
) -> RegistrationApplication:
    """The person is not registered. `reason` is what their page says. A silent rejection (one that would tell
    whether somebody has an account) shows as received until `people.silent_days` are over, and then without
    its reason.

    Raises Invalid `core.reason_required`; WrongState `people.application_closed`.
    """
    reason = require_reason(reason)
    fresh = close_application(
        application=application,
        state=State.REJECTED,
        now=now,
        source_case=source_case,
        outcome_note="" if silent else reason,
        told_from=silent_until(now) if silent else now,
    )
    audit.record(
        action="people.reject_application",
        object_ref=f"application:{fresh.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    publish("people.application_rejected", now=now, application=fresh.ulid)
    return fresh
