"""The signed configuration of a controller: periods, node classes and sentences. It owns their names,
defaults and lower bounds, and the hash by which `desired` names a configuration; it never applies one."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from devices.protocol.downlinks import Text
from devices.protocol.frames import canonical_json
from devices.protocol.members import Members, read_code

NODE_CLASSES = frozenset({"cut", "finish_safely", "never_cut"})
PERIOD_FLOORS = {
    "hb_locked_ms": 100,
    "hb_powered_ms": 100,
    "pending_ms": 50,
    "giveup_ms": 50,
    "second_ms": 100,
    "retry_ms": 50,
    "evt_retry_ms": 50,
    "persist_ms": 50,
    "lease_ms": 200,
}


@dataclass(frozen=True, slots=True)
class NodePolicy:
    """How one node is treated: class `cut`, `finish_safely` or `never_cut`; `hold` = hold_while_busy."""

    node: int
    cls: str = "cut"
    hold: bool = False

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The policy in `body`; FrameError `frame.member`."""
        m = Members(body)
        return cls(
            node=m.node(),
            cls=m.choice("class", NODE_CLASSES, default="cut"),
            hold=m.flag("hold_while_busy", default=False),
        )

    def to_json(self) -> dict[str, Any]:
        """The element as written."""
        return {"node": self.node, "class": self.cls, "hold_while_busy": self.hold}


@dataclass(frozen=True, slots=True)
class Cfg:
    """The configuration body. All periods are milliseconds; `lease_ms` is the default the server grants by.

    `pending_ms`: stand-by check; `giveup_ms`: end of waiting; `retry_ms`, `evt_retry_ms`: repetition of an
    unanswered swipe, an unacknowledged journal slice; `second_ms`: time for the second card; `persist_ms`:
    odometer written to flash while powered.
    """

    channel: ClassVar[str] = "cfg"
    hb_locked_ms: int = 30_000
    hb_powered_ms: int = 10_000
    pending_ms: int = 3_000
    giveup_ms: int = 5_000
    second_ms: int = 60_000
    retry_ms: int = 1_000
    evt_retry_ms: int = 2_000
    persist_ms: int = 500
    lease_ms: int = 45_000
    nodes: tuple[NodePolicy, ...] = field(default=())
    messages: tuple[tuple[str, Text], ...] = field(default=())

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The configuration in `body`; absent periods keep their defaults. FrameError `frame.member`."""
        m = Members(body)
        base = cls()
        periods = {
            name: m.integer(name, low=low, high=86_400_000, default=getattr(base, name))
            for name, low in PERIOD_FLOORS.items()
        }
        messages = m.table("messages", limit=40)
        return cls(
            **periods,
            nodes=m.items("nodes", NodePolicy.parse, limit=64, absent_is_empty=True),
            messages=tuple(sorted((read_code(key), Text.parse(text)) for key, text in messages.items())),
        )

    def to_json(self) -> dict[str, Any]:
        """The body to be signed; its canonical JSON is what `desired.cfg.hash` names."""
        return {
            "v": 1,
            **{name: getattr(self, name) for name in PERIOD_FLOORS},
            "nodes": [policy.to_json() for policy in self.nodes],
            "messages": {key: text.to_json() for key, text in self.messages},
        }


def config_hash(cfg: Cfg) -> str:
    """SHA-256 (hex) of the canonical JSON of a configuration body."""
    return hashlib.sha256(canonical_json(cfg.to_json())).hexdigest()
