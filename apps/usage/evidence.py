"""What the meters say of one use: a line of stretches between readings, each with the time (ms) under power
and under load. It answers how much load lies before a moment; what follows from that is decided elsewhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from apps.usage.models import MeterReading, UsageRecord

_MS = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Reading:
    """Where the two odometers (ms) stood at a moment."""

    at: datetime
    odo: int
    busy: int


@dataclass(frozen=True)
class Stretch:
    """The time between two readings, and what of it (ms) was under power and under load."""

    start: datetime
    end: datetime
    powered_ms: int
    busy_ms: int

    @property
    def length_ms(self) -> int:
        return (self.end - self.start) // _MS

    def busy_before(self, moment: datetime) -> int:
        """The most load (ms) of it that can lie before a moment: within a stretch nobody knows when."""
        if moment <= self.start:
            return 0
        return min(self.busy_ms, (moment - self.start) // _MS) if moment < self.end else self.busy_ms


def stretches(readings: Iterable[Reading]) -> tuple[Stretch, ...]:
    """What lies between readings, by their moments. A reading that fell back measured nothing. Pure."""
    ordered = sorted(readings, key=lambda one: (one.at, one.odo))
    found = []
    for before, after in pairwise(ordered):
        length = (after.at - before.at) // _MS
        if length <= 0:
            continue
        powered = min(max(after.odo - before.odo, 0), length)
        found.append(Stretch(before.at, after.at, powered, min(max(after.busy - before.busy, 0), powered)))
    return tuple(found)


def load_before(line: Sequence[Stretch], moment: datetime) -> int:
    """The most load (ms) that the line allows before a moment. Never falls as the moment moves on. Pure."""
    return sum(one.busy_before(moment) for one in line)


def last_load(line: Sequence[Stretch]) -> datetime | None:
    """The end of the last stretch with load; None where there was none. Pure."""
    return max((one.end for one in line if one.busy_ms), default=None)


@dataclass(frozen=True)
class Original:
    """When a use ended, and its powered and effective time (ms), before anything was corrected."""

    end: datetime
    powered_ms: int
    effective_ms: int


def original_of(record: UsageRecord) -> Original:
    """What the record said at first. One query."""
    first = record.changes.order_by("number").first()
    if first is None:
        return Original(record.ended_at, record.powered_ms, record.effective_ms)
    return Original(first.before_end, first.before_powered_ms, first.before_effective_ms)


def evidence_of(record: UsageRecord) -> tuple[Stretch, ...]:
    """The line of a use as it was measured: its two ends and every reading between them. Two queries.

    Readings stand on the server's clock and the ends on the device's, so whatever lies outside the use by its
    odometer is left out.
    """
    session, original = record.session, original_of(record)
    odo0, busy0 = session.odo0 or 0, session.busy0 or 0
    ends = [
        Reading(record.started_at, odo0, busy0),
        Reading(original.end, session.odo1 or odo0, session.busy1 or busy0),
    ]
    kept = MeterReading.objects.filter(
        dev=session.dev,
        node=session.node,
        odo__gt=odo0,
        odo__lt=session.odo1 or odo0,
        heard_at__gt=ends[0].at,
        heard_at__lt=ends[1].at,
    )
    between = [Reading(*row) for row in kept.order_by("heard_at").values_list("heard_at", "odo", "busy")]
    return stretches([*ends, *between])


def as_json(line: Iterable[Stretch]) -> list[dict[str, Any]]:
    """The line as it is kept with a proposal."""
    return [
        {
            "start": one.start.isoformat(),
            "end": one.end.isoformat(),
            "powered_ms": one.powered_ms,
            "busy_ms": one.busy_ms,
        }
        for one in line
    ]


def from_json(kept: Iterable[dict[str, Any]]) -> tuple[Stretch, ...]:
    """The line that was kept."""
    return tuple(
        Stretch(
            datetime.fromisoformat(one["start"]),
            datetime.fromisoformat(one["end"]),
            one["powered_ms"],
            one["busy_ms"],
        )
        for one in kept
    )
