"""Frames: what is signed comes back, and whatever else arrives is a FrameError and nothing worse."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocol import (
    MAX_FRAME_BYTES,
    MAX_INTEGER,
    Ed25519Public,
    Ed25519Signer,
    FrameError,
    HmacKey,
    KeyRing,
    Will,
    b64url_decode,
    b64url_encode,
    card_digest,
    decode,
    decode_will,
    encode,
    encode_will,
    is_will,
    new_boot,
    new_ulid,
    parse_json,
    parse_topic,
    topic_for,
)

SIGNER = Ed25519Signer(kid="k1", seed=b"s" * 32)
HMAC = HmacKey(kid="h1", secret=b"h" * 32)
KEYS: KeyRing = {"k1": Ed25519Public(SIGNER.public), "h1": HMAC}
TOPIC = topic_for("dev0", "hb")
SCALARS = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(max_size=20)
PLAIN = SCALARS.filter(
    lambda value: not isinstance(value, str) or (value.isprintable() and "\\u" not in value)
)
BODIES = st.dictionaries(
    st.text("abcxyz", min_size=1, max_size=5), PLAIN | st.lists(PLAIN, max_size=4), max_size=6
)


def code_of(payload: bytes, topic: str = TOPIC) -> str:
    with pytest.raises(FrameError) as caught:
        decode(topic=topic, payload=payload, keys=KEYS)
    return caught.value.code


def outcome(read: Callable[[], object]) -> object:
    """What was read, or the code of its refusal; any other exception is a failure of the test."""
    try:
        return read()
    except FrameError as error:
        return error.code


def signed(raw: bytes) -> bytes:
    signature = b64url_encode(SIGNER.sign(b"iap1\0" + TOPIC.encode() + b"\0" + raw))
    return f"1 k1 {signature}\n".encode() + raw


@given(body=BODIES, signer=st.sampled_from([SIGNER, HMAC]))
def test_a_signed_body_comes_back_as_it_was(body: dict[str, Any], signer: Ed25519Signer | HmacKey) -> None:
    body["v"] = 1
    frame = decode(topic=TOPIC, payload=encode(topic=TOPIC, body=body, signer=signer), keys=KEYS)
    assert (frame.body, frame.kid) == (body, signer.kid)


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_flipped_bit_refuses_the_frame(position: int, bit: int) -> None:
    frame = bytearray(encode(topic=TOPIC, body={"v": 1, "odo": 5, "st": "locked"}, signer=SIGNER))
    frame[position % len(frame)] ^= 1 << bit
    code_of(bytes(frame))


@given(length=st.integers(0, 200))
def test_a_truncated_frame_is_refused(length: int) -> None:
    frame = encode(topic=TOPIC, body={"v": 1, "odo": 5}, signer=SIGNER)
    if length < len(frame):
        code_of(frame[:length])


@given(payload=st.binary(max_size=300))
def test_noise_is_a_frame_error(payload: bytes) -> None:
    code_of(payload)


@given(raw=st.binary(max_size=200))
def test_signed_noise_is_still_a_frame_error_or_an_object(raw: bytes) -> None:
    verdict = outcome(lambda: decode(topic=TOPIC, payload=signed(raw), keys=KEYS).body)
    assert isinstance(verdict, dict) or str(verdict).startswith("frame.")


@given(text=st.text(alphabet='{}[]":,\\u0123456789dDeE.+-ntfaulsre ', max_size=60))
def test_json_like_noise_never_raises_anything_else(text: str) -> None:
    verdict = outcome(lambda: parse_json(text.encode()))
    assert isinstance(verdict, dict) or verdict in {"frame.json", "frame.depth", "frame.utf8"}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"v":1,"a":NaN}', "frame.json"),
        (b'{"v":1,"a":-Infinity}', "frame.json"),
        (b'{"v":1,"a":1e999}', "frame.json"),
        (b'{"v":1,"v":1}', "frame.json"),
        (b'{"v":1,"a":{"b":1,"b":2}}', "frame.json"),
        (b'{"v":1,"a":9007199254740993}', "frame.json"),
        (b'{"v":1,"a":' + b"9" * 5000 + b"}", "frame.json"),
        (b'{"v":1,"a":' + b"[" * 4000 + b"]" * 4000 + b"}", "frame.depth"),
        (b'{"v":1,"a":' + b"[" * 6 + b"]" * 6 + b"}", "frame.depth"),
        (b'{"v":1,"a":"\xff"}', "frame.utf8"),
        (b'{"v":1,"a":"\\ud800"}', "frame.utf8"),
        (b'{"v":1,"a":"\\u0000"}', "frame.json"),
        (b'{"v":1,"a":"\x00"}', "frame.json"),
        (b"[1]", "frame.json"),
        (b'{"v":1}{"v":1}', "frame.json"),
        (b"", "frame.json"),
        (b'{"v":2}', "frame.version"),
        (b'{"v":true}', "frame.member"),
        (b'{"a":1}', "frame.member"),
    ],
)
def test_a_signature_does_not_excuse_bad_json(raw: bytes, code: str) -> None:
    assert code_of(signed(raw)) == code


def test_the_depth_of_brackets_inside_strings_does_not_count() -> None:
    body = {"v": 1, "a": '[[[[[[[[{{{{{{{{\\"['}
    assert decode(topic=TOPIC, payload=encode(topic=TOPIC, body=body, signer=SIGNER), keys=KEYS).body == body


def test_six_levels_are_allowed() -> None:
    assert parse_json(b'{"a":' + b"[" * 5 + b"]" * 5 + b"}")


def test_nine_kibibytes_are_refused_on_both_sides() -> None:
    with pytest.raises(FrameError, match=r"frame\.too_large"):
        encode(topic=TOPIC, body={"v": 1, "a": "x" * MAX_FRAME_BYTES}, signer=SIGNER)
    assert code_of(signed(json.dumps({"v": 1, "a": "x" * 9000}).encode())) == "frame.too_large"


def test_another_major_version_is_refused_before_its_signature_is_read() -> None:
    assert code_of(b"2 k1 AAAA\n{}") == "frame.version"


def test_an_unknown_key_is_named_as_such() -> None:
    stranger = Ed25519Signer(kid="zz", seed=b"z" * 32)
    assert code_of(encode(topic=TOPIC, body={"v": 1}, signer=stranger)) == "frame.key_unknown"


def test_a_wrong_key_under_a_known_name_is_refused() -> None:
    thief = Ed25519Signer(kid="k1", seed=b"t" * 32)
    assert code_of(encode(topic=TOPIC, body={"v": 1}, signer=thief)) == "frame.signature"


@pytest.mark.parametrize(
    "other", [topic_for("dev1", "hb"), topic_for("dev0", "evt"), "iap/1/d/dev0/dn/hback"]
)
def test_a_frame_is_worthless_on_another_topic(other: str) -> None:
    assert code_of(encode(topic=TOPIC, body={"v": 1}, signer=SIGNER), topic=other) == "frame.signature"


def test_a_second_spelling_of_a_signature_is_refused() -> None:
    head, raw = encode(topic=TOPIC, body={"v": 1}, signer=SIGNER).split(b"\n")
    assert code_of(head + b"==\n" + raw) == "frame.header"


def test_the_error_carries_no_content() -> None:
    with pytest.raises(FrameError) as caught:
        parse_json(b'{"card":"SECRET"')
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "topic",
    [
        "iap/1/d/+/up/hb",
        "iap/1/d/#",
        "iap/1/d/de/v0/up/hb",
        "iap/1/d/dev\0/up/hb",
        "iap/1/d/DEV0/up/hb",
        "iap/1/d/abc/up/hb",
        f"iap/1/d/{'a' * 27}/up/hb",
        "iap/1/d/dev0/up/reply",
        "iap/1/d/dev0/dn/hb",
        "iap/2/d/dev0/up/hb",
        "iap/1/d/dev0/up/hb\n",
        "iap/1/all/dn/host",
        "",
    ],
)
def test_a_topic_that_is_not_ours_is_refused(topic: str) -> None:
    with pytest.raises(FrameError, match=r"frame\.topic"):
        parse_topic(topic)


@given(dev=st.text(alphabet="ab+#/\0 Zé9", max_size=8))
def test_a_strange_device_id_never_becomes_a_topic(dev: str) -> None:
    assert outcome(lambda: parse_topic(topic_for(dev, "swipe")).dev) in {dev, "frame.topic"}


def test_a_will_is_a_hint_and_a_frame_is_none() -> None:
    assert decode_will(encode_will(Will(bootn=3, conn=9))) == Will(bootn=3, conn=9)
    assert is_will(encode_will(Will(bootn=3, conn=9)))
    assert not is_will(encode(topic=TOPIC, body={"v": 1}, signer=SIGNER))


@pytest.mark.parametrize(
    "payload",
    [b"{}", b'{"v":1,"on":1,"bootn":1,"conn":1}', b'{"v":1,"on":0,"bootn":-1,"conn":1}', b"{", b"[]"],
)
def test_a_malformed_will_is_refused(payload: bytes) -> None:
    with pytest.raises(FrameError):
        decode_will(payload)


def test_a_card_digest_ignores_how_the_reader_writes_the_uid() -> None:
    key = b"c" * 32
    assert card_digest(uid="04:a1:b2:c3", key=key) == card_digest(uid="04A1B2C3", key=key)
    assert card_digest(uid="04A1B2C3", key=key) != card_digest(uid="04A1B2C3", key=b"d" * 32)
    assert len(card_digest(uid="04A1B2C3", key=key)) == 22


@pytest.mark.parametrize(
    ("uid", "key"), [("xyz", b"c" * 32), ("04A", b"c" * 32), ("", b"c" * 32), ("04A1", b"c")]
)
def test_what_is_no_uid_has_no_digest(uid: str, key: bytes) -> None:
    with pytest.raises(FrameError):
        card_digest(uid=uid, key=key)


def test_identifiers_are_fresh_and_lower_case() -> None:
    assert new_ulid() != new_ulid()
    assert re.fullmatch(r"[0-9a-z]{26}", new_ulid())
    assert len(new_boot()) == 16


@given(data=st.binary(max_size=80))
def test_base64url_has_one_spelling(data: bytes) -> None:
    assert b64url_decode(b64url_encode(data)) == data
