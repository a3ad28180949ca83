"""The loop that joins machine, flash, driver and network. It owns the order in which actions are carried
out, the secret key that signs, and the process's beginning and end; every decision is the machine's.
One thread owns the machine: the network thread only puts into a queue and wakes it."""

import logging
import queue
import threading
from collections.abc import Callable
from pathlib import Path

from devices.controller.actions import Action, Display, Persist, Publish, Reboot, Relay, SelfTest
from devices.controller.drivers import (
    Alarm,
    CardRead,
    Driver,
    DriverEvent,
    KeyTurned,
    LoadChanged,
    WatchdogFired,
    Welded,
    load_driver,
)
from devices.controller.drivers.simulated import monotonic_ms
from devices.controller.flash import FileFlash
from devices.controller.machine import Machine
from devices.controller.settings import ControllerConfig
from devices.mqtt import AckCallable, LastWill, MqttClient, MqttSettings, TlsSettings
from devices.protocol import (
    HOST_TOPIC,
    Ed25519Signer,
    FrameError,
    Will,
    card_digest,
    encode,
    encode_will,
    new_boot,
    topic_for,
)

logger = logging.getLogger(__name__)

RESOLUTION_S = 0.05
SAY_GOODBYE_S = 1.0
MOST_WAITING = 500
_Input = Callable[[int], list[Action]]


