"""What the interface answers: the same as the pages, in a shape for programs."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.bookings.models import Booking
from apps.clearances import gate
from apps.decisions.models import DecisionRecord
from apps.instruments.operations import lock_instrument
from apps.people.operations import end_user, reinstate_user, suspend_user
from apps.training.operations import suspend_certificate
from tests.api.client import Program, secret_for
from tests.factories.instruments import many
from tests.people import FE_SEM_A
from tests.web.scene import HOUR, Scene

DAY = timedelta(days=1)


@pytest.fixture
def alice(scene: Scene) -> Program:
    """Alice's program."""
    return Program(secret_for(scene.people.alice, scene.now))


def _wish(scene: Scene, start: datetime, **changes: object) -> dict[str, object]:
    return {
        "asset_no": FE_SEM_A,
        "start": start.isoformat(),
        "end": (start + HOUR).isoformat(),
        "fund": scene.fund.number,
        **changes,
    }


def test_me_says_who_and_for_what(scene: Scene) -> None:
    person = scene.people.alice
    answer = Program(secret_for(person, scene.now, ["me:read", "bookings:read"])).get("/api/v1/me")
    told = answer.json()
    assert (told["username"], told["name_zh"], told["state"]) == ("alice", "艾丽", "active")
    assert told["token"]["scopes"] == ["bookings:read", "me:read"]
    assert told["token"]["prefix"].startswith("clb_")
    assert datetime.fromisoformat(told["token"]["valid_until"]) == scene.now + 90 * DAY
    assert set(told) == {"ulid", "username", "name_zh", "name_en", "kind", "state", "token"}


def test_instruments_are_found_filtered_and_walked_by_cursor(scene: Scene, alice: Program) -> None:
    many(scene.people.sem, 7)
    seen, cursor = [], ""
    for expected in (3, 3, 2):
        part = alice.get("/api/v1/instruments", limit="3", cursor=cursor).json()
        assert len(part["items"]) == expected
        seen += [one["asset_no"] for one in part["items"]]
        cursor = part["next"]
    assert cursor == ""
    assert seen == sorted({FE_SEM_A, *(f"ZZ{n:06d}" for n in range(7))})
    assert [one["asset_no"] for one in alice.get("/api/v1/instruments", q=FE_SEM_A).json()["items"]] == [
        FE_SEM_A
    ]
    assert alice.get("/api/v1/instruments", q="无此仪器").json() == {"items": [], "next": ""}
    assert alice.get("/api/v1/instruments", level="1").json()["items"] == []


def test_an_instrument_says_what_stands_in_its_way_and_who_runs_it(scene: Scene, alice: Program) -> None:
    lock_instrument(instrument=scene.people.sem, reason="真空泄漏", by=scene.people.teng, now=scene.now)
    told = alice.get(f"/api/v1/instruments/{FE_SEM_A}").json()
    assert (told["is_locked"], told["lock"]["reason"]) == (True, "真空泄漏")
    assert {(one["role"], one["name_zh"]) for one in told["crew"]} == {
        ("manager", "滕老师"),
        ("trainer", "滕老师"),
        ("operator", "欧丽佳"),
    }
    assert told["facility"]["name_zh"] == scene.people.sem.facility.name_zh
    assert told["service_modes"] == scene.people.sem.service_modes.split()


def test_a_yes_has_its_end_and_its_recorded_decision(scene: Scene, alice: Program) -> None:
    told = alice.get(f"/api/v1/clearances/{FE_SEM_A}").json()
    assert (told["allowed"], told["purpose"], told["codes"]) == (True, "booking", [])
    assert datetime.fromisoformat(told["until"]) == scene.booking.end
    assert all(one["met"] for one in told["conditions"])
    record = DecisionRecord.objects.get(ulid=told["decision"])
    assert (record.subject, record.asked_by) == (scene.people.alice, "api:clearance")
    again = alice.get(f"/api/v1/decisions/{told['decision']}").json()
    assert (again["outcome"], again["asset_no"]) == ("permit", FE_SEM_A)
    assert {one["code"] for one in again["conditions"]} == {one["code"] for one in told["conditions"]}


def test_a_no_tells_every_condition_who_mends_it_and_the_same_as_the_gate(scene: Scene) -> None:
    bob = scene.people.bob
    told = Program(secret_for(bob, scene.now)).get(f"/api/v1/clearances/{FE_SEM_A}").json()
    verdict = gate.check(user=bob, instrument=scene.people.sem, at=scene.now, now=scene.now, asked_by="test")
    assert not told["allowed"]
    assert told["until"] is None
    assert told["codes"] == list(verdict.codes)
    failing = {one["code"]: one for one in told["conditions"] if not one["met"]}
    assert failing.keys() == set(verdict.codes)
    assert failing["training.none"]["mender"] == "trainer"
    assert failing["training.none"]["zh"]
    assert failing["training.none"]["en"]
    assert all(fact["source"] is not None for one in told["conditions"] for fact in one["facts"])


def test_another_moment_and_purpose_may_be_asked_for(scene: Scene, alice: Program) -> None:
    address = f"/api/v1/clearances/{FE_SEM_A}"
    later = alice.get(address, at=(scene.booking.end + HOUR).isoformat()).json()
    assert (later["allowed"], later["codes"]) == (False, ["booking.none"])
    asked = alice.get(address, purpose="maintenance").json()
    assert "maintenance.order" in asked["codes"] or "maintenance.person" in asked["codes"]
    wrong = alice.get(address, purpose="fun")
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (
        422,
        "access.purpose",
        "purpose",
    )
    naive = alice.get(address, at="2026-11-23T10:00:00")
    assert (naive.status_code, naive.json()["field"]) == (422, "at")


