"""The server's own hand: its Ed25519 key, and the rule that it signs nothing while its clock and the
database's disagree. It owns making downlink frames and never decides what they say."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import connection

from apps.core.clock import now as clock_now
from devices.protocol import (
    HOST_TOPIC,
    Ed25519Signer,
    Host,
    Message,
    b64url_decode,
    b64url_encode,
    encode,
    topic_for,
)

MAX_CLOCK_DIFFERENCE_S = 1.0
RETAINED = frozenset({"desired", "cfg"})
AT_MOST_ONCE = frozenset({"hback"})


class ClockDisagrees(Exception):
    """This host's clock and the database's differ by more than a second: nothing may be signed."""

    code = "devices.clock_disagrees"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A signed frame to be published after the commit."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


@lru_cache(maxsize=2)
def _signer(kid: str, seed: str) -> Ed25519Signer:
    return Ed25519Signer(kid=kid, seed=b64url_decode(seed))


def server_signer() -> Ed25519Signer:
    """The signer of SERVER_SIGNING_KEY under SERVER_KEY_ID."""
    return _signer(settings.SERVER_KEY_ID, settings.SERVER_SIGNING_KEY)


def server_keys() -> dict[str, str]:
    """What devices must trust: key id -> raw public key, base64url."""
    signer = server_signer()
    return {signer.kid: b64url_encode(signer.public)}


def seal(dev: str, message: Message) -> Outgoing:
    """`message` signed for one device, with the QoS and retention of its channel."""
    topic = topic_for(dev, message.channel)
    payload = encode(topic=topic, body=message.to_json(), signer=server_signer())
    return Outgoing(
        topic, payload, qos=0 if message.channel in AT_MOST_ONCE else 1, retain=message.channel in RETAINED
    )


def seal_host(host: Host) -> Outgoing:
    """The primary host's word to all displays, signed and retained."""
    payload = encode(topic=HOST_TOPIC, body=host.to_json(), signer=server_signer())
    return Outgoing(HOST_TOPIC, payload, qos=1, retain=True)


def clock_difference() -> float:
    """This host's clock minus the database's, in seconds; 0 for SQLite, which has no clock of its own."""
    if connection.vendor != "postgresql":
        return 0.0
    before = clock_now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    after = clock_now()
    if before <= theirs <= after:
        return 0.0
    return (before - theirs).total_seconds() if before > theirs else (after - theirs).total_seconds()


def check_clock() -> None:
    """Raise ClockDisagrees when the difference is over a second; asked at intervals by whoever signs."""
    difference = clock_difference()
    if abs(difference) > MAX_CLOCK_DIFFERENCE_S:
        raise ClockDisagrees(f"{difference:+.3f} s")
