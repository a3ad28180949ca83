"""The page and the interface of the finder: what is asked, what is answered, what is offered instead."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.bookings.models import Booking
from apps.people.operations import create_unit
from tests.api.client import Program, secret_for
from tests.factories.instruments import many, sister
from tests.factories.money import priced
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, Scene

DAY = timedelta(days=1)
ENGLISH = {"Accept-Language": "en"}


def _page(client: Client, **query: str) -> str:
    answer = client.get(reverse("slot_finder"), query, headers=ENGLISH)
    assert answer.status_code == 200
    return answer.content.decode()


def _fill(scene: Scene, days: int) -> None:
    """The FE-SEM is taken from the end of Alice's booking on."""
    Booking.objects.create(
        instrument=scene.people.sem,
        user=scene.people.bob,
        start=scene.booking.end,
        end=scene.booking.end + days * DAY,
        state=Booking.State.CONFIRMED,
        requested_at=scene.now,
    )


def test_the_form_stands_alone_until_something_is_asked(scene: Scene, signed_in: SignedIn) -> None:
    page = _page(signed_in(scene.people.alice))
    assert "Two hours this week on any instrument you are certified for?" in page
    assert "<tbody>" not in page
    assert 'value="2026-11-29"' in page  # the Sunday of this week


def test_two_hours_this_week_are_found_with_their_price(scene: Scene, signed_in: SignedIn) -> None:
    sister(scene.people.sem, "QY900001", scene.now)
    page = _page(signed_in(scene.people.alice), minutes="120", q="FE-SEM")
    assert "1 instrument looked through" in page
    form = reverse("booking_create", args=[scene.people.sem.asset_no])
    assert f"{form}?start=2026-11-23T12%3A30&amp;end=2026-11-23T14%3A30" in page
    assert "¥520.00" in page
    assert "QY900001" not in page
    everything = _page(signed_in(scene.people.alice), minutes="120", certified="all")
    assert "2 instruments looked through" in everything
    assert "certificate missing" in everything


def test_a_function_is_chosen_from_those_that_have_a_price(scene: Scene, signed_in: SignedIn) -> None:
    other = sister(scene.people.sem, "QY900001", scene.now)
    priced(other, scene.now - DAY, function="EBSD")
    page = _page(signed_in(scene.people.alice), minutes="120", certified="all", function="EBSD")
    assert '<option value="EBSD" selected>EBSD</option>' in page
    assert "1 instrument looked through" in page
    assert "QY900001" in page
    program = Program(secret_for(scene.people.alice, scene.now))
    period = {"start": f"{scene.now:%Y-%m-%dT%H:%M:%SZ}", "end": f"{scene.now + DAY:%Y-%m-%dT%H:%M:%SZ}"}
    told = program.get("/api/v1/free-slots", **period, certified="false", function="EBSD").json()
    assert [hit["asset_no"] for hit in told["hits"]] == ["QY900001"]


def test_only_the_instruments_of_a_laboratory_are_looked_through(scene: Scene, signed_in: SignedIn) -> None:
    lab = scene.people.sem.unit
    elsewhere = create_unit(
        code="OTHER", kind="lab", name_zh="他室", name_en="Another", parent=lab.parent, now=scene.now
    )
    sister(scene.people.sem, "QY900001", scene.now, unit=elsewhere)
    page = _page(signed_in(scene.people.alice), minutes="120", certified="all", lab=elsewhere.ulid)
    assert f'<option value="{elsewhere.ulid}" selected>Another</option>' in page
    assert "1 instrument looked through" in page
    program = Program(secret_for(scene.people.alice, scene.now))
    period = {"start": f"{scene.now:%Y-%m-%dT%H:%M:%SZ}", "end": f"{scene.now + DAY:%Y-%m-%dT%H:%M:%SZ}"}
    told = program.get("/api/v1/free-slots", **period, certified="false", lab=elsewhere.ulid).json()
    assert [hit["asset_no"] for hit in told["hits"]] == ["QY900001"]


def test_nothing_free_leads_to_waiting_and_to_the_nearest(scene: Scene, signed_in: SignedIn) -> None:
    _fill(scene, 8)
    client = signed_in(scene.people.alice)
    page = _page(client, minutes="120")
    assert "Nothing that you may use is free for so long in this time" in page
    assert "Free in the two weeks after" in page
    wait = reverse("waiting_join", args=[scene.people.sem.asset_no])
    assert f"{wait}?start=2026-11-23T10%3A00&amp;end=2026-11-30T00%3A00&amp;minutes=120" in page
    filled = client.get(f"{wait}?start=2026-11-23T10:00&end=2026-11-30T00:00&minutes=120", headers=ENGLISH)
    assert 'value="120"' in filled.content.decode()
    stranger = _page(signed_in(scene.people.charlie), minutes="120")
    assert "No instrument fits." in stranger
    assert "certified=all" in stranger


def test_what_is_typed_wrong_does_not_count(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.alice)
    for strange in (
        {"minutes": "7"},
        {"minutes": "x"},
        {"since": "2026-13-01"},
        {"since": "9999-12-31", "until": "9999-12-31"},
        {"until": "2020-01-01"},
        {"hours": "noon", "days": "x", "facility": "x", "lab": "x", "class6": "x"},
        {"q": "a\0"},
    ):
        page = _page(client, **strange)
        assert 'value="2026-11-23"' in page


@pytest.mark.parametrize("count", [0, 300])
def test_the_page_takes_as_many_queries_for_three_hundred(
    count: int, scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many(scene.people.sem, count)
    client = signed_in(scene.people.alice)
    with django_assert_num_queries(18):
        page = _page(client, minutes="60", certified="all")
    assert page.count('<th scope="row">') == min(count + 1, 30)


def test_programs_hear_the_same(scene: Scene) -> None:
    alice = Program(secret_for(scene.people.alice, scene.now))
    period = {
        "start": f"{scene.now:%Y-%m-%dT%H:%M:%SZ}",
        "end": f"{scene.now + 3 * DAY:%Y-%m-%dT%H:%M:%SZ}",
    }
    answer = alice.get("/api/v1/free-slots", **period).json()
    [hit] = answer["hits"]
    assert (hit["asset_no"], hit["price_fen"], hit["lacks"]) == ("QY000004", 52000, [])
    assert hit["start"] == f"{scene.booking.end:%Y-%m-%dT%H:%M:%SZ}"
    assert answer["later"] == answer["shorter"] == []
    wrong = alice.get("/api/v1/free-slots", **{**period, "end": period["start"]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bookings.period")
    assert alice.get("/api/v1/free-slots", minutes="1", **period).status_code == 422
    assert Program().get("/api/v1/free-slots", **period).status_code == 401
    assert hit["end"] == f"{scene.booking.end + 2 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
