"""The gateway's work without its wires: one frame at a time into the database, then out again whatever is
due. It owns the order commit, publish, acknowledge; it knows neither paho nor threads, so that a test can
drive it under a clock of its own."""

from collections.abc import Callable
from datetime import datetime

from apps.clearances import gate
from apps.core import outbox
from apps.usage import meter
from devices import downlink, faultpoints
from devices.ingest import Handled, Ingest
from devices.models import Controller
from devices.signing import Outgoing

REPUBLISH_AT_ONCE = 50
RELAY_AT_ONCE = 50

Send = Callable[[Outgoing], bool]


def _nothing() -> None:
    """Acknowledging where nothing is to be acknowledged."""


def _always() -> bool:
    """For whoever drives the worker without a broker."""
    return True


class Worker:
    """All database work of one gateway, in one thread.

    `send` hands a frame to the broker and says whether it could; `deliver` also waits until the broker has
    it (retained state); `connected` says whether there is a broker at all just now.
    """

    def __init__(self, *, send: Send, deliver: Send, connected: Callable[[], bool] = _always) -> None:
        self.ingest = Ingest()
        self._send = send
        self._deliver = deliver
        self._connected = connected
        self._republish: list[int] = []

    def take(
        self, topic: str, payload: bytes, *, now: datetime, ack: Callable[[], None] = _nothing
    ) -> Handled:
        """Commit one frame, publish what follows, acknowledge it. Database errors pass through; the frame is
        then not acknowledged.
        """
        handled = self.ingest.handle(topic, payload, now)
        for outgoing in handled.outgoing:
            self._send(outgoing)
            faultpoints.reach("mid_publish")
        faultpoints.reach("published")
        ack()
        faultpoints.reach("acked")
        return handled

    def relay(self, *, now: datetime) -> int:
        """Facts to their subscribers, then orders, rosters and desired states to the devices. Returns how
        much was done.
        """
        done = outbox.relay(channel=outbox.GATEWAY, now=now, limit=RELAY_AT_ONCE)
        faultpoints.reach("mid_relay")
        if not self._connected():
            # What was committed above stays due; composing it for nobody would only cost time.
            return done
        if not downlink.anything_due(now=now):
            return done
        # Orders first: a lock must not wait behind retained state.
        for outgoing in downlink.due_commands(now=now):
            self._send(outgoing)
            done += 1
        for publication in downlink.dirty(now=now):
            if all(self._deliver(frame) for frame in publication.frames):
                downlink.published(publication)
                done += 1
        return done

    def sync_rosters(self, *, now: datetime) -> int:
        """Look at the stand-by rosters that are marked."""
        return downlink.sync_rosters(now=now)

    def sweep(self, *, now: datetime) -> None:
        """Once a minute, what facts may have missed: running sessions judged again, overdue ones ended, some
        rosters marked.
        """
        gate.sweep(now=now)
        meter.end_overdue(now=now)
        downlink.mark_standby(now=now)

    def flush(self, *, now: datetime, everything: bool = False) -> None:
        """Write what was coalesced: refusals, and with `everything` also who was seen."""
        self.ingest.refusals.flush(now=now, everything=everything)
        if everything:
            self.ingest.presence.flush(now=now)

    def republish_all(self) -> None:
        """Every retained frame is to be published again: the broker may have lost them."""
        self._republish = list(
            Controller.objects.filter(disabled_at__isnull=True).order_by("id").values_list("pk", flat=True)
        )

    def republish_some(self, *, now: datetime) -> bool:
        """The next few of them; True while there are more."""
        if not self._republish:
            return False
        chosen = self._republish[:REPUBLISH_AT_ONCE]
        del self._republish[:REPUBLISH_AT_ONCE]
        for controller in Controller.objects.filter(pk__in=chosen):
            for frame in downlink.retained(controller, now=now):
                self._send(frame)
        return bool(self._republish)
