"""How far the odometers had come, five minutes by five minutes: written as controllers are heard, thrown away
after a dated number of days. What a proposal stands on is kept with the proposal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.core.clock import from_ms, to_ms
from apps.core.parameters import value
from apps.usage.models import MeterReading

EVERY = timedelta(minutes=5)
_EVERY_MS = EVERY // timedelta(milliseconds=1)


@dataclass(frozen=True)
class Heard:
    """What one node said of its odometers (ms), and when."""

    dev: str
    node: int
    odo: int
    busy: int
    at: datetime


def note_readings(heard: Iterable[Heard]) -> int:
    """Keep the latest word of each node in each five minutes: one statement. Returns how many nodes spoke."""
    rows = {
        (one.dev, one.node, _begin(one.at)): MeterReading(
            dev=one.dev, node=one.node, at=_begin(one.at), heard_at=one.at, odo=one.odo, busy=one.busy
        )
        for one in heard
    }
    if rows:
        MeterReading.objects.bulk_create(
            [rows[key] for key in sorted(rows)],
            update_conflicts=True,
            unique_fields=["dev", "node", "at"],
            update_fields=["heard_at", "odo", "busy"],
        )
    return len(rows)


def forget_readings(*, now: datetime) -> int:
    """Throw away what is older than `usage.readings_days`. Returns how many."""
    since = now - timedelta(days=int(value("usage.readings_days", at=now)))
    deleted, _by_model = MeterReading.objects.filter(at__lt=since).delete()
    return deleted


def _begin(moment: datetime) -> datetime:
    return from_ms(to_ms(moment) // _EVERY_MS * _EVERY_MS)
