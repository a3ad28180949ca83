"""A controller reduced to its wire: it signs what a controller would say and hears the answers, and has no
relay, no flash and no clock of its own. It owns the numbers that rise (boot, connection, heartbeat, journal,
odometer) and how long an answer took.
"""

import threading
import time
from typing import TypeVar

from bench.school import Place
from devices.mqtt import AckCallable, MqttClient, MqttSettings
from devices.protocol import (
    Ed25519Public,
    Ed25519Signer,
    Evt,
    EvtAck,
    Hb,
    Hback,
    JournalEntry,
    Message,
    Reply,
    State,
    Swipe,
    b64url_decode,
    decode,
    encode,
    new_boot,
    new_ulid,
    parse_message,
    parse_topic,
    topic_for,
)

PATIENCE_S = 20.0
POWERED_MS = 1_000
M = TypeVar("M", Reply, EvtAck, Hback)


class NoAnswer(Exception):
    """The gateway did not answer in time: the bench cannot go on."""


class Wire:
    """The frames of one controller, signed."""

    def __init__(self, place: Place) -> None:
        self.place = place
        enrolment = place.enrolment
        self.dev = enrolment.dev
        self.boot = new_boot()
        self._signer = Ed25519Signer(kid=enrolment.kid, seed=b64url_decode(enrolment.private_key))
        self._keys = {kid: Ed25519Public(b64url_decode(raw)) for kid, raw in enrolment.server_keys.items()}
        self._beats = 0
        self._lines = 0
        self._odo = 0

    def sign(self, message: Message) -> tuple[str, bytes]:
        """Topic and frame."""
        topic = topic_for(self.dev, message.channel)
        return topic, encode(topic=topic, body=message.to_json(), signer=self._signer)

    def read(self, topic: str, payload: bytes) -> Message:
        """A downlink, verified."""
        frame = decode(topic=topic, payload=payload, keys=self._keys)
        return parse_message(parse_topic(topic).channel, frame.body)

    def birth(self) -> State:
        """The first word after connecting."""
        return State(
            boot=self.boot,
            bootn=1,
            conn=1,
            node=1,
            st="locked",
            gid=None,
            odo=0,
            busy=0,
            ver=0,
            eseq=0,
            fw="bench",
        )

    def beat(self) -> Hb:
        """The next heartbeat of a locked node."""
        self._beats += 1
        return Hb(
            boot=self.boot,
            bootn=1,
            conn=1,
            hb=self._beats,
            node=1,
            st="locked",
            gid=None,
            odo=self._odo,
            busy=0,
            ver=0,
            eseq=0,
        )

    def swipe(self) -> Swipe:
        """The card of the place's own person is held to the reader."""
        return Swipe(boot=self.boot, rid=new_ulid(), node=1, card=self.place.card)

    def used(self, gid: str) -> Evt:
        """A use of one second, from power-on to the card that ends it, as one slice of the journal."""
        on = self._line("on", gid)
        self._odo += POWERED_MS
        return Evt(boot=self.boot, entries=(on, self._line("off", gid, why="swipe_out")))

    def _line(self, kind: str, gid: str, why: str | None = None) -> JournalEntry:
        self._lines += 1
        return JournalEntry(
            n=self._lines,
            k=kind,
            node=1,
            odo=self._odo,
            busy=0,
            mono=self._odo + self._lines,
            gid=gid,
            why=why,
        )


class Station(Wire):
    """A wire on a broker. One question at a time; `answered_at` is taken when the answer's bytes are here,
    before they are verified.
    """

    def __init__(self, place: Place, *, host: str, port: int) -> None:
        super().__init__(place)
        self._heard: tuple[str, bytes] | None = None
        self._awaited = "reply"
        self._news = threading.Event()
        self.turn = threading.Lock()
        self.asked_at = 0.0
        self.answered_at = 0.0
        self._mqtt = MqttClient(
            MqttSettings(
                host=host,
                port=port,
                client_id=self.dev,
                username=self.dev,
                password=str(place.enrolment.mqtt["password"]),
            ),
            subscriptions=[(topic_for(self.dev, channel), 1) for channel in ("reply", "evtack", "hback")],
            on_message=self._hear,
        )

    def connect(self) -> None:
        """Connect. Raises NoAnswer when the broker does not let us in."""
        self._mqtt.start()
        if not self._mqtt.wait_connected(PATIENCE_S):
            raise NoAnswer(f"{self.dev} cannot connect")

    def close(self) -> None:
        """Leave."""
        self._mqtt.stop()

    def be_born(self) -> None:
        """Say that a boot has begun; returns when the gateway has answered the first heartbeat of it."""
        self._say(self.birth())
        self.ask(self.beat(), Hback)

    def ask(self, message: Message, kind: type[M]) -> M:
        """Sign and send, and wait for the answer of this kind. Raises NoAnswer."""
        self.send(message, kind)
        return self.receive(kind)

    def send(self, message: Message, awaited: type[Reply | EvtAck | Hback]) -> None:
        """Sign and send; the answer is fetched by `receive`. The clock starts before signing."""
        self._awaited = awaited.channel
        self._news.clear()
        self.asked_at = time.perf_counter()
        self._say(message)

    def receive(self, kind: type[M]) -> M:
        """The answer to what was sent last. Raises NoAnswer."""
        if not self._news.wait(PATIENCE_S) or self._heard is None:
            raise NoAnswer(f"{self.dev} got no {kind.__name__}")
        message = self.read(*self._heard)
        if not isinstance(message, kind):
            raise NoAnswer(f"{self.dev} got another answer than {kind.__name__}")
        return message

    @property
    def took_ms(self) -> float:
        """From before signing until the answer's bytes were here."""
        return (self.answered_at - self.asked_at) * 1000

    def _say(self, message: Message) -> None:
        topic, payload = self.sign(message)
        if not self._mqtt.publish(topic, payload, qos=1):
            raise NoAnswer(f"{self.dev} is not connected")

    def _hear(self, topic: str, payload: bytes, _ack: AckCallable) -> None:
        at = time.perf_counter()
        if topic.endswith(f"/{self._awaited}") and not self._news.is_set():
            self.answered_at, self._heard = at, (topic, payload)
            self._news.set()
