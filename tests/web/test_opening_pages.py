"""The pages of opening: the ladder with what is missing, lowering, and a controller that is seen to test
itself.
"""

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.core.outbox import WORKER, relay
from apps.instruments.models import OpeningChange, SelfTest
from devices.ingest import acks
from devices.ingest.context import Caller
from devices.models import Controller, DeviceCommand
from devices.protocol import Ack
from tests.people import FE_SEM_A
from tests.web import librarian
from tests.web.conftest import SignedIn
from tests.web.scene import DEV, Scene
from tests.web.test_languages import chinese_on, english_on
from tests.web.test_pages import INLINE
from workflows.beginning import begin


def test_the_ladder_shows_what_is_missing_and_where_it_is_mended(scene: Scene, signed_in: SignedIn) -> None:
    librarian.library(scene)
    page = signed_in(scene.people.teng).get(reverse("instrument_opening", args=[FE_SEM_A])).content.decode()
    assert INLINE.findall(page) == []
    assert reverse("quality_detail", args=[FE_SEM_A]) in page
    assert reverse("instrument_commission", args=[FE_SEM_A]) in page
    assert page.count("有负责人") == 1  # what a lower level says is not said again


def test_the_office_lowers_a_level_with_a_reason(scene: Scene, signed_in: SignedIn) -> None:
    office = signed_in(scene.people.office)
    address = reverse("instrument_lower", args=[FE_SEM_A])
    assert office.post(address, {"level": 2}).status_code == 422
    assert office.post(address, {"level": 5, "reason": "x"}).status_code == 422
    assert office.post(address, {"level": 2, "reason": "探头老化"}).status_code == 302
    assert OpeningChange.objects.latest("id").reason == "探头老化"
    assert "探头老化" in office.get(reverse("instrument_opening", args=[FE_SEM_A])).content.decode()


def test_a_self_test_is_asked_for_and_seen(scene: Scene, signed_in: SignedIn) -> None:
    teng = signed_in(scene.people.teng)
    page = reverse("instrument_commission", args=[FE_SEM_A])
    teng.post(reverse("commission_test", args=[FE_SEM_A, DEV, 1]))
    order = DeviceCommand.objects.get(kind="self_test")
    assert "进行中" in teng.get(page).content.decode()
    controller = Controller.objects.get(dev=DEV)
    caller = Caller(controller=controller)
    ack = Ack(boot=controller.boot, id=order.ulid, ok=True, code=None)
    assert acks.take(caller, ack, now=scene.now).changed
    assert not acks.take(caller, ack, now=scene.now).changed
    while relay(channel=WORKER, now=scene.now, limit=1000):
        pass
    seen = SelfTest.objects.get()
    assert (seen.instrument, seen.dev, seen.ok) == (scene.people.sem, DEV, True)
    assert "已见自检通过" in teng.get(reverse("commission_state", args=[FE_SEM_A])).content.decode()


def test_a_controller_that_is_away_is_not_asked(scene: Scene, signed_in: SignedIn) -> None:
    Controller.objects.filter(dev=DEV).update(online=False)
    teng = signed_in(scene.people.teng)
    answer = teng.post(reverse("commission_test", args=[FE_SEM_A, DEV, 1]), follow=True)
    assert "devices.offline" in answer.content.decode()
    assert not DeviceCommand.objects.filter(kind="self_test").exists()


def test_pages_of_opening_are_in_one_language(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    librarian.library(scene)
    signed_in(people.office).post(reverse("instrument_lower", args=[FE_SEM_A]), {"level": 0, "reason": "修"})
    case = begin("onboarding", by=people.teng, now=scene.now, raw={"asset_no": FE_SEM_A, "level": 5})
    other = begin("onboarding", by=people.teng, now=scene.now, raw={"asset_no": "D-1", "level": 1})
    addresses = [
        *(
            reverse(name, args=[FE_SEM_A])
            for name in ("instrument_opening", "instrument_lower", "instrument_commission")
        ),
        reverse("process_begin", args=["onboarding"]),
        *(reverse("case_detail", args=[one.ulid]) for one in (case, other)),
        *(reverse("task_detail", args=[step.ulid]) for one in (case, other) for step in one.steps.all()),
    ]
    clients = [signed_in(people.office), signed_in(people.teng)]
    assert chinese_on(addresses, clients) == set()
    assert english_on(addresses, clients) == set()


@pytest.mark.parametrize(("name", "queries"), [("instrument_opening", 20), ("instrument_commission", 9)])
def test_the_number_of_queries_is_known(
    scene: Scene,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
    name: str,
    queries: int,
) -> None:
    teng = signed_in(scene.people.teng)
    address = reverse(name, args=[FE_SEM_A])
    teng.get(address)
    with django_assert_num_queries(queries):
        assert teng.get(address).status_code == 200
