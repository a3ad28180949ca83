"""What the server says: replies with grants, heartbeat answers, the desired state and commands. It
owns their members and exact spelling; whether a grant should exist is decided elsewhere."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from devices.protocol.errors import FrameError
from devices.protocol.identifiers import CARD_PATTERN, ULID_PATTERN
from devices.protocol.members import (
    HASH_PATTERN,
    LABEL_PATTERN,
    WORD_PATTERN,
    Members,
    read_code,
    read_integer,
    read_kid,
    read_ulid,
)
from devices.protocol.uplinks import ASK_KINDS

WHO_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,26}")
GRANT_KINDS = frozenset({"session", "standby", "remote", "checkin", "override"})
COMMANDS = frozenset({"lock", "drain", "ask", "identify", "self_test", "rotate_key", "reboot"})
MAX_STANDBY = 32
MAX_REVOKED = 128


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence for the display in both languages."""

    zh: str
    en: str

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The sentence in `body`; FrameError `frame.member`."""
        m = Members(body)
        return cls(zh=m.prose("zh"), en=m.prose("en"))

    def to_json(self) -> dict[str, Any]:
        """The element as written."""
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True, slots=True)
class Grant:
    """Permission with an end: node on for `card` within [nbf, exp) (epoch ms), while a lease of `lease` ms is
    alive.

    `off` (ms) lets it live without contact that long (stand-by grants; 0 = never). `idle` (ms, 0 = never)
    ends it after that time without load; `warn` are seconds before the end at which the user is warned. `end`
    (epoch ms, at most `exp`, absent = `exp`) is where a node with `hold_while_busy` stops as soon as it is
    idle; `exp` stays hard. `who` is an opaque mark of the person: equal marks are never each other's second.
    """

    gid: str
    node: int
    card: str | None
    nbf: int
    exp: int
    lease: int
    off: int = 0
    need2: bool = False
    idle: int = 0
    warn: tuple[int, ...] = ()
    kind: str = "session"
    end: int | None = None
    who: str | None = None

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The grant in `body`; FrameError `frame.member`, also when its period is empty."""
        m = Members(body)
        grant = cls(
            gid=m.ulid("gid"),
            node=m.node(),
            card=m.optional("card", CARD_PATTERN),
            nbf=m.integer("nbf"),
            exp=m.integer("exp"),
            lease=m.integer("lease"),
            off=m.integer("off", default=0),
            need2=m.flag("need2", default=False),
            idle=m.integer("idle", default=0),
            warn=m.items("warn", read_integer, limit=8, absent_is_empty=True),
            kind=m.choice("kind", GRANT_KINDS, default="session"),
            end=m.integer("end") if m.present("end") else None,
            who=m.optional("who", WHO_PATTERN),
        )
        if grant.exp <= grant.nbf or (grant.end is not None and not grant.nbf < grant.end <= grant.exp):
            raise FrameError("frame.member", "exp")
        return grant

    def to_json(self) -> dict[str, Any]:
        """The element as signed."""
        body: dict[str, Any] = {
            "gid": self.gid,
            "node": self.node,
            "card": self.card,
            "nbf": self.nbf,
            "exp": self.exp,
            "lease": self.lease,
            "off": self.off,
            "need2": self.need2,
            "idle": self.idle,
            "warn": list(self.warn),
            "kind": self.kind,
        }
        if self.end is not None:
            body["end"] = self.end
        if self.who is not None:
            body["who"] = self.who
        return body


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one `rid` of one boot: a grant, or the reasons why not. `now` is the server's time, epoch
    ms.
    """

    channel: ClassVar[str] = "reply"
    boot: str
    rid: str
    now: int
    ok: bool
    grant: Grant | None = None
    codes: tuple[str, ...] = ()
    msg: Text | None = None

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The answer in `body`; FrameError `frame.member`, also when `ok` and `grant` contradict each
        other.
        """
        m = Members(body)
        reply = cls(
            boot=m.boot(),
            rid=m.ulid("rid"),
            now=m.integer("now"),
            ok=m.flag("ok"),
            grant=Grant.parse(m.body["grant"]) if m.present("grant") else None,
            codes=m.items("codes", read_code, limit=40, absent_is_empty=True),
            msg=Text.parse(m.body["msg"]) if m.present("msg") else None,
        )
        if reply.ok != (reply.grant is not None):
            raise FrameError("frame.member", "grant")
        return reply

    def to_json(self) -> dict[str, Any]:
        """The body to be signed."""
        body: dict[str, Any] = {"v": 1, "boot": self.boot, "rid": self.rid, "now": self.now, "ok": self.ok}
        if self.grant is not None:
            body["grant"] = self.grant.to_json()
        if self.codes or not self.ok:
            body["codes"] = list(self.codes)
        if self.msg is not None:
            body["msg"] = self.msg.to_json()
        return body


