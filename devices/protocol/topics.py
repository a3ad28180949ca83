"""Topic names of IAP/1. It owns which channels exist and how a device id is spelled, and never subscribes."""

import re
from dataclasses import dataclass

from devices.protocol.errors import FrameError

DEVICE_ID = re.compile(r"[a-z0-9]{4,26}")
HOST_TOPIC = "iap/1/all/dn/host"
UPLINKS = frozenset({"state", "hb", "swipe", "evt", "ack"})
DOWNLINKS = frozenset({"desired", "reply", "hback", "evtack", "cmd", "cfg"})
_TOPIC = re.compile(r"iap/1/d/([a-z0-9]{4,26})/(up|dn)/([a-z]{2,7})")


@dataclass(frozen=True, slots=True)
class Topic:
    """A parsed device topic: device id, direction ('up' | 'dn') and channel ('hb', 'swipe', ...)."""

    dev: str
    direction: str
    channel: str

    def __str__(self) -> str:
        return f"iap/1/d/{self.dev}/{self.direction}/{self.channel}"


def topic_for(dev: str, channel: str) -> str:
    """The topic of a channel of one device; the direction follows from the channel. FrameError
    `frame.topic`.
    """
    if not DEVICE_ID.fullmatch(dev):
        raise FrameError("frame.topic", "dev")
    if channel in UPLINKS:
        return f"iap/1/d/{dev}/up/{channel}"
    if channel in DOWNLINKS:
        return f"iap/1/d/{dev}/dn/{channel}"
    raise FrameError("frame.topic", "channel")


def parse_topic(topic: str) -> Topic:
    """The parts of a device topic; anything else, wildcards and NUL included, is FrameError `frame.topic`."""
    found = _TOPIC.fullmatch(topic)
    if found is None:
        raise FrameError("frame.topic")
    dev, direction, channel = found.groups()
    if channel not in (UPLINKS if direction == "up" else DOWNLINKS):
        raise FrameError("frame.topic", "channel")
    return Topic(dev=dev, direction=direction, channel=channel)
