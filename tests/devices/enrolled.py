"""Enrolled controllers for tests: an instrument with as little around it as it needs, and the wire end of a
controller that signs whatever a test wants said. It never judges an answer."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from apps.instruments.models import Facility, Instrument
from apps.people.models import OrgUnit
from apps.people.operations import create_unit
from devices.models import Controller
from devices.protocol import (
    Ack,
    Ed25519Public,
    Ed25519Signer,
    Evt,
    Hb,
    JournalEntry,
    Message,
    State,
    Swipe,
    b64url_decode,
    card_digest,
    decode,
    encode,
    new_boot,
    new_ulid,
    parse_message,
    parse_topic,
    topic_for,
)
from devices.provisioning import Enrolment, enrol_controller
from devices.signing import Outgoing

STRANGERS_CARD = card_digest(uid="DEADBEEF", key=b"k" * 16)


def make_instrument(*, now: datetime, asset_no: str = "20260001", **fields: Any) -> Instrument:
    """An instrument of a facility of a lab of the school."""
    school = OrgUnit.objects.filter(code="S").first() or create_unit(
        code="S", kind="school", name_zh="青屿大学", name_en="Qingyu University", parent=None, now=now
    )
    department = OrgUnit.objects.filter(code="D").first() or create_unit(
        code="D", kind="department", name_zh="材料学院", name_en="Materials", parent=school, now=now
    )
    lab = OrgUnit.objects.filter(code="L").first() or create_unit(
        code="L", kind="lab", name_zh="电镜室", name_en="Microscopy", parent=department, now=now
    )
    facility, _ = Facility.objects.get_or_create(
        code="F",
        defaults={"name_zh": "分析测试中心", "name_en": "Analysis", "level": "school", "lab": lab},
    )
    return Instrument.objects.create(
        **{
            "asset_no": asset_no,
            "name_zh": "场发射扫描电镜",
            "name_en": "FE-SEM",
            "class6": "030105",
            "class_name": "扫描电镜",
            "grade": "A",
            "model": "S1",
            "maker": "Maker",
            "origin": "CN",
            "price_fen": 100_000_000,
            "commissioned": date(2020, 1, 1),
            "facility": facility,
            "unit": lab,
            "management_mode": "pooled",
            "hosting": "none",
            "service_modes": "S",
            "required_level": "basic",
            "night_self_use": False,
            "access_node": "interlock",
            "customs_supervised": False,
            "quota_hours": 1400,
            "opening_level": 5,
            "valid_from": now,
            **fields,
        }
    )


def enrol(*, now: datetime, dev: str = "fesem1", asset_no: str = "20260001", **terms: Any) -> "Wire":
    """A controller enrolled for a new instrument, connected for the first time."""
    make_instrument(now=now, asset_no=asset_no)
    return Wire(enrol_controller(dev=dev, asset_no=asset_no, now=now, **terms))


@dataclass
class Wire:
    """The device's end of the wire: correct by default, wrong where a test asks for it."""

    enrolment: Enrolment
    boot: str = field(default_factory=new_boot)
    bootn: int = 1
    conn: int = 1
    beats: int = 0
    signer: Ed25519Signer = field(init=False)

    def __post_init__(self) -> None:
        self.signer = Ed25519Signer(kid=self.enrolment.kid, seed=b64url_decode(self.enrolment.private_key))

    @property
    def dev(self) -> str:
        """Its name."""
        return self.enrolment.dev

    @property
    def row(self) -> Controller:
        """Its row, as it is now."""
        return Controller.objects.get(dev=self.dev)

    def power_cycle(self) -> None:
        """A new boot with its first connection."""
        self.boot, self.bootn, self.conn, self.beats = new_boot(), self.bootn + 1, 1, 0

    def sign(self, message: Message, *, signer: Ed25519Signer | None = None) -> tuple[str, bytes]:
        """Topic and frame."""
        topic = topic_for(self.dev, message.channel)
        return topic, encode(topic=topic, body=message.to_json(), signer=signer or self.signer)

    def birth(self, **said: Any) -> State:
        """The retained state after connecting."""
        plain = State(
            boot=self.boot,
            bootn=self.bootn,
            conn=self.conn,
            node=1,
            st="locked",
            gid=None,
            odo=0,
            busy=0,
            ver=0,
            eseq=0,
            fw="test 1",
        )
        return replace(plain, **said)

    def beat(self, **said: Any) -> Hb:
        """The next heartbeat."""
        self.beats += 1
        plain = Hb(
            boot=self.boot,
            bootn=self.bootn,
            conn=self.conn,
            hb=self.beats,
            node=1,
            st="locked",
            gid=None,
            odo=0,
            busy=0,
            ver=0,
            eseq=0,
        )
        return replace(plain, **said)

    def swipe(self, card: str | None = STRANGERS_CARD, **said: Any) -> Swipe:
        """A card is held to the reader."""
        return replace(Swipe(boot=self.boot, rid=new_ulid(), node=1, card=card), **said)

    def journal(self, *entries: JournalEntry) -> Evt:
        """A slice."""
        return Evt(boot=self.boot, entries=entries)

    def ack(self, command: str, **said: Any) -> Ack:
        """The result of an order."""
        return replace(Ack(boot=self.boot, id=command, ok=True), **said)

    def read(self, outgoing: Outgoing) -> Message:
        """A downlink, verified as the device does."""
        place = parse_topic(outgoing.topic)
        assert place.dev == self.dev
        keys = {kid: Ed25519Public(b64url_decode(raw)) for kid, raw in self.enrolment.server_keys.items()}
        frame = decode(topic=outgoing.topic, payload=outgoing.payload, keys=keys)
        return parse_message(place.channel, frame.body)


def line(n: int, k: str, *, odo: int, gid: str | None = None, **said: Any) -> JournalEntry:
    """One line of a journal."""
    plain = JournalEntry(n=n, k=k, node=1, odo=odo, busy=0, mono=odo + n, gid=gid)
    return replace(plain, **said)
