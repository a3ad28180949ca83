"""The world of the chaos model: virtual time, controllers with flash and relays, and a transport that
delays, drops, duplicates, reorders, replays, forges and misdirects. It owns what happens and records
what it saw; whether that was right is the oracle's to say."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Self

from devices.controller.actions import Action, Persist, Publish, Relay
from devices.controller.flash import MemoryFlash, PowerLoss
from devices.controller.machine import Machine
from devices.controller.safeguards import Rules
from devices.protocol import (
    Cfg,
    Ed25519Public,
    Ed25519Signer,
    FrameError,
    b64url_encode,
    encode,
    parse_json,
    parse_topic,
    topic_for,
)
from tests.devices.chaos.server import Outgoing, ServerCrash, ServerUnderTest

EPOCH = 1_795_000_000_000
STEP_MS = 50
CFG = Cfg(
    hb_locked_ms=2_000,
    hb_powered_ms=1_000,
    pending_ms=1_000,
    giveup_ms=2_000,
    retry_ms=300,
    evt_retry_ms=700,
    persist_ms=500,
    lease_ms=4_000,
    second_ms=5_000,
)
SERVER_SEED = bytes(range(32))


CARDS = [f"card{n}".ljust(22, "A") for n in range(4)]


@dataclass(slots=True)
class Interval:
    """A time in which a relay really was on: virtual ms [start, end), under `gid` (None = manual key)."""

    dev: str
    node: int
    gid: str | None
    start: int
    end: int | None = None
    lost_power: bool = False


@dataclass(frozen=True, slots=True)
class Faults:
    """How bad the world is; all shares are probabilities."""

    drop: float = 0.08
    duplicate: float = 0.08
    slow: float = 0.1
    replay: float = 0.15
    forge: float = 0.1
    events: float = 0.5


@dataclass(slots=True)
class Witness:
    """What the world saw that no log would show; each string is a violation in plain words."""

    complaints: list[str] = field(default_factory=list)
    intervals: list[Interval] = field(default_factory=list)
    versions: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    losses: dict[str, int] = field(default_factory=dict)
    frames: int = 0
    attacks: int = 0
    crashes: int = 0


class Device:
    """One controller and its relays. Relays latch: after power-up they are as last commanded until
    commanded again.
    """

    def __init__(self, world: "World", dev: str, rules: Rules) -> None:
        self.world = world
        self.dev = dev
        self.rules = rules
        self.flash = MemoryFlash()
        self.signer = Ed25519Signer(kid="k1", seed=dev.encode().ljust(32, b"."))
        self.machine: Machine | None = None
        self.link = False
        self.conn = 0
        self.born = 0
        self.commanded = {1: False}
        self.lit: dict[int, Interval] = {}
        self.seen: set[tuple[str, bytes]] = set()
        self.boots = 0

    def mono(self) -> int:
        """This boot's monotonic clock."""
        return self.world.now - self.born

    def power_up(self) -> None:
        """A new boot."""
        world = self.world
        self.boots += 1
        self.born = world.now - 1000
        self.machine = Machine(
            dev=self.dev,
            nodes=(1,),
            server_keys=world.server_keys,
            flash=self.flash.load(),
            boot=f"{world.random.getrandbits(64):016x}",
            base=CFG,
            rules=self.rules,
            new_rid=world.new_ulid,
        )
        for node, on in self.commanded.items():
            if on:
                self._light(node)
        self.run(self.machine.start(self.mono()))

    def power_loss(self) -> None:
        """Everything in memory is gone and the relay falls, whatever it was commanded."""
        if self.machine is None:
            return
        self.machine = None
        self.link = False
        self.world.witness.losses[self.dev] = self.world.witness.losses.get(self.dev, 0) + 1
        for node in list(self.lit):
            self._dark(node, lost=True)
        # A relay switched off in the same moment: its journal entry did not reach the flash any more.
        for interval in self.world.witness.intervals:
            if interval.dev == self.dev and interval.end == self.world.now:
                interval.lost_power = True

    def run(self, actions: Sequence[Action]) -> None:
        """Carry out actions; a torn flash write or a cut ends the boot in the middle of the list."""
        cut = self.world.cut_between
        for action in actions:
            try:
                self._carry_out(action)
            except PowerLoss:
                self.power_loss()
            if cut and self.world.random.random() < cut:
                self.power_loss()
            if self.machine is None:
                return
        if self.machine is not None:
            seen = self.world.witness.versions.setdefault(self.dev, [])
            seen.append((self.world.now, self.machine.shared.trust.ver))

    def _carry_out(self, action: Action) -> None:
        if isinstance(action, Relay):
            self.commanded[action.node] = action.on
            self._light(action.node) if action.on else self._dark(action.node)
        elif isinstance(action, Persist):
            self.flash.write(action.patch)
        elif isinstance(action, Publish) and self.link:
            topic = topic_for(self.dev, action.channel)
            self.world.to_server(topic, encode(topic=topic, body=action.body, signer=self.signer))

    def swipe(self, card: str) -> None:
        """A card is held to the reader."""
        if self.machine is not None:
            self.run(self.machine.swiped(self.mono(), node=1, card=card))

    def connect(self) -> None:
        """The link comes up: retained messages first, as a broker sends them."""
        if self.machine is None or self.link:
            return
        self.link = True
        self.conn += 1
        self.run(self.machine.connected(self.mono(), conn=self.conn))
        for topic, payload in self.world.retained.items():
            if topic.startswith(f"iap/1/d/{self.dev}/"):
                self.world.to_device(topic, payload)

    def disconnect(self) -> None:
        """The link goes down."""
        if self.machine is not None and self.link:
            self.link = False
            self.run(self.machine.disconnected(self.mono()))

    def hear(self, topic: str, payload: bytes, *, hostile: bool) -> None:
        """A frame arrives; one that is hostile or was heard before must not lead to any relay or flash
        action.
        """
        machine = self.machine
        if machine is None or not self.link:
            return
        self.run(machine.tick(self.mono()))
        if self.machine is None:
            return
        relay_before = dict(self.commanded)
        # A torn write can take a stored configuration away; the same frame, repeated, brings it back.
        lost = topic.endswith("/dn/cfg") and "cfg" not in self.flash.load()
        actions = machine.received(self.mono(), topic=topic, payload=payload)
        stale = hostile or ((topic, payload) in self.seen and not lost)
        if stale and any(isinstance(action, Relay | Persist) for action in actions):
            self.world.complain(f"I5 {self.dev} acted on a hostile or repeated {topic}")
        if _denies(topic, payload) and any(isinstance(a, Relay) and not a.on for a in actions):
            self.world.complain(f"I11 {self.dev} ended a session because of a denial {relay_before}")
        self.run(actions)
        # What a power loss interrupted may be told again, and must then be taken up; so must a command that
        # came before the clock was bounded, which is why it was left unanswered.
        unanswered = topic.endswith("/cmd") and not any(isinstance(action, Publish) for action in actions)
        if not hostile and self.machine is machine and not unanswered:
            self.seen.add((topic, payload))

    def _light(self, node: int) -> None:
        if node in self.lit or self.machine is None:
            return
        gid = self.machine.nodes[node].gid
        self.lit[node] = Interval(self.dev, node, gid, self.world.now)
        self.world.witness.intervals.append(self.lit[node])

    def _dark(self, node: int, *, lost: bool = False) -> None:
        interval = self.lit.pop(node, None)
        if interval is not None:
            interval.end = self.world.now
            interval.lost_power = lost


