"""The processes that a bench talks to: the broker with everybody's password, the real gateway, and how much
processor time it takes. Each lives for one `with` block.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import F

from apps.core.clock import now
from apps.core.models import Delivery
from apps.core.outbox import GATEWAY
from bench.school import Place
from devices import downlink
from devices.broker import new_password
from devices.models import Controller
from scripts.broker import RunningBroker, throwaway_mosquitto
from scripts.processes import spawn, stop, wait_until

GATEWAY_USER = "gateway-1"
BENCH_USER = "bench-1"
RESPONDER_USER = "bench-2"
START_S = 300.0


class BenchBroken(Exception):
    """A process did not come up, or did not settle."""


@dataclass(frozen=True)
class Backstage:
    """Where the broker is, under which names one may speak to it, and the gateway's process id."""

    broker: RunningBroker
    passwords: Mapping[str, str]
    gateway_pid: int

    def url(self, user: str) -> str:
        """The MQTT address of one of our own users."""
        return self.broker.url(user, self.passwords[user])


@contextmanager
def backstage(places: Sequence[Place], *, profile: str | None = None) -> Iterator[Backstage]:
    """A broker that knows these controllers and a gateway that has settled: stand-by rosters looked at, every
    desired state published, no fact waiting. With `profile` the gateway runs under cProfile.
    """
    while downlink.sync_rosters(now=now(), limit=200):
        pass
    own = {user: new_password() for user in (GATEWAY_USER, BENCH_USER, RESPONDER_USER)}
    theirs = {place.enrolment.dev: str(place.enrolment.mqtt["password"]) for place in places}
    with ExitStack() as stack:
        broker = stack.enter_context(throwaway_mosquitto({**own, **theirs}))
        url = broker.url(GATEWAY_USER, own[GATEWAY_USER])
        gateway = stack.enter_context(process(gateway_command(profile), url=url))
        ready = Path(settings.RUN_DIR) / "gateway.ready"
        await_process(gateway, ready.exists, "the gateway")
        await_process(gateway, settled, "the gateway's outbox")
        yield Backstage(broker, own, gateway.pid)


def gateway_command(profile: str | None) -> list[str]:
    """The gateway as in service, or under the profiler."""
    if profile is None:
        return [sys.executable, "manage.py", "gateway"]
    return [sys.executable, "-m", "bench.profiled", profile]


@contextmanager
def process(command: Sequence[str], *, url: str) -> Iterator[subprocess.Popen[str]]:
    """A child that speaks MQTT at `url`; its words go to a file in RUN_DIR, shown when it fails."""
    log = Path(settings.RUN_DIR) / f"{Path(command[-1]).stem}.log"
    with log.open("a") as output:
        child = spawn(command, env={**os.environ, "MQTT_URL": url}, stdout=output.fileno())
    try:
        yield child
    except Exception:
        sys.stderr.write(log.read_text(errors="replace")[-4000:])
        raise
    finally:
        stop(child, seconds=15)


def await_process(child: subprocess.Popen[str], ready: Callable[[], bool], what: str) -> None:
    """Wait until `ready()`. Raises BenchBroken when the child has died or the time is over."""
    if (
        not wait_until(lambda: child.poll() is not None or ready(), seconds=START_S)
        or child.poll() is not None
    ):
        raise BenchBroken(f"{what} did not come up")


def settled() -> bool:
    """Whether nothing waits for the gateway."""
    waiting = Delivery.objects.filter(channel=GATEWAY, state=Delivery.State.PENDING)
    behind = Controller.objects.exclude(published_ver=F("desired_ver")) | Controller.objects.filter(
        standby_due=True
    )
    return not waiting.exists() and not behind.exists()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its threads so far, in seconds (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