class Runner:
    """One running controller. `run()` returns after `stop()`; every relay is then off and journalled."""

    def __init__(self, config: ControllerConfig) -> None:
        self._config = config
        self._signer = Ed25519Signer(kid=config.kid, seed=config.seed)
        self._flash = FileFlash(config.state_dir / "flash.log")
        self._driver: Driver = load_driver(
            config.driver, nodes=config.nodes, state_dir=config.state_dir, options=config.driver_options
        )
        self._inbox: queue.SimpleQueue[_Input] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._reboot = False
        self._conn = 0
        self._machine = self._fresh_machine()
        self._mqtt = self._client()

    @property
    def ready_file(self) -> Path:
        """Exists, beside the configuration, while the controller stands connected to its broker."""
        return self._config.folder / "ready"

    @property
    def waiting(self) -> int:
        """How much the network has handed over that the loop has not looked at."""
        return self._inbox.qsize()

    @property
    def locked_for_good(self) -> bool:
        """Whether damaged flash keeps every node in FAULT until an operator has seen to it."""
        return self._flash.damaged

    def overhear(self, topic: str, payload: bytes, *, boot: str) -> None:
        """On the network thread: hand a frame over, unless too many wait already. Everything that matters is
        said again, and a flood must neither fill the memory nor hold up the loop.
        """
        if topic != HOST_TOPIC and self.waiting < MOST_WAITING:
            self._feed(boot, lambda machine, now: machine.received(now, topic=topic, payload=payload))

    def stop(self) -> None:
        """Ask the loop to end; safe in a signal handler and from any thread."""
        self._stopping.set()
        self._driver.wake()

    def run(self) -> None:
        """Run until `stop()`. An error on the way still switches everything off before it is raised."""
        self.ready_file.unlink(missing_ok=True)
        self._driver.open()
        try:
            self._carry_out(self._machine.start(monotonic_ms()))
            self._mqtt.start()
            while not self._stopping.is_set():
                self._turn()
            self._carry_out(self._machine.halted(monotonic_ms()))
            self._say_goodbye()
        finally:
            for node in self._config.nodes:
                self._driver.switch(node, on=False, why="halt", at=monotonic_ms())
            self._mqtt.stop(timeout_s=SAY_GOODBYE_S)
            self._driver.close()
            self._flash.close()
            self.ready_file.unlink(missing_ok=True)

    def _say_goodbye(self) -> None:
        """An orderly DISCONNECT suppresses the will, so the same hint is left by hand."""
        hint = encode_will(Will(bootn=self._machine.bootn, conn=self._conn))
        self._mqtt.publish(topic_for(self._config.dev, "state"), hint, retain=True, wait_s=SAY_GOODBYE_S / 2)

    def _turn(self) -> None:
        ahead = (self._machine.next_deadline() - monotonic_ms()) / 1000
        for event in self._driver.poll(min(RESOLUTION_S, max(0.0, ahead))):
            self._carry_out(self._felt(event))
        # Only what is there now: the driver's watchdog and the reader wait for nobody.
        for _ in range(self.waiting):
            self._carry_out(self._inbox.get()(monotonic_ms()))
        self._carry_out(self._machine.tick(monotonic_ms()))
        if self._reboot:
            self._reboot = False
            self._mqtt.stop(timeout_s=SAY_GOODBYE_S)
            self._flash.close()
            self._machine = self._fresh_machine()
            self._mqtt = self._client()
            self._carry_out(self._machine.start(monotonic_ms()))
            self._mqtt.start()

    def _fresh_machine(self) -> Machine:
        flash = self._flash.load()
        if self._flash.damaged:
            logger.error(
                "%s is damaged in its middle: every node stays locked until the controller is enrolled under"
                " a new name and `python -m devices.controller.clear` has been run",
                self._config.state_dir / "flash.log",
            )
        return Machine(
            dev=self._config.dev,
            nodes=self._config.nodes,
            server_keys=self._config.server_keys,
            flash=flash,
            boot=new_boot(),
            base=self._config.base,
            damaged=self._flash.damaged,
        )

    def _client(self) -> MqttClient:
        config, boot = self._config, self._machine.boot
        dev = config.dev

        def received(topic: str, payload: bytes, _ack: AckCallable) -> None:
            self.overhear(topic, payload, boot=boot)

        def ready(_session_present: bool) -> None:  # noqa: FBT001 - the client's callback
            conn = self._conn
            self.ready_file.touch()
            self._feed(boot, lambda machine, now: machine.connected(now, conn=conn))

        def lost() -> None:
            self.ready_file.unlink(missing_ok=True)
            self._feed(boot, lambda machine, now: machine.disconnected(now))

        def will() -> LastWill:
            self._conn += 1
            hint = Will(bootn=self._machine.bootn, conn=self._conn)
            return LastWill(topic=topic_for(dev, "state"), payload=encode_will(hint), qos=1, retain=True)

        settings = MqttSettings(
            host=config.host,
            port=config.port,
            client_id=dev,
            username=config.username,
            password=config.password,
            tls=TlsSettings(ca_file=config.ca_file) if config.ca_file is not None else None,
        )
        return MqttClient(
            settings,
            subscriptions=[(f"iap/1/d/{dev}/dn/#", 1), (HOST_TOPIC, 1)],
            on_message=received,
            on_ready=ready,
            on_lost=lost,
            will=will,
        )

    def _feed(self, boot: str, step: Callable[[Machine, int], list[Action]]) -> None:
        # What a connection of an earlier boot still had to say is dropped with its machine.
        self._inbox.put(lambda now: step(self._machine, now) if self._machine.boot == boot else [])
        self._driver.wake()

    def _felt(self, event: DriverEvent) -> list[Action]:
        now, machine = monotonic_ms(), self._machine
        if isinstance(event, CardRead):
            try:
                card = card_digest(uid=event.uid, key=self._config.card_key)
            except FrameError:
                logger.warning("a card could not be read at node %s", event.node)
                return []
            return machine.swiped(now, node=event.node, card=card)
        if isinstance(event, LoadChanged):
            return machine.loaded(now, node=event.node, busy=event.busy)
        if isinstance(event, KeyTurned):
            return machine.key_turned(now, node=event.node, on=event.on)
        return self._alarmed(event, now)

    def _alarmed(self, event: Alarm | Welded | WatchdogFired, now: int) -> list[Action]:
        if isinstance(event, Alarm):
            return self._machine.alarmed(now, node=event.node, kind=event.kind)
        if isinstance(event, Welded):
            return self._machine.welded(now, node=event.node, stuck=event.stuck)
        return self._machine.watchdog_fired(now, node=event.node, at=event.at)

    def _carry_out(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Relay):
                self._driver.switch(action.node, on=action.on, why=action.why, at=action.at)
            elif isinstance(action, Persist):
                self._flash.write(action.patch)
            elif isinstance(action, Publish):
                self._publish(action)
            else:
                self._attend(action)

    def _attend(self, action: Display | SelfTest | Reboot) -> None:
        if isinstance(action, Display):
            self._driver.show(action.node, code=action.code, zh=action.text.zh, en=action.text.en)
        elif isinstance(action, SelfTest):
            ok = self._driver.self_test()
            self._carry_out(self._machine.self_tested(monotonic_ms(), command=action.command, ok=ok))
        else:
            self._reboot = True

    def _publish(self, action: Publish) -> None:
        topic = topic_for(self._config.dev, action.channel)
        try:
            frame = encode(topic=topic, body=action.body, signer=self._signer)
        except FrameError as error:
            logger.error("a %s frame could not be made: %s", action.channel, error.code)  # noqa: TRY400
            return
        self._mqtt.publish(topic, frame, qos=action.qos, retain=action.retain)
