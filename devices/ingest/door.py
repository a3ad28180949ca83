"""The door: topic, controller, signature, then the handler of the channel. It owns the order of these checks
and that a refused frame is counted and changes nothing; it never raises for a bad frame."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from devices import faultpoints
from devices.ingest import acks, heartbeats, journal, states, swipes
from devices.ingest.context import Caller, Handled
from devices.ingest.identity import caller_named
from devices.ingest.presence import Presence
from devices.ingest.refusals import Refusals
from devices.models import Controller
from devices.protocol import (
    Ack,
    Ed25519Public,
    Evt,
    FrameError,
    Hb,
    Message,
    State,
    Swipe,
    Topic,
    Verifier,
    b64url_decode,
    decode,
    decode_will,
    is_will,
    parse_message,
    parse_topic,
)

__all__ = ["Handled", "Ingest"]

_HANDLERS: dict[type[Message], Callable[..., Handled]] = {
    Swipe: swipes.answer,
    Evt: journal.take,
    Ack: acks.take,
    State: states.take_birth,
}


@dataclass(frozen=True, slots=True)
class _Claim:
    """A parsed topic and the enrolled controller it names."""

    topic: Topic
    caller: Caller


class Ingest:
    """Everything that comes from devices, for one thread. `refusals` and `presence` are its memory; whoever
    runs it flushes them.
    """

    def __init__(self) -> None:
        self.refusals = Refusals()
        self.presence = Presence()

    def handle(self, topic: str, payload: bytes, now: datetime) -> Handled:
        """Commit what a frame means and return what is to be published afterwards.

        A frame that is not well-formed, not signed by its device, not new, or not this device's changes
        nothing and is counted; `Handled.refused` then carries its code. Database errors pass through:
        nothing was committed, the frame may be handled again.
        """
        faultpoints.reach("received")
        known: str | None = None
        detail = ""
        try:
            claim = _identify(topic)
            known = claim.caller.dev
            handled = self._dispatch(claim, topic, payload, now)
        except FrameError as error:
            handled, detail = Handled(refused=error.code), error.detail
        if handled.refused is not None:
            self.refusals.count(dev=known, code=handled.refused, detail=detail)
        return handled

    def _dispatch(self, claim: _Claim, topic: str, payload: bytes, now: datetime) -> Handled:
        caller = claim.caller
        if claim.topic.channel == "state" and is_will(payload):
            return states.take_will(caller, decode_will(payload), now=now)
        frame = decode(topic=topic, payload=payload, keys=_keys_of(caller))
        if caller.disabled:
            return Handled(refused="device.disabled")
        message = parse_message(claim.topic.channel, frame.body)
        if isinstance(message, Hb):
            return heartbeats.take(caller, message, presence=self.presence, now=now)
        return _HANDLERS[type(message)](caller, message, now=now)


def _identify(topic: str) -> _Claim:
    """Who speaks, by the topic."""
    place = parse_topic(topic)
    if place.direction != "up":
        raise FrameError("frame.topic", "direction")
    caller = caller_named(place.dev)
    if caller is None:
        raise FrameError("device.unknown")
    return _Claim(place, caller)


def _keys_of(caller: Caller) -> dict[str, Verifier]:
    if caller.controller.algorithm != Controller.Algorithm.ED25519:
        # Symmetric keys are not handed out by enrolment; a row that claims one is not believed.
        return {}
    return {caller.controller.kid: _verifier(caller.controller.public_key)}


@lru_cache(maxsize=4096)
def _verifier(public_key: str) -> Ed25519Public:
    return Ed25519Public(b64url_decode(public_key))
