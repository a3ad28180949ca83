"""What the server may order a running controller to do: commands, once each, and the desired state. It
owns obeying in the safe order (power off, then remember, then say so) and refuses what came too late,
twice, or unknown."""

from collections.abc import Mapping
from typing import Any

from devices.controller.actions import Reboot, SelfTest
from devices.controller.asking import ask
from devices.controller.node import Node
from devices.controller.session import deadline
from devices.controller.shared import Shared
from devices.protocol import Ack, Cmd, Desired

REMEMBERED = 64
Verdict = tuple[bool, str | None]


class Orders:
    """Commands and desired state for all nodes; remembers the last 64 results in the flash key `cmds`."""

    def __init__(self, shared: Shared, nodes: Mapping[int, Node], flash: Mapping[str, Any]) -> None:
        self.shared = shared
        self.nodes = nodes
        self.done: dict[str, Verdict] = {gid: (ok, code) for gid, ok, code in flash.get("cmds", [])}
        self.testing: str | None = None

    def obey(self, command: Cmd, *, now: int) -> None:
        """Carry out a command once; a repeated one is only answered again."""
        if command.id in self.done:
            self.answer(command.id, self.done[command.id])
            return
        bounds = self.shared.clock.bounds(now)
        if bounds is None:
            # Whether it is too late cannot be known yet; unanswered, it is sent again a moment later.
            return
        verdict = self._refusal(command, bounds) or self._carry_out(command, now=now)
        if verdict is _LATER:
            return
        self.remember(command.id, verdict)
        self.answer(command.id, verdict)
        if command.k == "reboot" and verdict == (True, None):
            self.shared.out.append(Reboot())

    def remember(self, command: str, verdict: Verdict) -> None:
        """Keep the result, so that a replay after a power loss is still a replay."""
        self.done[command] = verdict
        while len(self.done) > REMEMBERED:
            self.done.pop(next(iter(self.done)))
        self.shared.persist({"cmds": [[key, ok, code] for key, (ok, code) in self.done.items()]})

    def answer(self, command: str, verdict: Verdict) -> None:
        """Publish the result of a command."""
        ok, code = verdict
        self.shared.publish("ack", Ack(boot=self.shared.boot, id=command, ok=ok, code=code).to_json())

    def _refusal(self, command: Cmd, bounds: tuple[int, int]) -> Verdict | None:
        # Locking is refused only when it is surely too late, everything else already when it may be.
        if (bounds[0] if command.k == "lock" else bounds[1]) >= command.exp:
            return (False, "cmd.expired")
        if command.boot is not None and command.boot != self.shared.boot:
            return (False, "cmd.other_boot")
        if command.node not in self.nodes:
            return (False, "cmd.no_such_node")
        return None

    def _carry_out(self, command: Cmd, *, now: int) -> Verdict:
        handler = {
            "lock": self._lock,
            "drain": self._drain,
            "ask": self._ask,
            "identify": self._identify,
            "self_test": self._self_test,
            "reboot": self._reboot,
        }.get(command.k)
        if handler is None:
            return (False, "cmd.unknown")
        return handler(command, self.nodes[command.node], now)

    def _lock(self, command: Cmd, node: Node, now: int) -> Verdict:
        waiting = node.waiting is not None and command.gid in (None, node.waiting.session.gid)
        running = node.session is not None and command.gid in (None, node.gid)
        if waiting:
            node.stop_waiting()
        if running and node.policy.cls == "never_cut":
            return (False, "node.never_cut")
        if not (waiting or running):
            return (True, "cmd.not_running")
        if running:
            node.switch_off(now=now, why="revoked")
        if command.msg is not None:
            self.shared.show(node.number, "locked", command.msg)
        return (True, None)

    def _drain(self, command: Cmd, node: Node, now: int) -> Verdict:
        if node.session is None or command.gid not in (None, node.gid):
            return (True, "cmd.not_running")
        if node.policy.cls == "never_cut":
            return (False, "node.never_cut")
        _wind_down(node, until=command.until, now=now)
        return (True, None)

    def _ask(self, command: Cmd, node: Node, now: int) -> Verdict:
        if node.question is not None or node.fault or node.stopped or node.override_until is not None:
            return (False, "cmd.busy")
        if command.kind == "extend" and node.session is None:
            return (False, "cmd.not_running")
        if command.kind == "second" and node.waiting is None:
            return (False, "cmd.not_waiting")
        gid = node.waiting.session.gid if node.waiting is not None else node.gid
        ask(node, now=now, kind=str(command.kind), command=command, gid=gid)
        return (True, None)

    def _identify(self, _command: Cmd, node: Node, _now: int) -> Verdict:
        self.shared.show(node.number, "identify")
        return (True, None)

    def _self_test(self, command: Cmd, _node: Node, _now: int) -> Verdict:
        self.testing = command.id
        self.shared.out.append(SelfTest(command.id))
        return _LATER

    def _reboot(self, _command: Cmd, _node: Node, now: int) -> Verdict:
        for node in self.nodes.values():
            node.question = None
            node.switch_off(now=now, why="reboot")
        return (True, None)

    def tested(self, command: str, *, ok: bool) -> None:
        """The driver has tested itself."""
        if command == self.testing:
            self.testing = None
            verdict: Verdict = (ok, None if ok else "cmd.self_test_failed")
            self.remember(command, verdict)
            self.answer(command, verdict)

    def desire(self, desired: Desired, *, now: int) -> None:
        """Adopt a newer desired state: what must be off goes off before anything is written or said."""
        trust = self.shared.trust
        if not trust.is_news(desired):
            return
        was_stopped = {number: node.stopped for number, node in self.nodes.items()}
        for node in self.nodes.values():
            self._cut(node, desired, now=now)
        self.shared.persist(trust.adopt(desired))
        for number, node in self.nodes.items():
            if node.stopped and not was_stopped[number]:
                self.shared.record("estop", node=number, now=now, odo=node.odo, busy=node.busy, why="estop")
            node.settle()
            # Every node reports the new version: the server need not wait for a heartbeat to see it applied.
            self.shared.changed.add(number)

    def _cut(self, node: Node, desired: Desired, *, now: int) -> None:
        rules = self.shared.rules
        if desired.estop and rules.stop_cuts:
            node.question = None
            node.switch_off(now=now, why="estop")
        if not rules.revocation_cuts:
            return
        if node.waiting is not None and node.waiting.session.gid in desired.revoked:
            node.stop_waiting()
        if node.session is not None and node.session.gid in desired.revoked:
            _wind_down(node, until=dict(desired.drain).get(node.session.gid), now=now)


def _wind_down(node: Node, *, until: int | None, now: int) -> None:
    """End a revoked session as its node's class asks: now, safely by a signed moment, or not before its
    end.
    """
    policy = node.policy
    if policy.cls == "never_cut":
        return
    bounds = node.shared.clock.bounds(now)
    if policy.cls == "finish_safely" and until is not None and bounds is not None:
        node.drain(now=now, until=deadline(anchor=now, remaining=until - bounds[1]), why="revoked")
    else:
        node.switch_off(now=now, why="revoked")


# The answer comes with the driver's result.
_LATER: Verdict = (False, "cmd.later")
