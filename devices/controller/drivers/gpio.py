"""Relays, load and key contacts on the pins of a small computer, through gpiozero (an optional extra). It
owns pin numbers and polarities, and proof of life for what must drop the relays when this program cannot;
it judges nothing. A keyboard-like card reader types the UID and a line end into `reader`.

A pin keeps its level when the program behind it is killed or stopped. So one of two is required: `alive_pin`,
which changes level at every `poll` and holds an external drop-out relay in series with all the others, or
`watchdog_device`, which restarts the computer (its pins are then inputs). A program that was stalled longer
than `watchdog_ms` takes it that its relays have fallen, and switches them off before it gives a sign of life.

Options: `pins` {"1": {"relay": 17, "busy": 27, "key": 22, "feedback": 23, "tamper": 24}} (BCM numbers, all
but relay optional), `alive_pin` (BCM number), `watchdog_device` (such as /dev/watchdog), `watchdog_ms` (2000:
the drop-out time of the external relay), `reader` (path of a character device that yields one UID a line)."""

import importlib
import logging
import os
import select
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from devices.controller.drivers import (
    Alarm,
    CardRead,
    DriverError,
    DriverEvent,
    KeyTurned,
    LoadChanged,
    WatchdogFired,
    Welded,
)
from devices.controller.drivers.simulated import monotonic_ms

logger = logging.getLogger(__name__)

DEBOUNCE_S = 1.0
WATCHDOG_MS = 2000
# A contactor's feedback contact follows its coil with a delay; only what lasts is a weld, or its end.
FEEDBACK_MS = 200


