"""Changing a booking and handing it over, as people meet it on the pages and as programs do."""

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.bookings.forms import suggested
from apps.bookings.models import Booking, HandOver
from apps.funding.operations import freeze_fund
from apps.funding.queries import available_fen
from tests.api.client import Program, secret_for
from tests.factories.money import funded
from tests.factories.queueing import certified
from tests.web.conftest import SignedIn
from tests.web.matrix.moving import coming, offered, received, twin
from tests.web.scene import HOUR, Scene


def asked(scene: Scene, booking: Booking, hours: int, **changes: str) -> dict[str, str]:
    moved = suggested(booking.start + hours * HOUR, booking.end + hours * HOUR)
    return {**moved, "fund": scene.fund.number, **changes}


def test_a_booking_is_moved_from_the_list_and_the_refused_form_keeps_what_was_typed(
    scene: Scene, signed_in: SignedIn
) -> None:
    booking = coming(scene)
    alice = signed_in(scene.people.alice)
    address = reverse("booking_change", args=[booking.ulid])
    assert address in alice.get(reverse("booking_list")).content.decode()
    page = alice.get(address).content.decode()
    assert f'value="{suggested(booking.start, booking.end)["start"]}"' in page
    same = alice.post(address, asked(scene, booking, 0))
    assert same.status_code == 422
    assert "bookings.unchanged" in same.content.decode()
    past = asked(scene, booking, 0, start="2026-11-01T10:00", end="2026-11-01T11:00")
    refused = alice.post(address, past)
    assert refused.status_code == 422
    assert 'value="2026-11-01T10:00"' in refused.content.decode()
    assert "bookings.past" in refused.content.decode()
    for slip in ("0001-01-01T00:00", "9999-12-31T23:59"):
        refused = alice.post(address, asked(scene, booking, 0, start=slip))
        assert refused.status_code == 422
        assert f'value="{slip}"' in refused.content.decode()
    assert alice.post(address, asked(scene, booking, 1)).status_code == 302
    made = Booking.objects.get(replaces=booking)
    assert made.start == booking.start + HOUR
    assert "已改期或转让" in alice.get(reverse("booking_list")).content.decode()
    gone = alice.post(address, asked(scene, booking, 2))
    assert gone.status_code == 422
    assert "bookings.cancelled" in gone.content.decode()


def test_a_sister_that_is_free_is_offered_with_its_price_and_taken(scene: Scene, signed_in: SignedIn) -> None:
    booking, other = coming(scene), twin(scene)
    alice = signed_in(scene.people.alice)
    alice.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    address = reverse("booking_change", args=[booking.ulid])
    page = alice.get(address).content.decode()
    assert "Free on another instrument of this class" in page
    link = f"{address}?start=" + suggested(booking.start, booking.end)["start"].replace(":", "%3A")
    assert link in page
    assert f"instrument={other.asset_no}" in page
    assert "¥5.00 more" in page
    period = {**suggested(booking.start, booking.end), "instrument": other.asset_no}
    chosen = alice.get(address, period).content.decode()
    assert f'<option value="{other.asset_no}" selected>' in chosen
    assert "You may book this time." in chosen
    assert f"Free time: {other.name_en}" in chosen
    sent = alice.post(address, {**period, "fund": scene.fund.number})
    assert sent.status_code == 302
    made = Booking.objects.get(replaces=booking)
    assert (made.instrument, made.start) == (other, booking.start)
    assert made.estimated_fen == booking.estimated_fen + 500


def test_what_is_met_on_the_sister_is_told_before_and_after_and_the_choice_is_kept(
    scene: Scene, signed_in: SignedIn
) -> None:
    booking, other = coming(scene), twin(scene)
    alice = signed_in(scene.people.alice)
    alice.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    end = suggested(booking.end, booking.end + 30 * HOUR)["end"]
    period = {**suggested(booking.start, booking.end), "end": end, "instrument": other.asset_no}
    part = alice.get(reverse("booking_change_verdict", args=[booking.ulid]), period)
    assert part.status_code == 200
    assert "bookings.too_long" in part.content.decode()
    assert "Can be mended by" in part.content.decode()
    address = reverse("booking_change", args=[booking.ulid])
    refused = alice.post(address, {**period, "fund": scene.fund.number})
    assert refused.status_code == 422
    assert f'<option value="{other.asset_no}" selected>' in refused.content.decode()
    assert f'value="{end}"' in refused.content.decode()
    wrong = alice.post(address, {**period, "instrument": "QY000001", "fund": scene.fund.number})
    assert wrong.status_code == 422
    for nonsense in ({"start": "x", "end": ""}, {"start": "9999-01-01T00:00", "end": "9999-01-01T01:00"}):
        told = alice.get(reverse("booking_change_verdict", args=[booking.ulid]), nonsense)
        assert (told.status_code, "note" in told.content.decode()) == (200, False)
    assert not Booking.objects.filter(replaces=booking).exists()


