"""The gateway process: MQTT on one side, the database on the other. The network thread only fills a bounded
queue; the thread that calls `run` owns all database work, one message after the other. It owns connection,
queue, turns and orderly end; it interprets nothing."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from apps.core.clock import now as clock_now
from apps.core.clock import to_ms
from devices import signing
from devices.address import BrokerAddress
from devices.inbox import Inbox, Message
from devices.mqtt import AckCallable, LastWill, MqttClient, MqttSettings
from devices.protocol import HOST_TOPIC, Host
from devices.signing import Outgoing
from devices.worker import Worker

log = logging.getLogger(__name__)

UPLINKS = "iap/1/d/+/up/#"
SHARED_UPLINKS = f"$share/gw/{UPLINKS}"
MOST_WAITING = 10_000
RELAY_EVERY_S = 0.1
ROSTERS_EVERY_S = 0.25
REFUSALS_EVERY_S = 2.0
PRESENCE_EVERY_S = 15.0
CLOCK_EVERY_S = 30.0
SWEEP_EVERY_S = 60.0
DELIVERY_S = 2.0
BACKOFF_S = (0.2, 5.0)


class Gateway:
    """One gateway. `run` returns after `stop`; nothing that was acknowledged is lost by any end, kill -9
    included.

    `ready_file` exists while the gateway is connected and subscribed. With `shared`, several gateways divide
    the uplinks among them.
    """

    def __init__(self, *, address: BrokerAddress, ready_file: Path, shared: bool = False) -> None:
        self._ready_file = ready_file
        self._inbox = Inbox(most=MOST_WAITING)
        self._stopping = threading.Event()
        self._connected_anew = threading.Event()
        self._since = to_ms(clock_now())
        self._name = address.username or "gateway-1"
        self._mqtt = self._client(address, SHARED_UPLINKS if shared else UPLINKS)
        self._worker = Worker(send=self._send, deliver=self._deliver, connected=lambda: self._mqtt.connected)
        self._duties = self._make_duties()
        self.overheard = 0

    def stop(self) -> None:
        """Ask `run` to return; safe in a signal handler and from any thread."""
        self._stopping.set()

    def run(self) -> None:
        """Work until `stop`."""
        self._ready_file.parent.mkdir(parents=True, exist_ok=True)
        self._ready_file.unlink(missing_ok=True)
        self._persist(signing.check_clock)
        self._mqtt.start()
        try:
            while not self._stopping.is_set():
                self._turn()
            self._say_host(on=False)
            self._persist(lambda: self._worker.flush(now=clock_now(), everything=True), tries=1)
        finally:
            self._mqtt.stop()
            self._ready_file.unlink(missing_ok=True)
            connection.close()

    def _turn(self) -> None:
        changed = False
        message = self._inbox.get(timeout_s=self._duties[0].due - time.monotonic())
        if message is not None:
            changed = self._serve(message)
        if self._connected_anew.is_set():
            self._connected_anew.clear()
            self._persist(self._worker.republish_all)
            self._say_host(on=True)
        self._persist(lambda: self._worker.republish_some(now=clock_now()))
        if changed and not len(self._inbox):
            self._duties[0].due = 0.0
        for duty in self._duties:
            if time.monotonic() >= duty.due and not self._stopping.is_set():
                # Counted from its end: a slow database is not chased.
                self._persist(duty.work)
                duty.due = time.monotonic() + duty.every_s

    def _serve(self, message: Message) -> bool:
        """Whether something changed that the relay should look at now."""
        changed = False

        def take() -> None:
            nonlocal changed
            handled = self._worker.take(message.topic, message.payload, now=clock_now(), ack=message.ack)
            changed = handled.changed

        try:
            self._persist(take, tries=1 if message.may_be_lost else None)
        except Exception:
            # A defect of ours must not stop all devices: this one repeats what matters, and the log has the
            # traceback.
            log.exception("a frame on %s could not be handled", message.topic)
            message.ack()
        return changed

    def _make_duties(self) -> list["Duty"]:
        worker = self._worker
        return [
            Duty(RELAY_EVERY_S, lambda: worker.relay(now=clock_now())),
            Duty(ROSTERS_EVERY_S, lambda: worker.sync_rosters(now=clock_now())),
            Duty(REFUSALS_EVERY_S, lambda: worker.flush(now=clock_now())),
            Duty(PRESENCE_EVERY_S, lambda: worker.ingest.presence.flush(now=clock_now())),
            Duty(CLOCK_EVERY_S, signing.check_clock),
            Duty(SWEEP_EVERY_S, lambda: worker.sweep(now=clock_now())),
        ]

    def _persist(self, work: Callable[[], object], *, tries: int | None = None) -> None:
        """Do database work, again and again with growing pauses while the database is away or its clock
        disagrees; `tries` gives up.
        """
        pause, tried = BACKOFF_S[0], 0
        while True:
            try:
                work()
                return
            except (OperationalError, InterfaceError, signing.ClockDisagrees) as problem:
                tried += 1
                log.error("no work is possible: %s: %s", type(problem).__name__, _first_line(problem))  # noqa: TRY400
                connection.close()
                if tried == tries or self._stopping.wait(pause):
                    return
                pause = min(pause * 2, BACKOFF_S[1])

    def _client(self, address: BrokerAddress, uplinks: str) -> MqttClient:
        mqtt = MqttSettings(
            host=address.host,
            port=address.port,
            client_id=self._name,
            username=address.username,
            password=address.password,
            tls=address.tls,
            clean_session=False,
            manual_ack=True,
        )
        return MqttClient(
            mqtt,
            subscriptions=[(uplinks, 1)],
            on_message=self._overhear,
            on_ready=self._became_ready,
            on_lost=self._became_lost,
            will=self._will,
        )

    def _overhear(self, topic: str, payload: bytes, ack: AckCallable) -> None:
        """On the network thread: hand over, or wait until there is room. Heartbeats give way first."""
        message = Message(topic, payload, ack)
        if message.may_be_lost and len(self._inbox) > MOST_WAITING // 2:
            self.overheard += 1
            return
        while not self._stopping.is_set() and not self._inbox.put(message, timeout_s=1.0):
            log.warning("the inbox is full: the database does not follow")

    def _became_ready(self, _session_present: bool) -> None:  # noqa: FBT001 - the client's callback
        log.info("connected and subscribed")
        self._connected_anew.set()
        self._ready_file.touch()

    def _became_lost(self) -> None:
        log.warning("the connection to the broker is gone")
        self._ready_file.unlink(missing_ok=True)

    def _will(self) -> LastWill:
        host = signing.seal_host(Host(on=False, name=self._name, since=self._since))
        return LastWill(topic=HOST_TOPIC, payload=host.payload, qos=1, retain=True)

    def _say_host(self, *, on: bool) -> None:
        self._send(signing.seal_host(Host(on=on, name=self._name, since=self._since)))

    def _send(self, outgoing: Outgoing) -> bool:
        return self._mqtt.publish(outgoing.topic, outgoing.payload, qos=outgoing.qos, retain=outgoing.retain)

    def _deliver(self, outgoing: Outgoing) -> bool:
        return self._mqtt.publish(
            outgoing.topic, outgoing.payload, qos=outgoing.qos, retain=outgoing.retain, wait_s=DELIVERY_S
        )


@dataclass(slots=True)
class Duty:
    """Something that is done every `every_s` seconds; `due` is on the monotonic clock."""

    every_s: float
    work: Callable[[], object]
    due: float = 0.0


def _first_line(problem: Exception) -> str:
    return (str(problem).splitlines() or [""])[0][:200]


def ready_file() -> Path:
    """Where a supervisor looks whether the gateway is of use."""
    return Path(settings.RUN_DIR) / "gateway.ready"
