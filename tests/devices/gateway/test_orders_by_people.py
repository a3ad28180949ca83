"""What people order from a distance, and what they see of all controllers."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test.utils import override_settings

from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.core.models import AuditEntry
from apps.people.models import User
from devices import faultpoints
from devices.ingest import Ingest
from devices.models import ControlledNode, Controller, DeviceCommand
from devices.operations import ask_extension, check_in, lock_node, remote_unlock
from devices.provisioning import disable_controller
from devices.queries import tiles
from tests.devices.granted import ALICES_CARD, Scene, set_scene

SECOND = timedelta(seconds=1)


@pytest.fixture
def scene(db: None, now: datetime) -> Scene:
    """A connected controller."""
    made = set_scene(now)
    Ingest().handle(*made.wire.sign(made.wire.birth()), now)
    return made


def unlock(scene: Scene, by: User, now: datetime, **told: Any) -> DeviceCommand:
    """Somebody unlocks for Alice, who stands at the FE-SEM A."""
    terms = {"dev": "fesem1", "node": 1, "subject": scene.people.alice, "reason": "card forgotten", **told}
    return remote_unlock(by=by, now=now, **terms)


def test_the_crew_may_let_a_node_ask_for_somebody_and_it_is_on_record(scene: Scene, now: datetime) -> None:
    command = unlock(scene, scene.people.olga, now)
    assert (command.kind, command.body["question"], command.body["boot"]) == (
        "ask",
        "remote",
        scene.wire.boot,
    )
    assert (command.subject, command.asked_by) == (scene.people.alice, scene.people.olga)
    entry = AuditEntry.objects.get(action="devices.remote_asked")
    assert (entry.actor, entry.reason) == (scene.people.olga, "card forgotten")


def test_nobody_else_may(scene: Scene, now: datetime) -> None:
    for somebody in (scene.people.alice, scene.people.bob, scene.people.charlie):
        with pytest.raises(NotPermitted) as refused:
            unlock(scene, somebody, now)
        assert refused.value.code == "devices.may_not_operate"
        with pytest.raises(NotPermitted):
            lock_node(dev="fesem1", node=1, by=somebody, now=now, reason="mine")
    assert not DeviceCommand.objects.exists()


def test_an_order_from_a_distance_needs_a_reason_a_node_and_a_connection(scene: Scene, now: datetime) -> None:
    with pytest.raises(Invalid) as blank:
        unlock(scene, scene.people.teng, now, reason=" ")
    assert (blank.value.code, blank.value.field) == ("devices.reason_missing", "reason")
    with pytest.raises(NotFound):
        unlock(scene, scene.people.teng, now, node=2)
    Controller.objects.update(online=False)
    with pytest.raises(WrongState) as offline:
        unlock(scene, scene.people.teng, now)
    assert offline.value.code == "devices.offline"
    disable_controller(dev="fesem1", reason="stolen", now=now)
    with pytest.raises(WrongState) as gone:
        unlock(scene, scene.people.teng, now)
    assert gone.value.code == "devices.disabled"


def test_a_lock_from_a_distance_is_an_order_on_record(scene: Scene, now: datetime) -> None:
    command = lock_node(dev="fesem1", node=1, by=scene.people.olga, now=now, reason="smoke")
    assert command.kind == "lock"
    assert AuditEntry.objects.get(action="devices.locked").reason == "smoke"


def test_people_ask_for_themselves_when_they_scan_a_code_or_want_more_time(
    scene: Scene, now: datetime
) -> None:
    for order, question in ((check_in, "checkin"), (ask_extension, "extend")):
        command = order(dev="fesem1", node=1, by=scene.people.alice, now=now)
        assert (command.body["question"], command.subject) == (question, scene.people.alice)


def test_the_wall_shows_who_uses_what_in_two_queries_however_many_there_are(
    scene: Scene, now: datetime, django_assert_num_queries: Any
) -> None:
    Ingest().handle(*scene.wire.sign(scene.wire.swipe(ALICES_CARD)), now)
    controllers = Controller.objects.bulk_create(
        Controller(dev=f"dev{n:04d}", kid="k", public_key="", enrolled_at=now) for n in range(40)
    )
    ControlledNode.objects.bulk_create(
        ControlledNode(controller=controller, node=1, instrument=scene.people.sem)
        for controller in controllers
    )
    with django_assert_num_queries(2):
        wall = tiles(at=now)
        assert [str(tile.instrument.facility) for tile in wall]
    assert len(wall) == 41
    mine = next(tile for tile in wall if tile.dev == "fesem1")
    assert mine.session is not None
    assert (mine.session.user_id, mine.state) == (scene.people.alice.pk, "locked")
    assert {tile.state for tile in wall if tile.dev != "fesem1"} == {"unknown"}


def test_a_silent_or_lost_controller_is_shown_as_offline(scene: Scene, now: datetime) -> None:
    def state(at: datetime) -> str:
        return tiles(at=at)[0].state

    assert state(now + 120 * SECOND) == "locked"
    assert state(now + 121 * SECOND) == "offline"
    Controller.objects.update(online=False)
    assert state(now) == "offline"
    disable_controller(dev="fesem1", reason="stolen", now=now)
    assert state(now) == "disabled"


def test_the_wall_says_when_a_stop_is_not_answered(scene: Scene, now: datetime) -> None:
    def unanswered(at: datetime) -> bool:
        return tiles(at=at)[0].unanswered

    ControlledNode.objects.update(state="unlocked", state_at=now - SECOND)
    assert not unanswered(now)
    command = lock_node(dev="fesem1", node=1, by=scene.people.olga, now=now, reason="smoke")
    assert not unanswered(now + 5 * SECOND - SECOND / 1000)
    assert unanswered(now + 5 * SECOND)
    # The order is over, but nobody has heard of the node since: power may still be on.
    assert unanswered(now + 3600 * SECOND)
    ControlledNode.objects.update(node=2)
    assert not unanswered(now + 10 * SECOND)
    ControlledNode.objects.update(node=1, state="locked", state_at=now + 6 * SECOND)
    assert not unanswered(now + 3600 * SECOND)
    DeviceCommand.objects.filter(pk=command.pk).update(acked_at=now + 7 * SECOND)
    assert not unanswered(now + 8 * SECOND)


def test_no_environment_can_crash_a_gateway_whose_settings_do_not_allow_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLEARBENCH_CRASH_POINT", "received:1")
    assert faultpoints.install_from_environment() is False
    with override_settings(FAULT_POINTS=True, PRODUCTION=True):
        assert faultpoints.install_from_environment() is False
    monkeypatch.setenv("CLEARBENCH_CRASH_POINT", "somewhere:1")
    with override_settings(FAULT_POINTS=True), pytest.raises(ValueError, match="somewhere"):
        faultpoints.install_from_environment()
