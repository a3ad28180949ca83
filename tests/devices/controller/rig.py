"""A machine on the bench: time by hand, frames signed by a server whose mind the test speaks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from devices.controller.actions import Action, Display, Persist, Publish, Relay
from devices.controller.flash import apply
from devices.controller.machine import Machine
from devices.protocol import (
    Cfg,
    Ed25519Signer,
    Grant,
    Hback,
    Message,
    Reply,
    b64url_encode,
    encode,
    new_ulid,
    topic_for,
)

EPOCH = 1_795_000_000_000
SERVER = Ed25519Signer(kid="s1", seed=b"s" * 32)
ALICE, BOB, CAROL = ("A" * 22, "B" * 22, "C" * 22)
DEV = "dev0"


class Rig:
    """One machine with one or two nodes; `now` is monotonic, the server's clock is EPOCH + now."""

    def __init__(
        self,
        *,
        flash: Mapping[str, Any] | None = None,
        base: Cfg | None = None,
        nodes: int = 1,
        damaged: bool = False,
    ) -> None:
        self.flash: dict[str, Any] = dict(flash or {})
        self.now = 10_000
        self.log: list[Action] = []
        self.machine = Machine(
            dev=DEV,
            nodes=range(1, nodes + 1),
            server_keys={"s1": b64url_encode(SERVER.public)},
            flash=self.flash,
            boot=new_ulid()[-16:].translate(str.maketrans("ghjkmnpqrstvwxyz", "0123456789abcdef")),
            base=base or Cfg(),
            damaged=damaged,
        )
        self.do(self.machine.start(self.now))
        self.do(self.machine.connected(self.now, conn=1))

    @property
    def wall(self) -> int:
        """The server's clock."""
        return EPOCH + self.now

    def do(self, actions: list[Action]) -> list[Action]:
        """Carry out what can be carried out here: flash."""
        for action in actions:
            if isinstance(action, Persist):
                apply(self.flash, action.patch)
        self.log += actions
        return actions

    def wait(self, milliseconds: int, *, answer: bool = True) -> None:
        """Let time pass in steps of at most 250 ms, heartbeats being answered when `answer`."""
        until = self.now + milliseconds
        while self.now < until:
            self.now = min(until, max(self.now + 1, min(self.now + 250, self.machine.next_deadline())))
            actions = self.do(self.machine.tick(self.now))
            if answer:
                self.answer_beats(actions)

    def answer_beats(self, actions: list[Action], *, ver: int | None = None) -> None:
        """Answer heartbeats with a lease of 45 s for whatever runs."""
        for action in actions:
            if isinstance(action, Publish) and action.channel == "hb":
                body = action.body
                current = self.machine.shared.trust.ver if ver is None else ver
                lease = 45_000 if body["gid"] else 0
                self.send(
                    Hback(
                        boot=body["boot"],
                        hb=body["hb"],
                        now=self.wall,
                        ver=current,
                        gid=body["gid"],
                        lease=lease,
                    )
                )

    def send(self, message: Message, *, signer: Ed25519Signer = SERVER) -> list[Action]:
        """The server says something."""
        topic = topic_for(DEV, message.channel)
        payload = encode(topic=topic, body=message.to_json(), signer=signer)
        return self.do(self.machine.received(self.now, topic=topic, payload=payload))

    def swipe(self, card: str = ALICE, *, node: int = 1) -> Mapping[str, Any]:
        """A card is shown; returns the question that goes out, {} when none does."""
        actions = self.do(self.machine.swiped(self.now, node=node, card=card))
        return next((a.body for a in actions if isinstance(a, Publish) and a.channel == "swipe"), {})

    def grant(self, **changes: Any) -> Grant:
        """A grant for Alice that begins now and ends in an hour."""
        base = Grant(
            gid=new_ulid(), node=1, card=ALICE, nbf=self.wall - 1000, exp=self.wall + 3_600_000, lease=45_000
        )
        return replace(base, **changes)

    def permit(self, question: Mapping[str, Any], grant: Grant | None = None) -> Grant:
        """Answer a question with a grant."""
        grant = grant or self.grant()
        self.send(Reply(boot=question["boot"], rid=question["rid"], now=self.wall, ok=True, grant=grant))
        return grant

    def deny(self, question: Mapping[str, Any], code: str = "training.none") -> list[Action]:
        """Answer a question with a refusal."""
        return self.send(
            Reply(boot=question["boot"], rid=question["rid"], now=self.wall, ok=False, codes=(code,))
        )

    def on(self, **changes: Any) -> Grant:
        """Alice works."""
        return self.permit(self.swipe(), self.grant(**changes))

    @property
    def st(self) -> str:
        """The state that node 1 reports."""
        return self.machine.nodes[1].st

    @property
    def lit(self) -> bool:
        """Whether the last relay action of node 1 was on."""
        relays = [action for action in self.log if isinstance(action, Relay) and action.node == 1]
        return relays[-1].on

    def sent(self, channel: str) -> list[Mapping[str, Any]]:
        """Every body published on a channel."""
        return [a.body for a in self.log if isinstance(a, Publish) and a.channel == channel]

    def shown(self) -> list[str]:
        """Every sentence code shown."""
        return [action.code for action in self.log if isinstance(action, Display)]

    def journal(self) -> list[tuple[str, str | None, int]]:
        """(kind, why, odo) of everything written to the journal in flash."""
        entries = sorted((v for k, v in self.flash.items() if k.startswith("j.")), key=lambda e: int(e["n"]))
        return [(entry["k"], entry["why"], entry["odo"]) for entry in entries]
