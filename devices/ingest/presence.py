"""What a heartbeat says that is not worth a write each time: that a controller lives, how far its odometers
have come, and the number of its last heartbeat. It owns that memory and its periodic flush; losing it with
the process loses nothing that the next heartbeat does not say again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from apps.usage import meter
from devices.models import ControlledNode, Controller
from devices.protocol import Hb

REMIND_EVERY = timedelta(seconds=2)


@dataclass(slots=True)
class Seen:
    """The last heartbeat of one node."""

    bootn: int
    hb: int
    odo: int
    busy: int
    at: datetime
    dev: str
    node: int
    dirty: bool = True


class Presence:
    """Keyed by the node's row id, so bounded by what is enrolled."""

    def __init__(self) -> None:
        self._seen: dict[int, Seen] = {}
        self._alive: dict[int, datetime] = {}
        self._reminded: dict[int, datetime] = {}

    def is_repetition(self, node_id: int, beat: Hb) -> bool:
        """Whether this heartbeat is not later than one already heard in the same boot."""
        seen = self._seen.get(node_id)
        return seen is not None and seen.bootn == beat.bootn and beat.hb <= seen.hb

    def note(self, *, dev: str, controller_id: int, node_id: int, beat: Hb, now: datetime) -> None:
        """A believed heartbeat."""
        seen = self._seen.get(node_id)
        dirty = seen is None or seen.dirty or (seen.odo, seen.busy) != (beat.odo, beat.busy)
        self._seen[node_id] = Seen(beat.bootn, beat.hb, beat.odo, beat.busy, now, dev, beat.node, dirty)
        self._alive[controller_id] = now

    def may_remind(self, controller_id: int, now: datetime) -> bool:
        """Whether a controller that is behind may be sent its desired state again already; True counts as
        sent.
        """
        last = self._reminded.get(controller_id)
        if last is not None and now - last < REMIND_EVERY:
            return False
        self._reminded[controller_id] = now
        return True

    def flush(self, *, now: datetime) -> int:
        """Write `last_seen_at` of all who spoke since the last flush in one statement, and odometers that
        moved. Returns how many controllers were seen.
        """
        alive, self._alive = self._alive, {}
        try:
            with transaction.atomic():
                self._write(alive, now)
        except Exception:
            self._alive = {**alive, **self._alive}
            raise
        for seen in self._seen.values():
            seen.dirty = False
        return len(alive)

    def _write(self, alive: dict[int, datetime], now: datetime) -> None:
        Controller.objects.filter(pk__in=list(alive)).update(last_seen_at=now)
        # What a forgotten log-off is judged by later: load and power, five minutes by five minutes.
        meter.note_readings(
            meter.Heard(seen.dev, seen.node, seen.odo, seen.busy, seen.at)
            for seen in self._seen.values()
            if seen.dirty
        )
        for node_id, seen in self._seen.items():
            if seen.dirty:
                # Never backwards within a boot: a journal line may have told more in the meantime.
                ControlledNode.objects.filter(pk=node_id, controller__bootn=seen.bootn).update(
                    odo=Greatest(F("odo"), seen.odo), busy=Greatest(F("busy"), seen.busy)
                )
