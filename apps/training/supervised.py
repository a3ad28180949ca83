"""Use that is pushed down from the room that records it: time under a trainer's eye, and the day on which
somebody last used an instrument. That room calls these; nothing here reads its rows.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from apps.core.outbox import publish
from apps.core.parameters import value
from apps.core.periods import overlaps
from apps.training.models import Certificate, GuidedSession, LastUse, SupervisedUse, TrainingPlace


@transaction.atomic
def count_supervised(
    *,
    record: str,
    user_id: int,
    instrument_id: int,
    started_at: datetime,
    ended_at: datetime,
    now: datetime,
) -> list[SupervisedUse]:
    """What of a usage record (its public identifier and its powered time) lies within training sessions in
    which the user took part counts for everybody with a seat there. The same record again counts nothing.

    For who is marked absent it is kept but void, until the mark is taken back. Tells
    `training.minutes_counted` for each training under way.
    """
    counted: list[SupervisedUse] = []
    for session in _sessions(user_id, instrument_id, started_at, ended_at):
        seconds = _seconds_within(session, started_at, ended_at)
        if seconds > 0:
            counted += _count(session, record, max(started_at, session.starts_at), seconds, now)
    for use in counted:
        request = use.place.request
        if request is not None and use.voided_at is None:
            publish("training.minutes_counted", now=now, user=use.place.user.ulid, request=request.ulid)
    return counted


@transaction.atomic
def note_use(*, user_id: int, instrument_id: int, used_at: datetime) -> None:
    """The user used the instrument until that moment; an earlier one than known changes nothing. Who was
    warned because of disuse may be warned again another time.
    """
    _row, made = LastUse.objects.get_or_create(
        user_id=user_id, instrument_id=instrument_id, defaults={"used_at": used_at}
    )
    if not made:
        LastUse.objects.filter(user_id=user_id, instrument_id=instrument_id, used_at__lt=used_at).update(
            used_at=used_at
        )
    ahead = timedelta(days=value("training.lapse_review_days", at=used_at))
    Certificate.objects.filter(
        user_id=user_id,
        instrument_id=instrument_id,
        warned_at__lt=used_at,
        disuse_days__isnull=False,
        valid_until__gt=used_at + ahead,
    ).update(warned_at=None)


def _sessions(
    user_id: int, instrument_id: int, started_at: datetime, ended_at: datetime
) -> Iterator[GuidedSession]:
    """Training sessions that took place in this time and in which the user led or sat."""
    took_part = Q(leader=user_id) | Q(places__user=user_id, places__state=TrainingPlace.State.SEATED)
    return (
        GuidedSession.objects.filter(
            overlaps(started_at, ended_at, first="starts_at", last="ends_at"),
            Q(cancelled_at__isnull=True) | Q(cancelled_at__gt=F("starts_at")),
            took_part,
            kind=GuidedSession.Kind.TRAINING,
            instrument=instrument_id,
        )
        .distinct()
        .order_by("starts_at")
        .iterator()
    )


def _seconds_within(session: GuidedSession, started_at: datetime, ended_at: datetime) -> int:
    last = min(ended_at, session.ends_at, session.cancelled_at or session.ends_at)
    return int((last - max(started_at, session.starts_at)).total_seconds())


def _count(
    session: GuidedSession, record: str, started_at: datetime, seconds: int, now: datetime
) -> list[SupervisedUse]:
    locked = session.places.select_for_update(no_key=True, of=("self",)).select_related("user", "request")
    places = list(locked.filter(state=TrainingPlace.State.SEATED).order_by("pk"))
    # Asked after the lock: whoever counted the same record meanwhile has committed.
    known = set(SupervisedUse.objects.filter(record=record).values_list("place_id", flat=True))
    return [
        SupervisedUse.objects.create(
            place=place,
            user=place.user,
            record=record,
            started_at=started_at,
            seconds=seconds,
            counted_at=now,
            voided_at=now if place.absent_at else None,
        )
        for place in places
        if place.pk not in known
    ]
