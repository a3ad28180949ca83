"""Places in training sessions: a seat while there is one, then the waiting list in the order of asking. Never
more seats than the session has, whoever asks at once.

The session's row is the lock. Its `participants`, whom the gate asks about, are kept in step here.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.core.periods import in_force, overlaps
from apps.people.models import Membership, User
from apps.training.coverage import covers
from apps.training.models import GuidedSession, SupervisedUse, TrainingPlace, TrainingRequest
from apps.training.queries import may_train

State = TrainingPlace.State


@transaction.atomic
def take_place(
    *, session: GuidedSession, request: TrainingRequest, by: User | None, now: datetime
) -> TrainingPlace:
    """A seat for the trainee, or a position on the waiting list; whoever asks again keeps what they have. The
    trainee or a trainer of the instrument may ask.

    Raises NotPermitted `training.not_own_place`; WrongState `training.request_moved`,
    `training.guided_over`, `training.no_capacity`, `training.other_instrument`, `training.own_trainer`,
    `training.same_group`, `training.place_overlap`.
    """
    asking = (
        TrainingRequest.objects.select_for_update(no_key=True, of=("self",))
        .select_related("user", "course")
        .get(pk=request.pk)
    )
    row = locked(session)
    User.objects.select_for_update(no_key=True).get(pk=asking.user_id)
    _require_asker(row, asking.user_id, by, now)
    held = row.places.filter(~Q(state=State.LEFT), user=asking.user).first()
    if held is not None:
        return held
    _check(row, asking, by, now)
    place = TrainingPlace.objects.create(
        session=row, user=asking.user, request=asking, state=State.WAITING, asked_at=now
    )
    audit.record(
        action="training.take_place",
        object_ref=f"guided_session:{row.ulid}",
        now=now,
        actor=by,
        user=asking.user.ulid,
    )
    fill_seats(row, now)
    place.refresh_from_db()
    if place.state == State.WAITING:
        _tell(place, now)
    return place


@transaction.atomic
def leave_place(*, place: TrainingPlace, by: User | None, now: datetime, reason: str = "") -> TrainingPlace:
    """The trainee does not come; the next in line gets the seat.

    Raises NotPermitted `training.not_own_place`; WrongState `training.place_left`, `training.guided_over`.
    """
    row = locked(place.session)
    _require_asker(row, place.user_id, by, now)
    if row.cancelled_at is not None or row.starts_at <= now:
        raise WrongState(_("This session is over or cancelled."), code="training.guided_over")
    if not _leave(row, TrainingPlace.objects.filter(pk=place.pk), now):
        raise WrongState(_("This place was given up already."), code="training.place_left")
    audit.record(
        action="training.leave_place",
        object_ref=f"guided_session:{row.ulid}",
        now=now,
        actor=by,
        reason=reason,
        user=place.user.ulid,
    )
    fill_seats(row, now)
    place.refresh_from_db()
    return place


@transaction.atomic
def change_capacity(
    *, session: GuidedSession, capacity: int, by: User | None, now: datetime
) -> GuidedSession:
    """More or fewer seats. Nobody loses a seat by it: there are never fewer than people who sit.

    Raises Invalid `training.capacity`; NotPermitted `training.not_crew`; WrongState `training.guided_over`,
    `training.seats_taken`.
    """
    row = locked(session)
    _require_trainer(row, by, now)
    require_capacity(capacity)
    if row.cancelled_at is not None or row.ends_at <= now:
        raise WrongState(_("This session is over or cancelled."), code="training.guided_over")
    seated = row.places.filter(state=State.SEATED).count()
    if capacity < seated:
        raise WrongState(
            _("More people have a seat already."),
            code="training.seats_taken",
            field="capacity",
            seated=seated,
        )
    row.capacity = capacity
    row.save(update_fields=["capacity"])
    audit.record(
        action="training.change_capacity",
        object_ref=f"guided_session:{row.ulid}",
        now=now,
        actor=by,
        capacity=capacity,
    )
    fill_seats(row, now)
    return row


@transaction.atomic
def mark_attendance(*, place: TrainingPlace, present: bool, by: User | None, now: datetime) -> TrainingPlace:
    """Whether a trainee with a seat was there. Of a session that somebody missed nothing counts for them;
    what was counted before is void, and counts again when the mark is taken back. Tells
    `training.minutes_counted`.

    Raises NotPermitted `training.not_crew`; WrongState `training.not_begun`, `training.place_left`.
    """
    row = locked(place.session)
    _require_trainer(row, by, now)
    if row.starts_at > now:
        raise WrongState(_("This session has not begun."), code="training.not_begun")
    fresh = TrainingPlace.objects.select_for_update(no_key=True).get(pk=place.pk)
    if fresh.state != State.SEATED:
        raise WrongState(_("This place was given up already."), code="training.place_left")
    fresh.absent_at = None if present else fresh.absent_at or now
    fresh.save(update_fields=["absent_at"])
    SupervisedUse.objects.filter(place=fresh, voided_at__isnull=not present).update(
        voided_at=None if present else now
    )
    if fresh.request is not None:
        publish("training.minutes_counted", now=now, user=fresh.user.ulid, request=fresh.request.ulid)
    audit.record(
        action="training.mark_attendance",
        object_ref=f"guided_session:{row.ulid}",
        now=now,
        actor=by,
        user=fresh.user.ulid,
        present=present,
    )
    return fresh


def locked(session: GuidedSession) -> GuidedSession:
    """The session's row under its lock."""
    return (
        GuidedSession.objects.select_for_update(no_key=True, of=("self",))
        .select_related("instrument", "leader")
        .get(pk=session.pk)
    )


