"""Guided sessions: hours in which a trainer stands beside trainees, or a teacher beside a course. Never
overlap on one instrument. Who sits in them is in `places`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.training.models import GuidedSession, TrainingPlace, TrainingRequest
from apps.training.places import empty_out, locked, require_capacity, take_place
from apps.training.queries import guided_between, may_train

Period = tuple[datetime, datetime]
# What else the instrument is promised for in a period; the room of bookings answers it.
Promised = Callable[[int, datetime, datetime], Sequence[Period]]


@transaction.atomic
def schedule_guided_session(
    *,
    kind: str,
    instrument: Instrument,
    leader: User,
    participants: Sequence[User],
    starts_at: datetime,
    ends_at: datetime,
    by: User | None,
    now: datetime,
    capacity: int | None = None,
    requests: Sequence[TrainingRequest] = (),
    promised: Promised | None = None,
) -> GuidedSession:
    """A training session under a trainer of the instrument's crew, or a course slot under a responsible
    member of staff. With a `capacity` the seats that are left may be taken later; without one the session is
    for those named. `promised` is asked under the instrument's lock.

    Raises Invalid `training.guided_kind`, `core.period`, `training.guided_past`, `training.no_participants`,
    `training.capacity`, `training.own_trainer`, `training.not_trainer`, `training.not_teacher`; NotPermitted
    `training.not_crew`; WrongState `training.guided_overlap`, `training.slot_promised` with the other
    period in the details; and what `places.take_place` raises for the requests.
    """
    _check(kind, leader, participants, starts_at, ends_at, now)
    _check_seats(len(participants) + len(requests), capacity)
    if kind == GuidedSession.Kind.TRAINING and not may_train(leader, instrument, now):
        raise Invalid(
            _("The leader does not train on this instrument."), code="training.not_trainer", field="leader"
        )
    _require_trainer(instrument, by, now)
    Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    _require_free(instrument, starts_at, ends_at, promised)
    session = GuidedSession.objects.create(
        kind=kind,
        instrument=instrument,
        leader=leader,
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=capacity or (len(participants) + len(requests) if requests else None),
    )
    _seat(session, participants, now)
    for request in requests:
        take_place(session=session, request=request, by=by, now=now)
    audit.record(
        action="training.schedule_guided_session",
        object_ref=f"guided_session:{session.ulid}",
        now=now,
        actor=by,
    )
    publish("training.session_changed", now=now, instrument=instrument.ulid)
    return session


@transaction.atomic
def cancel_guided_session(
    *, session: GuidedSession, by: User | None, now: datetime, reason: str = ""
) -> GuidedSession:
    """The session does not take place, or ends early; its leader may do it too. Who had a place in one that
    has not begun waits for another.

    Raises NotPermitted `training.not_crew`; WrongState `training.guided_over`.
    """
    if by is None or by.pk != session.leader_id:
        _require_trainer(session.instrument, by, now)
    locked(session)
    cancelled = GuidedSession.objects.filter(
        pk=session.pk, cancelled_at__isnull=True, ends_at__gt=now
    ).update(cancelled_at=now)
    if not cancelled:
        raise WrongState(_("This session is over or cancelled."), code="training.guided_over")
    if session.starts_at > now:
        empty_out(session, now)
    audit.record(
        action="training.cancel_guided_session",
        object_ref=f"guided_session:{session.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    publish("training.session_changed", now=now, instrument=session.instrument.ulid)
    session.refresh_from_db()
    return session


def _check(
    kind: str,
    leader: User,
    participants: Sequence[User],
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> None:
    if kind not in GuidedSession.Kind.values:
        raise Invalid(_("Unknown kind of session."), code="training.guided_kind", field="kind")
    if ends_at <= starts_at:
        raise Invalid(_("The end must be after the beginning."), code="core.period", field="ends_at")
    if ends_at <= now:
        raise Invalid(_("This period is over."), code="training.guided_past", field="ends_at")
    if leader.pk in {person.pk for person in participants}:
        raise Invalid(_("Nobody trains themselves."), code="training.own_trainer", field="participants")
    if leader.kind == User.Kind.STUDENT and kind == GuidedSession.Kind.TEACHING:
        raise Invalid(_("A student cannot lead a course."), code="training.not_teacher", field="leader")


def _check_seats(named: int, capacity: int | None) -> None:
    require_capacity(capacity)
    if not named and capacity is None:
        raise Invalid(_("Nobody takes part."), code="training.no_participants", field="participants")
    if capacity is not None and named > capacity:
        raise Invalid(_("There are fewer seats than people."), code="training.capacity", field="capacity")


def _require_free(
    instrument: Instrument, starts_at: datetime, ends_at: datetime, promised: Promised | None
) -> None:
    other = guided_between(instrument.pk, starts_at, ends_at).first()
    if other is not None:
        raise WrongState(
            _("Another session is planned in this time."),
            code="training.guided_overlap",
            field="starts_at",
            starts_at=other.starts_at.isoformat(),
            ends_at=other.ends_at.isoformat(),
        )
    for begin, end in promised(instrument.pk, starts_at, ends_at) if promised else ():
        raise WrongState(
            _("The instrument is booked in this time."),
            code="training.slot_promised",
            field="starts_at",
            starts_at=begin.isoformat(),
            ends_at=end.isoformat(),
        )


def _seat(session: GuidedSession, participants: Sequence[User], now: datetime) -> None:
    """Those named have their seats from the beginning."""
    session.participants.set(participants)
    if session.kind == GuidedSession.Kind.TRAINING:
        TrainingPlace.objects.bulk_create(
            TrainingPlace(
                session=session,
                user=person,
                state=TrainingPlace.State.SEATED,
                asked_at=now,
                seated_at=now,
            )
            for person in participants
        )


def _require_trainer(instrument: Instrument, by: User | None, now: datetime) -> None:
    if by is not None and not may_train(by, instrument, now):
        raise NotPermitted(_("Only the instrument's trainers may do this."), code="training.not_crew")
