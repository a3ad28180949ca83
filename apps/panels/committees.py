"""Committees: made by the office, filled by the flow of committees (or by the office with a reason), and what
their members say they know.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.panels.leaving import leave_panels
from apps.panels.models import Committee, CommitteeSeat, Expertise
from apps.panels.models.committees import Role
from apps.panels.seating import require_familiarity
from apps.people.models import OrgUnit, User
from apps.people.queries import ACTIVE, user_state
from apps.people.requirements import lock_user, require_active, require_office, require_period, require_reason


@transaction.atomic
def create_committee(
    *, code: str, name_zh: str, name_en: str, unit: OrgUnit, by: User | None, now: datetime
) -> Committee:
    """A committee of a unit, without anybody yet. Raises Invalid `panels.code`; NotPermitted
    `people.office_only`; WrongState `panels.code_taken`.
    """
    require_office(by, now)
    if not code.strip() or not name_zh.strip():
        raise Invalid(_("A committee has a code and a name."), code="panels.code", field="code")
    try:
        with transaction.atomic():
            made = Committee.objects.create(
                code=code.strip(),
                name_zh=name_zh.strip(),
                name_en=name_en.strip(),
                unit=unit,
                valid_from=now,
            )
    except IntegrityError as exc:
        raise WrongState(
            _("There is a committee of this code."), code="panels.code_taken", field="code"
        ) from exc
    audit.record(
        action="panels.create_committee", object_ref=f"committee:{made.ulid}", now=now, actor=by, code=code
    )
    return made


@transaction.atomic
def appoint_seat(
    *,
    committee: Committee,
    user: User,
    role: str,
    valid_from: datetime,
    valid_until: datetime | None,
    source_case: str,
    by: User | None,
    now: datetime,
    reason: str = "",
) -> CommitteeSeat:
    """Somebody sits on a committee for a term. The same case asked again gets the same seat.

    Raises Invalid `panels.role`, `panels.source_case`, `core.period`, `panels.not_staff`; NotPermitted
    `people.office_only`, `people.own_case`; WrongState `people.not_active`, `panels.seated`,
    `panels.chair_taken`.
    """
    if role not in Role.values:
        raise Invalid(_("There is no such role in a committee."), code="panels.role", field="role")
    if not source_case.strip():
        raise Invalid(_("A seat names its case."), code="panels.source_case", field="source_case")
    if user.kind != User.Kind.STAFF:
        raise Invalid(
            _("Only staff of the school sit on its committees."), code="panels.not_staff", field="user"
        )
    require_period(valid_from, valid_until)
    if by is not None and by.pk == user.pk:
        raise NotPermitted(_("Nobody decides in their own case."), code="people.own_case")
    require_office(by, now)
    lock_committee(committee)
    if user_state(lock_user(user), now) != ACTIVE:
        raise WrongState(_("This account is not in force."), code="people.not_active", field="user")
    wanted = {"role": role, "valid_from": valid_from, "valid_until": valid_until}
    same = committee.seats.filter(user=user, source_case=source_case, **wanted).first()
    return same or _seated(committee, user, source_case, by, now, reason, wanted)


@transaction.atomic
def retire_seat(*, seat: CommitteeSeat, reason: str, by: User | None, now: datetime) -> CommitteeSeat:
    """Somebody leaves a committee before the end of their term, and the panels of it. They themselves or the
    office.

    Raises Invalid `core.reason_required`; NotPermitted `people.office_only`; WrongState `panels.seat_ended`.
    """
    reason = require_reason(reason)
    if by is None or by.pk != seat.user_id:
        require_office(by, now)
    ended = CommitteeSeat.objects.filter(pk=seat.pk, revoked_at__isnull=True)
    if not ended.exclude(valid_until__lte=now).update(revoked_at=now, end_reason=reason[:200]):
        raise WrongState(_("This seat has ended."), code="panels.seat_ended")
    audit.record(
        action="panels.retire_seat",
        object_ref=f"committee_seat:{seat.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    publish("panels.committee_changed", now=now, committee=seat.committee.ulid, user=seat.user.ulid)
    if not seat.committee.seats.filter(in_force(now), user=seat.user).exists():
        leave_panels(user=seat.user, now=now, reason=reason, committee=seat.committee)
    seat.refresh_from_db()
    return seat


@transaction.atomic
def declare_expertise(
    *, user: User, class6: str, level: int, by: User | None, now: datetime
) -> Expertise | None:
    """Somebody says how well they know a class of instruments; what they said before ends. None when they
    know nothing of it and had never said otherwise.

    Raises Invalid `panels.class`, `panels.familiarity`; NotPermitted `panels.own_expertise`,
    `people.not_active`.
    """
    if by is not None and by.pk != user.pk:
        raise NotPermitted(_("Everybody says for themselves what they know."), code="panels.own_expertise")
    require_active(by, now)
    if len(class6) != 6 or not class6.isdigit():
        raise Invalid(_("A class has six digits."), code="panels.class", field="class6")
    level = require_familiarity(level)
    lock_user(user)
    before = Expertise.objects.filter(in_force(now), user=user, class6=class6).first()
    if before is None and level == 0:
        return None
    if before is not None and before.level == level:
        return before
    Expertise.objects.filter(user=user, class6=class6, revoked_at__isnull=True).update(revoked_at=now)
    declared = Expertise.objects.create(user=user, class6=class6, level=level, valid_from=now)
    audit.record(
        action="panels.declare_expertise",
        object_ref=f"user:{user.ulid}",
        now=now,
        actor=by,
        class6=class6,
        level=level,
    )
    publish("panels.expertise_changed", now=now, user=user.ulid)
    return declared


def lock_committee(committee: Committee) -> Committee:
    """The committee's row under its lock: who sits on it is decided under it."""
    return Committee.objects.select_for_update(no_key=True).get(pk=committee.pk)


def _seated(
    committee: Committee,
    user: User,
    source_case: str,
    by: User | None,
    now: datetime,
    reason: str,
    wanted: dict[str, object],
) -> CommitteeSeat:
    try:
        with transaction.atomic():
            seat = CommitteeSeat.objects.create(
                committee=committee,
                user=user,
                source_case=source_case,
                appointed_by=by,
                appointed_at=now,
                reason=reason.strip()[:200],
                **wanted,
            )
    except IntegrityError as exc:
        if "panels_one_chair" in str(exc):
            raise WrongState(
                _("The committee has a chair in this term."), code="panels.chair_taken", field="role"
            ) from exc
        raise WrongState(
            _("This person has a seat on the committee in this term."), code="panels.seated", field="user"
        ) from exc
    audit.record(
        action="panels.appoint_seat",
        object_ref=f"committee_seat:{seat.ulid}",
        now=now,
        actor=by,
        reason=reason,
        role=seat.role,
        user=user.ulid,
    )
    publish("panels.committee_changed", now=now, committee=committee.ulid, user=user.ulid)
    return seat
