"""Starting, watching and ending a family of child processes, with each line of their output prefixed by
the child's name. It knows nothing of what the children are.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from signal import SIGTERM

from scripts.processes import collect, signal_group, spawn, stop

NAME_WIDTH = 10


@dataclass(frozen=True)
class Recipe:
    """One child: how it is started, and the question that tells when it is of use."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] = field(default=lambda: True)
    environment: Mapping[str, str] = field(default_factory=dict)
    pass_fds: Sequence[int] = ()


class ChildDied(Exception):
    """A child ended although nobody asked it to, or never became ready. The message names it."""


class Interrupted(Exception):
    """Somebody wants us to stop."""


class Family:
    """The children in the order of their birth. `wanted_down` is set by a signal handler and ends every
    wait here.
    """

    def __init__(self, environment: Mapping[str, str], wanted_down: threading.Event) -> None:
        self._environment = dict(environment)
        self._wanted_down = wanted_down
        self._generations: list[dict[str, subprocess.Popen[str]]] = []
        self._pumps: list[threading.Thread] = []
        self._writing = threading.Lock()

    @property
    def pids(self) -> dict[str, int]:
        """The process id of every child alive or dead that was started to stay."""
        return {name: child.pid for generation in self._generations for name, child in generation.items()}

    def run(self, recipe: Recipe) -> None:
        """Run a command to its end. Raises ChildDied when it fails, Interrupted when we are to stop
        meanwhile.
        """
        process = self._spawn(recipe)
        while process.poll() is None:
            if self._wanted_down.wait(0.05):
                stop(process, seconds=10)
                raise Interrupted
        self._pumps[-1].join(timeout=2)
        if process.returncode:
            raise ChildDied(f"{recipe.name} {describe(process.returncode)}")

    def start(self, recipes: Sequence[Recipe], *, seconds: float) -> None:
        """Start one generation together and wait until each of it is ready. Raises ChildDied or
        Interrupted.
        """
        generation: dict[str, subprocess.Popen[str]] = {}
        self._generations.append(generation)
        for recipe in recipes:
            generation[recipe.name] = self._spawn(recipe)
        deadline = time.monotonic() + seconds
        waiting = list(recipes)
        while waiting := [recipe for recipe in waiting if not recipe.ready()]:
            self.raise_if_dead()
            if time.monotonic() > deadline:
                raise ChildDied(f"{waiting[0].name} was not ready after {seconds:.0f} s")
            if self._wanted_down.wait(0.05):
                raise Interrupted
        self.raise_if_dead()

    def watch(self) -> None:
        """Return when we are to stop; raise ChildDied when a child ends first."""
        while not self._wanted_down.wait(0.2):
            self.raise_if_dead()

    def raise_if_dead(self) -> None:
        """Raise ChildDied naming the children that have ended."""
        dead = [
            f"{name} {describe(child.returncode)}"
            for generation in self._generations
            for name, child in generation.items()
            if child.poll() is not None
        ]
        if dead:
            raise ChildDied("; ".join(dead))

    def stop(self, *, seconds: float) -> list[str]:
        """End every child, the youngest generation first, so that controllers can still say good-bye
        through gateway and broker. All of it takes at most `seconds`; who is not gone then is killed.
        Returns the names of the killed.
        """
        deadline = time.monotonic() + seconds
        killed: list[str] = []
        for generation in reversed(self._generations):
            for child in generation.values():
                signal_group(child, SIGTERM)
            for name, child in generation.items():
                if not collect(child, seconds=max(0.1, deadline - time.monotonic())):
                    killed.append(name)
        for pump in self._pumps:
            pump.join(timeout=1)
        return killed

    def say(self, name: str, line: str) -> None:
        """One prefixed line on our output; several threads write."""
        with self._writing:
            sys.stdout.write(f"{name:{NAME_WIDTH}}| {line}\n")
            sys.stdout.flush()

    def _spawn(self, recipe: Recipe) -> subprocess.Popen[str]:
        environment = {**self._environment, **recipe.environment}
        process = spawn(recipe.command, env=environment, pass_fds=recipe.pass_fds)
        pump = threading.Thread(
            target=self._pump, args=(recipe.name, process), name=f"log {recipe.name}", daemon=True
        )
        pump.start()
        self._pumps.append(pump)
        return process

    def _pump(self, name: str, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            with process.stdout:
                for line in process.stdout:
                    self.say(name, line.rstrip())


def describe(returncode: int) -> str:
    """A return code in words that follow a child's name."""
    return f"was killed by signal {-returncode}" if returncode < 0 else f"ended with exit code {returncode}"
