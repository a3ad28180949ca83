"""The pure state machine of a controller. It owns what every input (frame, card, load, key, passing time)
leads to and answers with a list of actions; it never reads a clock, opens a file, starts a thread or
keeps a secret key. Power loss may strike between any two actions of a list: what must survive stands
before what depends on it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devices.controller.actions import Action
from devices.controller.asking import answered, give_up_waiting, next_step, pursue, swiped
from devices.controller.node import Node
from devices.controller.orders import Orders
from devices.controller.safeguards import Rules
from devices.controller.session import deadline
from devices.controller.shared import NEVER, Shared
from devices.controller.trust import Trust
from devices.protocol import Cfg, Cmd, Desired, EvtAck, FrameError, Hb, Hback, Message, Reply, new_ulid

REMEMBERED_BEATS = 64
ALARMS = frozenset({"forced", "tamper", "held", "reader_lost"})


@dataclass(frozen=True, slots=True)
class Beat:
    """A heartbeat that may still be answered: which node, and when it asked."""

    node: int
    asked_at: int


class Machine:
    """One controller between two power losses. Every method takes monotonic `now` (ms) and returns actions
    in order.

    `flash` is the content of the non-volatile store, `boot` a fresh nonce, `base` the periods used until the
    server has signed others. `damaged` flash (records lost in its middle) keeps every node locked in FAULT:
    its version, boot and journal numbers may be old ones.

    Call `start` first, then `tick` at `next_deadline()` or sooner.
    """

    def __init__(
        self,
        *,
        dev: str,
        nodes: Sequence[int],
        server_keys: Mapping[str, str],
        flash: Mapping[str, Any],
        boot: str,
        base: Cfg | None = None,
        rules: Rules | None = None,
        new_rid: Callable[[], str] = new_ulid,
        damaged: bool = False,
    ) -> None:
        rules = rules or Rules()
        trust = Trust(dev=dev, server_keys=server_keys, flash=flash, base=base or Cfg(), rules=rules)
        self.shared = Shared(
            boot=boot,
            bootn=int(flash.get("bootn", 0)) + 1,
            trust=trust,
            flash=flash,
            rules=rules,
            new_rid=new_rid,
            damaged=damaged,
        )
        self.nodes = {number: Node(self.shared, number, flash) for number in nodes}
        self.orders = Orders(self.shared, self.nodes, flash)
        self.refused: Counter[str] = Counter()
        self.conn = 0
        self._beats: dict[int, Beat] = {}
        self._hb = 0

    @property
    def boot(self) -> str:
        """The nonce of this boot."""
        return self.shared.boot

    @property
    def bootn(self) -> int:
        """The number of this boot, counted in flash."""
        return self.shared.bootn

    def start(self, now: int) -> list[Action]:
        """Power-up: relays off before anything else, then account for what was interrupted."""
        for node in self.nodes.values():
            node.power_up(now)
        # Counted before it is used: the entries that follow name this boot, and no other may.
        self.shared.persist({"bootn": self.shared.bootn, "dev": self.shared.trust.dev})
        for node in self.nodes.values():
            node.boot(now)
        return self._finish(now)

    def connected(self, now: int, *, conn: int) -> list[Action]:
        """A connection stands; `conn` is the number its will carries."""
        self._expire(now)
        self.shared.connected = True
        self.conn = conn
        for number, node in self.nodes.items():
            self.shared.changed.add(number)
            node.hb_at = now
            if node.question is not None:
                node.question.send_at = now
        if self.shared.journal.entries:
            self.shared.journal.send_at = now
        return self._finish(now)

    def disconnected(self, now: int) -> list[Action]:
        """The connection is gone. Nothing locks because of it: leases do."""
        self._expire(now)
        self.shared.connected = False
        return self._finish(now)

    def tick(self, now: int) -> list[Action]:
        """Time has passed."""
        self._expire(now)
        return self._finish(now)

    def swiped(self, now: int, *, node: int, card: str) -> list[Action]:
        """The reader of `node` has read the card with this digest."""
        self._expire(now)
        if node in self.nodes:
            swiped(self.nodes[node], card=card, now=now)
        return self._finish(now)

    def loaded(self, now: int, *, node: int, busy: bool) -> list[Action]:
        """The load sensor of `node` has changed."""
        self._expire(now)
        if node in self.nodes:
            self.nodes[node].loaded(now=now, busy=busy)
        return self._finish(now)

    def key_turned(self, now: int, *, node: int, on: bool) -> list[Action]:
        """The manual key switch of `node`: power without a grant, always recorded; a stop is stronger."""
        self._expire(now)
        place = self.nodes.get(node)
        if place is not None and on and place.override_until is None and not (place.stopped or place.fault):
            place.switch_off(now=now, why="override")
            place.override(now=now)
        elif place is not None and not on and place.override_until is not None:
            place.switch_off(now=now, why="override_end")
        return self._finish(now)

    def alarmed(self, now: int, *, node: int, kind: str) -> list[Action]:
        """A contact reports `forced`, `tamper`, `held` or `reader_lost`: recorded, nothing else; once a
        minute, if it bounces.
        """
        self._expire(now)
        place = self.nodes.get(node)
        if place is not None and kind in ALARMS:
            place.count(now)
            self.shared.alarm(
                kind, node=node, now=now, odo=place.odo, busy=place.busy, gid=place.gid, also=place.snapshot()
            )
        return self._finish(now)

    def welded(self, now: int, *, node: int, stuck: bool) -> list[Action]:
        """The relay's feedback contact disagrees with the coil (`stuck`) or agrees again: fault = locked."""
        self._expire(now)
        place = self.nodes.get(node)
        if place is not None and stuck != place.weld:
            place.weld = stuck
            place.question = None
            if stuck:
                place.switch_off(now=now, why="fault")
                self.shared.alarm("weld", node=node, now=now, odo=place.odo, busy=place.busy)
                self.shared.show(node, "fault")
            place.settle()
        return self._finish(now)

    def watchdog_fired(self, now: int, *, node: int, at: int) -> list[Action]:
        """The hardware watchdog dropped the relay at `at`, because this program had stalled; only so much
        was used.
        """
        place = self.nodes.get(node)
        if place is not None and place.relay:
            place.switch_off(now=max(at, place.counted_to), why="watchdog")
            self.shared.alarm("wd_reset", node=node, now=now, odo=place.odo, busy=place.busy)
        self._expire(now)
        return self._finish(now)

    def self_tested(self, now: int, *, command: str, ok: bool) -> list[Action]:
        """The driver's answer to a `SelfTest` action."""
        self._expire(now)
        self.orders.tested(command, ok=ok)
        return self._finish(now)

    def halted(self, now: int, *, why: str = "reboot") -> list[Action]:
        """An orderly end (SIGTERM): everything off and journalled."""
        self._expire(now)
        for node in self.nodes.values():
            node.question = None
            node.switch_off(now=now, why=why)
        return self._finish(now)

    def received(self, now: int, *, topic: str, payload: bytes) -> list[Action]:
        """A frame arrived. Whatever is not signed, not ours, not new or not asked for changes nothing."""
        self._expire(now)
        try:
            _, message = self.shared.trust.read(topic, payload)
        except FrameError as error:
            self.refused[error.code] += 1
        else:
            self._apply(message, now)
        return self._finish(now)

    def _apply(self, message: Message, now: int) -> None:
        if isinstance(message, Reply | Hback | EvtAck):
            if message.boot == self.shared.boot or not self.shared.rules.match_boot:
                self._apply_answer(message, now)
            else:
                self.refused["frame.other_boot"] += 1
        elif isinstance(message, Desired):
            self.orders.desire(message, now=now)
        elif isinstance(message, Cmd):
            self.orders.obey(message, now=now)
        elif isinstance(message, Cfg):
            self.shared.persist(self.shared.trust.settle_config(message))

    def _apply_answer(self, message: Reply | Hback | EvtAck, now: int) -> None:
        if isinstance(message, Hback):
            self._heartbeat_answered(message, now)
        elif isinstance(message, EvtAck):
            self.shared.persist(self.shared.journal.acknowledge(message.upto, now=now))
        elif not any(answered(node, message, now=now) for node in self.nodes.values()):
            self.refused["frame.unasked"] += 1

    def _heartbeat_answered(self, answer: Hback, now: int) -> None:
        shared = self.shared
        beat = self._beats.pop(answer.hb, None)
        if beat is None:
            self.refused["frame.unasked"] += 1
            return
        agreed = shared.clock.learn(stamp=answer.now, asked=beat.asked_at, now=now)
        if not agreed:
            node = self.nodes[beat.node]
            node.count(now)
            shared.alarm(
                "clock",
                node=beat.node,
                now=now,
                odo=node.odo,
                busy=node.busy,
                gid=node.gid,
                also=node.snapshot(),
            )
        anchor = beat.asked_at if shared.rules.anchor_at_asking else now
        if answer.ver == shared.trust.ver or not shared.rules.licence_needs_current_version:
            shared.licence_at = max(shared.licence_at or 0, anchor)
        until = deadline(anchor=anchor, remaining=answer.lease)
        self.nodes[beat.node].renew(gid=answer.gid, until=until, now=now)

    def next_deadline(self) -> int:
        """The next monotonic moment (ms) at which `tick` has something to do."""
        moments = [NEVER]
        for node in self.nodes.values():
            moments += [node.next_deadline(), next_step(node)]
            if self.shared.connected:
                moments.append(node.hb_at)
        if self.shared.connected and self.shared.journal.send_at is not None:
            moments.append(self.shared.journal.send_at)
        return min(moments)

    def _expire(self, now: int) -> None:
        """What has ended is ended before anything new is looked at."""
        for node in self.nodes.values():
            node.expire(now)
            give_up_waiting(node, now)
            pursue(node, now)

    def _finish(self, now: int) -> list[Action]:
        """Say what changed, send what is due, and hand over the actions."""
        shared = self.shared
        for number in sorted(shared.changed):
            node = self.nodes[number]
            node.count(now)
            shared.publish("state", node.birth(self.conn).to_json(), retain=True)
            if shared.connected:
                node.hb_at = min(node.hb_at, now)
        shared.changed.clear()
        if shared.connected:
            self._send_due(now)
        actions, shared.out = shared.out, []
        return actions

    def _send_due(self, now: int) -> None:
        shared, cfg = self.shared, self.shared.trust.cfg
        for node in self.nodes.values():
            if now >= node.hb_at:
                node.hb_at = now + (cfg.hb_powered_ms if node.relay else cfg.hb_locked_ms)
                self._beat(node, now)
        journal = shared.journal
        if journal.entries and journal.send_at is not None and now >= journal.send_at:
            journal.send_at = now + cfg.evt_retry_ms
            shared.publish("evt", journal.slice(shared.boot).to_json())

    def _beat(self, node: Node, now: int) -> None:
        node.count(now)
        self._hb += 1
        self._beats[self._hb] = Beat(node=node.number, asked_at=now)
        while len(self._beats) > REMEMBERED_BEATS:
            self._beats.pop(next(iter(self._beats)))
        shared = self.shared
        beat = Hb(
            boot=shared.boot,
            bootn=shared.bootn,
            conn=self.conn,
            hb=self._hb,
            node=node.number,
            st=node.st,
            gid=node.gid,
            odo=node.odo,
            busy=node.busy,
            ver=shared.trust.ver,
            eseq=shared.journal.last,
            clk="bound" if shared.clock.bounded else "none",
            inputs=(
                ("bad", sum(self.refused.values())),
                ("flash", int(shared.damaged)),
                ("load", int(node.load)),
                ("muted", shared.journal.turned_away),
            ),
        )
        shared.publish("hb", beat.to_json(), qos=0)
