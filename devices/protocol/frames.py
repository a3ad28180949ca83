"""The frame `1 <kid> <base64url signature>\\n<json>`: signing, verifying, and strict JSON. It owns every
limit that protects a parser (bytes, depth, integers, encoding) and never looks at what a message means.
The signature covers the topic, so a frame recorded on one topic is worthless on another."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from devices.protocol.errors import FrameError
from devices.protocol.keys import KEY_ID, KeyRing, Signer, b64url_decode, b64url_encode

MAX_FRAME_BYTES = 8192
MAX_DEPTH = 6
MAX_INTEGER = 2**53
# Possessive, and an unfinished string reaches to the end: whatever comes, every byte is looked at once.
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_SUSPECT_ESCAPE = re.compile(rb"\\u(?:[dD]|0000)")
_WILL_INTEGER = range(2**31)


@dataclass(frozen=True, slots=True)
class Frame:
    """A verified frame: who signed it, its JSON object, and the exact JSON bytes that were signed."""

    kid: str
    body: dict[str, Any]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Will:
    """The broker's unsigned hint that a connection is gone: boot number and connection number, nothing
    more.
    """

    bootn: int
    conn: int


def canonical_json(body: Mapping[str, Any]) -> bytes:
    """The one spelling of an object: sorted keys, no blanks, UTF-8. Used for signing and for the
    configuration hash.
    """
    return json.dumps(
        body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode("utf-8")


def _signed(topic: str, raw: bytes) -> bytes:
    return b"iap1\0" + topic.encode("utf-8", "strict") + b"\0" + raw


def encode(*, topic: str, body: Mapping[str, Any], signer: Signer) -> bytes:
    """The frame bytes for `topic`; FrameError `frame.too_large` beyond 8 KiB, `frame.json` when JSON cannot
    hold it.
    """
    try:
        raw = canonical_json(body)
    except (TypeError, ValueError) as error:
        raise FrameError("frame.json") from error
    signature = b64url_encode(signer.sign(_signed(topic, raw)))
    frame = f"1 {signer.kid} {signature}\n".encode("ascii") + raw
    if len(frame) > MAX_FRAME_BYTES:
        raise FrameError("frame.too_large", str(MAX_FRAME_BYTES))
    return frame


def decode(*, topic: str, payload: bytes, keys: KeyRing) -> Frame:
    """The verified frame; FrameError with a dotted code otherwise. The JSON is read only after the signature
    held.
    """
    if len(payload) > MAX_FRAME_BYTES:
        raise FrameError("frame.too_large", str(MAX_FRAME_BYTES))
    head, newline, raw = payload.partition(b"\n")
    if not newline:
        raise FrameError("frame.header")
    kid, signature = _parse_header(head)
    verifier = keys.get(kid)
    if verifier is None:
        raise FrameError("frame.key_unknown")
    if not verifier.verify(_signed(_checked_topic(topic), raw), signature):
        raise FrameError("frame.signature")
    body = parse_json(raw)
    version = body.get("v")
    if type(version) is not int:
        raise FrameError("frame.member", "v")
    if version != 1:
        raise FrameError("frame.version")
    return Frame(kid=kid, body=body, raw=raw)


def _checked_topic(topic: str) -> str:
    try:
        topic.encode("utf-8", "strict")
    except UnicodeEncodeError as error:
        raise FrameError("frame.topic") from error
    return topic


def _parse_header(head: bytes) -> tuple[str, bytes]:
    try:
        parts = head.decode("ascii").split(" ")
    except UnicodeDecodeError as error:
        raise FrameError("frame.header") from error
    if parts[0] != "1" and parts[0].isdigit():
        raise FrameError("frame.version")
    if len(parts) != 3 or parts[0] != "1" or not KEY_ID.fullmatch(parts[1]):
        raise FrameError("frame.header")
    try:
        signature = b64url_decode(parts[2])
    except ValueError as error:
        raise FrameError("frame.header", "signature") from error
    return parts[1], signature


def parse_json(raw: bytes) -> dict[str, Any]:
    """A JSON object read strictly: UTF-8, depth <= 6, no NaN or Infinity, no duplicate keys, integers within
    +-2^53.

    Raises FrameError frame.too_large, frame.utf8, frame.depth or frame.json, and never anything else.
    """
    if len(raw) > MAX_FRAME_BYTES:
        raise FrameError("frame.too_large", str(MAX_FRAME_BYTES))
    try:
        text = raw.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise FrameError("frame.utf8") from error
    # json recurses once for every level: depth is measured before it is entered.
    _check_depth(raw)
    try:
        body = json.loads(
            text,
            object_pairs_hook=_unique_members,
            parse_constant=_refuse_constant,
            parse_int=_bounded_int,
            parse_float=_finite_float,
        )
    except FrameError:
        raise
    except (ValueError, RecursionError) as error:
        raise FrameError("frame.json") from error
    if not isinstance(body, dict):
        raise FrameError("frame.json", "object")
    if _SUSPECT_ESCAPE.search(raw):
        _refuse_unstorable(body)
    return body


def _check_depth(raw: bytes) -> None:
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for byte in _STRINGS.sub(b"", raw):
        if byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise FrameError("frame.depth", str(MAX_DEPTH))
        elif byte in b"]}":
            depth -= 1


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise FrameError("frame.json", "duplicate key")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise FrameError("frame.json", name)


def _bounded_int(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise FrameError("frame.json", "integer out of range")
    return int(digits)


def _finite_float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise FrameError("frame.json", "number out of range")
    return value


def _refuse_unstorable(body: dict[str, Any]) -> None:
    """Half a surrogate pair has no UTF-8, and no database text can hold NUL: both came as \\u escapes."""
    try:
        plain = json.dumps(body, ensure_ascii=False).encode("utf-8", "strict")
    except UnicodeEncodeError as error:
        raise FrameError("frame.utf8", "surrogate") from error
    if b"\\u0000" in plain:
        raise FrameError("frame.json", "NUL")


def encode_will(will: Will) -> bytes:
    """The will as the broker publishes it: bare JSON, because nobody signs for a device that is gone."""
    return canonical_json({"v": 1, "on": 0, "bootn": will.bootn, "conn": will.conn})


def is_will(payload: bytes) -> bool:
    """Whether a payload on `up/state` claims to be the unsigned will (signed frames start with a digit)."""
    return payload.startswith(b"{")


def decode_will(payload: bytes) -> Will:
    """The unsigned will, a hint only: it may mark a device unreachable and nothing else. FrameError
    otherwise.
    """
    body = parse_json(payload)
    if body.get("v") != 1 or type(body.get("v")) is not int:
        raise FrameError("frame.version")
    numbers = [body.get("on"), body.get("bootn"), body.get("conn")]
    if any(type(number) is not int or number not in _WILL_INTEGER for number in numbers) or body["on"] != 0:
        raise FrameError("frame.member", "will")
    return Will(bootn=body["bootn"], conn=body["conn"])
