"""What the state machine wants done, in the order in which it must be done. It owns the vocabulary between
machine and runner and does nothing itself: the order of a list is its meaning (persist before power,
power off before all else)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from devices.protocol import Text


@dataclass(frozen=True, slots=True)
class Publish:
    """Sign `body` and send it on the device's own `channel`; lost messages are repeated by the machine."""

    channel: str
    body: Mapping[str, Any]
    qos: int = 1
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Relay:
    """Switch a node now; `at` is the monotonic millisecond from which the odometer counts or stops
    counting.
    """

    node: int
    on: bool
    why: str
    at: int


@dataclass(frozen=True, slots=True)
class Persist:
    """Write `patch` to flash in one record (None deletes a key); nothing after it may happen before it is
    durable.
    """

    patch: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Display:
    """Show a sentence at a node; `code` is its stable name."""

    node: int
    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class SelfTest:
    """Ask the driver to test itself without switching anything, then call `Machine.self_tested`."""

    command: str


@dataclass(frozen=True, slots=True)
class Reboot:
    """Begin a new boot; every relay is already off."""


Action = Publish | Relay | Persist | Display | SelfTest | Reboot
