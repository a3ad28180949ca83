"""Bad input at the door: refused, counted, logged without secrets, and nothing changed (I5)."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import models

from apps.core.models import Delivery, Fact
from devices.ingest import Ingest
from devices.models import ControlledNode, Controller, JournalEntry, RefusedFrame, SwipeRequest
from devices.protocol import (
    Ed25519Signer,
    b64url_encode,
    encode_will,
    generate_seed,
    new_boot,
    new_ulid,
    topic_for,
)
from devices.protocol.frames import Will
from devices.provisioning import disable_controller, enrol_controller
from tests.devices.enrolled import Wire, line

WATCHED: tuple[type[models.Model], ...] = (
    Controller,
    ControlledNode,
    SwipeRequest,
    JournalEntry,
    Fact,
    Delivery,
)


def everything() -> str:
    """All rows that a frame could change."""
    return json.dumps(
        [list(model._default_manager.order_by("pk").values()) for model in WATCHED], default=str
    )


def refuse(ingest: Ingest, topic: str, payload: bytes, now: datetime) -> str | None:
    """Hand a frame in, see that nothing changed and nothing is said, and return the code."""
    before = everything()
    handled = ingest.handle(topic, payload, now)
    assert everything() == before
    assert handled.outgoing == ()
    return handled.refused


def _other_key(wire: Wire) -> Ed25519Signer:
    return Ed25519Signer(kid=wire.enrolment.kid, seed=generate_seed())


def _raw(wire: Wire, body: bytes) -> bytes:
    """A frame with a good signature over any bytes."""
    topic = topic_for(wire.dev, "swipe")
    signed = wire.signer.sign(b"iap1\0" + topic.encode() + b"\0" + body)
    from_header = f"1 {wire.enrolment.kid} ".encode()
    return from_header + b64url_encode(signed).encode() + b"\n" + body


BAD_FRAMES: dict[str, Callable[[Wire], tuple[str, bytes]]] = {
    "frame.too_large": lambda w: (topic_for(w.dev, "swipe"), b"1 k x\n" + b"x" * 9 * 1024),
    "frame.header": lambda w: (topic_for(w.dev, "swipe"), b'{"v":1}'),
    "frame.version": lambda w: (topic_for(w.dev, "swipe"), b"2 k1 AAAA\n{}"),
    "frame.key_unknown": lambda w: w.sign(
        w.swipe(), signer=Ed25519Signer(kid="nobody", seed=generate_seed())
    ),
    "frame.signature": lambda w: w.sign(w.swipe(), signer=_other_key(w)),
    "frame.utf8": lambda w: (topic_for(w.dev, "swipe"), _raw(w, b'{"v":1,"x":"\xff"}')),
    "frame.depth": lambda w: (
        topic_for(w.dev, "swipe"),
        _raw(w, b'{"v":1,"x":' + b"[" * 40 + b"]" * 40 + b"}"),
    ),
    "frame.json": lambda w: (topic_for(w.dev, "swipe"), _raw(w, b'{"v":1,"v":1}')),
    "frame.member": lambda w: (topic_for(w.dev, "swipe"), _raw(w, b'{"v":1}')),
}


@pytest.mark.parametrize("code", BAD_FRAMES)
def test_a_malformed_frame_is_refused_by_its_name(
    code: str, wire: Wire, ingest: Ingest, now: datetime
) -> None:
    topic, payload = BAD_FRAMES[code](wire)
    assert refuse(ingest, topic, payload, now) == code


@pytest.mark.parametrize(
    "topic",
    [
        "iap/1/d/FESEM1/up/swipe",
        "iap/1/d/fesem1/dn/reply",
        "iap/1/d/+/up/swipe",
        "iap/1/d/#",
        "iap/1/d/fesem1/up/swi\0pe",
        "iap/2/d/fesem1/up/swipe",
        "",
    ],
)
def test_a_topic_that_no_device_owns_is_refused(
    topic: str, wire: Wire, ingest: Ingest, now: datetime
) -> None:
    payload = wire.sign(wire.swipe())[1]
    assert refuse(ingest, topic, payload, now) == "frame.topic"


def test_a_controller_that_nobody_enrolled_is_refused_and_counted_among_strangers(
    wire: Wire, ingest: Ingest, now: datetime
) -> None:
    for name in ("stranger1", "stranger2", "stranger3"):
        payload = wire.sign(wire.swipe())[1]
        assert refuse(ingest, topic_for(name, "swipe"), payload, now) == "device.unknown"
    ingest.refusals.flush(now=now)
    counted = RefusedFrame.objects.get()
    assert (counted.dev, counted.code, counted.count) == ("?", "device.unknown", 3)


def test_a_disabled_controller_is_refused(wire: Wire, ingest: Ingest, now: datetime) -> None:
    ingest.handle(*wire.sign(wire.birth()), now)
    disable_controller(dev=wire.dev, reason="stolen", now=now)
    for message in (wire.swipe(), wire.beat(), wire.birth(conn=2), wire.journal(line(1, "on", odo=0))):
        assert refuse(ingest, *wire.sign(message), now) == "device.disabled"


def test_a_frame_of_one_device_means_nothing_on_the_topic_of_another(
    wire: Wire, ingest: Ingest, now: datetime
) -> None:
    other = Wire(enrol_controller(dev="fesem2", asset_no="20260001", now=now))
    _, payload = wire.sign(wire.swipe())
    assert refuse(ingest, topic_for(other.dev, "swipe"), payload, now) == "frame.key_unknown"
    stolen_name = Ed25519Signer(kid=other.enrolment.kid, seed=generate_seed())
    _, payload = wire.sign(wire.swipe(), signer=stolen_name)
    assert refuse(ingest, topic_for(other.dev, "swipe"), payload, now) == "frame.signature"


def test_a_frame_of_one_channel_means_nothing_on_another(wire: Wire, ingest: Ingest, now: datetime) -> None:
    _, payload = wire.sign(wire.beat())
    assert refuse(ingest, topic_for(wire.dev, "state"), payload, now) == "frame.signature"


def test_the_words_of_an_earlier_boot_are_refused(wire: Wire, ingest: Ingest, now: datetime) -> None:
    ingest.handle(*wire.sign(wire.birth()), now)
    old = [
        wire.sign(message)
        for message in (
            wire.swipe(),
            wire.beat(),
            wire.birth(),
            wire.journal(line(1, "on", odo=0)),
            wire.ack(new_ulid()),
        )
    ]
    wire.power_cycle()
    ingest.handle(*wire.sign(wire.birth()), now)
    for topic, payload in old:
        assert refuse(ingest, topic, payload, now) == "replay.boot"


def test_a_boot_number_used_twice_is_refused(wire: Wire, ingest: Ingest, now: datetime) -> None:
    ingest.handle(*wire.sign(wire.birth()), now)
    assert refuse(ingest, *wire.sign(wire.birth(boot=new_boot())), now) == "replay.boot"


def test_the_words_of_an_earlier_connection_are_refused(wire: Wire, ingest: Ingest, now: datetime) -> None:
    ingest.handle(*wire.sign(wire.birth(conn=2)), now)
    assert refuse(ingest, *wire.sign(wire.birth(conn=1, st="fault")), now) == "replay.conn"
    assert refuse(ingest, *wire.sign(wire.beat(conn=1)), now) == "replay.conn"


def test_a_repeated_heartbeat_is_refused_also_by_a_gateway_that_has_just_started(
    wire: Wire, ingest: Ingest, now: datetime
) -> None:
    ingest.handle(*wire.sign(wire.birth()), now)
    quiet, loud = wire.sign(wire.beat(st="pending")), wire.sign(wire.beat(st="fault"))
    ingest.handle(*quiet, now)
    ingest.handle(*loud, now)
    for door in (ingest, Ingest()):
        assert refuse(door, *quiet, now) == "replay.hb"
        assert refuse(door, *loud, now) == "replay.hb"
    assert ControlledNode.objects.get().state == "fault"


def test_a_swipe_before_the_birth_of_its_boot_is_refused(wire: Wire, ingest: Ingest, now: datetime) -> None:
    assert refuse(ingest, *wire.sign(wire.swipe()), now) == "replay.boot"


def test_a_node_that_is_not_enrolled_is_refused(wire: Wire, ingest: Ingest, now: datetime) -> None:
    assert refuse(ingest, *wire.sign(wire.beat(node=7)), now) == "device.no_such_node"
    assert refuse(ingest, *wire.sign(wire.birth(node=7)), now) == "device.no_such_node"


def test_a_forged_will_changes_only_what_is_displayed_and_only_of_the_present_connection(
    wire: Wire, ingest: Ingest, now: datetime
) -> None:
    ingest.handle(*wire.sign(wire.birth(conn=3)), now)
    topic = topic_for(wire.dev, "state")
    before = everything()
    for bootn, conn in ((1, 2), (1, 4), (0, 3), (2, 3)):
        assert ingest.handle(topic, encode_will(Will(bootn=bootn, conn=conn)), now).changed is False
    assert everything() == before
    assert ingest.handle(topic, encode_will(Will(bootn=1, conn=3)), now).changed is True
    assert wire.row.online is False
    assert wire.row.boot == wire.boot
    assert refuse(ingest, topic, b'{"v":1,"on":0,"bootn":true,"conn":1}', now) == "frame.member"


def test_a_flood_of_refusals_costs_one_write_in_ten_seconds(
    wire: Wire, ingest: Ingest, now: datetime, django_assert_num_queries: Callable[..., object]
) -> None:
    topic, payload = wire.sign(wire.swipe(), signer=_other_key(wire))
    for _ in range(50):
        ingest.handle(topic, payload, now)
    assert ingest.refusals.flush(now=now) == 1
    for _ in range(50):
        ingest.handle(topic, payload, now)
    assert ingest.refusals.flush(now=now + timedelta(seconds=9)) == 0
    assert RefusedFrame.objects.get().count == 50
    assert ingest.refusals.flush(now=now + timedelta(seconds=10)) == 1
    row = RefusedFrame.objects.get()
    assert (row.dev, row.code, row.count) == (wire.dev, "frame.signature", 100)
    assert row.last_at == now + timedelta(seconds=10)
    assert str(row.day) == "2026-11-23"


def test_the_memory_of_refusals_is_bounded(wire: Wire, ingest: Ingest, now: datetime) -> None:
    for number in range(3_000):
        ingest.refusals.count(dev=f"dev{number:06d}", code="frame.signature")
    assert ingest.refusals.pending == 3_000
    assert ingest.refusals.flush(now=now) <= 1_001
    assert RefusedFrame.objects.get(dev="?").count == 2_000


def test_the_log_of_a_refusal_names_device_and_reason_and_no_content(
    wire: Wire, ingest: Ingest, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    swipe = wire.swipe()
    with caplog.at_level(logging.DEBUG):
        ingest.handle(*wire.sign(swipe, signer=_other_key(wire)), now)
        ingest.refusals.flush(now=now)
    assert "frame.signature" in caplog.text
    assert wire.dev in caplog.text
    assert swipe.card is not None
    assert swipe.card not in caplog.text


def test_the_log_of_a_bad_member_names_the_member_and_not_its_value(
    wire: Wire, ingest: Ingest, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    for said in ({"st": "sleeping"}, {"fw": "secret!"}, {"st": "dreaming"}):
        assert ingest.handle(*wire.sign(wire.birth(**said)), now).refused == "frame.member"
    with caplog.at_level(logging.WARNING, "devices.ingest.refusals"):
        ingest.refusals.flush(now=now)
    assert f"refused 3 frame(s) of {wire.dev}: frame.member (fw, st)" in caplog.text
    assert "sleeping" not in caplog.text
    assert "secret" not in caplog.text


def test_the_names_kept_for_the_log_are_few_and_plain(
    wire: Wire, ingest: Ingest, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(100):
        ingest.refusals.count(dev=wire.dev, code="frame.member", detail=f"m{number:02d}")
    ingest.refusals.count(dev=wire.dev, code="frame.json", detail="two\nlines")
    with caplog.at_level(logging.WARNING, "devices.ingest.refusals"):
        ingest.refusals.flush(now=now)
    assert "(m00, m01, m02, m03, m04)" in caplog.text
    assert "lines" not in caplog.text


def test_what_is_refused_later_is_still_counted_after_a_database_error(
    ingest: Ingest, wire: Wire, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest.refusals.count(dev=wire.dev, code="frame.json")

    def away(*_: object) -> None:
        raise OSError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(ingest.refusals, "_write", away)
        with pytest.raises(OSError, match="away"):
            ingest.refusals.flush(now=now)
    assert ingest.refusals.flush(now=now) == 1
