"""Out of service and repairs, as the crew of an instrument meets it: outages, faults, work orders."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.bookings.models import Booking
from apps.clearances import gate
from apps.core.outbox import WORKER, relay
from apps.instruments.models import CrewMember, Incident, Outage, WorkOrder
from apps.instruments.states import report_incident
from tests.api.client import Program, secret_for
from tests.factories.facts import audited
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, Scene

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def address(scene: Scene) -> str:
    """The page of the instrument that everybody meets at."""
    return reverse("instrument_condition", args=[scene.people.sem.asset_no])


def _page(client: Client, address: str) -> str:
    answer = client.get(address, headers=ENGLISH)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_crew_is_led_there_and_nobody_else(scene: Scene, signed_in: SignedIn, address: str) -> None:
    instrument = reverse("instrument_detail", args=[scene.people.sem.asset_no])
    for who, led in (("olga", True), ("teng", True), ("alice", False)):
        client = signed_in(getattr(scene.people, who))
        assert (address in _page(client, instrument)) is led
        assert client.get(address).status_code == (200 if led else 403)


def test_an_outage_is_planned_told_to_who_has_booked_and_given_up(
    scene: Scene, signed_in: SignedIn, address: str
) -> None:
    olga = signed_in(scene.people.olga)
    typed = {
        "act": "outage",
        "outage-starts_at": "2026-11-24T10:00",
        "outage-ends_at": "2026-11-24T12:00",
        "outage-reason_zh": "换灯丝",
        "outage-reason_en": "",
    }
    wrong = olga.post(address, {**typed, "outage-ends_at": "2026-11-24T09:00"}, headers=ENGLISH)
    assert (wrong.status_code, "core.period" in wrong.content.decode()) == (422, True)
    assert "换灯丝" in wrong.content.decode()
    start = scene.now.replace(hour=2, minute=0) + timedelta(days=1)
    touched = Booking.objects.create(
        instrument=scene.people.sem,
        user=scene.people.bob,
        start=start,
        end=start + HOUR,
        state=Booking.State.CONFIRMED,
        requested_at=scene.now,
    )
    done = olga.post(address, typed)
    assert (done.status_code, done.headers["Location"]) == (302, address)
    outage = Outage.objects.get()
    assert (outage.starts_at, outage.ends_at) == (start, start + 2 * HOUR)
    relay(channel=WORKER, now=scene.now)
    touched.refresh_from_db()
    assert "bookings.outage" in [one["code"] for one in touched.at_risk]
    page = _page(olga, address)
    assert "Planned outage" in page
    assert "Give up the plan" in page
    assert olga.post(address, {"act": "end", "ulid": outage.ulid}).status_code == 302
    assert not Outage.objects.exists()
    assert olga.post(address, {"act": "end", "ulid": outage.ulid}).status_code == 404
    assert "no outage is planned" in _page(olga, address)


def test_an_outage_without_an_end_lasts_until_it_is_ended(
    scene: Scene, signed_in: SignedIn, address: str
) -> None:
    teng = signed_in(scene.people.teng)
    start = (scene.now - HOUR + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
    teng.post(address, {"act": "outage", "outage-starts_at": start, "outage-reason_zh": "真空泵坏了"})
    outage = Outage.objects.get()
    assert outage.ends_at is None
    page = _page(signed_in(scene.people.alice), reverse("here", args=[scene.people.sem.asset_no]))
    assert "You may not use it now" in page
    assert "End the outage now" in _page(teng, address)
    assert teng.post(address, {"act": "end", "ulid": outage.ulid}).status_code == 302
    outage.refresh_from_db()
    assert outage.ends_at is not None


def test_a_fault_that_somebody_reported_is_closed_with_what_was_done(
    scene: Scene, signed_in: SignedIn, address: str
) -> None:
    people = scene.people
    for words in ("真空泵漏油", "门锁松了"):
        report_incident(
            instrument=people.sem, effect="refuse_new", description=words, by=people.alice, now=scene.now
        )
    first, second = Incident.objects.order_by("pk")
    olga = signed_in(people.olga)
    page = _page(olga, address)
    assert "真空泵漏油" in page
    assert "门锁松了" in page
    silent = olga.post(address, {"act": "close", "ulid": first.ulid, f"fault-{first.ulid}-reason": " "})
    assert silent.status_code == 422
    for fault in (first, second):
        body = {"act": "close", "ulid": fault.ulid, f"fault-{fault.ulid}-reason": "换了密封圈"}
        assert olga.post(address, body).status_code == 302
    assert not Incident.objects.filter(closed_at__isnull=True).exists()
    assert {one.details["incident"] for one in audited("instruments.close_incident")} == {
        first.ulid,
        second.ulid,
    }
    body = {"act": "close", "ulid": first.ulid, f"fault-{first.ulid}-reason": "x"}
    late = olga.post(address, body, headers=ENGLISH)
    assert (late.status_code, "instruments.incident_closed" in late.content.decode()) == (409, True)
    assert olga.post(address, {**body, "ulid": "0" * 26}).status_code == 404
    verdict = gate.check(
        user=people.alice, instrument=people.sem, at=scene.now, now=scene.now, asked_by="test"
    )
    assert verdict.allowed


def test_a_work_order_names_an_engineer_of_the_crew_and_is_done(
    scene: Scene, signed_in: SignedIn, address: str
) -> None:
    people = scene.people
    CrewMember.objects.create(
        instrument=people.sem, user=people.bob, role="service", valid_from=scene.now - HOUR
    )
    olga = signed_in(people.olga)
    body = {"act": "order", "order-summary": "换真空泵", "order-engineer_login": people.bob.username}
    stranger = olga.post(address, {**body, "order-engineer_login": people.alice.username})
    assert stranger.status_code == 422
    assert "换真空泵" in stranger.content.decode()
    assert olga.post(address, body).status_code == 302
    order = WorkOrder.objects.get()
    assert (order.summary, order.engineer, order.closed_at) == ("换真空泵", people.bob, None)
    assert "换真空泵" in _page(olga, address)
    assert olga.post(address, {"act": "done", "ulid": order.ulid}).status_code == 302
    assert "No work order is open" in _page(olga, address)
    late = olga.post(address, {"act": "done", "ulid": order.ulid}, headers=ENGLISH)
    assert (late.status_code, "instruments.work_order_closed" in late.content.decode()) == (409, True)


def test_programs_put_out_of_service_report_and_close(scene: Scene) -> None:
    people = scene.people
    olga, bob = (Program(secret_for(who, scene.now)) for who in (people.olga, people.bob))
    address = f"/api/v1/instruments/{people.sem.asset_no}"
    wish = {"starts_at": "2026-11-24T02:00:00Z", "ends_at": "2026-11-24T04:00:00Z", "reason_zh": "检修"}
    assert bob.post(f"{address}/outages", wish).json()["code"] == "instruments.not_crew"
    wrong = olga.post(f"{address}/outages", {**wish, "ends_at": "2026-11-24T01:00:00Z"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "core.period")
    made = olga.post(f"{address}/outages", wish)
    assert (made.status_code, made.json()["starts_at"]) == (201, "2026-11-24T02:00:00Z")
    end = f"{address}/outages/{made.json()['ulid']}/end"
    assert olga.post(end, None).json() == made.json()  # it was only a plan
    assert olga.post(end, None).json()["code"] == "core.not_found"
    fault = bob.post(f"{address}/faults", {"description": "漏油"})
    assert (fault.status_code, fault.json()["effect"], fault.json()["closed_at"]) == (201, "refuse_new", None)
    assert bob.get(f"{address}/faults").json()["code"] == "instruments.not_crew"
    assert olga.get(f"{address}/faults").json() == {"items": [fault.json()]}
    close = f"{address}/faults/{fault.json()['ulid']}/close"
    assert olga.post(close, {"reason": "tightened"}).json()["closed_at"] is not None
    assert olga.post(close, {}).json()["code"] == "instruments.incident_closed"
    assert olga.get(f"{address}/faults").json() == {"items": []}


def test_what_is_no_act_changes_nothing(scene: Scene, signed_in: SignedIn, address: str) -> None:
    olga = signed_in(scene.people.olga)
    assert olga.post(address, {"act": "explode"}).status_code == 200
    assert olga.post(address, {"act": "done", "ulid": "0" * 26}).status_code == 404
    assert signed_in(scene.people.alice).post(address, {"act": "outage"}).status_code == 403
    assert not Outage.objects.exists()
