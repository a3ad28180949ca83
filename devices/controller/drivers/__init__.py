"""Hardware behind one protocol: relays, readers and sensors. This room owns the registry of drivers by
name and the contract they keep; a driver never decides whether a relay may be on. Adding one is a
module here and one line below."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

DRIVERS: Mapping[str, str] = {
    "simulated": "devices.controller.drivers.simulated:SimulatedDriver",
    "gpio": "devices.controller.drivers.gpio:GpioDriver",
}


@dataclass(frozen=True, slots=True)
class CardRead:
    """The reader of a node has read a card with this hexadecimal UID."""

    node: int
    uid: str


@dataclass(frozen=True, slots=True)
class LoadChanged:
    """The load of a node went above (busy) or below its threshold."""

    node: int
    busy: bool


@dataclass(frozen=True, slots=True)
class KeyTurned:
    """The manual key switch of a node."""

    node: int
    on: bool


@dataclass(frozen=True, slots=True)
class Alarm:
    """A contact reports `forced`, `tamper`, `held` or `reader_lost`."""

    node: int
    kind: str


@dataclass(frozen=True, slots=True)
class Welded:
    """The feedback contact disagrees with the coil, or agrees again."""

    node: int
    stuck: bool


@dataclass(frozen=True, slots=True)
class WatchdogFired:
    """The watchdog dropped a relay at monotonic `at` (ms), because it was not fed."""

    node: int
    at: int


DriverEvent = CardRead | LoadChanged | KeyTurned | Alarm | Welded | WatchdogFired


class DriverError(ValueError):
    """The hardware cannot be used as configured; the message says what is missing."""

    code = "controller.driver"


class Driver(Protocol):
    """What the runner needs of hardware. Called from one thread only; every relay is off after `open`."""

    def open(self) -> None:
        """Take the hardware; all relays off before anything else."""

    def poll(self, timeout_s: float) -> list[DriverEvent]:
        """Feed the watchdog, wait at most `timeout_s` seconds, and return what happened."""

    def wake(self) -> None:
        """End a running `poll` soon; the only method that other threads may call."""

    def switch(self, node: int, *, on: bool, why: str, at: int) -> None:
        """Switch a relay; `at` is the monotonic ms at which the state machine decided so."""

    def show(self, node: int, *, code: str, zh: str, en: str) -> None:
        """Show a sentence."""

    def self_test(self) -> bool:
        """Test what can be tested without switching anything."""

    def close(self) -> None:
        """All relays off; let go of the hardware."""


def load_driver(name: str, *, nodes: Sequence[int], state_dir: Path, options: Mapping[str, Any]) -> Driver:
    """The driver called `name`; raises KeyError for an unknown one. Its libraries are imported only now."""
    module, _, attribute = DRIVERS[name].partition(":")
    factory = getattr(importlib.import_module(module), attribute)
    return cast(Driver, factory(nodes=tuple(nodes), state_dir=state_dir, options=options))