def test_a_program_is_told_of_sisters_and_takes_one(scene: Scene) -> None:
    booking, other = coming(scene), twin(scene)
    alice = Program(secret_for(scene.people.alice, scene.now))
    told = alice.get(f"/api/v1/bookings/{booking.ulid}/alternatives").json()
    assert told["later"] == []
    assert [(one["asset_no"], one["more_fen"]) for one in told["same_time"]] == [(other.asset_no, 500)]
    period = {"start": booking.start.isoformat(), "end": booking.end.isoformat()}
    address = f"/api/v1/bookings/{booking.ulid}/change"
    nowhere = alice.ask("POST", address, {**period, "asset_no": "QY999999"})
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "core.not_found")
    made = alice.ask("POST", address, {**period, "asset_no": other.asset_no})
    assert (made.status_code, made.json()["asset_no"]) == (200, other.asset_no)


def test_the_crew_moves_a_booking_for_its_person(scene: Scene, signed_in: SignedIn) -> None:
    booking = coming(scene)
    address = reverse("booking_change", args=[booking.ulid])
    page = signed_in(scene.people.teng).get(address).content.decode()
    assert "艾丽" in page
    assert scene.fund.number in page
    assert signed_in(scene.people.teng).post(address, asked(scene, booking, 1)).status_code == 302
    assert Booking.objects.get(replaces=booking).user == scene.people.alice


def test_the_crew_reads_nothing_of_what_funds_somebody_has(scene: Scene, signed_in: SignedIn) -> None:
    booking = coming(scene)
    other = funded(scene.people.group, scene.now - HOUR, number="QY-F-2002", amount_fen=77_777_00)
    address = reverse("booking_change", args=[booking.ulid])
    own = signed_in(scene.people.alice).get(address).content.decode()
    assert other.number in own
    assert "77,777.00" in own
    page = signed_in(scene.people.teng).get(address).content.decode()
    assert scene.fund.number in page
    assert other.number not in page
    assert "77,777.00" not in page
    assert f"{available_fen(scene.fund) / 100:,.2f}" not in page


def test_a_booking_whose_fund_was_frozen_can_still_be_looked_at(scene: Scene, signed_in: SignedIn) -> None:
    booking = coming(scene)
    freeze_fund(fund=scene.fund, by=scene.people.office, now=scene.now, reason="audit")
    address = reverse("booking_change", args=[booking.ulid])
    assert scene.fund.number in signed_in(scene.people.alice).get(address).content.decode()


def test_a_row_has_two_buttons_and_the_details_the_rest(scene: Scene, signed_in: SignedIn) -> None:
    booking = coming(scene)
    alice, teng = signed_in(scene.people.alice), signed_in(scene.people.teng)
    named = {
        name: f'href="{reverse(name, args=[booking.ulid])}"'
        for name in ("booking_detail", "booking_change", "booking_cancel", "booking_hand_over", "booking_ics")
    }
    listed = alice.get(reverse("booking_list")).content.decode()
    beside = {name for name, link in named.items() if link in listed}
    assert beside == {"booking_detail", "booking_change", "booking_cancel"}
    address = reverse("booking_detail", args=[booking.ulid])
    others = named.keys() - {"booking_detail"}
    mine = alice.get(address).content.decode()
    assert {name for name in others if named[name] in mine} == others
    crews = teng.get(address).content.decode()
    assert {name for name in others if named[name] in crews} == others - {"booking_hand_over"}
    Booking.objects.filter(pk=booking.pk).update(state="requested", route="manager", confirmed_at=None)
    for page in (address, reverse("booking_list")):
        asked = alice.get(page).content.decode()
        assert named["booking_cancel"] in asked
        assert named["booking_change"] not in asked
        assert named["booking_hand_over"] not in asked


