"""Relays, load and key contacts on the pins of a small computer, through gpiozero (an optional extra). It
owns pin numbers and polarities and judges nothing. A keyboard-like card reader types the UID and a line
end into `reader`.

Options: `pins` {"1": {"relay": 17, "busy": 27, "key": 22, "feedback": 23, "tamper": 24}} (BCM numbers, all
but relay optional), `reader` (path of a character device that yields one UID a line)."""

import importlib
import logging
import os
import select
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from devices.controller.drivers import Alarm, CardRead, DriverEvent, KeyTurned, LoadChanged, Welded

logger = logging.getLogger(__name__)

DEBOUNCE_S = 1.0


class GpioDriver:
    """One relay and up to four contacts for each node; every relay is off from construction on."""

    def __init__(self, *, nodes: Sequence[int], state_dir: Path, options: Mapping[str, Any]) -> None:
        self._nodes = tuple(nodes)
        self._pins: Mapping[str, Mapping[str, int]] = options["pins"]
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
        """Take the pins; relays start off."""
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

    def poll(self, timeout_s: float) -> list[DriverEvent]:
        """Wait at most `timeout_s` seconds for a card; then look at every contact."""
        watched = [self._wake_r] if self._reader is None else [self._wake_r, self._reader]
        ready, _, _ = select.select(watched, [], [], max(0.0, timeout_s))
        if self._wake_r in ready:
            os.read(self._wake_r, 4096)
        events: list[DriverEvent] = []
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
        """Switch the relay of `node`."""
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
        """All relays off, all pins free."""
        for device in [*self._relays.values(), *(contact for _, _, contact in self._contacts)]:
            device.close()
        for descriptor in (self._reader, self._wake_r, self._wake_w):
            if descriptor is not None:
                os.close(descriptor)

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
        if name == "feedback":
            active = active != bool(self._relays[node].value)
        before = self._seen.get((node, name), False)
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
