"""The gateway's work under a clock of its own: orders, desired states, rosters, and the order commit,
publish, acknowledge."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from apps.core.models import Fact
from devices import downlink, faultpoints, signing
from devices.configuration import configuration_of, configure
from devices.models import Controller, DeviceCommand
from devices.protocol import Cmd, Desired, Hback, Reply, config_hash, parse_topic
from devices.signing import Outgoing
from devices.worker import Worker
from tests.devices.enrolled import Wire, enrol

SECOND = timedelta(seconds=1)


class Post:
    """Takes what the worker publishes; can be told to lose the broker."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.up = True

    def send(self, outgoing: Outgoing) -> bool:
        """Publish."""
        if self.up:
            self.sent.append(outgoing)
        return self.up

    def take(self, channel: str) -> list[Outgoing]:
        """What was published on a channel since the last look."""
        found = [one for one in self.sent if parse_topic(one.topic).channel == channel]
        self.sent = [one for one in self.sent if one not in found]
        return found


@pytest.fixture
def wire(db: None, now: datetime) -> Wire:
    """A controller that was enrolled just now."""
    return enrol(now=now)


@pytest.fixture
def post() -> Post:
    """The broker's place."""
    return Post()


@pytest.fixture
def worker(post: Post) -> Worker:
    """A gateway's worker."""
    return Worker(send=post.send, deliver=post.send, connected=lambda: post.up)


@pytest.fixture
def reached() -> Iterator[list[str]]:
    """The fault points that were passed, in order."""
    names: list[str] = []
    faultpoints.set_hook(names.append)
    yield names
    faultpoints.set_hook(None)


def _order(wire: Wire, now: datetime, kind: str = "lock", lives: int = 60) -> DeviceCommand:
    return downlink.order(
        controller=wire.row, kind=kind, node=1, now=now, lives=timedelta(seconds=lives), gid=None
    )


def test_a_frame_is_committed_then_published_then_acknowledged(
    wire: Wire, worker: Worker, post: Post, now: datetime, reached: list[str]
) -> None:
    worker.take(*wire.sign(wire.birth()), now=now)
    reached.clear()
    worker.take(*wire.sign(wire.swipe()), now=now, ack=lambda: reached.append("ack"))
    assert reached == [
        *("received", "before_commit", "after_commit"),
        *("mid_publish", "published", "ack", "acked"),
    ]


def test_a_frame_is_not_acknowledged_while_the_database_is_away(
    wire: Wire, worker: Worker, post: Post, now: datetime
) -> None:
    worker.take(*wire.sign(wire.birth()), now=now)

    def lose(name: str) -> None:
        if name == "before_commit":
            raise OperationalError("gone")

    acked: list[bool] = []
    swipe = wire.sign(wire.swipe())
    faultpoints.set_hook(lose)
    try:
        with pytest.raises(OperationalError):
            worker.take(*swipe, now=now, ack=lambda: acked.append(True))
    finally:
        faultpoints.set_hook(None)
    assert acked == []
    assert post.take("reply") == []
    worker.take(*swipe, now=now, ack=lambda: acked.append(True))
    assert len(post.take("reply")) == len(acked) == 1


def test_an_order_is_sent_until_it_is_answered_with_growing_pauses(
    wire: Wire, worker: Worker, post: Post, now: datetime
) -> None:
    worker.take(*wire.sign(wire.birth()), now=now)
    command = _order(wire, now)
    sent = []
    for tenth in range(200):
        worker.relay(now=now + tenth * SECOND / 10)
        sent += [tenth / 10 for _ in post.take("cmd")]
    assert sent == [0, 1, 3, 7, 15]
    worker.take(*wire.sign(wire.ack(command.ulid)), now=now + 20 * SECOND)
    worker.relay(now=now + 40 * SECOND)
    assert post.take("cmd") == []
    command.refresh_from_db()
    assert (command.ok, command.acked_at) == (True, now + 20 * SECOND)


def test_an_order_that_is_over_is_sent_no_more(wire: Wire, worker: Worker, post: Post, now: datetime) -> None:
    _order(wire, now, lives=2)
    worker.relay(now=now + 2 * SECOND)
    assert post.take("cmd") == []


def test_an_order_says_exactly_what_was_ordered(
    wire: Wire, worker: Worker, post: Post, now: datetime
) -> None:
    command = downlink.order(
        controller=wire.row,
        kind="ask",
        node=1,
        now=now,
        lives=30 * SECOND,
        question="remote",
        boot=wire.boot,
    )
    worker.relay(now=now)
    heard = wire.read(post.take("cmd")[0])
    assert isinstance(heard, Cmd)
    assert (heard.id, heard.k, heard.kind, heard.boot) == (command.ulid, "ask", "remote", wire.boot)


def test_a_lock_that_nobody_answers_is_an_alarm_after_five_seconds_once(
    wire: Wire, worker: Worker, now: datetime
) -> None:
    _order(wire, now)
    _order(wire, now, kind="identify")
    for second in range(30):
        worker.relay(now=now + second * SECOND)
    alarms = Fact.objects.filter(name="devices.alarm")
    assert [(fact.payload, fact.happened_at - now >= 5 * SECOND) for fact in alarms] == [
        ({"dev": wire.dev, "code": "command.unanswered"}, True)
    ]


