"""An in-memory server that keeps IAP/1: the counterpart with which the chaos model itself is exercised.
Everything it keeps counts as committed at the moment it is assigned; a crash loses only what was about
to be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random

from devices.protocol import (
    Ack,
    Cfg,
    Cmd,
    Desired,
    Ed25519Signer,
    Evt,
    EvtAck,
    FrameError,
    Grant,
    Hb,
    Hback,
    Message,
    Reply,
    State,
    Swipe,
    Verifier,
    config_hash,
    decode,
    encode,
    is_will,
    parse_message,
    parse_topic,
    topic_for,
)
from tests.devices.chaos.server import GrantRecord, Outgoing, ServerCrash, ServerRecords, SliceRecord

SESSION_MS = 40_000
STANDBY_MS = 60_000
STANDBY_OFF_MS = 20_000
RESEND_MS = 1_000
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(slots=True)
class Place:
    """The server's row of one controller."""

    ver: int = 0
    estop: bool = False
    last_n: int = 0
    boot: str = ""
    bootn: int = 0
    hb: int = 0
    standby: list[Grant] = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict)
    commands: dict[str, tuple[Cmd, int]] = field(default_factory=dict)


class ModelServer:
    """The reference counterpart; all of `ServerUnderTest`."""

    def __init__(
        self, *, signer: Ed25519Signer, device_keys: Mapping[str, Mapping[str, Verifier]], cfg: Cfg, seed: int
    ) -> None:
        self._signer = signer
        self._keys = device_keys
        self._cfg = cfg
        self._random = Random(seed)  # noqa: S311 - reproducible, not secret
        self._counter = count(1)
        self._allowed: dict[str, bool] = {}
        self._armed: str | None = None
        self._grants: dict[str, GrantRecord] = {}
        self._leased_at: dict[str, int] = {}
        self._open: dict[tuple[str, int], tuple[int, str | None]] = {}
        self._places = {dev: Place() for dev in device_keys}
        self._records = ServerRecords(journal={dev: [] for dev in device_keys})
        self._records.stops = {dev: {0: False} for dev in device_keys}
        self.refused = 0

    def records(self) -> ServerRecords:
        """Everything committed, open slices included."""
        opened = [SliceRecord(dev, node, gid, odo, None) for (dev, node), (odo, gid) in self._open.items()]
        return replace(
            self._records, grants=list(self._grants.values()), slices=[*self._records.slices, *opened]
        )

    def allow(self, card: str, *, allowed: bool) -> None:
        """Whether the rules say yes to this card from now on."""
        self._allowed[card] = allowed

    def crash_at(self, point: str) -> None:
        """Arm one crash."""
        self._armed = point

    def restart(self, now_ms: int) -> list[Outgoing]:
        """Republish everything retained."""
        self._armed = None
        out: list[Outgoing] = []
        for dev in self._places:
            out += [self._send(dev, "cfg", self._cfg), self._desired(dev, now_ms)]
        return out

    def handle(self, topic: str, payload: bytes, now_ms: int) -> list[Outgoing]:
        """Ingest one frame."""
        try:
            place = parse_topic(topic)
            if place.channel == "state" and is_will(payload):
                return []
            frame = decode(topic=topic, payload=payload, keys=self._keys.get(place.dev, {}))
            message = parse_message(place.channel, frame.body)
        except FrameError:
            self.refused += 1
            return []
        self._reach("before_commit")
        out = self._ingest(place.dev, message, now_ms)
        self._reach("after_commit")
        return out

    def tick(self, now_ms: int) -> list[Outgoing]:
        """Resend commands that nobody acknowledged."""
        out: list[Outgoing] = []
        for dev, place in self._places.items():
            for key, (command, due) in list(place.commands.items()):
                if now_ms >= command.exp:
                    del place.commands[key]
                elif now_ms >= due:
                    place.commands[key] = (command, now_ms + RESEND_MS)
                    out.append(self._send(dev, "cmd", command))
        return out

    def live(self, dev: str, node: int, now_ms: int) -> str | None:
        """The live session grant of a node."""
        for record in self._grants.values():
            mine = (record.dev, record.node) == (dev, node) and not record.standby
            if mine and record.ended_at is None and now_ms < self._surely_off_at(record):
                return record.gid
        return None

    def revoke(self, gid: str, now_ms: int) -> list[Outgoing]:
        """Withdraw a grant: desired with a higher version, and a lock command."""
        record = self._grants[gid]
        if gid in self._records.revoked_at:
            return []
        self._records.revoked_at[gid] = now_ms
        record.ended_at = record.ended_at or now_ms
        place = self._places[record.dev]
        place.ver += 1
        place.standby = [grant for grant in place.standby if grant.gid != gid]
        lock = Cmd(id=self._ulid(), exp=now_ms + 30_000, k="lock", node=record.node, gid=gid)
        place.commands[lock.id] = (lock, now_ms + RESEND_MS)
        return [self._desired(record.dev, now_ms), self._send(record.dev, "cmd", lock)]

    def stop(self, dev: str, now_ms: int, *, on: bool) -> list[Outgoing]:
        """Raise or clear the software stop."""
        place = self._places[dev]
        place.ver += 1
        place.estop = on
        return [self._desired(dev, now_ms)]

    def offer_standby(self, dev: str, node: int, card: str, now_ms: int) -> list[Outgoing]:
        """Push a stand-by grant for a card."""
        place = self._places[dev]
        grant = self._new_grant(dev, node, card, None, now_ms, standby=True)
        place.standby = [*(old for old in place.standby if old.exp > now_ms), grant][-8:]
        place.ver += 1
        return [self._desired(dev, now_ms)]

    def _reach(self, point: str) -> None:
        if self._armed == point:
            self._armed = None
            raise ServerCrash(point)

    def _ulid(self) -> str:
        number = next(self._counter)
        tail = "".join(self._random.choice(ALPHABET) for _ in range(16))
        return f"01{number:08d}{tail}"

    def _send(self, dev: str, channel: str, message: Message, *, retain: bool = False) -> Outgoing:
        topic = topic_for(dev, channel)
        frame = encode(topic=topic, body=message.to_json(), signer=self._signer)
        return Outgoing(topic, frame, retain or channel in ("desired", "cfg"))

    def _desired(self, dev: str, now_ms: int) -> Outgoing:
        place = self._places[dev]
        self._records.stops[dev][place.ver] = place.estop
        revoked = [
            gid
            for gid in self._records.revoked_at
            if self._grants[gid].dev == dev and self._grants[gid].exp > now_ms
        ]
        desired = Desired(
            ver=place.ver,
            now=now_ms,
            estop=place.estop,
            standby=tuple(place.standby),
            revoked=tuple(revoked[-40:]),
            cfg_hash=config_hash(self._cfg),
            kids=(self._signer.kid,),
        )
        return self._send(dev, "desired", desired)

    def _ingest(self, dev: str, message: Message, now_ms: int) -> list[Outgoing]:
        if isinstance(message, Swipe):
            return [self._decide(dev, message, now_ms)]
        if isinstance(message, Hb):
            return [self._beat(dev, message, now_ms)]
        if isinstance(message, Evt):
            return self._journal(dev, message, now_ms)
        if isinstance(message, Ack):
            self._places[dev].commands.pop(message.id, None)
        elif isinstance(message, State):
            self._see(dev, message)
        return []

    def _see(self, dev: str, message: Hb | State) -> None:
        place = self._places[dev]
        if message.bootn < place.bootn:
            return
        if message.bootn > place.bootn:
            place.bootn, place.boot, place.hb = message.bootn, message.boot, 0

    def _beat(self, dev: str, beat: Hb, now_ms: int) -> Outgoing:
        self._see(dev, beat)
        place = self._places[dev]
        gid = None
        if beat.boot == place.boot and beat.hb > place.hb:
            place.hb = beat.hb
            self._records.views[(dev, beat.node)] = (beat.odo, beat.gid)
            record = self._grants.get(beat.gid or "")
            if record is not None and self._renewable(record, now_ms):
                gid = record.gid
                self._leased_at[gid] = now_ms
        answer = Hback(
            boot=beat.boot,
            hb=beat.hb,
            now=now_ms,
            ver=place.ver,
            gid=gid,
            lease=self._cfg.lease_ms if gid else 0,
        )
        return self._send(dev, "hback", answer)

    def _renewable(self, record: GrantRecord, now_ms: int) -> bool:
        return record.gid not in self._records.revoked_at and record.ended_at is None and now_ms < record.exp

    def _surely_off_at(self, record: GrantRecord) -> int:
        return min(record.exp, self._leased_at[record.gid] + record.lease)

    def _decide(self, dev: str, swipe: Swipe, now_ms: int) -> Outgoing:
        place = self._places[dev]
        if swipe.rid not in place.replies:
            place.replies[swipe.rid] = self._judge(dev, swipe, now_ms)
        return self._send(dev, "reply", place.replies[swipe.rid])

    def _judge(self, dev: str, swipe: Swipe, now_ms: int) -> Reply:
        code = None
        live = self.live(dev, swipe.node, now_ms)
        if live is not None and self._grants[live].card == swipe.card and not self._opened(live):
            # The holder asks again: what was granted before never arrived, and its question is closed.
            self._grants[live].ended_at = now_ms
            live = None
        if not self._allowed.get(swipe.card or "", False):
            code = "training.none"
        elif live is not None:
            code = "session.other"
        elif self._places[dev].estop:
            code = "instrument.locked"
        if code is not None:
            return Reply(boot=swipe.boot, rid=swipe.rid, now=now_ms, ok=False, codes=(code,))
        for record in self._grants.values():
            if (record.dev, record.node, record.standby) == (
                dev,
                swipe.node,
                False,
            ) and record.ended_at is None:
                record.ended_at = self._surely_off_at(record)
        grant = self._new_grant(dev, swipe.node, swipe.card, swipe.rid, now_ms, standby=False)
        return Reply(boot=swipe.boot, rid=swipe.rid, now=now_ms, ok=True, grant=grant)

    def _opened(self, gid: str) -> bool:
        return any(held == gid for _, held in self._open.values())

    def _new_grant(
        self, dev: str, node: int, card: str | None, rid: str | None, now_ms: int, *, standby: bool
    ) -> Grant:
        grant = Grant(
            gid=self._ulid(),
            node=node,
            card=card,
            nbf=now_ms - (500 if not standby else 0),
            exp=now_ms + (STANDBY_MS if standby else self._random.choice((SESSION_MS, SESSION_MS // 4))),
            lease=self._cfg.lease_ms,
            off=STANDBY_OFF_MS if standby else 0,
            kind="standby" if standby else "session",
        )
        self._grants[grant.gid] = GrantRecord(
            gid=grant.gid,
            dev=dev,
            node=node,
            card=card,
            rid=rid,
            nbf=grant.nbf,
            exp=grant.exp,
            lease=grant.lease,
            off=grant.off,
            standby=standby,
            decided=True,
            granted_at=now_ms,
        )
        self._leased_at[grant.gid] = now_ms
        return grant

    def _journal(self, dev: str, evt: Evt, now_ms: int) -> list[Outgoing]:
        place = self._places[dev]
        for entry in evt.entries:
            if entry.n != place.last_n + 1:
                continue
            place.last_n = entry.n
            self._records.journal[dev].append(entry.n)
            key = (dev, entry.node)
            if entry.k in ("on", "override_on"):
                self._open[key] = (entry.odo, entry.gid)
            elif entry.k in ("off", "override_off") and key in self._open:
                odo0, gid = self._open.pop(key)
                self._records.slices.append(SliceRecord(dev, entry.node, gid, odo0, entry.odo))
                record = self._grants.get(gid or "")
                if record is not None and not record.standby:
                    record.ended_at = record.ended_at or now_ms
        return [self._send(dev, "evtack", EvtAck(boot=evt.boot, upto=place.last_n))]
