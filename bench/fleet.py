"""Many controllers in one asyncio process: signed births and heartbeats at the real rate, answers counted
and timed. It owns the load and its report, never a relay or a flash; what one controller does in detail
is devices.controller's."""

import asyncio
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import quantiles

import aiomqtt

from devices.controller.settings import ControllerConfig
from devices.protocol import (
    Cfg,
    Ed25519Public,
    Ed25519Signer,
    FrameError,
    Hb,
    Hback,
    KeyRing,
    State,
    b64url_decode,
    decode,
    encode,
    new_boot,
    topic_for,
)


@dataclass(frozen=True, slots=True)
class Start:
    """How a controller begins where it was in service before: its boot, the number of this connection, the
    grant under which it is powered and its odometer (ms).
    """

    boot: str
    conn: int
    gid: str | None = None
    odo: int = 0


@dataclass(slots=True)
class FleetReport:
    """What a fleet saw. Round trips are milliseconds from sending a heartbeat to a verified answer."""

    controllers: int
    powered: int
    seconds: float
    connected: int = 0
    heartbeats: int = 0
    hbacks: int = 0
    leases: int = 0
    refused: int = 0
    lost_connections: int = 0
    round_trips_ms: list[float] = field(default_factory=list)

    def to_json(self) -> dict[str, float | int | None]:
        """One line of a bench's output; the percentiles are None without answers."""
        cuts = quantiles(self.round_trips_ms, n=100) if len(self.round_trips_ms) > 1 else None
        return {
            "controllers": self.controllers,
            "powered": self.powered,
            "seconds": self.seconds,
            "connected": self.connected,
            "heartbeats": self.heartbeats,
            "hbacks": self.hbacks,
            "leases": self.leases,
            "refused": self.refused,
            "lost_connections": self.lost_connections,
            "p50_ms": round(cuts[49], 2) if cuts else None,
            "p99_ms": round(cuts[98], 2) if cuts else None,
        }


# A second of the run, and who is called then.
Mark = tuple[float, Callable[[FleetReport], None]]


def _nothing(_report: FleetReport) -> None:
    """The end of the run wants no one to be called."""


