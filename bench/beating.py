"""A thousand controllers on one database: what their heartbeats cost the gateway process, its relay and its
sweep included, over a minute in which nothing else happens; before that, what it costs that they all come.
"""

import time
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.db import connection

from apps.core.clock import now
from apps.usage import meter
from bench.backstage import Backstage, backstage, cpu_seconds
from bench.fleet import FleetReport, Start, run_fleet
from bench.lines import say, spread
from bench.school import Place, crowd, equip, found
from bench.wire import POWERED_MS, Wire
from devices.controller.settings import ControllerConfig, check_config
from devices.downlink import STANDBY_AGE
from devices.ingest import Ingest
from devices.models import Controller
from devices.protocol import Reply

CPU_BAR = 10.0
POWERED = 0.1
RAMP_S = 30.0
# Those that came last have sent their second heartbeat and the gateway has written down what was new in it.
CALM_S = 35.0
MEASURED_S = 60.0


def run(*, quick: bool, profile: str | None) -> None:
    """Print the figures of the database that Django is set up on."""
    count = 20 if quick else 1000
    at = now()
    template = found(at)[0]
    powered = round(count * POWERED)
    places = equip(crowd(template, count), cleared=powered, now=at)
    starts = {place.enrolment.dev: _power_on(place) for place in places[:powered]}
    with backstage(places, profile=profile) as stage:
        _age_rosters()
        ramp, calm, measured = (0.0, 0.0, 3.0) if quick else (RAMP_S, CALM_S, MEASURED_S)
        _beat(places, starts, stage, ramp=ramp, calm=calm, measured=measured)


def _power_on(place: Place) -> Start:
    """A session under power: granted on a swipe, then the odometer of its node reported."""
    wire, ingest = Wire(place), Ingest()
    ingest.handle(*wire.sign(wire.birth()), now())
    [outgoing] = ingest.handle(*wire.sign(wire.swipe()), now()).outgoing
    reply = wire.read(outgoing.topic, outgoing.payload)
    if not isinstance(reply, Reply) or reply.grant is None:
        raise RuntimeError(f"no grant: {reply}")
    at = now()
    meter.power_on(dev=wire.dev, node=1, gid=reply.grant.gid, odo=0, busy=0, at=at, now=at)
    return Start(boot=wire.boot, conn=2, gid=reply.grant.gid, odo=POWERED_MS)


def _age_rosters() -> None:
    """Spread the last looks at the stand-by rosters over the time after which each is looked at again, as
    it is in a school that has been running for long: the minute then has its share of them.
    """
    controllers = list(Controller.objects.order_by("id"))
    for index, controller in enumerate(controllers):
        controller.standby_at = now() - STANDBY_AGE * (index / len(controllers))
    Controller.objects.bulk_update(controllers, ["standby_at"], batch_size=200)


def _beat(
    places: list[Place],
    starts: dict[str, Start],
    stage: Backstage,
    *,
    ramp: float,
    calm: float,
    measured: float,
) -> None:
    marks: list[tuple[float, float, FleetReport]] = []

    def mark(report: FleetReport) -> None:
        copied = replace(report, round_trips_ms=list(report.round_trips_ms))
        marks.append((time.monotonic(), cpu_seconds(stage.gateway_pid), copied))

    idle = cpu_seconds(stage.gateway_pid)
    total = ramp + calm + measured
    run_fleet(
        [_config(place, stage) for place in places],
        total,
        POWERED,
        starts=starts,
        ramp_s=ramp,
        marks=((ramp, mark), (ramp + calm, mark), (total, mark)),
    )
    (_, born, _), (begin, cpu0, before), (end, cpu1, after) = marks
    share = (cpu1 - cpu0) / (end - begin) * 100
    beats = after.heartbeats - before.heartbeats
    answers = after.hbacks - before.hbacks
    trips = after.round_trips_ms[len(before.round_trips_ms) :]
    say(
        "fleet",
        database=connection.vendor,
        controllers=len(places),
        powered=len(starts),
        seconds=round(end - begin, 1),
        heartbeats=beats,
        hbacks=answers,
        leases=after.leases - before.leases,
        refused=after.refused,
        lost_connections=after.lost_connections,
        **_trips(trips),
        gateway_cpu_percent=round(share, 2),
        cpu_ms_per_heartbeat=round((cpu1 - cpu0) * 1000 / max(1, beats), 3),
        bar=f"gateway_cpu_percent <= {CPU_BAR:g}",
        meets_bar=share <= CPU_BAR,
    )
    say(
        "fleet_arrival",
        database=connection.vendor,
        controllers=len(places),
        seconds=ramp,
        gateway_cpu_percent=round((born - idle) / max(ramp, 1.0) * 100, 1),
        cpu_ms_per_controller=round((born - idle) * 1000 / len(places), 2),
    )


def _config(place: Place, stage: Backstage) -> ControllerConfig:
    """The controller's own configuration, pointed at the broker of today."""
    told = place.enrolment.to_json()
    told["mqtt"] |= {"host": stage.broker.host, "port": stage.broker.port}
    return check_config(told, folder=Path(settings.RUN_DIR))


def _trips(trips_ms: list[float]) -> dict[str, float | int]:
    """The round trips of heartbeats; nothing where there are too few."""
    if len(trips_ms) < 2:
        return {}
    found = spread(trips_ms)
    return {"p50_ms": found["p50_ms"], "p99_ms": found["p99_ms"]}
