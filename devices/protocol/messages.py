"""One table from channel to message type. It owns the dispatch from a verified body to a typed message and
never invents a channel."""

from typing import Any

from devices.protocol.config import Cfg, NodePolicy, config_hash
from devices.protocol.downlinks import (
    Cmd,
    Desired,
    EvtAck,
    Grant,
    Hback,
    Host,
    Reply,
    Text,
)
from devices.protocol.errors import FrameError
from devices.protocol.uplinks import Ack, Evt, Hb, JournalEntry, State, Swipe

Message = Swipe | Hb | State | Evt | Ack | Reply | Hback | EvtAck | Desired | Cmd | Cfg | Host

_TYPES: dict[str, type[Message]] = {
    kind.channel: kind for kind in (Swipe, Hb, State, Evt, Ack, Reply, Hback, EvtAck, Desired, Cmd, Cfg, Host)
}

__all__ = [
    "Ack",
    "Cfg",
    "Cmd",
    "Desired",
    "Evt",
    "EvtAck",
    "Grant",
    "Hb",
    "Hback",
    "Host",
    "JournalEntry",
    "Message",
    "NodePolicy",
    "Reply",
    "State",
    "Swipe",
    "Text",
    "config_hash",
    "parse_message",
]


def parse_message(channel: str, body: dict[str, Any]) -> Message:
    """The typed message of a verified body on `channel`; FrameError `frame.topic` or `frame.member`."""
    kind = _TYPES.get(channel)
    if kind is None:
        raise FrameError("frame.topic", "channel")
    return kind.parse(body)