class Member:
    """One controller of the fleet: connects, is born, beats, and listens for answers."""

    def __init__(self, config: ControllerConfig, *, start: Start, powered: bool, report: FleetReport) -> None:
        self._config = config
        self._signer = Ed25519Signer(kid=config.kid, seed=config.seed)
        self._keys: KeyRing = {
            kid: Ed25519Public(b64url_decode(raw)) for kid, raw in config.server_keys.items()
        }
        self._start = start
        self._boot = start.boot
        self._gid = start.gid
        self._st = "unlocked" if powered else "locked"
        self._period_s = (config.base.hb_powered_ms if powered else config.base.hb_locked_ms) / 1000
        self._odo = start.odo
        self._ver = 0
        self._asked: dict[int, float] = {}
        self._beats = 0
        self._report = report

    async def live(self, *, delay_s: float) -> None:
        """Connect after `delay_s`, then beat until cancelled; a lost connection is counted and made again."""
        await asyncio.sleep(delay_s)
        while True:
            try:
                await self._connected()
            except* aiomqtt.MqttError:
                self._report.lost_connections += 1
                await asyncio.sleep(1.0)

    async def _connected(self) -> None:
        config = self._config
        async with aiomqtt.Client(
            config.host,
            config.port,
            username=config.username,
            password=config.password,
            identifier=config.dev,
        ) as client:
            await client.subscribe(topic_for(config.dev, "hback"))
            self._report.connected += 1
            await self._say(client, "state", self._birth().to_json(), qos=1)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._beat(client))
                group.create_task(self._listen(client))

    async def _beat(self, client: aiomqtt.Client) -> None:
        while True:
            self._beats += 1
            number = self._beats
            self._asked[number] = time.perf_counter()
            self._report.heartbeats += 1
            await self._say(client, "hb", self._heartbeat(number).to_json(), qos=0)
            await asyncio.sleep(self._period_s)
            if self._st == "unlocked":
                self._odo += int(self._period_s * 1000)

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            payload = message.payload
            if not isinstance(payload, bytes | bytearray):
                continue
            try:
                frame = decode(topic=str(message.topic), payload=bytes(payload), keys=self._keys)
                answer = Hback.parse(frame.body)
            except FrameError:
                self._report.refused += 1
                continue
            asked = self._asked.pop(answer.hb, None) if answer.boot == self._boot else None
            if asked is not None:
                # A controller applies what it is told and says so; one that did not would be reminded for
                # ever.
                self._ver = answer.ver
                self._report.hbacks += 1
                self._report.leases += answer.lease > 0
                self._report.round_trips_ms.append((time.perf_counter() - asked) * 1000)

    async def _say(
        self, client: aiomqtt.Client, channel: str, body: Mapping[str, object], *, qos: int
    ) -> None:
        topic = topic_for(self._config.dev, channel)
        frame = encode(topic=topic, body=body, signer=self._signer)
        await client.publish(topic, frame, qos=qos, retain=channel == "state")

    def _birth(self) -> State:
        return State(
            boot=self._boot,
            bootn=1,
            conn=self._start.conn,
            node=self._config.nodes[0],
            st=self._st,
            gid=self._gid,
            odo=self._odo,
            busy=0,
            ver=self._ver,
            eseq=0,
            fw="fleet",
        )

    def _heartbeat(self, number: int) -> Hb:
        return Hb(
            boot=self._boot,
            bootn=1,
            conn=self._start.conn,
            hb=number,
            node=self._config.nodes[0],
            st=self._st,
            gid=self._gid,
            odo=self._odo,
            busy=0,
            ver=self._ver,
            eseq=0,
            clk="bound",
        )


def run_fleet(
    configs: Sequence[ControllerConfig],
    seconds: float,
    powered_share: float,
    *,
    starts: Mapping[str, Start] | None = None,
    ramp_s: float | None = None,
    seed: int = 1,
    marks: Sequence[Mark] = (),
) -> FleetReport:
    """Run one controller for each of `configs` for `seconds` in this process and report the answers it
    got.

    The first `powered_share` of them beat as powered (with the grant of `starts[dev]` where given; the others
    begin with a new boot). Connections are spread over `ramp_s` (default: one locked heartbeat period, at
    most a third of the run). Each of `marks` is called with the report so far when its second has come.
    Raises OSError when the process may not open that many sockets.
    """
    _allow_sockets(len(configs))
    powered = round(len(configs) * powered_share)
    report = FleetReport(controllers=len(configs), powered=powered, seconds=seconds)
    known = starts or {}
    members = [
        Member(
            config,
            start=known.get(config.dev) or Start(boot=new_boot(), conn=1),
            powered=index < powered,
            report=report,
        )
        for index, config in enumerate(configs)
    ]
    spread = ramp_s if ramp_s is not None else min(Cfg().hb_locked_ms / 1000, seconds / 3)
    asyncio.run(_fleet(members, report, spread, Random(seed), marks))  # noqa: S311 - a load
    return report


async def _fleet(
    members: Sequence[Member],
    report: FleetReport,
    spread_s: float,
    random: Random,
    marks: Sequence[Mark],
) -> None:
    tasks = [asyncio.create_task(member.live(delay_s=random.uniform(0, spread_s))) for member in members]
    passed = 0.0
    for second, call in (*marks, (report.seconds, _nothing)):
        await asyncio.sleep(second - passed)
        passed = second
        call(report)
    # A client that is cancelled in mid-write asks for its closed socket; nothing is measured now.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _allow_sockets(number: int) -> None:
    wanted = number + 256
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            raise OSError(f"{wanted} open files are needed, {hard} are allowed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
