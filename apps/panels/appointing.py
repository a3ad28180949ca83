"""Composing a committee anew: who is proposed, what each of them says, and the seats that come into force.
The flow of committees moves an appointment by these operations; nobody else does.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from apps.core import audit, parameters
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.panels.committees import appoint_seat, lock_committee
from apps.panels.models import Appointment, AppointmentSeat, Committee, CommitteeSeat
from apps.panels.models.committees import VOTING, Role
from apps.people.models import User
from apps.people.queries import active_users
from apps.people.requirements import require_active, require_office, require_period, require_reason

State, Says = Appointment.State, AppointmentSeat.Answer
Proposed = tuple[User, str]
NO_ANSWER = gettext_noop("Did not answer in time")  # kept as written, translated when shown
NOT_THERE = gettext_noop("No longer there")
_COUNTING = (Says.ASKED, Says.ACCEPTED)


@transaction.atomic
def propose_appointment(
    *,
    committee: Committee,
    seats: Sequence[Proposed],
    valid_from: datetime,
    valid_until: datetime,
    by: User | None,
    now: datetime,
    source_case: str = "",
) -> Appointment:
    """The office proposes who sits on a committee, and as what, for a term; everybody is asked. Who proposes
    themselves has thereby accepted.

    Raises Invalid `core.period`, `panels.role`, `panels.twice`, `panels.not_staff`, `panels.incomplete`;
    NotPermitted `people.office_only`; WrongState `people.not_active`, `panels.appointment_open`.
    """
    require_office(by, now)
    require_period(max(valid_from, now), valid_until)
    try:
        with transaction.atomic():
            made = Appointment.objects.create(
                committee=committee,
                valid_from=valid_from,
                valid_until=valid_until,
                proposed_by=by,
                proposed_at=now,
                source_case=source_case,
            )
    except IntegrityError as exc:
        raise WrongState(
            _("This committee is being composed anew already."), code="panels.appointment_open"
        ) from exc
    _ask(made, seats, by, now)
    _require_composition(made, now)
    _record("propose_appointment", made, by, now, seats=len(seats))
    _tell(made, now)
    return made


@transaction.atomic
def answer_appointment(
    *, seat: AppointmentSeat, accept: bool, by: User | None, now: datetime, reason: str = ""
) -> AppointmentSeat:
    """Somebody will sit, or will not, which wants a reason. Without `by` they did not answer in time.

    Raises Invalid `core.reason_required`; NotPermitted `panels.not_your_seat`, `people.not_active`;
    WrongState `panels.appointment_moved`.
    """
    if by is not None and by.pk != seat.user_id:
        raise NotPermitted(_("Everybody answers for themselves."), code="panels.not_your_seat")
    require_active(by, now)
    reason = reason.strip() if accept else require_reason(reason or ("" if by else NO_ANSWER))
    _locked(seat.appointment)
    row = AppointmentSeat.objects.select_related("appointment", "user").get(pk=seat.pk)
    if row.answer != Says.ASKED:
        raise _moved()
    row.answer, row.answered_at, row.reason = Says.ACCEPTED if accept else Says.DECLINED, now, reason
    row.save(update_fields=["answer", "answered_at", "reason"])
    _record("answer_appointment", row.appointment, by, now, reason, seat=row.ulid, answer=str(row.answer))
    return row


@transaction.atomic
def revise_appointment(
    *,
    appointment: Appointment,
    add: Sequence[Proposed],
    drop: Sequence[User],
    by: User | None,
    now: datetime,
) -> Appointment:
    """Others are asked in the place of those who declined, or some are struck out. Who declined stays on
    record.

    Raises Invalid `panels.role`, `panels.twice`, `panels.not_staff`, `panels.incomplete`; NotPermitted
    `people.office_only`; WrongState `panels.appointment_moved`, `people.not_active`.
    """
    require_office(by, now)
    row = _locked(appointment)
    gone = row.seats.filter(Q(user__in=list(drop)) | Q(answer=Says.DECLINED, user__in=[u for u, _r in add]))
    gone.exclude(answer=Says.DROPPED).update(answer=Says.DROPPED)
    _ask(row, add, by, now)
    _require_composition(row, now)
    _record("revise_appointment", row, by, now, added=len(add), dropped=len(drop))
    _tell(row, now)
    return row


@transaction.atomic
def put_in_force(*, appointment: Appointment, by: User | None, now: datetime) -> Appointment:
    """The composition is approved: those who accepted sit from its date on, or from now when that is past;
    the seats of before end at the same instant. Nobody who is proposed approves. Who may not act any more is
    struck out. The panels of those who leave are theirs to finish.

    Raises Invalid `panels.incomplete`, `core.period`; NotPermitted `people.office_only`, `people.own_case`;
    WrongState `panels.appointment_moved`.
    """
    require_office(by, now)
    row = _locked(appointment)
    there = active_users(now).values("pk")
    row.seats.filter(answer__in=_COUNTING).exclude(user__in=there).update(
        answer=Says.DROPPED, reason=NOT_THERE, answered_at=now
    )
    if row.seats.filter(answer=Says.ASKED).exists():
        raise _moved()
    if by is not None and row.seats.filter(answer=Says.ACCEPTED, user=by).exists():
        raise NotPermitted(_("Nobody decides in their own case."), code="people.own_case")
    _require_composition(row, now)
    start = max(row.valid_from, now)
    require_period(start, row.valid_until)
    lock_committee(row.committee)
    _end_before(row.committee, start, now)
    for seat in accepted(row):
        appoint_seat(
            committee=row.committee,
            user=seat.user,
            role=seat.role,
            valid_from=start,
            valid_until=row.valid_until,
            source_case=row.source_case or f"appointment:{row.ulid}",
            by=by,
            now=now,
        )
    return _close(row, State.IN_FORCE, "", by, now, valid_from=start, approved_by=by)


def refuse_appointment(
    *, appointment: Appointment, reason: str, by: User | None, now: datetime
) -> Appointment:
    """The committee stays as it is. Raises Invalid `core.reason_required`; NotPermitted `people.office_only`;
    WrongState `panels.appointment_moved`.
    """
    require_office(by, now)
    return _ended(appointment, State.REFUSED, require_reason(reason), by, now)


def withdraw_appointment(
    *, appointment: Appointment, by: User | None, now: datetime, reason: str = ""
) -> Appointment:
    """The office gives it up. Raises NotPermitted `people.office_only`; WrongState
    `panels.appointment_moved`.
    """
    require_office(by, now)
    return _ended(appointment, State.WITHDRAWN, reason.strip(), by, now)


def overtake_appointment(*, appointment: Appointment, reason: str, now: datetime) -> Appointment:
    """Its case ended otherwise. Raises WrongState `panels.appointment_moved`."""
    return _ended(appointment, State.OVERTAKEN, reason.strip(), None, now)


@transaction.atomic
def note_document(*, appointment: Appointment, document: str) -> Appointment:
    """The paper of an appointment in force, by its identifier."""
    Appointment.objects.filter(pk=appointment.pk, state=State.IN_FORCE).update(document=document)
    appointment.document = document
    return appointment


def accepted(appointment: Appointment) -> list[AppointmentSeat]:
    """Who will sit, in the order of the proposal. One query."""
    return list(appointment.seats.filter(answer=Says.ACCEPTED).select_related("user", "user__unit"))


def asked(appointment: Appointment) -> list[AppointmentSeat]:
    """Who has not answered yet. One query."""
    return list(appointment.seats.filter(answer=Says.ASKED).select_related("user"))


def declined(appointment: Appointment) -> list[AppointmentSeat]:
    """Who will not sit and was not replaced. One query."""
    return list(appointment.seats.filter(answer=Says.DECLINED).select_related("user"))


def is_complete(appointment: Appointment, at: datetime) -> bool:
    """Whether those who accepted make a committee: a chair, and the least number of votes. Two queries."""
    return _makes_a_committee(appointment.seats.filter(answer=Says.ACCEPTED), at)


def _locked(appointment: Appointment) -> Appointment:
    row = (
        Appointment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("committee__unit", "proposed_by")
        .get(pk=appointment.pk)
    )
    if row.state != State.OPEN:
        raise _moved()
    return row


def _moved() -> WrongState:
    return WrongState(_("This appointment has moved on."), code="panels.appointment_moved")


def _ask(row: Appointment, seats: Sequence[Proposed], by: User | None, now: datetime) -> None:
    last = row.seats.aggregate(last=Max("position"))["last"] or 0
    active = set(active_users(now).filter(pk__in=[u.pk for u, _r in seats]).values_list("pk", flat=True))
    known = set(row.seats.exclude(answer=Says.DROPPED).values_list("user_id", flat=True))
    for position, (user, role) in enumerate(seats, start=last + 1):
        _require_possible(user, role, known, active)
        known.add(user.pk)
        own = by is not None and by.pk == user.pk
        AppointmentSeat.objects.create(
            appointment=row,
            user=user,
            role=role,
            position=position,
            answer=Says.ACCEPTED if own else Says.ASKED,
            answered_at=now if own else None,
        )


def _require_possible(user: User, role: str, known: set[int], active: set[int]) -> None:
    if role not in Role.values:
        raise Invalid(_("There is no such role in a committee."), code="panels.role", field="role")
    if user.pk in known:
        raise Invalid(
            _("%(name)s is named twice.") % {"name": user.display_name}, code="panels.twice", field="members"
        )
    if user.kind != User.Kind.STAFF:
        raise Invalid(
            _("Only staff of the school sit on its committees."), code="panels.not_staff", field="members"
        )
    if user.pk not in active:
        raise WrongState(_("This account is not in force."), code="people.not_active", field="members")


def _require_composition(row: Appointment, now: datetime) -> None:
    """A chair and the least number of votes among those who accepted or are asked: `panels.incomplete`."""
    if not _makes_a_committee(row.seats.filter(answer__in=_COUNTING), now):
        raise Invalid(
            _("A committee has one chair, and at least %(number)s members with a vote.")
            % {"number": parameters.value("panels.minimum_members", at=now)},
            code="panels.incomplete",
            field="members",
        )


def _makes_a_committee(seats: QuerySet[AppointmentSeat], at: datetime) -> bool:
    roles = list(seats.values_list("role", flat=True))
    least = parameters.value("panels.minimum_members", at=at)
    return roles.count(Role.CHAIR) == 1 and sum(role in VOTING for role in roles) >= least


def _end_before(committee: Committee, start: datetime, now: datetime) -> None:
    """Seats of the former composition end where the new one begins; those that lie beyond never begin."""
    kept = CommitteeSeat.objects.filter(committee=committee, revoked_at__isnull=True)
    kept.filter(valid_from__gte=start).update(revoked_at=now)
    open_ended = Q(valid_until__isnull=True) | Q(valid_until__gt=start)
    kept.filter(open_ended, valid_from__lt=start).update(valid_until=start)


def _ended(appointment: Appointment, state: str, reason: str, by: User | None, now: datetime) -> Appointment:
    with transaction.atomic():
        return _close(_locked(appointment), state, reason, by, now)


def _close(
    row: Appointment, state: str, reason: str, by: User | None, now: datetime, **changes: Any
) -> Appointment:
    changed = {"state": state, "reason": reason, "ended_at": now, **changes}
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=list(changed))
    _record("end_appointment", row, by, now, reason, state=str(state))
    _tell(row, now)
    return row


def _tell(row: Appointment, now: datetime) -> None:
    publish("panels.appointment_changed", now=now, appointment=row.ulid, state=str(row.state))


def _record(
    act: str, row: Appointment, by: User | None, now: datetime, reason: str = "", **details: Any
) -> None:
    audit.record(
        action=f"panels.{act}",
        object_ref=f"appointment:{row.ulid}",
        now=now,
        actor=by,
        reason=reason,
        **details,
    )