@dataclass(frozen=True, slots=True)
class Hback:
    """The answer to one heartbeat: server time, current `ver`, and the lease (ms) for `gid` when it still
    holds.
    """

    channel: ClassVar[str] = "hback"
    boot: str
    hb: int
    now: int
    ver: int
    gid: str | None = None
    lease: int = 0

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The answer in `body`; FrameError `frame.member`."""
        m = Members(body)
        return cls(
            boot=m.boot(),
            hb=m.integer("hb"),
            now=m.integer("now"),
            ver=m.integer("ver"),
            gid=m.optional_ulid("gid"),
            lease=m.integer("lease", default=0),
        )

    def to_json(self) -> dict[str, Any]:
        """The body to be signed."""
        return {
            "v": 1,
            "boot": self.boot,
            "hb": self.hb,
            "now": self.now,
            "gid": self.gid,
            "lease": self.lease,
            "ver": self.ver,
        }


@dataclass(frozen=True, slots=True)
class EvtAck:
    """Every journal entry up to and including number `upto` is committed."""

    channel: ClassVar[str] = "evtack"
    boot: str
    upto: int

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The acknowledgement in `body`; FrameError `frame.member`."""
        m = Members(body)
        return cls(boot=m.boot(), upto=m.integer("upto"))

    def to_json(self) -> dict[str, Any]:
        """The body to be signed."""
        return {"v": 1, "boot": self.boot, "upto": self.upto}


@dataclass(frozen=True, slots=True)
class Desired:
    """The retained wish of the server under a strictly rising `ver`. `drain` maps revoked gids to the epoch
    ms until which a 'finish safely' node may still run; `kids` are the server keys to trust; `keys`
    carries the raw public keys (base64url) of those a device may not know yet."""

    channel: ClassVar[str] = "desired"
    ver: int
    now: int
    estop: bool = False
    standby: tuple[Grant, ...] = ()
    revoked: tuple[str, ...] = ()
    drain: tuple[tuple[str, int], ...] = ()
    cfg_hash: str | None = None
    kids: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The wish in `body`; FrameError `frame.member`."""
        m = Members(body)
        drain = m.table("drain", limit=MAX_REVOKED)
        keys = m.table("keys", limit=8)
        return cls(
            ver=m.integer("ver"),
            now=m.integer("now"),
            estop=m.flag("estop"),
            standby=m.items("standby", Grant.parse, limit=MAX_STANDBY, absent_is_empty=True),
            revoked=m.items("revoked", read_ulid, limit=MAX_REVOKED, absent_is_empty=True),
            drain=tuple(sorted((read_ulid(gid), read_integer(until)) for gid, until in drain.items())),
            cfg_hash=Members(m.body["cfg"]).optional("hash", HASH_PATTERN) if m.present("cfg") else None,
            kids=m.items("kids", read_kid, limit=8, absent_is_empty=True),
            keys=tuple(sorted((read_kid(kid), _public(raw)) for kid, raw in keys.items())),
        )

    def to_json(self) -> dict[str, Any]:
        """The body to be signed."""
        body: dict[str, Any] = {
            "v": 1,
            "ver": self.ver,
            "now": self.now,
            "estop": self.estop,
            "standby": [grant.to_json() for grant in self.standby],
            "revoked": list(self.revoked),
            "cfg": {"hash": self.cfg_hash},
            "kids": list(self.kids),
        }
        if self.drain:
            body["drain"] = dict(self.drain)
        if self.keys:
            body["keys"] = dict(self.keys)
        return body


def _public(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 43:
        raise FrameError("frame.member", "keys")
    return value


@dataclass(frozen=True, slots=True)
class Cmd:
    """An order with an end: refused after `exp` (epoch ms), obeyed once for each `id`.

    `k` is lock, drain, ask, identify, self_test, rotate_key or reboot; an unknown word is parsed and answered
    with `ok: false`. `kind` belongs to ask; `gid` and `until` (epoch ms) to drain, `gid` also to lock (None =
    whoever). `boot`, when given, binds the order to one boot.
    """

    channel: ClassVar[str] = "cmd"
    id: str
    exp: int
    k: str
    node: int = 1
    kind: str | None = None
    gid: str | None = None
    until: int | None = None
    boot: str | None = None
    msg: Text | None = None

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The order in `body`; FrameError `frame.member`."""
        m = Members(body)
        kind = m.choice("kind", ASK_KINDS) if m.present("kind") else None
        command = cls(
            id=m.ulid("id"),
            exp=m.integer("exp"),
            k=m.text("k", WORD_PATTERN),
            node=m.node(),
            kind=kind,
            gid=m.optional("gid", ULID_PATTERN),
            until=m.integer("until") if m.present("until") else None,
            boot=m.boot() if m.present("boot") else None,
            msg=Text.parse(m.body["msg"]) if m.present("msg") else None,
        )
        if command.k == "ask" and command.kind is None:
            raise FrameError("frame.member", "kind")
        return command

    def to_json(self) -> dict[str, Any]:
        """The body to be signed."""
        body: dict[str, Any] = {"v": 1, "id": self.id, "exp": self.exp, "k": self.k, "node": self.node}
        for name in ("kind", "gid", "until", "boot"):
            if getattr(self, name) is not None:
                body[name] = getattr(self, name)
        if self.msg is not None:
            body["msg"] = self.msg.to_json()
        return body


@dataclass(frozen=True, slots=True)
class Host:
    """The primary host's retained word, for displays only."""

    channel: ClassVar[str] = "host"
    on: bool
    name: str
    since: int = 0

    @classmethod
    def parse(cls, body: Any) -> Self:
        """The word in `body`; FrameError `frame.member`."""
        m = Members(body)
        return cls(
            on=m.integer("on", high=1) == 1,
            name=m.text("name", LABEL_PATTERN),
            since=m.integer("since", default=0),
        )

    def to_json(self) -> dict[str, Any]:
        """The body to be signed."""
        return {"v": 1, "on": int(self.on), "name": self.name, "since": self.since}