def test_a_booking_changes_hands_from_page_to_page(scene: Scene, signed_in: SignedIn) -> None:
    certified(scene.people, scene.people.bob, scene.now)
    booking = coming(scene)
    alice, bob = signed_in(scene.people.alice), signed_in(scene.people.bob)
    offer = reverse("booking_hand_over", args=[booking.ulid])
    assert "包博" in alice.get(offer).content.decode()
    assert alice.post(offer, {"to": "nobody"}).status_code == 422
    assert alice.post(offer, {"to": scene.people.bob.ulid}).status_code == 302
    for told in (reverse("booking_list"), reverse("booking_detail", args=[booking.ulid])):
        assert "转让中" in alice.get(told).content.decode()
    row = HandOver.objects.get()
    address = reverse("hand_over", args=[row.ulid])
    assert address in bob.get(reverse("booking_list")).content.decode()
    assert "收回" in alice.get(offer).content.decode()
    assert bob.get(address).status_code == 200
    assert alice.post(address, {"answer": "take", "fund": scene.fund.number}).status_code in (403, 409)
    assert bob.post(address, {"answer": "take", "fund": scene.fund.number}).status_code == 302
    assert Booking.objects.get(replaces=booking).user == scene.people.bob
    again = bob.post(address, {"answer": "decline"})
    assert again.status_code == 409
    assert "bookings.hand_over_gone" in again.content.decode()


def test_who_may_not_take_it_reads_why_on_the_page(scene: Scene, signed_in: SignedIn) -> None:
    row = offered(scene)
    wang = signed_in(scene.people.wang)
    address = reverse("hand_over", args=[row.ulid])
    page = wang.post(address, {"answer": "take", "fund": scene.fund.number})
    assert page.status_code == 409
    assert "bookings.no_safety" in page.content.decode()
    assert wang.post(address, {"answer": "decline"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "declined"


def test_the_giver_takes_it_back(scene: Scene, signed_in: SignedIn) -> None:
    row = offered(scene)
    alice = signed_in(scene.people.alice)
    assert alice.post(reverse("hand_over", args=[row.ulid]), {"answer": "withdraw"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert alice.get(reverse("hand_over", args=[row.ulid])).status_code == 200


def test_a_program_changes_offers_and_takes(scene: Scene) -> None:
    booking, row = coming(scene), received(scene)
    alice = Program(secret_for(scene.people.alice, scene.now))
    moved = alice.ask(
        "POST",
        f"/api/v1/bookings/{booking.ulid}/change",
        {"start": booking.end.isoformat(), "end": (booking.end + HOUR).isoformat()},
    )
    assert (moved.status_code, moved.json()["state"]) == (200, "confirmed")
    ulid = moved.json()["ulid"]
    handed = alice.ask("POST", f"/api/v1/bookings/{ulid}/hand-over", {"to": "bob"})
    assert (handed.status_code, handed.json()["role"]) == (201, "giver")
    strange = alice.ask("POST", f"/api/v1/bookings/{ulid}/hand-over", {"to": "charlie"})
    assert (strange.status_code, strange.json()["code"]) == (422, "bookings.no_taker")
    back = alice.ask("POST", f"/api/v1/hand-overs/{handed.json()['ulid']}/withdraw", {})
    assert back.json()["state"] == "withdrawn"
    roles = [one["role"] for one in alice.get("/api/v1/hand-overs").json()["items"]]
    assert sorted(roles) == ["giver", "taker"]
    taken = alice.ask("POST", f"/api/v1/hand-overs/{row.ulid}/take", {"fund": scene.fund.number})
    assert (taken.status_code, taken.json()["start"]) == (200, f"{row.booking.start:%Y-%m-%dT%H:%M:%S}Z")


@pytest.mark.parametrize(
    ("name", "queries"),
    [("booking_change", 30), ("booking_change_verdict", 16), ("booking_hand_over", 7), ("hand_over", 5)],
)
def test_the_pages_take_their_number_of_queries(
    name: str,
    queries: int,
    scene: Scene,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    argument = offered(scene).ulid if name == "hand_over" else coming(scene).ulid
    if name.startswith("booking_change"):
        twin(scene)
    client = signed_in(scene.people.alice)
    client.get(reverse(name, args=[argument]))
    with django_assert_num_queries(queries):
        client.get(reverse(name, args=[argument]))
