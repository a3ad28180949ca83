"""What somebody who runs instruments has before them today: who is on, who comes, what is to be held, tested
and decided. Reads only; each part is a fixed number of queries. A room that has something for the day adds a
loader to `PARTS`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from django.db.models import Q

from apps.bookings.models import Booking
from apps.core.clock import school_midnight, school_time
from apps.core.periods import in_force, overlaps
from apps.instruments.models import CrewMember
from apps.people.models import User
from apps.portal.looks import Shown
from apps.portal.watchers import RUNS
from apps.samples.models import SampleRequest
from apps.training.desk import sessions_between, to_assess, to_place
from apps.usage.awaiting import corrections_for
from apps.usage.correcting import OWN_USE
from apps.usage.models import UsageCorrection, UsageRecord
from apps.usage.queries import unmeasured
from workflows.glance import oldest_for

DAY = timedelta(days=1)
SHOWN = 60
DUE_AHEAD = timedelta(days=2)
# A use that its person did not end, and that was idle for so long (ms), was perhaps forgotten.
BY_ITSELF = ("expired", "idle", "lease_lost", "revoked")
FORGOTTEN_MS = 20 * 60_000


@dataclass(frozen=True)
class Day:
    """The school's day of `now`, and the instruments that the person runs (primary keys)."""

    user: User
    now: datetime
    start: datetime
    end: datetime
    runs: frozenset[int]


@dataclass(frozen=True)
class Coming:
    """A booking of today, and the node that could be switched on for it now, if there is one."""

    booking: Booking
    node: Shown | None

    @property
    def is_over(self) -> bool:
        return self.booking.no_show_at is not None


def day_of(user: User, now: datetime) -> Day:
    """Whose day it is. One query."""
    crews = CrewMember.objects.filter(in_force(now), user=user, role__in=RUNS)
    start = school_midnight(school_time(now).date())
    runs = frozenset(crews.values_list("instrument_id", flat=True))
    return Day(user, now, start, start + DAY, runs)


def everything(day: Day, on: list[Shown]) -> dict[str, Any]:
    """Every part by its name; `on` are the tiles of the instruments."""
    found: dict[str, Any] = {"on": on}
    for name, load in PARTS.items():
        found[name] = load(day, found)
    return found


def _coming(day: Day, found: Mapping[str, Any]) -> list[Coming]:
    """Bookings of today, the earliest first, those that are over left out. One query."""
    rows = Booking.objects.filter(
        overlaps(day.now, day.end), instrument__in=day.runs, state__in=Booking.LIVE
    ).select_related("instrument", "user", "group")
    idle = {tile.instrument.pk: tile for tile in found["on"] if not tile.is_used and not tile.is_silent}
    soon = day.now + timedelta(minutes=30)
    return [
        Coming(one, idle.get(one.instrument_id) if one.start <= soon and not one.no_show_at else None)
        for one in rows.order_by("start", "pk")[:SHOWN]
    ]


def _sessions(day: Day, _found: Mapping[str, Any]) -> list[Any]:
    """Training sessions of today on the person's instruments, or led by them. Two queries."""
    ours = sessions_between(None, day.start, day.end)
    return list(ours.filter(Q(instrument__in=day.runs) | Q(leader=day.user))[:SHOWN])


def _assess(day: Day, _found: Mapping[str, Any]) -> list[Any]:
    """Who only lacks the practical assessment. Seven queries."""
    return [one for one in to_assess(to_place(day.runs, day.now)) if one.request.instrument is not None]


def _samples(day: Day, _found: Mapping[str, Any]) -> list[SampleRequest]:
    """Requests whose results are promised within two days or overdue, the most urgent first. One query."""
    last = school_time(day.now).date() + DUE_AHEAD
    due = SampleRequest.objects.filter(
        instrument__in=day.runs, promised_on__lte=last, state=SampleRequest.State.CONFIRMED
    )
    return list(due.select_related("instrument", "requester").order_by("promised_on", "pk")[:SHOWN])


def _forgotten(day: Day, _found: Mapping[str, Any]) -> list[Any]:
    """Uses that ended without their last reading. One query."""
    return list(unmeasured().filter(instrument__in=day.runs)[:SHOWN])


def _held(day: Day, _found: Mapping[str, Any]) -> list[UsageRecord]:
    """Uses whose measurement waits for a judgement, the oldest first. One query."""
    rows = UsageRecord.objects.filter(instrument__in=day.runs).exclude(held="")
    return list(rows.select_related("instrument", "user").order_by("started_at", "pk")[:SHOWN])


def _corrections(day: Day, _found: Mapping[str, Any]) -> list[UsageCorrection]:
    """Ends of uses that were proposed and wait for this person's answer, the oldest first. Two queries."""
    return list(corrections_for(day.user, day.now)[:SHOWN])


def _ended(day: Day, _found: Mapping[str, Any]) -> list[UsageRecord]:
    """Own uses of today that ended by themselves with idle time, not by their person: perhaps somebody forgot
    to log off. One query.
    """
    rows = UsageRecord.objects.filter(
        instrument__in=day.runs,
        ended_at__gte=day.now - DAY,
        idle_ms__gte=FORGOTTEN_MS,
        session__close_reason__in=BY_ITSELF,
        purpose__in=OWN_USE,
        user__isnull=False,
        held="",
        verdict="",
        corrections__isnull=True,
    ).exclude(user=day.user)
    return list(rows.select_related("instrument", "user").order_by("-ended_at", "-pk")[:SHOWN])


def _tasks(day: Day, _found: Mapping[str, Any]) -> Iterable[Any]:
    return oldest_for(day.user, 6)


PARTS: Mapping[str, Callable[[Day, Mapping[str, Any]], Any]] = MappingProxyType(
    {
        "coming": _coming,
        "sessions": _sessions,
        "assess": _assess,
        "samples": _samples,
        "forgotten": _forgotten,
        "held": _held,
        "corrections": _corrections,
        "ended": _ended,
        "tasks": _tasks,
    }
)
