"""The page of the controllers: who sees whose, what it says of each, and that it finds and counts."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.instruments.models import Instrument
from apps.people.authorizations import grant_authorization
from apps.portal.machinewords import REASONS
from devices.health import (
    CONNECTED,
    DISABLED,
    NEVER_HEARD,
    OUTDATED,
    REFUSED,
    SILENT,
    UNANSWERED,
    health_of,
    refused_of_strangers,
    search_controllers,
)
from devices.ingest.refusals import ANYBODY
from devices.models import ControlledNode, Controller, DeviceCommand
from devices.operations import lock_node
from devices.provisioning import disable_controller, enrol_controller
from scripts.processes import ROOT
from tests.factories.instruments import many
from tests.web.conftest import SignedIn
from tests.web.scene import DEV, HOUR, MINUTE, Scene

SECOND = timedelta(seconds=1)
ROWS = '<th scope="row">'


def _page(client: Client, **query: str) -> str:
    answer = client.get(reverse("controller_list"), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def _found(scene: Scene, state: str) -> list[str]:
    return [one.dev for one in search_controllers(at=scene.now, state=state)]


def _elsewhere(scene: Scene, dev: str = "other01", number: int = 1) -> Instrument:
    """A controller at an instrument that Teng does not run; nobody has heard of it yet."""
    many(scene.people.sem, number)
    other = Instrument.objects.exclude(pk=scene.people.sem.pk).latest("id")
    enrol_controller(dev=dev, asset_no=other.asset_no, now=scene.now - HOUR)
    return other


def test_refused_frames_of_seven_days_are_summed_by_reason_and_older_ones_are_not(scene: Scene) -> None:
    scene.refuse("frame.signature", 5)
    scene.refuse("frame.signature", 7, days_ago=6)
    scene.refuse("replay.boot", 30)
    scene.refuse("replay.conn", 99, days_ago=7)
    [health] = health_of(list(search_controllers(at=scene.now)), at=scene.now)
    assert [(one.code, one.count) for one in health.refused] == [("replay.boot", 30), ("frame.signature", 12)]
    assert health.refused[1].last_at == scene.now
    assert health.refused_frames == 42


def test_the_page_shows_a_managers_controller_with_its_refusals(scene: Scene, signed_in: SignedIn) -> None:
    scene.refuse("frame.signature", 1234)
    Controller.objects.filter(dev=DEV).update(firmware="9.8.7-sem", boot="b00t5eed", bootn=41)
    page = _page(signed_in(scene.people.teng))
    for told in (DEV, "QY000004", "9.8.7-sem", "b00t5eed", "41", "已连接", "frame.signature", "签名不正确"):
        assert told in page, told
    assert "1234" in page.replace(",", "")


def test_a_manager_sees_the_controllers_of_their_own_instruments_only(
    scene: Scene, signed_in: SignedIn
) -> None:
    _elsewhere(scene)
    assert "other01" not in _page(signed_in(scene.people.teng))
    office = _page(signed_in(scene.people.office))
    assert "other01" in office
    assert DEV in office


def test_a_right_to_manage_a_lab_shows_its_controllers(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    assert signed_in(people.bob).get(reverse("controller_list")).status_code == 403
    scope = f"unit:{people.lab.ulid}"
    grant_authorization(user=people.bob, kind="manage", scope=scope, grantor=people.office, now=scene.now)
    page = _page(signed_in(people.bob))
    assert DEV in page
    assert "device.unknown" not in page


def test_operators_and_readers_of_reports_are_not_offered_the_controllers(
    scene: Scene, signed_in: SignedIn
) -> None:
    for user in (scene.people.olga, scene.people.finance):
        answer = signed_in(user).get(reverse("controller_list"))
        assert answer.status_code == 403
        assert "portal.not_keeping" in answer.content.decode()
        assert reverse("controller_list") not in signed_in(user).get(reverse("wall")).content.decode()
    assert reverse("controller_list") in signed_in(scene.people.teng).get("/").content.decode()


def test_frames_of_unknown_devices_are_for_the_office_only(scene: Scene, signed_in: SignedIn) -> None:
    office, teng = signed_in(scene.people.office), signed_in(scene.people.teng)
    assert "没有未登记的设备" in _page(office)
    scene.refuse("device.unknown", 17, dev=ANYBODY)
    assert "device.unknown" in _page(office)
    assert "device.unknown" not in _page(teng)
    assert "未登记" not in _page(teng)
    assert [(one.code, one.count) for one in refused_of_strangers(at=scene.now)] == [("device.unknown", 17)]


def test_every_state_of_a_connection_is_found_by_its_filter(scene: Scene) -> None:
    _elsewhere(scene)
    assert (_found(scene, CONNECTED), _found(scene, NEVER_HEARD)) == ([DEV], ["other01"])
    scene.connect(at=scene.now - 3 * MINUTE)
    assert (_found(scene, CONNECTED), _found(scene, SILENT)) == ([], [DEV])
    Controller.objects.filter(dev=DEV).update(online=False, last_seen_at=scene.now)
    assert _found(scene, SILENT) == [DEV]
    disable_controller(dev="other01", reason="stolen", now=scene.now)
    assert (_found(scene, DISABLED), _found(scene, NEVER_HEARD)) == (["other01"], [])
    links = {one.controller.dev: one.link for one in health_of(list(Controller.objects.all()), at=scene.now)}
    assert links == {DEV: SILENT, "other01": DISABLED}


def test_an_order_counts_as_unanswered_after_a_while_and_until_it_is_answered(scene: Scene) -> None:
    lock_node(dev=DEV, node=1, by=scene.people.teng, now=scene.now - 9 * SECOND, reason="检查")
    assert _found(scene, UNANSWERED) == []
    DeviceCommand.objects.update(created_at=scene.now - 10 * SECOND)
    assert _found(scene, UNANSWERED) == [DEV]
    [health] = health_of(list(search_controllers(at=scene.now)), at=scene.now)
    assert (health.unanswered, health.unanswered_since) == (1, scene.now - 10 * SECOND)
    DeviceCommand.objects.update(acked_at=scene.now)
    [health] = health_of(list(search_controllers(at=scene.now)), at=scene.now)
    assert (health.unanswered, health.unanswered_since, _found(scene, UNANSWERED)) == (0, None, [])


def test_a_configuration_that_the_device_has_not_reported_is_told(scene: Scene, signed_in: SignedIn) -> None:
    Controller.objects.filter(dev=DEV).update(desired_ver=6, published_ver=5, reported_ver=4)
    client = signed_in(scene.people.teng)
    assert _found(scene, OUTDATED) == [DEV]
    page = _page(client)
    for told in ("应为 6", "已发布 5", "已回报 4"):
        assert told in page, told
    Controller.objects.filter(dev=DEV).update(published_ver=6, reported_ver=6)
    assert _found(scene, OUTDATED) == []
    assert "已是最新" in _page(client)


def test_refused_frames_are_a_filter_and_old_ones_fall_out(scene: Scene) -> None:
    scene.refuse("frame.json", 1, days_ago=7)
    assert _found(scene, REFUSED) == []
    scene.refuse("frame.json", 1, days_ago=6)
    assert _found(scene, REFUSED) == [DEV]


def test_controllers_are_found_by_name_firmware_instrument_and_facility(
    scene: Scene, signed_in: SignedIn
) -> None:
    Controller.objects.filter(dev=DEV).update(firmware="9.8.7-sem")
    client = signed_in(scene.people.office)
    for text in (DEV, "9.8.7", "QY000004", "扫描电镜", "fe-sem websem"):
        assert ROWS in _page(client, q=text), text
    for wrong in ("no-such-thing", f"{DEV} nothing"):
        page = _page(client, q=wrong)
        assert ROWS not in page
        assert "没有符合条件的控制器" in page
    assert ROWS in _page(client, facility=scene.people.sem.facility.ulid)
    assert ROWS in _page(client, facility="nowhere", state="nonsense")  # unknown values are ignored


def test_a_school_without_controllers_is_told_how_one_comes(scene: Scene, signed_in: SignedIn) -> None:
    ControlledNode.objects.all().delete()
    Controller.objects.all().delete()
    page = _page(signed_in(scene.people.office))
    assert "登记控制器" in page
    assert ROWS not in page


def test_a_long_list_has_pages_and_takes_as_many_queries(
    scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = _elsewhere(scene)
    template = Controller.objects.get(dev="other01")
    for number in range(2, 41):
        template.pk, template.dev = None, f"other{number:02}"
        template.save(force_insert=True)
        ControlledNode.objects.create(controller=template, node=1, instrument=other)
    client = signed_in(scene.people.office)
    with django_assert_num_queries(14):
        page = _page(client)
    assert page.count(ROWS) == 25
    assert _page(client, page="2").count(ROWS) == 16


@pytest.mark.once
def test_every_code_that_the_door_refuses_with_has_words() -> None:
    told = re.compile(r'(?:FrameError\(|refused=)"([a-z]+\.[a-z_]+)"')
    sources = [*(ROOT / "devices/protocol").rglob("*.py"), *(ROOT / "devices/ingest").rglob("*.py")]
    codes = {code for source in sources for code in told.findall(source.read_text(encoding="utf-8"))}
    assert "frame.signature" in codes
    assert codes - REASONS.keys() == set()
