"""The stage of the real kills (L2): a real mosquitto, a real gateway and a real controller as processes on
the test's own database, with periods scaled down; and the oracle that compares the controller's relay trace
with what the database says was used."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from apps.core.clock import now as clock_now
from apps.core.clock import to_ms
from apps.training.operations import endorse_night
from apps.usage.models import UsageRecord, UsageSession
from devices.broker import find_mosquitto
from devices.controller.drivers.simulated import send_control
from devices.models import ControlledNode, JournalEntry
from scripts.broker import RunningBroker
from scripts.processes import answers, spawn, stop, wait_until
from tests.devices.granted import YEAR, Scene, set_scene
from tests.people import ALICES_UID

PERIODS = {
    "hb_locked_ms": 500,
    "hb_powered_ms": 300,
    "pending_ms": 3_000,
    "giveup_ms": 8_000,
    "retry_ms": 400,
    "evt_retry_ms": 500,
    "persist_ms": 100,
}
LEASE_MS = 25_000
PATIENCE_S = 25.0
# 'To the second': what a report may be off in time. Durations are exact, but for one persist period at a
# power loss.
SECOND_MS = 1_000


@dataclass(frozen=True)
class Interval:
    """The relay was on from `start` to `end` (wall clock, epoch ms) by the trace."""

    start: int
    end: int
    why: str


class Stage:
    """Everything that runs, and Alice with her card. `close` leaves nothing behind."""

    def __init__(self, folder: Path, broker: RunningBroker) -> None:
        self.folder = folder
        self.broker = broker
        self.when = folder / "armed"
        self._children: list[subprocess.Popen[str]] = []
        self.scene = self._set_scene()
        self.config = folder / "controller" / "config.json"
        self.config.parent.mkdir()
        self.config.write_text(json.dumps(self.scene.wire.enrolment.to_json()))
        self.state_dir = self.config.parent / "state"

    def _set_scene(self) -> Scene:
        now = clock_now()
        scene = set_scene(now, dev="fesem1", periods=PERIODS, lease_ms=LEASE_MS)
        endorse_night(
            user=scene.people.alice,
            instrument=scene.people.sem,
            valid_from=now - YEAR,
            valid_until=now + YEAR,
            source_case="night:alice",
            now=now - YEAR,
        )
        return scene

    def start_gateway(self, crash_point: str = "") -> subprocess.Popen[str]:
        """A gateway process on the test's database, of use when this returns."""
        ready = self.folder / "gateway.ready"
        ready.unlink(missing_ok=True)
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.devices.faults.settings",
            "DATABASE_URL": database_url(),
            "RUN_DIR": str(self.folder),
            "MQTT_URL": self.broker_url,
            "CLEARBENCH_CRASH_POINT": crash_point,
            "CLEARBENCH_CRASH_WHEN": str(self.when),
        }
        child = self._spawn([sys.executable, "manage.py", "gateway"], environment)
        self.until(ready.exists, "the gateway is ready")
        return child

    def start_controller(self, point: str = "") -> subprocess.Popen[str]:
        """The controller process, connected when this returns; with `point` it will kill itself there once
        armed.
        """
        ready = self.config.parent / "ready"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "devices.controller", "--config", str(self.config)]
        if point:
            command[2] = "tests.devices.faults.dying_controller"
            command += ["--when", str(self.when), "--point", point]
        child = self._spawn(command, dict(os.environ))
        self.until(ready.exists, "the controller is connected")
        return child

    def restart_broker(self) -> None:
        """kill -9 of the broker, and a new one on the same files and port."""
        os.kill(self.broker.pid, signal.SIGKILL)
        self.until(lambda: not answers(self.broker.host, self.broker.port), "the broker is gone")
        config = self.broker.folder / "mosquitto.conf"
        self._spawn([str(find_mosquitto()), "-c", str(config)], dict(os.environ))
        self.until(lambda: answers(self.broker.host, self.broker.port), "the broker is back")

    def _spawn(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
        with (self.folder / "log").open("a") as log:
            child = spawn(command, env=environment, stdout=log.fileno())
        self._children.append(child)
        return child

    def close(self) -> None:
        """End every child."""
        for child in reversed(self._children):
            stop(child, seconds=5)

    @property
    def broker_url(self) -> str:
        """The gateway's address of the broker."""
        return self.broker.url("gateway-1", GATEWAY_PASSWORD)

    def until(self, condition: Callable[[], Any], words: str) -> None:
        """Wait, and fail with the processes' own log."""
        if not wait_until(lambda: bool(condition()), seconds=PATIENCE_S):
            log = (self.folder / "log").read_text()[-6000:]
            raise AssertionError(f"not within {PATIENCE_S} s: {words}\n{log}")

    def swipe(self) -> None:
        """Alice holds her card to the reader."""
        send_control(self.state_dir, {"node": 1, "swipe": ALICES_UID})

    def swipe_in(self) -> None:
        """Alice swipes and the relay goes on; the server knows it."""
        self.until(lambda: ControlledNode.objects.get().state == "locked", "the server sees the controller")
        self.swipe()
        self.until(self.lit, "the relay is on")
        self.until(
            lambda: UsageSession.objects.filter(state=UsageSession.State.OPEN).exists(), "the session is open"
        )

    def swipe_out(self) -> None:
        """Alice swipes and the relay goes off."""
        self.swipe()
        self.until(lambda: not self.lit(), "the relay is off")

    def settled(self) -> None:
        """Every journal line has arrived and every session is measured."""
        flash = self.state_dir / "flash.log"
        self.until(
            lambda: (
                JournalEntry.objects.count() == _last_number(flash)
                and not UsageSession.objects.filter(state__in=("open", "ended", "granted")).exists()
            ),
            "the journal is taken up and every session is measured",
        )

    def lit(self) -> bool:
        """Whether the relay is on by the trace."""
        lines = self.trace()
        return bool(lines) and bool(lines[-1]["on"])

    def trace(self) -> list[dict[str, Any]]:
        """The driver's own record."""
        path = self.state_dir / "trace.jsonl"
        whole = [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
        return [json.loads(line) for line in whole]

    def intervals(self) -> list[Interval]:
        """When the relay was on."""
        found: list[Interval] = []
        begun: int | None = None
        for line in self.trace():
            if line["on"]:
                begun = line["wall_ms"]
            elif begun is not None:
                found.append(Interval(begun, line["wall_ms"], line["why"]))
                begun = None
        assert begun is None, "the relay is still on"
        return found


GATEWAY_PASSWORD = "stage-gateway-password"


def database_url() -> str:
    """The test database, as a child process names it."""
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{told['NAME']}"
    return f"postgresql://{told['USER']}:{told['PASSWORD']}@{told['HOST']}:{told['PORT']}/{told['NAME']}"


def _last_number(flash: Path) -> int:
    """The last journal number in a controller's flash."""
    last = 0
    for line in flash.read_bytes().splitlines():
        try:
            last = max(last, int(json.loads(line[9:]).get("jn", 0)))
        except ValueError:
            continue
    return last


def judge(stage: Stage) -> list[str]:
    """I1, I3 and I7 (and I12) between the relay's trace and the rows; empty when they agree to the second."""
    sessions = list(UsageSession.objects.filter(odo0__isnull=False).order_by("odo0", "pk"))
    intervals = stage.intervals()
    found: list[str] = []
    at = 0
    for session in sessions:
        if session.odo0 != at:
            found.append(f"I3 expected a slice from {at}, found {session.odo0}")
        at = session.odo1 or 0
    used = [session for session in sessions if (session.odo1 or 0) > (session.odo0 or 0)]
    if len(used) != len(intervals):
        return [*found, f"I3 {len(intervals)} uses by the trace, {len(used)} by the rows"]
    for session, interval in zip(used, intervals, strict=True):
        found += _agree(session, interval)
    numbers = list(JournalEntry.objects.order_by("pk").values_list("n", flat=True))
    if numbers != list(range(1, len(numbers) + 1)):
        found.append(f"I3 journal applied as {numbers}")
    node = ControlledNode.objects.get()
    if (node.state, node.gid) != ("locked", ""):
        found.append(f"I7 the server sees {node.state} {node.gid}")
    return found


def _agree(session: UsageSession, interval: Interval) -> list[str]:
    found: list[str] = []
    powered = (session.odo1 or 0) - (session.odo0 or 0)
    truth = interval.end - interval.start
    # After a loss of power the flash may be one persist period behind, never ahead.
    slack = PERIODS["persist_ms"] + 150 if interval.why in ("power_loss", "watchdog") else 50
    if not -slack <= powered - truth <= 50:
        found.append(f"I3 powered {truth} ms by the trace, {powered} ms by the odometer")
    if session.kind != "session" or session.decision_id is None:
        found.append(f"I12 a use of kind {session.kind} without a decision")
    if interval.start < to_ms(session.not_before) or interval.end > to_ms(session.expires_at):
        found.append("I1 on outside the grant")
    record = UsageRecord.objects.filter(session=session).first()
    if record is None or record.powered_ms != powered:
        return [*found, "I3 no usage record of this use"]
    if abs(to_ms(record.started_at) - interval.start) > SECOND_MS:
        found.append(f"I7 begun at {interval.start} by the trace, {to_ms(record.started_at)} by the record")
    if abs(to_ms(record.ended_at) - interval.end) > SECOND_MS:
        found.append(f"I7 ended at {interval.end} by the trace, {to_ms(record.ended_at)} by the record")
    return found
