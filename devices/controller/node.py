"""One controlled node: relay, odometers, running session and open question. It owns when this relay may be
on (valid grant and valid lease, or the manual key) and the accounting of every powered millisecond; it
never reads a clock and never talks to anybody except through the actions it adds."""

from collections.abc import Mapping
from typing import Any

from devices.controller.actions import Relay
from devices.controller.session import Question, Session, Waiting, deadline
from devices.controller.shared import NEVER, Shared
from devices.protocol import NodePolicy, State

OVERRIDE_MS = 4 * 3_600_000
FIRMWARE = "clearbench-ref 1"


class Node:
    """The state of one node; restored from the flash key `node.<number>`."""

    def __init__(self, shared: Shared, number: int, flash: Mapping[str, Any]) -> None:
        kept = flash.get(f"node.{number}", {}) if shared.rules.odometer_persists else {}
        self.shared = shared
        self.number = number
        self.odo: int = kept.get("odo", 0)
        self.busy: int = kept.get("busy", 0)
        self.st = "boot"
        self.relay = False
        self.load = False
        self.session: Session | None = None
        self.question: Question | None = None
        self.waiting: Waiting | None = None
        self.override_until: int | None = None
        self.weld = False
        self.counted_to = 0
        self.persist_at = NEVER
        self.hb_at = 0
        self._kept = kept

    @property
    def policy(self) -> NodePolicy:
        """The node's class by the configuration in force; a node it does not name is cut."""
        for policy in self.shared.trust.cfg.nodes:
            if policy.node == self.number:
                return policy
        return NodePolicy(node=self.number)

    @property
    def gid(self) -> str | None:
        """The running grant."""
        return self.session.gid if self.session is not None else None

    @property
    def fault(self) -> bool:
        """Whether this node must stay locked: its relay is welded, or the controller's memory is damaged."""
        return self.weld or self.shared.damaged

    @property
    def stopped(self) -> bool:
        """Whether the software stop holds."""
        return self.shared.trust.desired.estop and self.shared.rules.stop_cuts

    def power_up(self, now: int) -> None:
        """Off, before anything else."""
        self.counted_to = now
        if self.shared.rules.off_at_boot:
            self.shared.out.append(Relay(self.number, on=False, why="boot", at=now))

    def boot(self, now: int) -> None:
        """Account for what the last power loss or kill interrupted."""
        if self._kept.get("powered"):
            self.shared.record(
                self._kept.get("off_kind", "off"),
                node=self.number,
                now=now,
                odo=self.odo,
                busy=self.busy,
                gid=self._kept.get("gid"),
                why="power_loss",
                also=self.snapshot(),
            )
        if self.shared.damaged:
            self.shared.show(self.number, "fault")
        self.settle()

    def snapshot(self) -> dict[str, Any]:
        """The flash patch that holds this node's odometers and whether it is powered."""
        return {
            f"node.{self.number}": {
                "odo": self.odo,
                "busy": self.busy,
                "powered": self.relay,
                "gid": self.gid,
                "off_kind": "override_off" if self.override_until is not None else "off",
            }
        }

    def count(self, now: int) -> None:
        """Bring the odometers up to `now`."""
        if self.relay:
            gone = max(0, now - self.counted_to)
            self.odo += gone
            if self.load:
                self.busy += gone
        self.counted_to = now

    def checkpoint(self, now: int) -> None:
        """Write the odometers to flash, so that a power loss costs at most one such period."""
        self.count(now)
        self.shared.persist(self.snapshot())
        self.persist_at = now + self.shared.trust.cfg.persist_ms

    def switch_on(self, session: Session, *, now: int) -> None:
        """Journal first, then power: a loss in between leaves an empty session, never an unrecorded one."""
        if self.session is not None or self.relay:
            self.switch_off(now=now, why="handover")
        self.waiting = None
        self.session = session
        session.idle_since = now
        self._energise(now=now, kind="on", why=session.grant.kind)
        self.shared.show(self.number, "granted")

    def override(self, *, now: int) -> None:
        """The manual key: power without a grant, recorded as such, for at most four hours."""
        self.question = self.waiting = None
        self.override_until = deadline(anchor=now, remaining=OVERRIDE_MS)
        self._energise(now=now, kind="override_on", why="key")
        self.shared.show(self.number, "override")

    def _energise(self, *, now: int, kind: str, why: str) -> None:
        self.count(now)
        self.relay = True
        self.persist_at = now + self.shared.trust.cfg.persist_ms
        self.shared.record(
            kind,
            node=self.number,
            now=now,
            odo=self.odo,
            busy=self.busy,
            gid=self.gid,
            why=why,
            also=self.snapshot(),
        )
        self.shared.out.append(Relay(self.number, on=True, why=why, at=now))
        self.settle()

    def switch_off(self, *, now: int, why: str) -> None:
        """Power off first, then journal; harmless when nothing is on."""
        self.waiting = None
        if not self.relay:
            self.settle()
            return
        self.count(now)
        gid, kind = self.gid, "off" if self.override_until is None else "override_off"
        self.relay = False
        self.session = None
        self.override_until = None
        self.persist_at = NEVER
        self.shared.out.append(Relay(self.number, on=False, why=why, at=now))
        self.shared.record(
            kind,
            node=self.number,
            now=now,
            odo=self.odo,
            busy=self.busy,
            gid=gid,
            why=why,
            also=self.snapshot(),
        )
        self.shared.show(self.number, "stopped" if why == "estop" else "locked")
        self.settle()

    def stop_waiting(self) -> None:
        """Forget a two-person grant whose second person has not come; what runs beside it runs on."""
        self.waiting = None
        self.settle()

    def settle(self) -> None:
        """Derive the reported state from what is true, and have it published when it changed."""
        before, self.st = self.st, self._derived()
        if self.st != before:
            self.shared.changed.add(self.number)

    def _derived(self) -> str:
        session = self.session
        if session is not None:
            if session.drain_until is not None:
                return "drain"
            return "warn" if session.warning else "unlocked"
        conditions = (
            (self.fault, "fault"),
            (self.stopped, "estop"),
            (self.override_until is not None, "override"),
            (self.waiting is not None, "await_second"),
            (self.question is not None, "pending"),
        )
        return next((name for holds, name in conditions if holds), "locked")

    def drain(self, *, now: int, until: int, why: str) -> None:
        """Let a busy node finish until `until` (monotonic ms), its grant's end at the latest; idle ends it
        sooner.
        """
        if self.session is None:
            return
        limit = min(until, self.session.exp_at)
        if limit <= now or not self.load:
            self.switch_off(now=now, why=why)
            return
        # A second order may shorten a drain, never lengthen it.
        before = self.session.drain_until
        self.session.drain_until = limit if before is None else min(before, limit)
        self.session.drain_why = why
        self.shared.show(self.number, "draining")
        self.settle()

    def loaded(self, *, now: int, busy: bool) -> None:
        """The load sensor: busy milliseconds, idle time and the end of a drain depend on it."""
        self.count(now)
        self.load = busy
        if self.session is None:
            return
        self.session.idle_since = now
        if not busy and self.session.drain_until is not None:
            self.switch_off(now=now, why=self.session.drain_why)

    def lease_end(self, session: Session) -> int:
        """Until when the server's agreement is proven: by the lease, or for stand-by grants by the
        licence.
        """
        until = session.lease_until
        licence = self.shared.licence_at
        if session.standby and licence is not None:
            until = max(until, deadline(anchor=licence, remaining=session.grant.off))
        return until

    def renew(self, *, gid: str | None, until: int, now: int) -> None:
        """The server still agrees with the running grant until `until`; the end is placed more exactly by
        the way.
        """
        session = self.session
        if session is None:
            return
        if gid == session.gid:
            session.lease_until = max(session.lease_until, until)
        bounds = self.shared.clock.bounds(now)
        if bounds is not None:
            session.tighten(now=now, latest=bounds[1])

    def ends(self) -> list[tuple[int, str]]:
        """Every moment at which the running session must end, with its reason."""
        session = self.session
        if session is None:
            return [(self.override_until, "override_end")] if self.override_until is not None else []
        rules = self.shared.rules
        ends: list[tuple[int, str]] = []
        if rules.grant_expires:
            ends.append((session.exp_at, "expired"))
        if rules.lease_required:
            ends.append((self.lease_end(session), "lease_lost"))
        if session.drain_until is not None:
            ends.append((session.drain_until, session.drain_why))
        elif rules.grant_expires:
            ends.append((session.end_at, "expired"))
        if session.grant.idle and not self.load:
            ends.append((session.idle_since + session.grant.idle, "idle"))
        return ends

    def expire(self, now: int) -> None:
        """End what has ended, warn of what will, and keep the odometers safe in flash."""
        session = self.session
        due = min(self.ends(), default=(NEVER, ""))
        if due[0] <= now:
            if session is not None and self._may_finish(session, now):
                self.drain(now=now, until=session.exp_at, why="expired")
            else:
                self.switch_off(now=now, why=due[1])
        elif session is not None and session.due_warning(now):
            self.shared.show(self.number, "ending")
            self.shared.changed.add(self.number)
            self.settle()
        if self.relay and now >= self.persist_at:
            self.checkpoint(now)

    def _may_finish(self, session: Session, now: int) -> bool:
        """Past the booked end but not the hard one, under load, on a node that holds while busy."""
        others = [at for at, _ in self.ends() if at != session.end_at]
        return (
            session.end_at <= now < min(others, default=now)
            and session.drain_until is None
            and self.policy.hold
            and self.load
        )

    def next_deadline(self) -> int:
        """The next monotonic moment at which `expire` has something to do."""
        moments = [at for at, _ in self.ends()]
        moments.append(self.persist_at)
        if self.session is not None:
            moments.append(self.session.next_warning())
        return min(moments)

    def birth(self, conn: int) -> State:
        """The retained message about this node."""
        return State(
            boot=self.shared.boot,
            bootn=self.shared.bootn,
            conn=conn,
            node=self.number,
            st=self.st,
            gid=self.gid,
            odo=self.odo,
            busy=self.busy,
            ver=self.shared.trust.ver,
            eseq=self.shared.journal.last,
            fw=FIRMWARE,
        )
