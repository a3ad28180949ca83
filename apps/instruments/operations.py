"""What people do with an instrument's record: settings, crew, retirement. Locks, outages, incidents and
maintenance are in `states`.

Every change is audited with what it was before, and told to whoever decides about access.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.instruments.models import HOSTED, HOSTING_ENDED, CrewMember, Facility, Instrument
from apps.instruments.opening import open_level
from apps.instruments.queries import holds_manage, manages
from apps.instruments.states import (
    close_incident,
    close_work_order,
    end_outage,
    lock_instrument,
    open_work_order,
    release_lock,
    report_incident,
    start_outage,
)
from apps.people.models import User
from apps.people.queries import ACTIVE, user_state
from apps.people.requirements import require_period

__all__ = [
    "appoint_crew",
    "change_instrument",
    "close_incident",
    "close_work_order",
    "dismiss_crew",
    "end_outage",
    "hand_over",
    "lock_instrument",
    "open_level",
    "open_work_order",
    "release_lock",
    "report_incident",
    "retire_instrument",
    "start_outage",
]

# What the crew's manager decides about the daily work, and what needs the right to manage.
_CREW_DECIDES = {
    "walk_in_allowed": bool,
    "max_session_minutes": int,
    "night_self_use": bool,
    "night_people": int,
    "required_level": str,
    "revocation_class": str,
}
_OFFICE_CONFIRMS = {"use_charged": bool, "external_use_registered": bool}
_SETTINGS = {**_CREW_DECIDES, **_OFFICE_CONFIRMS}
_LIMITS = {
    "max_session_minutes": range(1, 7 * 24 * 60 + 1),
    "night_people": range(1, 10),
}


@transaction.atomic
def change_instrument(*, instrument: Instrument, by: User | None, now: datetime, **fields: Any) -> Instrument:
    """Set walk_in_allowed, max_session_minutes, night_self_use, night_people, required_level,
    revocation_class (its manager may), use_charged, external_use_registered (who holds the right to manage
    it). Its level of opening is no setting: it is reached by `opening.open_level`.

    Raises Invalid `instruments.setting` for any other name or a value of the wrong type or range;
    NotPermitted `instruments.not_manager`, `instruments.not_authorized`. Values that change nothing are
    neither audited nor told.
    """
    for name, value in fields.items():
        _check_setting(name, value)
    _require_manager(instrument, by, now)
    if by is not None and fields.keys() & _OFFICE_CONFIRMS.keys() and not holds_manage(by, instrument, now):
        raise NotPermitted(
            _("This needs the right to manage the instrument."), code="instruments.not_authorized"
        )
    row = Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    before = {name: getattr(row, name) for name, value in fields.items() if getattr(row, name) != value}
    if not before:
        return row
    after = {name: fields[name] for name in before}
    for name, value in after.items():
        setattr(row, name, value)
    row.save(update_fields=list(after))
    audit.record(
        action="instruments.change_instrument",
        object_ref=f"instrument:{row.ulid}",
        now=now,
        actor=by,
        before=before,
        after=after,
    )
    publish("instruments.changed", now=now, instrument=row.ulid)
    return row


@transaction.atomic
def retire_instrument(*, instrument: Instrument, reason: str, by: User | None, now: datetime) -> Instrument:
    """The instrument leaves service for good. Raises `instruments.not_authorized`; WrongState
    `instruments.retired`.
    """
    if by is not None and not holds_manage(by, instrument, now):
        raise NotPermitted(
            _("This needs the right to manage the instrument."), code="instruments.not_authorized"
        )
    if not Instrument.objects.filter(pk=instrument.pk, retired_at__isnull=True).update(retired_at=now):
        raise WrongState(_("The instrument has already left service."), code="instruments.retired")
    audit.record(
        action="instruments.retire_instrument",
        object_ref=f"instrument:{instrument.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    publish("instruments.changed", now=now, instrument=instrument.ulid)
    instrument.refresh_from_db()
    return instrument


@transaction.atomic
def hand_over(
    *, instrument: Instrument, facility: Facility, hosting: str, by: User | None, now: datetime
) -> Instrument:
    """Another facility runs the instrument from now on: `hosting` is HOSTED where it takes it in for its
    owner, HOSTING_ENDED where it no longer does, 'own' once the owner has it back. It stays where it is in
    the tree of units: it belongs to its owner. The roles of its crew end when who runs it changes.

    Whose right that is an agreement says: the caller has asked it. Raises Invalid `instruments.setting`;
    WrongState `instruments.retired`.
    """
    if hosting not in (HOSTED, HOSTING_ENDED, "own"):
        raise Invalid(_("This cannot be set so."), code="instruments.setting", field="hosting")
    row = Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    if row.retired_at is not None and row.retired_at <= now:
        raise WrongState(_("The instrument has already left service."), code="instruments.retired")
    before = {"facility": row.facility_id, "hosting": row.hosting}
    if before == {"facility": facility.pk, "hosting": hosting}:
        return row
    if row.facility_id != facility.pk:
        for member in row.crew.filter(in_force(now)).select_related("user", "instrument"):
            dismiss_crew(member=member, by=None, now=now, reason="hand-over")
    row.facility, row.hosting = facility, hosting
    row.save(update_fields=["facility", "hosting"])
    audit.record(
        action="instruments.hand_over",
        object_ref=f"instrument:{row.ulid}",
        now=now,
        actor=by,
        before=before,
        after={"facility": facility.pk, "hosting": hosting},
    )
    publish("instruments.changed", now=now, instrument=row.ulid)
    return row


@transaction.atomic
def appoint_crew(
    *,
    instrument: Instrument,
    user: User,
    role: str,
    by: User | None,
    now: datetime,
    valid_until: datetime | None = None,
) -> CrewMember:
    """The user joins the instrument's crew as manager, operator, trainer or service engineer. Students only
    operate.

    Raises Invalid `instruments.role`, `instruments.student_role`; NotPermitted `instruments.not_manager`,
    `instruments.own_case`; WrongState `instruments.in_crew`, `people.not_active`.
    """
    if role not in CrewMember.Role.values:
        raise Invalid(_("Unknown role."), code="instruments.role", field="role")
    if user.kind == User.Kind.STUDENT and role != CrewMember.Role.OPERATOR:
        raise Invalid(_("Students may only be operators."), code="instruments.student_role", field="role")
    require_period(now, valid_until)
    if by is not None and by.pk == user.pk:
        raise NotPermitted(_("Nobody appoints themselves."), code="instruments.own_case")
    _require_manager(instrument, by, now)
    Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    if user_state(User.objects.get(pk=user.pk), now) != ACTIVE:
        raise WrongState(_("This account is not in force."), code="people.not_active", field="user")
    if instrument.crew.filter(in_force(now), user=user, role=role).exists():
        raise WrongState(_("This person already has this role."), code="instruments.in_crew", field="user")
    member = CrewMember.objects.create(
        instrument=instrument, user=user, role=role, valid_from=now, valid_until=valid_until
    )
    audit.record(
        action="instruments.appoint_crew",
        object_ref=f"instrument:{instrument.ulid}",
        now=now,
        actor=by,
        user=user.ulid,
        role=role,
    )
    publish("instruments.crew_changed", now=now, instrument=instrument.ulid, user=user.ulid)
    return member


@transaction.atomic
def dismiss_crew(*, member: CrewMember, by: User | None, now: datetime, reason: str = "") -> CrewMember:
    """The role ends now; its holder may give it up. Raises `instruments.not_manager`; WrongState
    `instruments.not_in_crew`.
    """
    instrument = member.instrument
    if by is None or by.pk != member.user_id:
        _require_manager(instrument, by, now)
    if not CrewMember.objects.filter(in_force(now), pk=member.pk).update(revoked_at=now):
        raise WrongState(_("This role has already ended."), code="instruments.not_in_crew")
    audit.record(
        action="instruments.dismiss_crew",
        object_ref=f"instrument:{instrument.ulid}",
        now=now,
        actor=by,
        reason=reason,
        user=member.user.ulid,
        role=member.role,
    )
    publish("instruments.crew_changed", now=now, instrument=instrument.ulid, user=member.user.ulid)
    member.refresh_from_db()
    return member


def _check_setting(name: str, value: Any) -> None:
    known = name in _SETTINGS and type(value) is _SETTINGS[name]
    if known and name in _LIMITS:
        known = value in _LIMITS[name]
    if known and name == "required_level":
        known = value in Instrument.CertificateLevel.values
    if known and name == "revocation_class":
        known = value in Instrument.RevocationClass.values
    if not known:
        raise Invalid(_("This cannot be set so."), code="instruments.setting", field=name)


def _require_manager(instrument: Instrument, by: User | None, now: datetime) -> None:
    if by is not None and not manages(by, instrument, now):
        raise NotPermitted(_("Only the instrument's manager may do this."), code="instruments.not_manager")
