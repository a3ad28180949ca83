"""Seeing one's points, appealing, and deciding on an appeal, as people meet it on the pages."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.bookings.models import PointAppeal, PointEntry
from apps.bookings.points import appeal, counting_entries
from tests.api.client import Program, secret_for
from tests.web.conftest import SignedIn
from tests.web.scene import Scene


@pytest.fixture
def entry(scene: Scene, signed_in: SignedIn) -> PointEntry:
    """Alice gave her running booking up without having used it."""
    address = reverse("booking_cancel", args=[scene.booking.ulid])
    assert signed_in(scene.people.alice).post(address, {"reason": "忘了"}).status_code == 302
    return PointEntry.objects.get()


def test_my_points_are_listed_with_what_they_are_for_and_only_mine(
    scene: Scene, signed_in: SignedIn, entry: PointEntry
) -> None:
    page = signed_in(scene.people.alice).get(reverse("point_list")).content.decode()
    assert "取消过晚" in page
    assert "当前计 1 分" in page
    assert reverse("point_appeal", args=[entry.ulid]) in page
    others = signed_in(scene.people.bob).get(reverse("point_list")).content.decode()
    assert "没有记分" in others
    assert entry.ulid not in others


def test_an_appeal_is_made_and_upheld_and_the_person_reads_why(
    scene: Scene, signed_in: SignedIn, entry: PointEntry
) -> None:
    alice, teng = signed_in(scene.people.alice), signed_in(scene.people.teng)
    address = reverse("point_appeal", args=[entry.ulid])
    assert alice.get(address).status_code == 200
    assert alice.post(address, {"reason": " "}).status_code == 422
    assert alice.post(address, {"reason": "住院"}).status_code == 302
    again = alice.post(address, {"reason": "住院了"})
    assert again.status_code == 422
    assert "bookings.appealed" in again.content.decode()
    found = PointAppeal.objects.get()
    decide = reverse("appeal_decide", args=[found.ulid])
    assert decide in teng.get(reverse("appeal_list")).content.decode()
    assert "住院" in teng.get(decide).content.decode()
    assert teng.post(decide, {"uphold": "yes", "reason": ""}).status_code == 422
    assert teng.post(decide, {"uphold": "yes", "reason": "有证明"}).status_code == 302
    assert not counting_entries(scene.people.alice, scene.now + timedelta(minutes=5))
    assert decide not in teng.get(reverse("appeal_list")).content.decode()
    late = teng.post(decide, {"uphold": "no", "reason": "反悔"})
    assert "bookings.appeal_decided" in late.content.decode() or late.status_code == 422
    assert PointAppeal.objects.get().state == "upheld"
    page = alice.get(reverse("point_list")).content.decode()
    assert "有证明" in page
    assert "当前计 0 分" in page


def test_nobody_meets_their_own_appeal_among_those_to_decide(
    scene: Scene, signed_in: SignedIn, entry: PointEntry
) -> None:
    found = appeal(entry=entry, by=scene.people.alice, reason="ill", now=entry.at)
    decide = reverse("appeal_decide", args=[found.ulid])
    for who in (scene.people.alice, scene.people.bob, scene.people.olga):
        assert signed_in(who).get(decide).status_code == 404
        assert decide not in signed_in(who).get(reverse("appeal_list")).content.decode()


def test_a_program_reads_points_and_appeals_once(scene: Scene, entry: PointEntry) -> None:
    program = Program(secret_for(scene.people.alice, scene.now))
    (told,) = program.get("/api/v1/points").json()["items"]
    assert (told["ulid"], told["kind"], told["points"], told["counts"], told["appeal"]) == (
        entry.ulid,
        "late_cancel",
        1,
        True,
        None,
    )
    address = f"/api/v1/points/{entry.ulid}/appeal"
    made = program.ask("POST", address, {"reason": "ill"})
    assert (made.status_code, made.json()["appeal"]) == (200, "open")
    again = program.ask("POST", address, {"reason": "ill"})
    assert (again.status_code, again.json()["code"]) == (409, "bookings.appealed")
    other = Program(secret_for(scene.people.bob, scene.now)).ask("POST", address, {"reason": "ill"})
    assert (other.status_code, other.json()["code"]) == (404, "bookings.no_points")


def test_a_program_of_who_is_responsible_decides_appeals_once_and_never_its_own(
    scene: Scene, entry: PointEntry
) -> None:
    made = appeal(entry=entry, by=scene.people.alice, reason="ill", now=entry.at)
    teng, alice = (Program(secret_for(who, scene.now)) for who in (scene.people.teng, scene.people.alice))
    (told,) = teng.get("/api/v1/points/appeals").json()["items"]
    assert (told["ulid"], told["user"], told["points"], told["said"], told["state"], told["why"]) == (
        made.ulid,
        scene.people.alice.ulid,
        1,
        "ill",
        "open",
        "",
    )
    assert alice.get("/api/v1/points/appeals").json()["items"] == []
    address = f"/api/v1/points/appeals/{made.ulid}/decide"
    own = alice.post(address, {"uphold": True, "reason": "mine"})
    assert (own.status_code, own.json()["code"]) == (404, "bookings.no_appeal")
    silent = teng.post(address, {"uphold": True, "reason": " "})
    assert (silent.status_code, silent.json()["code"]) == (422, "core.reason_required")
    done = teng.post(address, {"uphold": True, "reason": "proven"})
    assert (done.status_code, done.json()["state"], done.json()["why"]) == (200, "upheld", "proven")
    again = teng.post(address, {"uphold": False, "reason": "no"})
    assert (again.status_code, again.json()["code"]) == (409, "bookings.appeal_decided")
    assert teng.get("/api/v1/points/appeals").json()["items"] == []
    (mine,) = alice.get("/api/v1/points").json()["items"]
    assert (mine["appeal"], mine["why"], mine["counts"]) == ("upheld", "proven", False)


@pytest.mark.parametrize(("name", "who", "queries"), [("point_list", "alice", 9), ("appeal_list", "teng", 7)])
def test_the_pages_take_their_number_of_queries(
    name: str,
    who: str,
    queries: int,
    scene: Scene,
    signed_in: SignedIn,
    entry: PointEntry,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    appeal(entry=entry, by=scene.people.alice, reason="ill", now=entry.at)
    client = signed_in(getattr(scene.people, who))
    client.get(reverse(name))
    with django_assert_num_queries(queries):
        client.get(reverse(name))
