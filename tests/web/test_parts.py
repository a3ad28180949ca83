"""What late cancelling costs, told before; what was charged and went back; and a no-show that was none."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.billing.models import BookingCharge
from apps.bookings.absence import lift_no_show, mark_no_show
from apps.bookings.cancelling import Absence
from apps.bookings.models import PointEntry
from apps.bookings.points import appeal, decide_appeal
from apps.core.models import ParameterValue
from apps.core.outbox import WORKER, relay
from tests.api.client import Program, secret_for
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, MINUTE, Scene

ENGLISH = {"Accept-Language": "en"}
PART = 156_00  # 200 per mille of three hours at 260 yuan


@pytest.fixture(autouse=True)
def asked(scene: Scene) -> None:
    """The school asks a fifth for late cancelling, half for not coming."""
    for key, value in (("bookings.late_cancel_per_mille", 200), ("bookings.no_show_per_mille", 500)):
        ParameterValue.objects.create(
            key=key, value=value, valid_from=scene.now - timedelta(days=1), reason="tests"
        )


def _page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args), headers=ENGLISH)
    assert answer.status_code == 200
    return answer.content.decode()


def _relayed(scene: Scene) -> None:
    for _again in (1, 2, 3):
        relay(channel=WORKER, now=scene.now + HOUR, limit=500)


def test_what_it_costs_is_said_before_and_on_the_pages_after(scene: Scene, signed_in: SignedIn) -> None:
    alice, teng = signed_in(scene.people.alice), signed_in(scene.people.teng)
    page = _page(alice, "booking_cancel", scene.booking.ulid)
    assert "Cancelling now costs ¥156.00: 200 per mille of what is held." in page
    assert "You may appeal against both." in page
    assert "Cancelling now costs" not in _page(teng, "booking_cancel", scene.booking.ulid)
    assert not BookingCharge.objects.exists()
    alice.post(reverse("booking_cancel", args=[scene.booking.ulid]), {"reason": "ill"})
    _relayed(scene)
    charge = BookingCharge.objects.get()
    assert charge.amount_fen == PART
    page = _page(alice, "usage_list")
    assert "For bookings that were not kept" in page
    assert "200‰ of ¥780.00" in page
    assert "¥156.00" in page
    assert "For bookings that were not kept" not in _page(signed_in(scene.people.bob), "usage_list")
    made = appeal(entry=charge.entry, by=scene.people.alice, reason="ill", now=charge.charged_at)
    decide_appeal(found=made, by=scene.people.teng, uphold=True, why="a paper", now=charge.charged_at)
    _relayed(scene)
    assert "The appeal was upheld" in _page(alice, "usage_list")


def test_a_program_asks_before_and_reads_after(scene: Scene) -> None:
    alice = Program(secret_for(scene.people.alice, scene.now))
    address = f"/api/v1/bookings/{scene.booking.ulid}"
    assert alice.get(f"{address}/cancellation").json() == {"points": 1, "per_mille": 200, "fen": PART}
    bob = Program(secret_for(scene.people.bob, scene.now))
    assert bob.get(f"{address}/cancellation").json()["code"] == "bookings.not_found"
    assert alice.post(f"{address}/cancel", {"reason": "ill"}).status_code == 200
    assert alice.get(f"{address}/cancellation").json() == {"points": 0, "per_mille": 0, "fen": 0}
    _relayed(scene)
    [part] = alice.get("/api/v1/usage/parts").json()["items"]
    assert (part["kind"], part["fen"], part["base_fen"], part["refunded"]) == (
        "late_cancel",
        PART,
        780_00,
        "",
    )
    assert bob.get("/api/v1/usage/parts").json()["items"] == []


def test_who_had_come_after_all_reads_it_everywhere(scene: Scene, signed_in: SignedIn) -> None:
    booking = scene.booking
    mark_no_show(booking=booking, absence=Absence(booking.start, 30 * MINUTE), now=scene.now)
    _relayed(scene)
    alice = signed_in(scene.people.alice)
    assert "Did not come" in _page(alice, "booking_list")
    assert BookingCharge.objects.get().amount_fen == 390_00
    began = booking.start + 5 * MINUTE
    assert lift_no_show(booking=booking, used_at=began, session="x" * 26, now=scene.now + MINUTE)
    _relayed(scene)
    page = _page(alice, "booking_list")
    assert "Had come, told late" in page
    assert "Did not come" not in page
    page = _page(alice, "point_list")
    assert "Had come: counts no more" in page
    assert "0 points count now" in page
    assert reverse("point_appeal", args=[PointEntry.objects.get().ulid]) not in page
    assert "instrument&#x27;s journal told it later" in _page(alice, "usage_list")
    told = Program(secret_for(scene.people.alice, scene.now)).get("/api/v1/usage/parts").json()["items"]
    assert [one["refunded"] for one in told] == ["came"]


@pytest.mark.parametrize(("name", "queries"), [("usage_list", 12), ("booking_cancel", 12)])
def test_the_pages_take_their_number_of_queries(
    name: str,
    queries: int,
    scene: Scene,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in(scene.people.alice)
    args = [scene.booking.ulid] if name == "booking_cancel" else []
    _page(client, name, *args)
    with django_assert_num_queries(queries):
        _page(client, name, *args)
