"""The numbered journal of a controller. It owns numbering without gaps, what is not yet acknowledged, and how
many alarms a bouncing contact may write; it never forgets an entry before the server has committed it,
never reuses a number, across any power loss, and never turns away a power-on or power-off."""

from collections.abc import Mapping
from typing import Any

from devices.protocol import Evt, JournalEntry

SLICE = 20
ALARM_GAP_MS = 60_000
MOST_ALARMS = 100
SWITCHINGS = frozenset({"on", "off", "override_on", "override_off", "estop"})


class Journal:
    """Unacknowledged entries, oldest first, restored from the flash keys `jn` and `j.<n>`."""

    def __init__(self, flash: Mapping[str, Any]) -> None:
        self.last: int = int(flash.get("jn", 0))
        kept = [JournalEntry.parse(value) for key, value in flash.items() if key.startswith("j.")]
        self.entries: list[JournalEntry] = sorted(kept, key=lambda entry: entry.n)
        self.send_at: int | None = 0 if self.entries else None
        self.turned_away = 0
        self._alarmed_at: dict[tuple[int, str], int] = {}
        self._repeated: set[tuple[int, str]] = set()

    def admit(self, kind: str, *, node: int, now: int) -> str | None:
        """Whether an alarm may be written: None when the same one was within the last `ALARM_GAP_MS` or
        `MOST_ALARMS` wait for the server, else the `why` of its entry: `repeated` when some were turned away
        since the last one, empty otherwise. `turned_away` counts them all in this boot.
        """
        key = (node, kind)
        last = self._alarmed_at.get(key)
        waiting = sum(entry.k not in SWITCHINGS for entry in self.entries)
        if (last is not None and now - last < ALARM_GAP_MS) or waiting >= MOST_ALARMS:
            self.turned_away += 1
            self._repeated.add(key)
            return None
        self._alarmed_at[key] = now
        why = "repeated" if key in self._repeated else ""
        self._repeated.discard(key)
        return why

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
        """The oldest entries that fit one message and follow each other (in damaged flash some may miss)."""
        first = self.entries[0].n
        following = [entry for place, entry in enumerate(self.entries[:SLICE]) if entry.n == first + place]
        return Evt(boot=boot, entries=tuple(following))
