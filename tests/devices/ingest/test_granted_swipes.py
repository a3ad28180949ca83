"""A permitted swipe: one grant for one question (I4), one live grant on a node (I10), never without a
committed decision (I12), and never at another's cost (I11)."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from apps.decisions.models import DecisionRecord
from apps.usage.models import UsageRecord, UsageSession
from devices import faultpoints
from devices.downlink import order
from devices.ingest import Handled, Ingest
from devices.models import DeviceCommand, SwipeRequest
from devices.protocol import Grant, Hback, Reply, new_ulid
from tests.devices.enrolled import STRANGERS_CARD, line
from tests.devices.granted import ALICES_CARD, Scene, permit, set_scene

SECOND = timedelta(seconds=1)
BOBS_CARD = "bobs".ljust(22, "B")


class Killed(Exception):
    """The gateway died."""


@pytest.fixture
def scene(db: None, now: datetime, ingest: Ingest) -> Scene:
    """Alice at an instrument whose controller has connected."""
    made = set_scene(now)
    ingest.handle(*made.wire.sign(made.wire.birth()), now)
    return made


@pytest.fixture
def points() -> Iterator[None]:
    """Takes whatever hook a test sets away again."""
    yield
    faultpoints.set_hook(None)


def reply_of(scene: Scene, handled: Handled) -> Reply:
    """The one reply."""
    [outgoing] = handled.outgoing
    reply = scene.wire.read(outgoing)
    assert isinstance(reply, Reply)
    return reply


def granted(scene: Scene, ingest: Ingest, now: datetime) -> Grant:
    """Alice swipes and is let in."""
    reply = reply_of(scene, ingest.handle(*scene.wire.sign(scene.wire.swipe(ALICES_CARD)), now))
    assert reply.grant is not None, reply.codes
    return reply.grant


def power(scene: Scene, ingest: Ingest, now: datetime, grant: Grant, *, n: int = 1, odo: int = 0) -> None:
    """The device reports power on."""
    handled = ingest.handle(*scene.wire.sign(scene.wire.journal(line(n, "on", odo=odo, gid=grant.gid))), now)
    assert handled.refused is None


def lease(scene: Scene, ingest: Ingest, now: datetime, gid: str | None) -> tuple[str | None, int]:
    """What the next heartbeat's answer says of the lease."""
    handled = ingest.handle(*scene.wire.sign(scene.wire.beat(st="unlocked", gid=gid, ver=1)), now)
    hback = scene.wire.read(handled.outgoing[0])
    assert isinstance(hback, Hback)
    return hback.gid, hback.lease


def test_a_grant_leaves_with_a_committed_decision_and_session(
    scene: Scene, ingest: Ingest, now: datetime
) -> None:
    swipe = scene.wire.swipe(ALICES_CARD)
    reply = reply_of(scene, ingest.handle(*scene.wire.sign(swipe), now))
    assert (reply.ok, reply.rid, reply.boot) == (True, swipe.rid, scene.wire.boot)
    assert reply.grant is not None
    session = UsageSession.objects.get()
    assert (session.ulid, session.state) == (reply.grant.gid, "granted")
    assert session.decision is not None
    stored = SwipeRequest.objects.get()
    assert (stored.gid, stored.decision) == (session.ulid, session.decision.ulid)
    assert reply.grant.card == ALICES_CARD
    assert reply.grant.lease == 45_000


def test_one_question_gets_one_grant_however_often_it_is_asked(
    scene: Scene, ingest: Ingest, now: datetime
) -> None:
    swipe = scene.wire.sign(scene.wire.swipe(ALICES_CARD))
    frames = {ingest.handle(*swipe, now + n * SECOND).outgoing[0].payload for n in range(3)}
    frames.add(Ingest().handle(*swipe, now + 9 * SECOND).outgoing[0].payload)
    assert len(frames) == 1
    assert UsageSession.objects.count() == DecisionRecord.objects.count() == 1


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
def test_a_crash_leaves_no_grant_or_the_same_grant(
    point: str, scene: Scene, ingest: Ingest, now: datetime, points: None
) -> None:
    swipe = scene.wire.sign(scene.wire.swipe(ALICES_CARD))

    def kill(name: str) -> None:
        if name == point:
            raise Killed

    faultpoints.set_hook(kill)
    with pytest.raises(Killed):
        ingest.handle(*swipe, now)
    faultpoints.set_hook(None)
    committed = list(SwipeRequest.objects.values_list("reply", flat=True))
    assert len(committed) == UsageSession.objects.count() == (point == "after_commit")
    again = Ingest().handle(*swipe, now + SECOND).outgoing[0].payload.decode()
    assert committed in ([], [again])
    assert UsageSession.objects.count() == 1


