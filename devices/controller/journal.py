"""The numbered journal of a controller. It owns numbering without gaps and what is not yet acknowledged;
it never forgets an entry before the server has committed it, and never reuses a number, across any
power loss."""

from collections.abc import Mapping
from typing import Any

from devices.protocol import Evt, JournalEntry

SLICE = 20


class Journal:
    """Unacknowledged entries, oldest first, restored from the flash keys `jn` and `j.<n>`."""

    def __init__(self, flash: Mapping[str, Any]) -> None:
        self.last: int = int(flash.get("jn", 0))
        kept = [JournalEntry.parse(value) for key, value in flash.items() if key.startswith("j.")]
        self.entries: list[JournalEntry] = sorted(kept, key=lambda entry: entry.n)
        self.send_at: int | None = 0 if self.entries else None

    def append(self, entry: JournalEntry, *, now: int) -> dict[str, Any]:
        """Add an entry made with `next_number`; returns the flash patch that must be durable before it is
        sent.
        """
        self.last = entry.n
        self.entries.append(entry)
        self.send_at = now
        return {"jn": entry.n, f"j.{entry.n}": entry.to_json()}

    @property
    def next_number(self) -> int:
        """The number of the entry to come."""
        return self.last + 1

    def acknowledge(self, upto: int, *, now: int) -> dict[str, Any]:
        """Forget what is committed; returns the flash patch. A number never written acknowledges nothing."""
        if upto > self.last:
            return {}
        gone = [entry.n for entry in self.entries if entry.n <= upto]
        self.entries = [entry for entry in self.entries if entry.n > upto]
        if gone:
            self.send_at = now if self.entries else None
        return {f"j.{n}": None for n in gone}

    def slice(self, boot: str) -> Evt:
        """The oldest entries that fit one message."""
        return Evt(boot=boot, entries=tuple(self.entries[:SLICE]))
