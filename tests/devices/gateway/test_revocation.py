"""A fact that takes somebody's permission away reaches the device in the gateway's next turn, as an order
and as a higher version."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.models import Fact
from apps.instruments.models import Instrument
from apps.instruments.operations import change_instrument
from apps.instruments.states import open_work_order
from apps.people.operations import suspend_user
from apps.training.operations import withdraw_certificate
from apps.usage.models import UsageSession
from devices.configuration import configuration_of
from devices.models import Controller
from devices.operations import lock_node
from devices.protocol import Cfg, Cmd, Desired, Grant, Hback, Reply, config_hash
from devices.worker import Worker
from tests.devices.enrolled import line
from tests.devices.gateway.test_worker import Post
from tests.devices.granted import ALICES_CARD, YEAR, Scene, set_scene
from tests.people import cleared

SECOND = timedelta(seconds=1)


@pytest.fixture
def post() -> Post:
    """The broker's place."""
    return Post()


@pytest.fixture
def worker(post: Post) -> Worker:
    """A gateway's worker."""
    return Worker(send=post.send, deliver=post.send)


@pytest.fixture
def scene(db: None, now: datetime, worker: Worker, post: Post) -> Scene:
    """A connected controller that has its retained state; no fact is waiting."""
    made = set_scene(now)
    worker.take(*made.wire.sign(made.wire.birth()), now=now)
    settle(worker, now)
    post.sent.clear()
    return made


def settle(worker: Worker, now: datetime) -> None:
    """Turns until nothing is due."""
    while worker.relay(now=now):
        pass


def begin(scene: Scene, worker: Worker, post: Post, now: datetime) -> Grant:
    """Alice is in, power is on, and the gateway has nothing left to say."""
    worker.take(*scene.wire.sign(scene.wire.swipe(ALICES_CARD)), now=now)
    reply = scene.wire.read(post.take("reply")[0])
    assert isinstance(reply, Reply)
    assert reply.grant is not None, reply.codes
    on = scene.wire.journal(line(1, "on", odo=0, gid=reply.grant.gid))
    worker.take(*scene.wire.sign(on), now=now)
    settle(worker, now)
    post.sent.clear()
    return reply.grant


def heard(scene: Scene, post: Post, channel: str) -> Any:
    """The last frame of a channel."""
    return scene.wire.read(post.take(channel)[-1])


def leased(scene: Scene, worker: Worker, post: Post, gid: str, now: datetime) -> int:
    """The lease that the next heartbeat gets."""
    worker.take(*scene.wire.sign(scene.wire.beat(st="unlocked", gid=gid, ver=1)), now=now)
    hback = heard(scene, post, "hback")
    assert isinstance(hback, Hback)
    return hback.lease


def _set_class(scene: Scene, name: str) -> None:
    Instrument.objects.filter(pk=scene.people.sem.pk).update(revocation_class=name)


def test_a_withdrawn_certificate_locks_in_one_turn(
    scene: Scene, worker: Worker, post: Post, now: datetime
) -> None:
    grant = begin(scene, worker, post, now)
    assert leased(scene, worker, post, grant.gid, now) > 0
    before = scene.wire.row.desired_ver
    withdraw_certificate(certificate=scene.people.certificate, reason="misuse", by=scene.people.teng, now=now)
    worker.relay(now=now + SECOND)
    cmd, desired = heard(scene, post, "cmd"), heard(scene, post, "desired")
    assert isinstance(cmd, Cmd)
    assert isinstance(desired, Desired)
    assert (cmd.k, cmd.gid, cmd.node) == ("lock", grant.gid, 1)
    assert desired.revoked == (grant.gid,)
    assert desired.ver == before + 1
    assert leased(scene, worker, post, grant.gid, now + SECOND) == 0


def test_a_machine_that_must_finish_safely_is_told_until_when(
    scene: Scene, worker: Worker, post: Post, now: datetime
) -> None:
    _set_class(scene, "finish_safely")
    grant = begin(scene, worker, post, now)
    suspend_user(user=scene.people.alice, reason="x", by=None, now=now)
    settle(worker, now + SECOND)
    cmd, desired = heard(scene, post, "cmd"), heard(scene, post, "desired")
    session = UsageSession.objects.get(ulid=grant.gid)
    assert session.drain_until is not None
    until = int(session.drain_until.timestamp() * 1000)
    assert (cmd.k, cmd.gid, cmd.until) == ("drain", grant.gid, until)
    assert desired.drain == ((grant.gid, until),)
    assert until <= grant.exp
    assert 0 < leased(scene, worker, post, grant.gid, session.drain_until - SECOND) <= 1_000
    assert leased(scene, worker, post, grant.gid, session.drain_until) == 0


