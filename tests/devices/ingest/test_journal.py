"""A device's journal: each number once, in order, without a gap (I3); what cannot be applied never stops
what follows."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.clock import to_ms
from apps.core.models import Fact
from apps.usage.models import UsageRecord, UsageSession
from devices import faultpoints
from devices.ingest import Ingest
from devices.ingest.journal import moment_of
from devices.models import ControlledNode, JournalEntry
from devices.protocol import EvtAck, new_ulid
from tests.devices.enrolled import Wire, line

MS = timedelta(milliseconds=1)


@pytest.fixture(autouse=True)
def _born(wire: Wire, ingest: Ingest, now: datetime) -> None:
    """The device has connected."""
    ingest.handle(*wire.sign(wire.birth()), now)


def upto(wire: Wire, ingest: Ingest, now: datetime, *entries: object) -> int:
    """Send a slice and return how far it was acknowledged."""
    handled = ingest.handle(*wire.sign(wire.journal(*entries)), now)  # type: ignore[arg-type]
    [ack] = [wire.read(one) for one in handled.outgoing]
    assert isinstance(ack, EvtAck)
    assert ack.boot == wire.boot
    return ack.upto


def numbers() -> list[int]:
    """What was applied, in order of application."""
    return list(JournalEntry.objects.order_by("pk").values_list("n", flat=True))


def test_a_slice_is_applied_once_however_often_it_comes(wire: Wire, ingest: Ingest, now: datetime) -> None:
    gid = new_ulid()
    slice_ = (line(1, "on", odo=0, gid=gid), line(2, "off", odo=60_000, gid=gid, why="swipe_out"))
    assert [upto(wire, ingest, now, *slice_) for _ in range(3)] == [2, 2, 2]
    assert numbers() == [1, 2]
    assert [record.powered_ms for record in UsageRecord.objects.all()] == [60_000]


def test_a_gap_is_acknowledged_only_up_to_it(wire: Wire, ingest: Ingest, now: datetime) -> None:
    assert upto(wire, ingest, now, line(1, "tamper", odo=0)) == 1
    assert upto(wire, ingest, now, line(3, "tamper", odo=0), line(4, "held", odo=0)) == 1
    assert numbers() == [1]
    assert upto(wire, ingest, now, line(2, "forced", odo=0), line(3, "tamper", odo=0)) == 3
    assert numbers() == [1, 2, 3]


def test_a_slice_that_overlaps_what_is_known_adds_only_the_rest(
    wire: Wire, ingest: Ingest, now: datetime
) -> None:
    upto(wire, ingest, now, line(1, "tamper", odo=0), line(2, "tamper", odo=0))
    assert upto(wire, ingest, now, line(2, "tamper", odo=0), line(3, "tamper", odo=0)) == 3
    assert numbers() == [1, 2, 3]


def test_a_device_of_an_earlier_installation_goes_on_where_it_was(
    wire: Wire, ingest: Ingest, now: datetime
) -> None:
    assert upto(wire, ingest, now, line(57, "tamper", odo=0)) == 57
    assert upto(wire, ingest, now, line(59, "tamper", odo=0)) == 57
    assert upto(wire, ingest, now, line(58, "tamper", odo=0)) == 58


def test_numbers_used_twice_for_different_things_are_refused_and_not_acknowledged(
    wire: Wire, ingest: Ingest, now: datetime
) -> None:
    upto(wire, ingest, now, line(1, "tamper", odo=500), line(2, "tamper", odo=500))
    handled = ingest.handle(*wire.sign(wire.journal(line(1, "on", odo=0, gid=new_ulid()))), now)
    assert (handled.refused, handled.outgoing) == ("journal.conflict", ())
    assert numbers() == [1, 2]


def test_use_that_no_grant_explains_is_counted_and_told_aloud(
    wire: Wire, ingest: Ingest, now: datetime
) -> None:
    gid = new_ulid()
    upto(wire, ingest, now, line(1, "on", odo=0, gid=gid), line(2, "off", odo=5_000, gid=gid))
    assert UsageSession.objects.get().kind == "unknown"
    codes = [fact.payload["code"] for fact in Fact.objects.filter(name="devices.alarm")]
    assert codes == ["usage.unknown_grant"]


def test_the_manual_key_is_its_own_kind_of_session(wire: Wire, ingest: Ingest, now: datetime) -> None:
    upto(wire, ingest, now, line(1, "override_on", odo=0), line(2, "override_off", odo=9_000))
    session = UsageSession.objects.get()
    assert (session.kind, session.odo0, session.odo1) == ("override", 0, 9_000)


@pytest.mark.parametrize("kind", ["forced", "tamper", "held", "reader_lost", "weld", "wd_reset"])
def test_a_contact_that_reports_mischief_is_an_alarm(
    kind: str, wire: Wire, ingest: Ingest, now: datetime
) -> None:
    upto(wire, ingest, now, line(1, kind, odo=0))
    assert Fact.objects.get(name="devices.alarm").payload == {"dev": wire.dev, "code": f"journal.{kind}"}


def test_a_line_that_the_meter_refuses_is_kept_told_aloud_and_stops_nothing(
    wire: Wire, ingest: Ingest, now: datetime
) -> None:
    first, second = new_ulid(), new_ulid()
    entries = (
        line(1, "on", odo=0, gid=first),
        line(2, "off", odo=10_000, gid=first),
        # The same milliseconds once more, under another name: not believed.
        line(3, "on", odo=0, gid=second),
        line(4, "off", odo=10_000, gid=second),
        line(5, "tamper", odo=10_000),
    )
    assert upto(wire, ingest, now, *entries) == 5
    assert numbers() == [1, 2, 3, 4, 5]
    assert sum(record.powered_ms for record in UsageRecord.objects.all()) == 10_000
    codes = [fact.payload["code"] for fact in Fact.objects.filter(name="devices.alarm").order_by("pk")]
    assert codes[-2].startswith(("usage.", "journal."))
    assert codes[-1] == "journal.tamper"


def test_a_line_of_a_node_that_is_not_enrolled_is_kept_and_told_aloud(
    wire: Wire, ingest: Ingest, now: datetime
) -> None:
    assert upto(wire, ingest, now, line(1, "on", odo=0, gid=new_ulid(), node=9)) == 1
    assert not UsageSession.objects.exists()
    assert Fact.objects.get(name="devices.alarm").payload["code"] == "device.no_such_node"


def test_a_crash_before_the_commit_leaves_nothing_and_after_it_everything(
    wire: Wire, ingest: Ingest, now: datetime
) -> None:
    slice_ = (line(1, "on", odo=0, gid=new_ulid()),)

    class Killed(Exception):
        pass

    def kill_at(point: str) -> None:
        def hook(name: str) -> None:
            if name == point:
                raise Killed

        faultpoints.set_hook(hook)

    try:
        kill_at("before_commit")
        with pytest.raises(Killed):
            upto(wire, ingest, now, *slice_)
        assert (numbers(), UsageSession.objects.count()) == ([], 0)
        kill_at("after_commit")
        with pytest.raises(Killed):
            upto(wire, ingest, now, *slice_)
    finally:
        faultpoints.set_hook(None)
    assert (numbers(), UsageSession.objects.count()) == ([1], 1)
    assert upto(wire, Ingest(), now, *slice_) == 1
    assert (numbers(), UsageSession.objects.count()) == ([1], 1)


def test_the_meters_of_a_node_only_rise(wire: Wire, ingest: Ingest, now: datetime) -> None:
    upto(wire, ingest, now, line(1, "tamper", odo=9_000, busy=4_000))
    upto(wire, ingest, now, line(2, "tamper", odo=8_000, busy=5_000))
    node = ControlledNode.objects.get()
    assert (node.odo, node.busy) == (9_000, 5_000)


def test_the_moment_of_a_line_lies_within_the_devices_bounds_and_never_in_the_future(now: datetime) -> None:
    ms = to_ms(now)
    assert moment_of(line(1, "on", odo=0, wall=(ms - 900, ms - 700)), now) == now - timedelta(
        milliseconds=800
    )
    assert moment_of(line(1, "on", odo=0, wall=(ms + 1_000, ms + 3_000)), now) == now
    assert moment_of(line(1, "on", odo=0), now) == now


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_order_and_repetition_of_slices_ends_in_the_same_rows(
    data: st.DataObject, wire: Wire, ingest: Ingest, now: datetime
) -> None:
    JournalEntry.objects.all().delete()
    type(wire.row).objects.filter(dev=wire.dev).update(evt_upto=0)
    history = [line(n, "clock", odo=n * 10) for n in range(1, 13)]
    upto(wire, ingest, now, history[0])
    sent = data.draw(st.lists(st.tuples(st.integers(0, 11), st.integers(1, 6)), max_size=12), label="slices")
    for start, length in [*sent, (0, 12)]:
        upto(wire, ingest, now, *history[start : start + length])
    assert numbers() == list(range(1, 13))
