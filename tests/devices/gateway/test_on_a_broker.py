"""The gateway on a real broker: what devices hear, and that nothing acknowledged is lost by a restart."""

from collections.abc import Callable

import pytest

from apps.core.clock import now
from devices.models import ControlledNode, RefusedFrame, SwipeRequest
from devices.protocol import Cfg, Desired, EvtAck, Hback, Reply, config_hash, new_ulid
from scripts.processes import wait_until
from tests.devices.enrolled import Wire, enrol, line
from tests.devices.gateway.conftest import RunningGateway
from tests.devices.gateway.station import Station

Start = Callable[[], RunningGateway]


@pytest.fixture
def wire(start_gateway: Start) -> Wire:
    """A controller enrolled at a broker whose gateway does not run yet."""
    return enrol(now=now(), dev=f"dev{new_ulid()[:20]}")


def test_a_device_hears_its_configuration_its_lease_and_its_answer(wire: Wire, start_gateway: Start) -> None:
    start_gateway()
    with Station(wire) as station:
        cfg, desired = station.hear(Cfg), station.hear(Desired)
        assert desired.cfg_hash == config_hash(cfg)
        station.say(wire.birth())
        station.say(wire.beat(ver=desired.ver))
        hback = station.hear(Hback)
        assert (hback.boot, hback.hb, hback.ver, hback.gid) == (wire.boot, 1, desired.ver, None)
        swipe = wire.swipe()
        station.say(swipe)
        reply = station.hear(Reply, lambda r: r.rid == swipe.rid)
        assert reply.ok is False
        assert reply.codes == ("card.unknown",)
        assert reply.msg is not None
        station.say(wire.journal(line(1, "tamper", odo=0)))
        assert station.hear(EvtAck).upto == 1
    assert wire.row.published_ver == wire.row.desired_ver


def test_what_was_said_while_the_gateway_was_away_is_answered_afterwards(
    wire: Wire, start_gateway: Start
) -> None:
    first = start_gateway()
    with Station(wire) as station:
        station.say(wire.birth())
        assert wait_until(lambda: wire.row.boot == wire.boot, seconds=20)
        first.stop()
        assert not first.ready_file.exists()
        swipe = wire.swipe()
        station.say(swipe)
        assert not SwipeRequest.objects.exists()
        start_gateway()
        assert station.hear(Reply, lambda r: r.rid == swipe.rid).ok is False
    assert SwipeRequest.objects.get().rid == swipe.rid


def test_a_device_that_was_enrolled_while_the_gateway_runs_is_served_at_once(start_gateway: Start) -> None:
    start_gateway()
    wire = enrol(now=now(), dev=f"dev{new_ulid()[:20]}")
    with Station(wire) as station:
        station.hear(Desired)


def test_a_return_on_a_new_connection_is_seen(wire: Wire, start_gateway: Start) -> None:
    start_gateway()
    with Station(wire) as station:
        station.say(wire.birth())
        assert wait_until(lambda: wire.row.online, seconds=20)
        wire.conn = 2
        station.say(wire.birth(st="fault"))
        assert wait_until(lambda: wire.row.conn == 2, seconds=20)
    assert ControlledNode.objects.get().state == "fault"


def test_bad_frames_on_the_wire_are_counted_and_the_gateway_goes_on(wire: Wire, start_gateway: Start) -> None:
    running = start_gateway()
    stranger = Wire(wire.enrolment)
    stranger.signer = type(wire.signer)(kid=wire.enrolment.kid, seed=b"x" * 32)
    with Station(stranger) as liar:
        liar.say(stranger.birth())
        liar.say(stranger.swipe())
    with Station(wire) as station:
        station.say(wire.birth())
        station.say(wire.beat())
        station.hear(Hback)
    running.stop()
    assert RefusedFrame.objects.get(dev=wire.dev, code="frame.signature").count == 2