def test_a_machine_that_is_never_cut_only_refuses_the_next(
    scene: Scene, worker: Worker, post: Post, now: datetime
) -> None:
    _set_class(scene, "never_cut")
    grant = begin(scene, worker, post, now)
    suspend_user(user=scene.people.alice, reason="x", by=None, now=now)
    settle(worker, now + SECOND)
    assert post.take("cmd") == []
    assert leased(scene, worker, post, grant.gid, now + SECOND) > 0


@pytest.mark.parametrize("kind", ["cut", "finish_safely", "never_cut"])
def test_a_stop_by_a_person_takes_the_lease_and_is_commanded_once(
    kind: str, scene: Scene, worker: Worker, post: Post, now: datetime
) -> None:
    _set_class(scene, kind)
    grant = begin(scene, worker, post, now)
    lock_node(dev="fesem1", node=1, by=scene.people.olga, now=now, reason="smoke")
    assert leased(scene, worker, post, grant.gid, now) == 0
    settle(worker, now)
    [cmd] = [scene.wire.read(frame) for frame in post.take("cmd")]
    assert isinstance(cmd, Cmd)
    assert (cmd.k, cmd.node) == ("lock", 1)
    desired = heard(scene, post, "desired")
    assert isinstance(desired, Desired)
    assert (desired.revoked, desired.drain) == ((grant.gid,), ())
    session = UsageSession.objects.get(ulid=grant.gid)
    assert (session.state, session.revoke_codes) == ("open", ["device.stopped"])
    assert Fact.objects.get(name="clearances.revoked").payload["mode"] == "cut"


def test_a_stop_ends_a_drain_and_a_second_stop_only_orders_again(
    scene: Scene, worker: Worker, post: Post, now: datetime
) -> None:
    _set_class(scene, "finish_safely")
    grant = begin(scene, worker, post, now)
    suspend_user(user=scene.people.alice, reason="x", by=None, now=now)
    settle(worker, now)
    assert leased(scene, worker, post, grant.gid, now) > 0
    for _ in range(2):
        lock_node(dev="fesem1", node=1, by=scene.people.olga, now=now, reason="smoke")
    assert leased(scene, worker, post, grant.gid, now) == 0
    assert [
        fact.payload["mode"] for fact in Fact.objects.filter(name="clearances.revoked").order_by("pk")
    ] == [
        "drain",
        "cut",
    ]


def test_a_grant_ahead_that_is_taken_back_locks_nothing_that_runs(
    scene: Scene, worker: Worker, post: Post, now: datetime
) -> None:
    open_work_order(instrument=scene.people.sem, summary="pump", by=scene.people.teng, now=now)
    cleared(scene.people.teng, now, now + YEAR)
    worker.sync_rosters(now=now)
    settle(worker, now)
    [ahead] = UsageSession.objects.filter(state="standby", user=scene.people.teng)
    before = scene.wire.row.desired_ver
    suspend_user(user=scene.people.teng, reason="x", by=None, now=now)
    post.sent.clear()
    settle(worker, now + SECOND)
    assert post.take("cmd") == []
    desired = heard(scene, post, "desired")
    assert isinstance(desired, Desired)
    assert ahead.gid in desired.revoked
    assert desired.ver > before


def test_a_changed_class_of_the_instrument_is_a_new_configuration(
    scene: Scene, worker: Worker, post: Post, now: datetime
) -> None:
    change_instrument(
        instrument=scene.people.sem, by=scene.people.teng, now=now, revocation_class="finish_safely"
    )
    settle(worker, now)
    cfg, desired = heard(scene, post, "cfg"), heard(scene, post, "desired")
    assert isinstance(cfg, Cfg)
    assert [policy.cls for policy in cfg.nodes] == ["finish_safely"]
    assert desired.cfg_hash == config_hash(cfg) == config_hash(configuration_of(scene.wire.row))


def test_rosters_are_looked_at_again_by_turns(scene: Scene, worker: Worker, now: datetime) -> None:
    assert worker.sync_rosters(now=now) == 1
    assert worker.sync_rosters(now=now) == 0
    worker.sweep(now=now + 60 * SECOND)
    assert worker.sync_rosters(now=now) == 0
    worker.sweep(now=now + 16 * 60 * SECOND)
    assert Controller.objects.get().standby_due
    assert worker.sync_rosters(now=now + 16 * 60 * SECOND) == 1
