"""What a controller says: swipes, heartbeats, births, journal slices and command results. It owns their
members and exact spelling; nothing here decides, and a parsed message is still only a claim by the key
that signed it."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from devices.protocol.errors import FrameError
from devices.protocol.identifiers import CARD_PATTERN
from devices.protocol.members import (
    CODE_PATTERN,
    LABEL_PATTERN,
    WORD_PATTERN,
    Members,
    read_integer,
)

CONTROLLER_STATES = frozenset(
    {"boot", "locked", "pending", "await_second", "unlocked", "warn", "drain", "estop", "override", "fault"}
)
CLOCKS = frozenset({"none", "bound", "rtc"})
ASK_KINDS = frozenset({"remote", "checkin", "extend", "second"})
UNSAID = "swipe"  # what an absent `kind` of a swipe reads as
JOURNAL_KINDS = frozenset(
    {
        *("on", "off", "forced", "tamper", "held", "reader_lost", "estop", "override_on", "override_off"),
        *("weld", "clock", "bad_frame", "wd_reset"),
    }
)
JOURNAL_SLICE = 20
_INPUT_NAME = re.compile(r"[a-z][a-z0-9_]{0,15}")


@dataclass(frozen=True, slots=True)
class Swipe:
    """A question: may this card (or, with `ask`, the person the server has in mind) use this node?

    `rid` is fresh for each swipe and repeated unchanged by a retry. `kind` is `swipe` for a card, `second`
    for the second card of a two-person start (then `gid` names the waiting grant) or the kind of the `ask`
    command answered; with an `ask` it may be left out, the order has its own.
    """

    channel: ClassVar[str] = "swipe"
    boot: str
    rid: str
    node: int
    card: str | None
    card2: str | None = None
    kind: str = UNSAID
    ask: str | None = None
    gid: str | None = None

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The swipe in `body`; FrameError `frame.member` when neither card nor ask, or both, are named."""
        m = Members(body)
        swipe = cls(
            boot=m.boot(),
            rid=m.ulid("rid"),
            node=m.node(),
            card=m.optional("card", CARD_PATTERN),
            card2=m.optional("card2", CARD_PATTERN),
            kind=m.choice("kind", ASK_KINDS | {UNSAID}, default=UNSAID),
            ask=m.optional_ulid("ask"),
            gid=m.optional_ulid("gid"),
        )
        if (swipe.card is None) == (swipe.ask is None):
            raise FrameError("frame.member", "card")
        return swipe

    def to_json(self) -> dict[str, Any]:
        """The body to be signed."""
        body: dict[str, Any] = {
            "v": 1,
            "boot": self.boot,
            "rid": self.rid,
            "node": self.node,
            "card2": self.card2,
        }
        if self.card is not None:
            body["card"] = self.card
        if self.ask is not None:
            body["ask"] = self.ask
        if self.kind != UNSAID:
            body["kind"] = self.kind
        if self.gid is not None:
            body["gid"] = self.gid
        return body


