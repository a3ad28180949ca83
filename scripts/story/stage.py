"""The stage of the story: a throw-away installation and its processes, a card reader, and the trace of what
the relay really did. It knows processes and files, and nothing of certificates or money.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devices.controller.drivers.simulated import send_control
from scripts.processes import spawn, stop, wait_until
from scripts.supervisor.children import Recipe
from scripts.supervisor.plan import Installation, generations, prepare

CAST = ("broker", "worker", "beat", "gateway")


class StoryBroken(Exception):
    """What should have happened did not; the message says what was waited for."""


@dataclass(frozen=True)
class Switch:
    """One line of the controller's own trace: the relay went on or off at this wall time (ms since the
    epoch).
    """

    on: bool
    wall_ms: int
    mono_ms: int
    why: str


class Stage:
    """A running installation with one controller, `dev`, whose reader and relay the story can reach."""

    def __init__(self, here: Installation) -> None:
        self.here = here
        self._recipes: dict[str, Recipe] = {}
        self._children: dict[str, subprocess.Popen[str]] = {}
        self._logs = here.folder / "log"
        self._logs.mkdir()
        self.config: Path | None = None

    def start(self, *names: str) -> None:
        """Start the named processes of the installation and wait until each is of use."""
        if not self._recipes:
            self._recipes = {r.name: r for generation in generations(self.here) for r in generation}
        for name in names:
            recipe = self._recipes[name]
            if name == "gateway":
                (self.here.folder / "gateway.ready").unlink(missing_ok=True)
            self._spawn(name, list(recipe.command), recipe.environment)
            self.wait(recipe.ready, f"{name} to be ready", seconds=40)

    def plug_in(self, enrolment: Mapping[str, Any]) -> None:
        """Start the reference controller with what enrolment handed out, written to its own file."""
        folder = self.here.folder / "controllers" / str(enrolment["dev"])
        folder.mkdir(parents=True)
        self.config = folder / "config.json"
        self.config.touch(mode=0o600)
        self.config.write_text(json.dumps(enrolment))
        self._spawn(
            "controller", [sys.executable, "-m", "devices.controller", "--config", str(self.config)], {}
        )
        self.wait((folder / "state" / "control.sock").exists, "the controller to listen")

    def kill(self, name: str) -> None:
        """kill -9, as a power cut would."""
        child = self._children.pop(name)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def hold_card(self, uid: str) -> float:
        """Hold a card to the reader; returns the wall time in ms."""
        at = time.time() * 1000
        send_control(self.state, {"node": 1, "swipe": uid})
        return at

    @property
    def state(self) -> Path:
        """The controller's state folder."""
        if self.config is None:
            raise StoryBroken("no controller is plugged in")
        return self.config.parent / "state"

    def trace(self) -> list[Switch]:
        """All that the relay did so far."""
        return [
            Switch(on=line["on"], wall_ms=line["wall_ms"], mono_ms=line["mono_ms"], why=line["why"])
            for line in _lines(self.state / "trace.jsonl")
        ]

    def displayed(self) -> list[dict[str, Any]]:
        """All that the reader's display said so far."""
        return _lines(self.state / "display.jsonl")

    @property
    def is_on(self) -> bool:
        """Whether the relay is on now."""
        trace = self.trace()
        return bool(trace) and trace[-1].on

    def wait(self, ready: Any, what: str, *, seconds: float = 15) -> None:
        """Wait for something, or say what did not come, with the last words of every process."""
        if not wait_until(lambda: bool(ready()), seconds=seconds, every=0.01):
            tails = "\n".join(
                f"--- {log.stem}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                for log in sorted(self._logs.glob("*.log"))
            )
            raise StoryBroken(f"waited {seconds:.0f} s for {what}\n{tails}")

    def close(self) -> None:
        """Stop everything, the controller first."""
        for child in reversed(list(self._children.values())):
            stop(child, seconds=8)
        self.here.web.close()

    def _spawn(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        with (self._logs / f"{name}.log").open("a") as log:
            env = {**self.here.environment(), **environment}
            self._children[name] = spawn(
                command,
                env=env,
                stdout=log.fileno(),
                pass_fds=self._recipes[name].pass_fds if name in self._recipes else (),
            )


def _lines(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    whole = file.read_text(encoding="utf-8")
    return [json.loads(line) for line in whole[: whole.rfind("\n") + 1].splitlines()]


@contextmanager
def throwaway_stage() -> Iterator[Stage]:
    """A stage in a temporary folder; its environment becomes ours, so that Django sees the same database."""
    with tempfile.TemporaryDirectory(prefix="clearbench-story-") as name:
        here = prepare(Path(name), web_port=0, mqtt_port=0, broker="auto")
        os.environ.update({k: v for k, v in here.environment().items() if os.environ.get(k) != v})
        stage = Stage(here)
        try:
            yield stage
        finally:
            stage.close()
