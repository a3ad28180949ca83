"""Waiting for time as people meet it on the pages and as programs do."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.bookings.forms import suggested
from apps.bookings.models import Booking, Waiting
from apps.bookings.offering import serve
from apps.bookings.operations import book, cancel_booking
from tests.api.client import Program, secret_for
from tests.factories.queueing import certified
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, Scene


@pytest.fixture
def taken(scene: Scene) -> Booking:
    """Alice has two more hours, and Bob may use the instrument too."""
    certified(scene.people, scene.people.bob, scene.now)
    start = scene.booking.end + HOUR
    return book(
        user=scene.people.alice,
        instrument=scene.people.sem,
        start=start,
        end=start + 2 * HOUR,
        fund=scene.fund,
        by=scene.people.alice,
        now=scene.now,
    )


def free(scene: Scene, taken: Booking) -> None:
    cancel_booking(booking=taken, by=None, now=scene.now)
    serve(instrument=scene.people.sem, now=scene.now, book=book)


def asked(scene: Scene, taken: Booking, **changes: str) -> dict[str, str]:
    period = suggested(taken.start, taken.end)
    form = {"earliest": period["start"], "latest": period["end"], "minutes": "60", "fund": scene.fund.number}
    return {**form, **changes}


def test_a_taken_slot_leads_to_the_line_and_the_line_to_a_booking(
    scene: Scene, signed_in: SignedIn, taken: Booking
) -> None:
    bob = signed_in(scene.people.bob)
    address = reverse("waiting_join", args=[scene.people.sem.asset_no])
    assert address in bob.get(reverse("booking_create", args=[scene.people.sem.asset_no])).content.decode()
    period = suggested(taken.start, taken.end)
    page = bob.get(address, period).content.decode()
    assert f'value="{period["start"]}"' in page
    assert 'value="120"' in page
    assert "有 0 人" in page
    assert bob.post(address, asked(scene, taken)).status_code == 302
    row = Waiting.objects.get()
    mine = bob.get(reverse("waiting_mine")).content.decode()
    assert "第 1 位" in mine
    free(scene, taken)
    detail = reverse("waiting_detail", args=[row.ulid])
    assert "已通知" in bob.get(reverse("waiting_mine")).content.decode()
    assert "¥260.00" in bob.get(detail).content.decode()
    assert bob.post(detail, {"answer": "accept", "fund": scene.fund.number}).status_code == 302
    assert Booking.objects.get(user=scene.people.bob, state="confirmed").start == taken.start
    again = bob.post(detail, {"answer": "accept", "fund": scene.fund.number})
    assert again.status_code == 409
    assert "bookings.no_offer" in again.content.decode()
    assert "已预约" in bob.get(reverse("waiting_mine")).content.decode()


def test_a_refused_form_keeps_what_was_typed(scene: Scene, signed_in: SignedIn, taken: Booking) -> None:
    bob = signed_in(scene.people.bob)
    address = reverse("waiting_join", args=[scene.people.sem.asset_no])
    page = bob.post(address, asked(scene, taken, minutes="180"))
    assert page.status_code == 422
    assert 'value="180"' in page.content.decode()
    assert "bookings.waiting_window" in page.content.decode()
    wide = suggested(taken.start, taken.end + 5 * HOUR)
    page = bob.post(address, asked(scene, taken, latest=wide["end"]))
    assert page.status_code == 422
    assert "bookings.still_free" in page.content.decode()
    assert not Waiting.objects.exists()
    odd = bob.get(address, {"start": "nonsense", "end": "2026-13-99T00:00"})
    assert odd.status_code == 200


def test_declining_keeps_the_place_and_leaving_gives_it_up(
    scene: Scene, signed_in: SignedIn, taken: Booking
) -> None:
    bob, teng = signed_in(scene.people.bob), signed_in(scene.people.teng)
    bob.post(reverse("waiting_join", args=[scene.people.sem.asset_no]), asked(scene, taken, minutes="120"))
    row = Waiting.objects.get()
    free(scene, taken)
    detail = reverse("waiting_detail", args=[row.ulid])
    assert bob.post(detail, {"answer": "decline"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "waiting"
    leave = reverse("waiting_leave", args=[row.ulid])
    assert "包博" in teng.get(leave).content.decode()
    assert teng.post(leave, {"reason": ""}).status_code == 409
    assert teng.post(detail, {"answer": "decline"}).status_code == 403
    assert bob.post(leave, {"reason": ""}).status_code == 302
    again = bob.post(leave, {})
    assert again.status_code == 409
    assert "bookings.waiting_over" in again.content.decode()


def test_the_crew_sees_who_waits_in_their_order(scene: Scene, signed_in: SignedIn, taken: Booking) -> None:
    teng = signed_in(scene.people.teng)
    address = reverse("waiting_list", args=[scene.people.sem.asset_no])
    assert (
        address in teng.get(reverse("instrument_detail", args=[scene.people.sem.asset_no])).content.decode()
    )
    assert "没有人候补" in teng.get(address).content.decode()
    signed_in(scene.people.bob).post(
        reverse("waiting_join", args=[scene.people.sem.asset_no]), asked(scene, taken)
    )
    assert "包博" in teng.get(address).content.decode()
    row = Waiting.objects.get()
    done = teng.post(reverse("waiting_leave", args=[row.ulid]), {"reason": "停机检修"})
    assert done["Location"] == address
    assert signed_in(scene.people.alice).get(address).status_code == 403


def test_a_program_of_the_crew_reads_who_waits_in_their_order(scene: Scene, taken: Booking) -> None:
    teng, bob = (Program(secret_for(who, scene.now)) for who in (scene.people.teng, scene.people.bob))
    address = f"/api/v1/waiting/instruments/{scene.people.sem.asset_no}"
    assert teng.get(address).json() == {"items": [], "next": ""}
    wish = {
        "asset_no": scene.people.sem.asset_no,
        "earliest": taken.start.isoformat(),
        "latest": taken.end.isoformat(),
        "minutes": 60,
        "fund": scene.fund.number,
    }
    made = bob.post("/api/v1/waiting", wish).json()
    (told,) = teng.get(address).json()["items"]
    assert (told["ulid"], told["user"], told["place"], told["offer"]) == (
        made["ulid"],
        scene.people.bob.ulid,
        1,
        None,
    )
    free(scene, taken)
    (offered,) = teng.get(address).json()["items"]
    assert (offered["state"], offered["offer"]["start"]) == ("offered", f"{taken.start:%Y-%m-%dT%H:%M:%SZ}")
    seen = bob.get(address)
    assert (seen.status_code, seen.json()["code"]) == (403, "bookings.not_crew")


def test_a_program_waits_answers_and_leaves(scene: Scene, taken: Booking) -> None:
    bob = Program(secret_for(scene.people.bob, scene.now))
    wish = {
        "asset_no": scene.people.sem.asset_no,
        "earliest": taken.start.isoformat(),
        "latest": taken.end.isoformat(),
        "minutes": 60,
        "fund": scene.fund.number,
    }
    made = bob.ask("POST", "/api/v1/waiting", wish)
    assert (made.status_code, made.json()["place"], made.json()["state"]) == (201, 1, "waiting")
    twice = bob.ask("POST", "/api/v1/waiting", wish)
    assert (twice.status_code, twice.json()["code"]) == (409, "bookings.waits_already")
    ulid = made.json()["ulid"]
    assert bob.ask("POST", f"/api/v1/waiting/{ulid}/accept", {}).json()["code"] == "bookings.no_offer"
    free(scene, taken)
    (told,) = bob.get("/api/v1/waiting").json()["items"]
    assert told["offer"]["estimated_fen"] == 260_00
    assert told["offer"]["until"] == (scene.now + timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    booked = bob.ask("POST", f"/api/v1/waiting/{ulid}/accept", {})
    assert (booked.status_code, booked.json()["state"]) == (200, "confirmed")
    assert bob.get(f"/api/v1/waiting/{ulid}").json()["booking"] == booked.json()["ulid"]
    left = bob.ask("POST", f"/api/v1/waiting/{ulid}/leave", {})
    assert (left.status_code, left.json()["code"]) == (409, "bookings.waiting_over")


@pytest.mark.parametrize(
    ("name", "who", "queries"),
    [
        ("waiting_mine", "bob", 7),
        ("waiting_detail", "bob", 7),
        ("waiting_list", "teng", 9),
        ("waiting_join", "bob", 9),
    ],
)
def test_the_pages_take_their_number_of_queries(
    name: str,
    who: str,
    queries: int,
    scene: Scene,
    signed_in: SignedIn,
    taken: Booking,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    bob = signed_in(scene.people.bob)
    bob.post(reverse("waiting_join", args=[scene.people.sem.asset_no]), asked(scene, taken))
    free(scene, taken)
    arguments = {
        "waiting_mine": [],
        "waiting_detail": [Waiting.objects.get().ulid],
    }.get(name, [scene.people.sem.asset_no])
    client = signed_in(getattr(scene.people, who))
    client.get(reverse(name, args=arguments))
    with django_assert_num_queries(queries):
        client.get(reverse(name, args=arguments))
