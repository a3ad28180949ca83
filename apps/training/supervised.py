"""Use that is pushed down from the room that records it: time under a trainer's eye, and the day on which
somebody last used an instrument. That room calls these; nothing here reads its rows.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from apps.core.outbox import publish
from apps.core.parameters import value
from apps.core.periods import overlaps
from apps.training.models import Certificate, GuidedSession, LastUse, SupervisedUse, TrainingPlace

Span = tuple[datetime, datetime]


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
    which the user took part counts for everybody with a seat there. The same record again counts nothing,
    and of several at the same time (an instrument may have more than one node) each moment counts once.

    For who is marked absent it is kept but void, until the mark is taken back. Tells
    `training.minutes_counted` for each training under way.
    """
    counted: list[SupervisedUse] = []
    for session in _sessions(user_id, instrument_id, started_at, ended_at):
        span = _within(session, started_at, ended_at)
        if span[1] > span[0]:
            counted += _count(session, record, span, now)
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


def _within(session: GuidedSession, started_at: datetime, ended_at: datetime) -> Span:
    last = min(ended_at, session.ends_at, session.cancelled_at or session.ends_at)
    return max(started_at, session.starts_at), last


def _count(session: GuidedSession, record: str, span: Span, now: datetime) -> list[SupervisedUse]:
    locked = session.places.select_for_update(no_key=True, of=("self",)).select_related("user", "request")
    places = list(locked.filter(state=TrainingPlace.State.SEATED).order_by("pk"))
    # Asked after the lock: whoever counted the same time meanwhile has committed.
    known = list(SupervisedUse.objects.filter(place__in=places).order_by("started_at", "pk"))
    counted = []
    for place in places:
        of_place = [use for use in known if use.place_id == place.pk]
        seconds = _not_covered(span, of_place)
        if seconds > 0 and record not in {use.record for use in of_place}:
            counted.append(
                SupervisedUse.objects.create(
                    place=place,
                    user=place.user,
                    record=record,
                    started_at=span[0],
                    ended_at=span[1],
                    seconds=seconds,
                    counted_at=now,
                    voided_at=now if place.absent_at else None,
                )
            )
    return counted


def _not_covered(span: Span, uses: Iterable[SupervisedUse]) -> int:
    """The seconds of a span that none of the uses (by their beginning) covers."""
    free, reached = timedelta(), span[0]
    for use in uses:
        end = use.ended_at or use.started_at + timedelta(seconds=use.seconds)
        free += max(min(use.started_at, span[1]) - reached, timedelta())
        reached = max(reached, min(end, span[1]))
    return int((free + span[1] - reached).total_seconds())