@dataclass(frozen=True, slots=True)
class Hb:
    """A heartbeat of one node: `odo` and `busy` are lifetime milliseconds, `eseq` the last journal number
    written.
    """

    channel: ClassVar[str] = "hb"
    boot: str
    bootn: int
    conn: int
    hb: int
    node: int
    st: str
    gid: str | None
    odo: int
    busy: int
    ver: int
    eseq: int
    clk: str = "none"
    inputs: tuple[tuple[str, int], ...] = ()

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The heartbeat in `body`; FrameError `frame.member`."""
        m = Members(body)
        inputs = m.table("in", limit=16)
        if any(not _INPUT_NAME.fullmatch(name) for name in inputs):
            raise FrameError("frame.member", "in")
        reader = Members({name: int(v) if isinstance(v, bool) else v for name, v in inputs.items()})
        return cls(
            boot=m.boot(),
            bootn=m.integer("bootn"),
            conn=m.integer("conn"),
            hb=m.integer("hb"),
            node=m.node(),
            st=m.word("st", CONTROLLER_STATES),
            gid=m.optional_ulid("gid"),
            odo=m.integer("odo"),
            busy=m.integer("busy"),
            ver=m.integer("ver"),
            eseq=m.integer("eseq"),
            clk=m.choice("clk", CLOCKS, default="none"),
            inputs=tuple(sorted((name, reader.integer(name)) for name in inputs)),
        )

    def to_json(self) -> dict[str, Any]:
        """The body to be signed."""
        return {
            "v": 1,
            "boot": self.boot,
            "bootn": self.bootn,
            "conn": self.conn,
            "hb": self.hb,
            "node": self.node,
            "st": self.st,
            "gid": self.gid,
            "odo": self.odo,
            "busy": self.busy,
            "ver": self.ver,
            "eseq": self.eseq,
            "clk": self.clk,
            "in": dict(self.inputs),
        }


@dataclass(frozen=True, slots=True)
class State:
    """The retained birth: published at each connection and change of state. Same members as a heartbeat, plus
    `fw`.
    """

    channel: ClassVar[str] = "state"
    boot: str
    bootn: int
    conn: int
    node: int
    st: str
    gid: str | None
    odo: int
    busy: int
    ver: int
    eseq: int
    fw: str

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The birth in `body`; FrameError `frame.member`. The unsigned will is read by `decode_will`
        instead.
        """
        m = Members(body)
        m.integer("on", low=1, high=1)
        return cls(
            boot=m.boot(),
            bootn=m.integer("bootn"),
            conn=m.integer("conn"),
            node=m.node(),
            st=m.word("st", CONTROLLER_STATES),
            gid=m.optional_ulid("gid"),
            odo=m.integer("odo"),
            busy=m.integer("busy"),
            ver=m.integer("ver"),
            eseq=m.integer("eseq"),
            fw=m.text("fw", LABEL_PATTERN),
        )

    def to_json(self) -> dict[str, Any]:
        """The body to be signed."""
        return {
            "v": 1,
            "on": 1,
            "boot": self.boot,
            "bootn": self.bootn,
            "conn": self.conn,
            "node": self.node,
            "st": self.st,
            "gid": self.gid,
            "odo": self.odo,
            "busy": self.busy,
            "ver": self.ver,
            "eseq": self.eseq,
            "fw": self.fw,
        }


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One thing that happened to a node. `n` counts without gaps through the controller's life; `bootn` says
    whose monotonic milliseconds `mono` are; `wall` bounds the server's time (epoch ms) or is None without
    a bounded clock."""

    n: int
    k: str
    node: int
    odo: int
    busy: int
    mono: int
    bootn: int = 0
    gid: str | None = None
    wall: tuple[int, int] | None = None
    why: str | None = None

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The entry in `body`; FrameError `frame.member`."""
        m = Members(body)
        wall = m.items("wall", read_integer, limit=2, absent_is_empty=True)
        if len(wall) == 1 or (wall and wall[0] > wall[1]):
            raise FrameError("frame.member", "wall")
        return cls(
            n=m.integer("n", low=1),
            k=m.choice("k", JOURNAL_KINDS),
            node=m.node(),
            odo=m.integer("odo"),
            busy=m.integer("busy"),
            mono=m.integer("mono"),
            bootn=m.integer("bootn", default=0),
            gid=m.optional_ulid("gid"),
            wall=(wall[0], wall[1]) if wall else None,
            why=m.optional("why", WORD_PATTERN),
        )

    def to_json(self) -> dict[str, Any]:
        """The element of `evt.e`."""
        return {
            "n": self.n,
            "k": self.k,
            "node": self.node,
            "gid": self.gid,
            "odo": self.odo,
            "busy": self.busy,
            "mono": self.mono,
            "bootn": self.bootn,
            "wall": list(self.wall) if self.wall else None,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Evt:
    """A slice of 1 to 20 journal entries, oldest first, repeated until `evtack`. `boot` is the boot that
    sends it.
    """

    channel: ClassVar[str] = "evt"
    boot: str
    entries: tuple[JournalEntry, ...]

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The slice in `body`; FrameError `frame.member`, also when the numbers do not follow each other."""
        m = Members(body)
        entries = m.items("e", JournalEntry.parse, limit=JOURNAL_SLICE)
        numbers = [entry.n for entry in entries]
        if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            raise FrameError("frame.member", "e")
        return cls(boot=m.boot(), entries=entries)

    def to_json(self) -> dict[str, Any]:
        """The body to be signed."""
        return {"v": 1, "boot": self.boot, "e": [entry.to_json() for entry in self.entries]}


@dataclass(frozen=True, slots=True)
class Ack:
    """The result of a command; `code` is the dotted reason when `ok` is false."""

    channel: ClassVar[str] = "ack"
    boot: str
    id: str
    ok: bool
    code: str | None = None

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The result in `body`; FrameError `frame.member`."""
        m = Members(body)
        return cls(boot=m.boot(), id=m.ulid("id"), ok=m.flag("ok"), code=m.optional("code", CODE_PATTERN))

    def to_json(self) -> dict[str, Any]:
        """The body to be signed."""
        return {"v": 1, "boot": self.boot, "id": self.id, "ok": self.ok, "code": self.code}
