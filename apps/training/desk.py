"""What trainers look at: who waits, who sits today, what ends soon, where seats are free. Reads only; `reach`
is that of `reach.instruments_of` (None means every instrument).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from apps.core.clock import school_time
from apps.instruments.models import Instrument
from apps.training.lapsing import ending
from apps.training.models import Course, GuidedSession, TrainingPlace, TrainingRequest
from apps.training.progress import ASSESSMENT, EXAM, Progress, progress_of_many

Reach = frozenset[int] | None
State = TrainingPlace.State


@dataclass(frozen=True)
class Month:
    """One school month, half-open, and the seats that are free in it."""

    start: datetime
    end: datetime
    sessions: Sequence[Any]

    @property
    def seats(self) -> int:
        return sum(session.free for session in self.sessions)


def in_training(reach: Reach) -> QuerySet[TrainingRequest]:
    """Everybody who is in training on these instruments, who waits longest first. Those who take any
    instrument of a class are there when one of them is.
    """
    found = TrainingRequest.objects.filter(state=TrainingRequest.State.ACCEPTED)
    if reach is not None:
        pairs = set(Instrument.objects.filter(pk__in=reach).values_list("class6", "model"))
        classes = {class6 for class6, _model in pairs}
        open_ = Q(course__class6__in=classes, course__model="")
        for class6, model in pairs:
            open_ |= Q(course__class6=class6, course__model=model)
        found = found.filter(
            Q(instrument__in=reach) | Q(instrument__isnull=True, course__kind=Course.Kind.MODEL) & open_
        )
    return found.select_related("user", "course", "version", "instrument").order_by("accepted_at", "pk")


def waiting(reach: Reach, at: datetime) -> QuerySet[TrainingRequest]:
    """Those of them who have no place in a session to come."""
    ahead = TrainingPlace.objects.filter(
        ~Q(state=State.LEFT),
        request=OuterRef("pk"),
        session__ends_at__gt=at,
        session__cancelled_at__isnull=True,
    )
    return in_training(reach).exclude(Exists(ahead))


def to_place(reach: Reach, at: datetime, *, limit: int = 200) -> list[Progress]:
    """Who waits for a session because time or the assessment is missing; at most `limit`, seven queries."""
    return [one for one in progress_of_many(waiting(reach, at)[:limit]) if set(one.missing) - {EXAM}]


def to_assess(found: Iterable[Progress]) -> list[Progress]:
    """Those of whom only the assessment is missing."""
    return [one for one in found if one.missing == (ASSESSMENT,)]


def sessions_between(reach: Reach, start: datetime, end: datetime) -> QuerySet[Any]:
    """Training sessions on these instruments that meet [start, end), the earliest first, each with `taken`
    seats, `queue` and its `seated` places.
    """
    seated = TrainingPlace.objects.filter(state=State.SEATED).select_related(
        "user", "request__course", "request__version"
    )
    found = GuidedSession.objects.filter(
        kind=GuidedSession.Kind.TRAINING, cancelled_at__isnull=True, starts_at__lt=end, ends_at__gt=start
    )
    if reach is not None:
        found = found.filter(instrument__in=reach)
    return (
        found.select_related("instrument__facility", "leader")
        .annotate(
            taken=Count("places", filter=Q(places__state=State.SEATED)),
            queue=Count("places", filter=Q(places__state=State.WAITING)),
        )
        .prefetch_related(Prefetch("places", queryset=seated.order_by("seated_at", "pk"), to_attr="seated"))
        .order_by("starts_at", "pk")
    )


def today(at: datetime) -> tuple[datetime, datetime]:
    """The school's day of a moment, [midnight, midnight)."""
    start = school_time(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + timedelta(days=1)


def free_seats(reach: Reach, at: datetime, *, limit: int = 200) -> Month:
    """Sessions of the next school month with seats to take, each with how many are `free`; the first `limit`
    of them.
    """
    first = school_time(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    start = (first + timedelta(days=32)).replace(day=1)
    end = (start + timedelta(days=32)).replace(day=1)
    found = sessions_between(reach, start, end).filter(capacity__gt=F("taken")).prefetch_related(None)
    return Month(start, end, with_free(found[:limit]))


def with_free(sessions: Iterable[Any]) -> list[Any]:
    """The sessions that have a seat to take, each with `free`."""
    found = []
    for session in sessions:
        session.free = max((session.capacity or 0) - session.taken, 0)
        if session.free:
            found.append(session)
    return found


def open_sessions(request: TrainingRequest, at: datetime) -> list[Any]:
    """Sessions to come that a trainee could ask for a place in, the earliest first, each with `free`."""
    if request.instrument_id is not None:
        reach: Reach = frozenset({request.instrument_id})
    else:
        same = Instrument.objects.filter(class6=request.course.class6)
        if request.course.model:
            same = same.filter(model=request.course.model)
        reach = frozenset(same.values_list("pk", flat=True))
    ahead = sessions_between(reach, at, at + timedelta(days=120)).filter(
        starts_at__gt=at, capacity__isnull=False
    )
    found = list(ahead.exclude(leader=request.user_id)[:20])
    for session in found:
        session.free = max((session.capacity or 0) - session.taken, 0)
    return found


def lapsing_soon(reach: Reach, at: datetime, *, limit: int = 50) -> list[Any]:
    """Certificates on these instruments that end by themselves before long, the nearest first, each with the
    day on which disuse would end it (`disuse_end`, or None).
    """
    found = ending(at).filter(valid_until__gt=at)
    if reach is not None:
        found = found.filter(instrument__in=reach)
    rows = list(found[:limit])
    for row in rows:
        used = max(row.last_use, row.valid_from)
        row.disuse_end = None if row.disuse_days is None else used + timedelta(days=row.disuse_days)
    return rows