def test_a_denied_swipe_never_ends_anothers_session(scene: Scene, ingest: Ingest, now: datetime) -> None:
    grant = granted(scene, ingest, now)
    power(scene, ingest, now, grant)
    before = UsageSession.objects.values().get()
    for card in (STRANGERS_CARD, BOBS_CARD):
        reply = reply_of(scene, ingest.handle(*scene.wire.sign(scene.wire.swipe(card)), now + SECOND))
        assert reply.ok is False
    assert UsageSession.objects.values().get() == before
    assert lease(scene, ingest, now + SECOND, grant.gid)[0] == grant.gid


def test_a_permitted_person_waits_while_the_node_is_anothers(
    scene: Scene, ingest: Ingest, now: datetime
) -> None:
    permit("barbara", [scene.people.sem], card=BOBS_CARD, now=now)
    power(scene, ingest, now, granted(scene, ingest, now))
    reply = reply_of(scene, ingest.handle(*scene.wire.sign(scene.wire.swipe(BOBS_CARD)), now + SECOND))
    assert reply.ok is False
    assert UsageSession.objects.filter(state__in=UsageSession.LIVE).count() == 1


def test_the_lease_is_renewed_for_the_live_grant_and_for_no_other(
    scene: Scene, ingest: Ingest, now: datetime
) -> None:
    grant = granted(scene, ingest, now)
    assert lease(scene, ingest, now, grant.gid) == (grant.gid, 45_000)
    assert lease(scene, ingest, now, new_ulid()) == (None, 0)
    assert lease(scene, ingest, now, None) == (None, 0)


def test_no_lease_outlives_its_grant(scene: Scene, ingest: Ingest, now: datetime) -> None:
    grant = granted(scene, ingest, now)
    session = UsageSession.objects.get()
    near = session.expires_at - 10 * SECOND
    assert lease(scene, ingest, near, grant.gid) == (grant.gid, 10_000)
    assert lease(scene, ingest, session.expires_at, grant.gid) == (None, 0)


def test_a_new_boot_ends_what_the_last_one_was_granted(scene: Scene, ingest: Ingest, now: datetime) -> None:
    grant = granted(scene, ingest, now)
    power(scene, ingest, now, grant)
    scene.wire.power_cycle()
    ingest.handle(*scene.wire.sign(scene.wire.birth()), now + SECOND)
    assert UsageSession.objects.get().state == "ended"
    assert lease(scene, ingest, now + SECOND, grant.gid) == (None, 0)
    lost = line(2, "off", odo=700, gid=grant.gid, why="power_loss")
    ingest.handle(*scene.wire.sign(scene.wire.journal(lost)), now + SECOND)
    assert UsageRecord.objects.get().powered_ms == 700


def test_an_ask_stands_for_the_person_the_server_has_in_mind(
    scene: Scene, ingest: Ingest, now: datetime
) -> None:
    command = _ask(scene, now)
    swipe = scene.wire.swipe(None, ask=command.ulid, kind="remote")
    reply = reply_of(scene, ingest.handle(*scene.wire.sign(swipe), now))
    assert reply.grant is not None, reply.codes
    assert UsageSession.objects.get().user == scene.people.alice


def test_an_answer_to_an_ask_need_not_repeat_its_kind(scene: Scene, ingest: Ingest, now: datetime) -> None:
    swipe = scene.wire.swipe(None, ask=_ask(scene, now).ulid)
    assert "kind" not in swipe.to_json()
    reply = reply_of(scene, ingest.handle(*scene.wire.sign(swipe), now))
    assert reply.grant is not None, reply.codes
    assert reply.grant.kind == "remote"


