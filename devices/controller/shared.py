"""What all nodes of one controller share during one input: time, boot, clock, journal, trust and the list
of actions under construction. It owns how an entry is numbered and persisted together with the node it
is about, and never decides whether anything may run."""

from collections.abc import Callable, Mapping
from typing import Any

from devices.controller.actions import Action, Display, Persist, Publish
from devices.controller.clock import ServerClock
from devices.controller.journal import Journal
from devices.controller.safeguards import Rules
from devices.controller.trust import Trust
from devices.controller.words import DEFAULT, say
from devices.protocol import JournalEntry, Text

NEVER = 2**62


class Shared:
    """One controller's common state; `out` is emptied by the machine after each input."""

    def __init__(
        self,
        *,
        boot: str,
        bootn: int,
        trust: Trust,
        flash: Mapping[str, Any],
        rules: Rules,
        new_rid: Callable[[], str],
        damaged: bool = False,
    ) -> None:
        self.boot = boot
        self.bootn = bootn
        self.trust = trust
        self.rules = rules
        self.new_rid = new_rid
        # Whether what flash held is lost in part: then nothing may run until an operator has seen to it.
        self.damaged = damaged
        self.clock = ServerClock()
        self.journal = Journal(flash)
        self.out: list[Action] = []
        self.changed: set[int] = set()
        self.connected = False
        # Monotonic moment of asking of the last answer that carried our own version; never, in a new boot.
        self.licence_at: int | None = None

    def persist(self, patch: Mapping[str, Any]) -> None:
        """Have `patch` written before whatever is added after it."""
        if patch:
            self.out.append(Persist(dict(patch)))

    def publish(self, channel: str, body: Mapping[str, Any], *, qos: int = 1, retain: bool = False) -> None:
        """Have a message sent when there is a connection; otherwise whoever needs it repeats it."""
        if self.connected:
            self.out.append(Publish(channel, body, qos, retain))

    def show(self, node: int, code: str, text: Text | None = None) -> None:
        """Have a sentence shown: the server's, or the controller's own for `code`."""
        self.out.append(
            Display(node, code, text or say(code if code in DEFAULT else "denied", self.trust.cfg))
        )

    def record(
        self,
        kind: str,
        *,
        node: int,
        now: int,
        odo: int,
        busy: int,
        gid: str | None = None,
        why: str | None = None,
        also: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the next journal entry and `also` (the node's new state) as one flash record."""
        entry = JournalEntry(
            n=self.journal.next_number,
            k=kind,
            node=node,
            odo=odo,
            busy=busy,
            mono=now,
            bootn=self.bootn,
            gid=gid,
            wall=self.clock.bounds(now),
            why=why,
        )
        patch = self.journal.append(entry, now=now)
        if not self.rules.journal_persists:
            patch = {}
        self.persist({**patch, **(also or {})})

    def alarm(
        self,
        kind: str,
        *,
        node: int,
        now: int,
        odo: int,
        busy: int,
        gid: str | None = None,
        also: Mapping[str, Any] | None = None,
    ) -> None:
        """Record that something is wrong, unless the same was recorded just now or too much of it waits
        already; the next entry of its kind then says `repeated`. Power on and off never come here.
        """
        why = self.journal.admit(kind, node=node, now=now)
        if why is not None:
            self.record(kind, node=node, now=now, odo=odo, busy=busy, gid=gid, why=why or None, also=also)