def fill_seats(session: GuidedSession, now: datetime) -> list[TrainingPlace]:
    """Whoever waits longest gets a free seat, unless they sit elsewhere by now; the caller holds the
    session's lock. Returns who got one.
    """
    if session.capacity is None or session.cancelled_at is not None or session.ends_at <= now:
        return []
    free = session.capacity - session.places.filter(state=State.SEATED).count()
    waiting = session.places.filter(~Exists(_seats_meanwhile(session)), state=State.WAITING)
    found = waiting.select_related("user", "session", "request").order_by("asked_at", "pk")
    seated = list(found[: max(free, 0)])
    for place in seated:
        place.state, place.seated_at = State.SEATED, now
        place.save(update_fields=["state", "seated_at"])
        _tell(place, now)
    if seated:
        session.participants.add(*(place.user_id for place in seated))
        publish("training.session_changed", now=now, instrument=session.instrument.ulid)
    return seated


def give_up_all(request: TrainingRequest, now: datetime) -> None:
    """The training is over: its places in sessions to come go to others. The caller holds the request's
    lock.
    """
    ahead = TrainingPlace.objects.filter(
        ~Q(state=State.LEFT), request=request, session__starts_at__gt=now, session__cancelled_at__isnull=True
    ).order_by("session_id")
    for place in ahead.select_related("session"):
        row = locked(place.session)
        if _leave(row, TrainingPlace.objects.filter(pk=place.pk), now):
            fill_seats(row, now)


def empty_out(session: GuidedSession, now: datetime) -> None:
    """The session does not take place: nobody has a place in it. The caller holds its lock."""
    _leave(session, session.places.all(), now)


def require_capacity(capacity: int | None) -> None:
    """At least one seat, at most a hundred: Invalid `training.capacity`."""
    if capacity is not None and not 1 <= capacity <= 100:
        raise Invalid(_("A session has 1 to 100 seats."), code="training.capacity", field="capacity")


def share_a_group(one: User, other: User, at: datetime) -> bool:
    """Whether both belong to one research group at a moment. One query."""
    of_one = Membership.objects.filter(in_force(at), user=one).values("group")
    return Membership.objects.filter(in_force(at), user=other, group__in=of_one).exists()


def require_stranger(trainee: User, trainer: User, now: datetime) -> None:
    """By policy nobody is trained by a member of their own group: WrongState `training.same_group`."""
    barred = value("training.trainer_of_same_group_barred", at=now)
    if barred and share_a_group(trainee, trainer, now):
        raise WrongState(_("The trainer belongs to the trainee's own group."), code="training.same_group")


def _leave(session: GuidedSession, places: QuerySet[TrainingPlace], now: datetime) -> int:
    """End those of the places that are not over; returns how many. The caller holds the session's lock."""
    gone = list(places.exclude(state=State.LEFT).select_related("user", "session", "request"))
    for place in gone:
        place.state, place.left_at = State.LEFT, now
        place.save(update_fields=["state", "left_at"])
        _tell(place, now)
    session.participants.remove(*(place.user_id for place in gone))
    return len(gone)


def _check(session: GuidedSession, request: TrainingRequest, by: User | None, now: datetime) -> None:
    if request.state != TrainingRequest.State.ACCEPTED:
        raise WrongState(_("This training has moved on."), code="training.request_moved")
    if session.cancelled_at is not None or session.ends_at <= now:
        raise WrongState(_("This session is over or cancelled."), code="training.guided_over")
    if session.capacity is None or session.kind != GuidedSession.Kind.TRAINING:
        raise WrongState(_("This session takes nobody else."), code="training.no_capacity")
    own = request.instrument_id in (None, session.instrument_id)
    if not own or not covers(request.course, session.instrument):
        raise WrongState(_("The session is on another instrument."), code="training.other_instrument")
    if request.user_id == session.leader_id:
        raise WrongState(_("Nobody trains themselves."), code="training.own_trainer")
    require_stranger(request.user, session.leader, now)
    if _seats_meanwhile(session, request.user_id).exists():
        raise WrongState(
            _("There is another session at this time in which the trainee has a seat."),
            code="training.place_overlap",
        )


def _seats_meanwhile(session: GuidedSession, user: int | None = None) -> QuerySet[TrainingPlace]:
    """Seats that a person (by default the outer row's) has in other sessions at the same time."""
    meets = overlaps(session.starts_at, session.ends_at, first="session__starts_at", last="session__ends_at")
    return TrainingPlace.objects.filter(
        meets,
        user=OuterRef("user") if user is None else user,
        state=State.SEATED,
        session__cancelled_at__isnull=True,
    ).exclude(session=session)


def _require_asker(session: GuidedSession, user_id: int, by: User | None, now: datetime) -> None:
    if by is not None and by.pk != user_id and not may_train(by, session.instrument, now):
        raise NotPermitted(
            _("A place is taken and given up by the trainee or a trainer."), code="training.not_own_place"
        )


def _require_trainer(session: GuidedSession, by: User | None, now: datetime) -> None:
    if by is not None and not may_train(by, session.instrument, now):
        raise NotPermitted(_("Only the instrument's trainers may do this."), code="training.not_crew")


def _tell(place: TrainingPlace, now: datetime) -> None:
    publish(
        "training.place_changed",
        now=now,
        user=place.user.ulid,
        session=place.session.ulid,
        request=place.request.ulid if place.request else "",
        state=str(place.state),
    )