def test_my_certificates_say_whether_they_count(scene: Scene, alice: Program) -> None:
    [told] = alice.get("/api/v1/certificates").json()["items"]
    assert (told["asset_no"], told["level"], told["counts"]) == (FE_SEM_A, "basic", True)
    suspend_certificate(
        certificate=scene.people.certificate, reason="复核", by=scene.people.teng, now=scene.now
    )
    [told] = alice.get("/api/v1/certificates").json()["items"]
    assert told["counts"] is False
    assert Program(secret_for(scene.people.bob, scene.now)).get("/api/v1/certificates").json()["items"] == []


def test_a_booking_is_made_seen_and_cancelled(scene: Scene, alice: Program) -> None:
    start = scene.booking.end
    made = alice.post("/api/v1/bookings", _wish(scene, start))
    assert made.status_code == 201
    told = made.json()
    assert (told["state"], told["fund"], told["estimated_fen"]) == ("confirmed", scene.fund.number, 260_00)
    assert datetime.fromisoformat(told["start"]) == start
    assert alice.get(f"/api/v1/bookings/{told['ulid']}").json() == told
    coming = alice.get("/api/v1/bookings", when="coming").json()["items"]
    assert [one["ulid"] for one in coming] == [scene.booking.ulid, told["ulid"]]
    every = alice.get("/api/v1/bookings", limit="1").json()
    assert [one["ulid"] for one in every["items"]] == [told["ulid"]]
    rest = alice.get("/api/v1/bookings", limit="1", cursor=every["next"]).json()
    assert ([one["ulid"] for one in rest["items"]], rest["next"]) == ([scene.booking.ulid], "")
    gone = alice.post(f"/api/v1/bookings/{told['ulid']}/cancel", {"reason": "实验改期"})
    assert (gone.json()["state"], gone.json()["cancel_reason"]) == ("cancelled", "实验改期")
    again = alice.post(f"/api/v1/bookings/{told['ulid']}/cancel", {})
    assert (again.status_code, again.json()["code"]) == (409, "bookings.cancelled")


def test_a_refused_booking_tells_every_reason_as_the_page_does(scene: Scene) -> None:
    bob = Program(secret_for(scene.people.bob, scene.now))
    night = scene.now + timedelta(days=1, hours=14)
    answer = bob.post("/api/v1/bookings", _wish(scene, night))
    told = answer.json()
    codes = {told["code"], *(one["code"] for one in told["details"]["also"])}
    assert {"bookings.no_certificate", "bookings.no_night_use"} <= codes or {
        "bookings.no_certificate",
        "bookings.no_night_endorsement",
    } <= codes
    assert all(one["message"] for one in told["details"]["also"])
    assert Booking.objects.count() == 1


def test_a_fund_that_is_not_mine_pays_nothing(scene: Scene, alice: Program) -> None:
    answer = alice.post("/api/v1/bookings", _wish(scene, scene.booking.end, fund="QY-F-9999"))
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (
        422,
        "funding.not_usable",
        "fund",
    )


def test_free_time_leaves_out_what_is_booked(scene: Scene, alice: Program) -> None:
    slots = alice.get(f"/api/v1/bookings/free/{FE_SEM_A}", days="2").json()["items"]
    starts = [datetime.fromisoformat(slot["start"]) for slot in slots]
    assert starts[0] == scene.booking.end
    assert alice.get(f"/api/v1/bookings/free/{FE_SEM_A}", days="32").status_code == 422


def test_a_suspended_person_s_program_is_nobody_at_once(scene: Scene, alice: Program) -> None:
    people = scene.people
    suspend_user(user=people.alice, reason="违规", by=people.office, now=scene.now)
    answer = alice.get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "people.not_active")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    reinstate_user(user=people.alice, by=people.office, now=scene.now)
    assert alice.get("/api/v1/me").status_code == 200
    end_user(user=people.alice, reason="毕业", by=people.office, now=scene.now)
    assert alice.get("/api/v1/me").status_code == 401


def test_a_bad_token_is_refused_even_beside_a_good_session(scene: Scene, client: Client) -> None:
    client.force_login(scene.people.alice)
    assert client.get("/api/v1/me").status_code == 200
    answer = client.get("/api/v1/me", headers={"Authorization": "Bearer clb_abcdefgh_" + "A" * 43})
    assert (answer.status_code, answer.json()["code"]) == (401, "tokens.unknown")
    other = client.get("/api/v1/me", headers={"Authorization": "Basic YTpi"})
    assert other.json()["token"] is None  # not ours to read: the session counts


@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/api/v1/me", 3),
        ("/api/v1/instruments", 3),
        (f"/api/v1/instruments/{FE_SEM_A}", 7),
        ("/api/v1/bookings", 3),
        ("/api/v1/certificates", 4),
    ],
)
def test_an_endpoint_takes_its_number_of_queries(
    scene: Scene,
    alice: Program,
    address: str,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    many(scene.people.sem, 30)
    alice.get("/api/v1/me")  # the use of the token is noted once an hour
    with django_assert_num_queries(queries):
        alice.get(address)