@pytest.mark.parametrize("question", ["remote", "checkin"])
def test_whoever_was_let_in_from_a_distance_can_end_the_use_with_her_own_card(
    question: str, scene: Scene, ingest: Ingest, now: datetime
) -> None:
    swipe = scene.wire.swipe(None, ask=_ask(scene, now, question).ulid)
    reply = reply_of(scene, ingest.handle(*scene.wire.sign(swipe), now))
    assert reply.grant is not None, reply.codes
    assert (reply.grant.card, reply.grant.kind) == (ALICES_CARD, question)


def test_the_user_of_a_node_is_told_that_the_use_is_her_own(
    scene: Scene, ingest: Ingest, now: datetime
) -> None:
    power(scene, ingest, now, granted(scene, ingest, now))
    reply = reply_of(scene, ingest.handle(*scene.wire.sign(scene.wire.swipe(ALICES_CARD)), now + SECOND))
    assert (reply.ok, reply.codes) == (False, ("node.own_use",))


def test_an_ask_leads_to_one_question_and_only_of_its_kind_place_and_time(
    scene: Scene, ingest: Ingest, now: datetime
) -> None:
    def codes(command: str, kind: str = "remote", at: datetime = now) -> tuple[str, ...]:
        swipe = scene.wire.swipe(None, ask=command, kind=kind)
        return reply_of(scene, ingest.handle(*scene.wire.sign(swipe), at)).codes

    unknown = ("device.ask_unknown",)
    command = _ask(scene, now)
    assert codes(new_ulid()) == unknown
    assert codes(command.ulid, kind="checkin") == unknown
    assert codes(command.ulid, at=now + 41 * SECOND) == unknown
    assert codes(command.ulid) == ()
    assert codes(command.ulid) == unknown
    assert not DeviceCommand.objects.exclude(pk=command.pk).exists()


def _ask(scene: Scene, now: datetime, question: str = "remote") -> DeviceCommand:
    return order(
        controller=scene.wire.row,
        kind="ask",
        node=1,
        now=now,
        lives=30 * SECOND,
        subject_id=scene.people.alice.pk,
        question=question,
    )


@pytest.mark.django_db(transaction=True)
def test_two_gateways_that_are_asked_at_once_grant_once(now: datetime) -> None:
    scene = set_scene(now)
    permit("barbara", [scene.people.sem], card=BOBS_CARD, now=now)
    Ingest().handle(*scene.wire.sign(scene.wire.birth()), now)
    same = scene.wire.swipe(ALICES_CARD)
    questions = [same, same, scene.wire.swipe(BOBS_CARD), scene.wire.swipe(ALICES_CARD)]
    barrier = threading.Barrier(len(questions))
    replies: list[Any] = []

    def gateway(frame: tuple[str, bytes]) -> None:
        barrier.wait()
        try:
            replies.append(Ingest().handle(*frame, now))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=gateway, args=[scene.wire.sign(q)]) for q in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(replies) == len(questions)
    assert UsageSession.objects.filter(state__in=UsageSession.LIVE).count() == 1
    assert SwipeRequest.objects.filter(rid=same.rid).count() == 1
    answers = [reply_of(scene, handled) for handled in replies]
    assert len({a.to_json()["ok"] for a in answers if a.rid == same.rid}) == 1
    live = UsageSession.objects.get(state__in=UsageSession.LIVE)
    assert live.ulid in {a.grant.gid for a in answers if a.grant is not None}


def test_the_view_of_a_meter_follows_the_device_back_after_a_power_loss(
    scene: Scene, ingest: Ingest, now: datetime
) -> None:
    wire = scene.wire
    ingest.handle(*wire.sign(wire.beat(odo=3_613)), now)
    ingest.handle(*wire.sign(wire.beat(odo=3_713)), now)
    wire.power_cycle()
    ingest.handle(*wire.sign(wire.birth(odo=3_513)), now + SECOND)
    # What the last boot's heartbeats left in memory is written late and must not count any more.
    ingest.presence.flush(now=now + SECOND)
    assert wire.row.nodes.get().odo == 3_513
    ingest.handle(*wire.sign(wire.beat(odo=3_513)), now + SECOND)
    ingest.presence.flush(now=now + SECOND)
    assert wire.row.nodes.get().odo == 3_513