def _denies(topic: str, payload: bytes) -> bool:
    if not topic.endswith("/dn/reply"):
        return False
    try:
        return parse_json(payload.partition(b"\n")[2]).get("ok") is False
    except FrameError:
        return False


class World:
    """Everything between `devs` controllers and one server, driven by `run`."""

    def __init__(self, *, seed: int, devs: Sequence[str], rules: Rules, faults: Faults) -> None:
        self.seed = seed
        self.random = Random(seed)  # noqa: S311 - reproducible, not secret
        self.now = 0
        self.faults = faults
        self.witness = Witness()
        self.server_signer = Ed25519Signer(kid="s1", seed=SERVER_SEED)
        self.server_keys = {"s1": b64url_encode(self.server_signer.public)}
        self.devices = {dev: Device(self, dev, rules) for dev in devs}
        self.device_keys: Mapping[str, Mapping[str, Ed25519Public]] = {
            dev: {"k1": Ed25519Public(device.signer.public)} for dev, device in self.devices.items()
        }
        self.retained: dict[str, bytes] = {}
        self.cut_between = 0.0
        self.server_down_until = 0
        self.suppress: set[str] = set()
        self.delays: dict[str, int] = {}
        self._ids = count(1)
        self._order = count()
        self._queue: list[tuple[int, int, str, str, bytes, bool]] = []
        self.history: list[tuple[str, bytes]] = []
        self._server: ServerUnderTest | None = None

    def attach(self, server: ServerUnderTest) -> None:
        """Put a server into the world; its keys are `server_signer` and `device_keys`."""
        self._server = server

    def rest(self, milliseconds: int) -> None:
        """Let time pass without random events."""
        self.run(self.now + milliseconds)

    @property
    def server(self) -> ServerUnderTest:
        """The server under test."""
        if self._server is None:
            raise RuntimeError("attach a server first")
        return self._server

    @property
    def wall(self) -> int:
        """The server's clock, epoch ms."""
        return EPOCH + self.now

    def new_ulid(self) -> str:
        """A reproducible ULID."""
        return f"00{next(self._ids):024d}"

    def complain(self, words: str) -> None:
        """A violation seen on the spot."""
        self.witness.complaints.append(f"{words} at {self.now} ms")

    def to_server(self, topic: str, payload: bytes) -> None:
        """An uplink enters the transport."""
        self._travel("up", topic, payload)

    def to_device(self, topic: str, payload: bytes) -> None:
        """A downlink enters the transport."""
        if parse_topic(topic).channel not in self.suppress:
            self._travel("down", topic, payload)

    def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """The server publishes."""
        for out in outgoing:
            if out.retain:
                self.retained[out.topic] = out.payload
            self.to_device(out.topic, out.payload)

    def _travel(self, way: str, topic: str, payload: bytes) -> None:
        self.witness.frames += 1
        self.history.append((topic, payload))
        chance, faults = self.random.random, self.faults
        copies = 0 if chance() < faults.drop else 2 if chance() < faults.duplicate else 1
        for _ in range(copies):
            delay = self.random.randint(1, 40) + self.delays.get(parse_topic(topic).channel, 0)
            if chance() < faults.slow:
                delay = self.random.randint(200, 6_000)
            self.push(delay, way, topic, payload, hostile=False)

    def push(self, delay: int, way: str, topic: str, payload: bytes, *, hostile: bool) -> None:
        """A frame arrives `delay` ms from now, whoever sent it."""
        heapq.heappush(self._queue, (self.now + delay, next(self._order), way, topic, payload, hostile))

    def recorded(self, channel: str) -> list[tuple[str, bytes]]:
        """Every frame ever sent on a channel."""
        return [(topic, payload) for topic, payload in self.history if parse_topic(topic).channel == channel]

    def run(self, until: int, *, chaos: Callable[[Self], None] | None = None) -> None:
        """Let virtual time pass until `until` (ms), with what `chaos` does to the world before each step."""
        while self.now < until:
            if chaos is not None:
                chaos(self)
            target = self.now + STEP_MS
            self._deliver_until(target)
            self.now = target
            if self.now >= self.server_down_until:
                self.publish(self.server.tick(self.wall))
            for device in self.devices.values():
                if device.machine is not None:
                    device.run(device.machine.tick(device.mono()))

    def _deliver_until(self, target: int) -> None:
        while self._queue and self._queue[0][0] <= target:
            at, _, way, topic, payload, hostile = heapq.heappop(self._queue)
            self.now = max(self.now, at)
            if way == "up":
                self._serve(topic, payload)
            else:
                device = self.devices.get(parse_topic(topic).dev)
                if device is not None:
                    device.hear(topic, payload, hostile=hostile)

    def _serve(self, topic: str, payload: bytes) -> None:
        if self.now < self.server_down_until:
            # QoS 1: the broker keeps what the gateway has not acknowledged.
            if not topic.endswith("/hb"):
                self.push(self.server_down_until - self.now + 1, "up", topic, payload, hostile=False)
            return
        try:
            self.publish(self.server.handle(topic, payload, self.wall))
        except ServerCrash:
            self.witness.crashes += 1
            self.server_down_until = self.now + self.random.randint(100, 3_000)
            self.push(self.server_down_until - self.now + 1, "up", topic, payload, hostile=False)
            self._push_restart()

    def _push_restart(self) -> None:
        self.publish(self.server.restart(self.wall))

    def begin(self) -> None:
        """Every card is good, the server's retained state is out, every controller is up and connected."""
        for card in CARDS:
            self.server.allow(card, allowed=True)
        self.publish(self.server.restart(self.wall))
        for device in self.devices.values():
            device.power_up()
            device.connect()

    def lose_everything(self) -> None:
        """The broker was killed: whatever was on its way is gone, and so is every connection."""
        self._queue.clear()
        for device in self.devices.values():
            device.disconnect()

    def calm(self) -> None:
        """No more faults: everything is up and every link stands."""
        self.faults = Faults(drop=0, duplicate=0, slow=0, replay=0, forge=0, events=0)
        self.cut_between = 0.0
        self.suppress.clear()
        self.delays.clear()
        self.server_down_until = 0
        for device in self.devices.values():
            device.flash.tear_after = None
            if device.machine is None:
                device.power_up()
            device.connect()
        self.publish(self.server.restart(self.wall))