def test_a_higher_version_is_published_once_and_an_overtaken_one_stays_due(
    wire: Wire, worker: Worker, post: Post, now: datetime
) -> None:
    worker.relay(now=now)
    assert len(post.take("desired")) == 1
    assert wire.row.published_ver == wire.row.desired_ver
    worker.relay(now=now)
    assert post.take("desired") == []
    downlink.raise_version(dev=wire.dev)
    before = downlink.dirty(now=now)[0]
    downlink.raise_version(dev=wire.dev)
    downlink.published(before)
    worker.relay(now=now)
    [last] = post.take("desired")
    heard = wire.read(last)
    assert isinstance(heard, Desired)
    assert heard.ver == wire.row.desired_ver == before.ver + 1


def test_nothing_counts_as_published_without_a_broker(
    wire: Wire, worker: Worker, post: Post, now: datetime
) -> None:
    _order(wire, now)
    post.up = False
    worker.relay(now=now)
    assert wire.row.published_ver < wire.row.desired_ver
    post.up = True
    worker.relay(now=now)
    assert len(post.take("desired")) == len(post.take("cmd")) == 1


def test_an_idle_turn_costs_two_queries(
    wire: Wire, worker: Worker, now: datetime, django_assert_num_queries: Any
) -> None:
    worker.relay(now=now)
    with django_assert_num_queries(2):
        worker.relay(now=now)


def test_a_quiet_heartbeat_costs_one_query_and_writes_nothing(
    wire: Wire, worker: Worker, post: Post, now: datetime, django_assert_num_queries: Any
) -> None:
    worker.take(*wire.sign(wire.birth()), now=now)
    worker.take(*wire.sign(wire.beat()), now=now)
    with django_assert_num_queries(1):
        worker.take(*wire.sign(wire.beat()), now=now)
    assert len(post.take("hback")) == 2


def test_heartbeats_reach_the_rows_together(
    wire: Wire, worker: Worker, now: datetime, django_assert_num_queries: Any
) -> None:
    others = [enrol(now=now, dev=f"dev{n:03d}", asset_no=f"2026{n:04d}") for n in range(2, 6)]
    for one in (wire, *others):
        worker.take(*one.sign(one.birth()), now=now)
        worker.take(*one.sign(one.beat(odo=5_000, busy=2_000)), now=now + SECOND)
    later = now + 15 * SECOND
    worker.ingest.presence.flush(now=later)
    assert set(Controller.objects.values_list("last_seen_at", flat=True)) == {later}
    assert set(Controller.objects.values_list("nodes__odo", "nodes__busy")) == {(5_000, 2_000)}
    assert worker.ingest.presence.flush(now=later) == 0


def test_a_device_that_is_behind_is_reminded_without_raising_its_version(
    wire: Wire, worker: Worker, post: Post, now: datetime
) -> None:
    worker.relay(now=now)
    worker.take(*wire.sign(wire.birth()), now=now)
    post.sent.clear()
    current = wire.row.desired_ver
    for beat in range(4):
        worker.take(*wire.sign(wire.beat(ver=current - 1)), now=now + beat * SECOND)
    assert len(post.take("desired")) == 2
    assert wire.row.desired_ver == current


def test_a_device_that_is_ahead_of_a_restored_database_is_overtaken(
    wire: Wire, worker: Worker, post: Post, now: datetime
) -> None:
    worker.take(*wire.sign(wire.birth()), now=now)
    worker.take(*wire.sign(wire.beat(ver=500)), now=now)
    assert wire.row.desired_ver == 501
    hbacks = [wire.read(one) for one in post.take("hback")]
    assert [h.ver for h in hbacks if isinstance(h, Hback)] == [501]


def test_everything_retained_is_published_again_in_small_parts(
    wire: Wire, worker: Worker, post: Post, now: datetime
) -> None:
    worker.relay(now=now)
    post.sent.clear()
    worker.republish_all()
    assert worker.republish_some(now=now) is False
    assert [parse_topic(one.topic).channel for one in post.sent] == ["cfg", "desired"]
    assert all(one.retain for one in post.sent)


def test_a_configuration_that_changes_raises_the_version_and_one_that_does_not_leaves_it(
    wire: Wire, now: datetime
) -> None:
    controller = wire.row
    before = controller.desired_ver
    assert configure(controller) is False
    assert configure(controller, periods={"lease_ms": 30_000}) is True
    assert wire.row.desired_ver == before + 1
    assert configuration_of(wire.row).lease_ms == 30_000
    assert wire.row.config_hash == config_hash(configuration_of(wire.row))


def test_nothing_is_signed_while_the_clocks_disagree(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    signing.check_clock()
    for difference in (1.5, -1.5):
        monkeypatch.setattr(signing, "clock_difference", lambda d=difference: d)
        with pytest.raises(signing.ClockDisagrees):
            signing.check_clock()


def test_the_clocks_of_host_and_database_are_compared(db: None) -> None:
    assert abs(signing.clock_difference()) < 0.5


def test_a_repeated_question_gets_the_same_bytes(
    wire: Wire, worker: Worker, post: Post, now: datetime
) -> None:
    worker.take(*wire.sign(wire.birth()), now=now)
    swipe = wire.sign(wire.swipe())
    for second in range(3):
        worker.take(*swipe, now=now + second * SECOND)
    replies = post.take("reply")
    assert len(replies) == 3
    assert len({one.payload for one in replies}) == 1
    assert isinstance(wire.read(replies[0]), Reply)