class GpioDriver:
    """One relay and up to four contacts for each node; every relay is off from `open` on. DriverError when
    neither `alive_pin` nor `watchdog_device` is configured, or a node has no relay pin.
    """

    def __init__(self, *, nodes: Sequence[int], state_dir: Path, options: Mapping[str, Any]) -> None:
        self._nodes = tuple(nodes)
        self._pins: Mapping[str, Mapping[str, int]] = options.get("pins", {})
        self._alive_pin: int | None = options.get("alive_pin")
        self._watchdog_path: str | None = options.get("watchdog_device")
        if self._alive_pin is None and not self._watchdog_path:
            raise DriverError(
                "driver_options needs alive_pin (with an external drop-out relay) or watchdog_device: without"
                " one, a killed program would leave its relays on"
            )
        for node in self._nodes:
            if "relay" not in self._pins.get(str(node), {}):
                raise DriverError(f"driver_options.pins names no relay for node {node}")
        self._watchdog_ms = int(options.get("watchdog_ms", WATCHDOG_MS))
        self._alive: Any = None
        self._watchdog: int | None = None
        self._fed_at: int | None = None
        self._fired: list[DriverEvent] = []
        self._disagrees_since: dict[int, int] = {}
        self._reader_path: str | None = options.get("reader")
        self._gpio: Any = importlib.import_module("gpiozero")
        self._relays: dict[int, Any] = {}
        self._contacts: list[tuple[int, str, Any]] = []
        self._seen: dict[tuple[int, str], bool] = {}
        self._reader: int | None = None
        self._typed = b""
        self._last_card: tuple[str, float] = ("", 0.0)
        self._wake_r, self._wake_w = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def open(self) -> None:
        """Take the pins; relays start off. The watchdog starts last: it is fed from `poll` on."""
        for node in self._nodes:
            pins = self._pins[str(node)]
            self._relays[node] = self._gpio.OutputDevice(pins["relay"], active_high=True, initial_value=False)
            for name in ("busy", "key", "feedback", "tamper"):
                if name in pins:
                    contact = self._gpio.DigitalInputDevice(pins[name], pull_up=True)
                    self._contacts.append((node, name, contact))
                    if name == "key":
                        # Power-up is off: a key left on must be turned again by a hand.
                        self._seen[(node, name)] = bool(contact.is_active)
        if self._reader_path is not None:
            self._reader = os.open(self._reader_path, os.O_RDONLY | os.O_NONBLOCK)
        if self._alive_pin is not None:
            self._alive = self._gpio.OutputDevice(self._alive_pin, active_high=True, initial_value=False)
        if self._watchdog_path:
            self._watchdog = os.open(self._watchdog_path, os.O_WRONLY | os.O_CLOEXEC)

    def poll(self, timeout_s: float) -> list[DriverEvent]:
        """Give a sign of life, wait at most `timeout_s` seconds for a card; then look at every contact."""
        self._notice_stall()
        self._live()
        watched = [self._wake_r] if self._reader is None else [self._wake_r, self._reader]
        ready, _, _ = select.select(watched, [], [], max(0.0, timeout_s))
        if self._wake_r in ready:
            os.read(self._wake_r, 4096)
        events, self._fired = self._fired, []
        if self._reader is not None and self._reader in ready:
            events += self._cards(os.read(self._reader, 256))
        for node, name, contact in self._contacts:
            events += self._contact(node, name, active=bool(contact.is_active))
        return events

    def wake(self) -> None:
        """End a running `poll`."""
        try:
            os.write(self._wake_w, b"1")
        except BlockingIOError:
            logger.debug("already awake")

    def switch(self, node: int, *, on: bool, why: str, at: int) -> None:
        """Switch the relay of `node`; what fell while the program was stalled is off before that."""
        self._notice_stall()
        relay = self._relays[node]
        relay.on() if on else relay.off()

    def show(self, node: int, *, code: str, zh: str, en: str) -> None:
        """This board has no display."""

    def self_test(self) -> bool:
        """Whether every feedback contact agrees with its coil."""
        return all(
            bool(contact.is_active) == bool(self._relays[node].value)
            for node, name, contact in self._contacts
            if name == "feedback"
        )

    def close(self) -> None:
        """All relays off, all pins free; only then the watchdog is told that this is meant."""
        for device in [*self._relays.values(), *(contact for _, _, contact in self._contacts)]:
            device.close()
        if self._alive is not None:
            self._alive.close()
        if self._watchdog is not None:
            os.write(self._watchdog, b"V")
        for descriptor in (self._watchdog, self._reader, self._wake_r, self._wake_w):
            if descriptor is not None:
                os.close(descriptor)

    def _live(self) -> None:
        """One sign of life: the alive pin changes level, the watchdog device is fed."""
        self._fed_at = monotonic_ms()
        if self._alive is not None:
            self._alive.off() if self._alive.value else self._alive.on()
        if self._watchdog is not None:
            os.write(self._watchdog, b"1")

    def _notice_stall(self) -> None:
        """After a gap longer than the drop-out time the relays have fallen: make it so here as well, or the
        next sign of life would bring them back unasked.
        """
        last = self._fed_at
        if last is None or monotonic_ms() - last <= self._watchdog_ms:
            return
        for node, relay in self._relays.items():
            if relay.value:
                relay.off()
                self._fired.append(WatchdogFired(node=node, at=last + self._watchdog_ms))

    def _cards(self, typed: bytes) -> list[DriverEvent]:
        *lines, self._typed = (self._typed + typed)[-256:].split(b"\n")
        events: list[DriverEvent] = []
        for line in lines:
            uid, now = line.decode("ascii", "replace").strip(), time.monotonic()
            # A card held to the reader is read again and again; only the first reading is a swipe.
            held = uid == self._last_card[0] and now - self._last_card[1] < DEBOUNCE_S
            self._last_card = (uid, now)
            if uid and not held:
                events.append(CardRead(node=self._nodes[0], uid=uid))
        return events

    def _contact(self, node: int, name: str, *, active: bool) -> list[DriverEvent]:
        before = self._seen.get((node, name), False)
        if name == "feedback":
            active = self._lasting(node, welded=active != bool(self._relays[node].value), before=before)
        self._seen[(node, name)] = active
        if active == before:
            return []
        if name == "busy":
            return [LoadChanged(node=node, busy=active)]
        if name == "key":
            return [KeyTurned(node=node, on=active)]
        if name == "feedback":
            return [Welded(node=node, stuck=active)]
        return [Alarm(node=node, kind="tamper")] if active else []

    def _lasting(self, node: int, *, welded: bool, before: bool) -> bool:
        """What the feedback says once it has said so for `FEEDBACK_MS`, else what it said `before`."""
        if welded == before:
            self._disagrees_since.pop(node, None)
            return before
        since = self._disagrees_since.setdefault(node, monotonic_ms())
        if monotonic_ms() - since < FEEDBACK_MS:
            return before
        self._disagrees_since.pop(node)
        return welded
