"""The timetable: its JSON, its pages, and what a period would cost and meet."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.bookings.arranging import set_windows
from apps.bookings.models import Booking
from apps.core.clock import school_time
from apps.funding.operations import freeze_fund
from apps.people.operations import create_unit
from tests.api.client import Program, secret_for
from tests.factories.instruments import many, sister
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, Scene

DAY = timedelta(days=1)
ENGLISH = {"Accept-Language": "en"}
PAGE, WEEK = 11, 9  # with the sign-in and the menu, the first with the choices of its filters


def _period(scene: Scene, days: int = 1) -> dict[str, str]:
    return {"start": scene.now.isoformat(), "end": (scene.now + days * DAY).isoformat()}


@pytest.mark.parametrize("asked", ["instrument", "facility"])
def test_the_feed_takes_six_queries_with_the_sign_in(
    asked: str, scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sem = scene.people.sem
    many(sem, 39)
    set_windows(
        owner=sem.facility,
        week={"workday": [(0, 720)]},
        since=school_time(scene.now).date(),
        by=None,
        now=scene.now,
    )
    client = signed_in(scene.people.alice)
    which = {"instrument": sem.asset_no} if asked == "instrument" else {"facility": sem.facility.ulid}
    with django_assert_num_queries(6):
        answer = client.get(reverse("booking_feed"), {**_period(scene), **which})
    told = answer.json()
    assert len(told["instruments"]) == (1 if asked == "instrument" else 40)
    assert [item["kind"] for item in told["items"]] == ["mine"]
    assert len(told["closed"]) == 1
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_feed_refuses_in_json(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.alice)
    sem = scene.people.sem.asset_no
    refusals: tuple[tuple[dict[str, str], int, str], ...] = (
        ({}, 422, "bookings.moment"),
        ({"start": "2026-11-23T10:00:00", "end": "2026-11-24T10:00:00"}, 422, "bookings.moment"),
        ({"start": "0001-01-01T00:00:00Z", "end": "2026-11-24T10:00:00Z"}, 422, "bookings.moment"),
        (_period(scene, 43), 422, "bookings.period_long"),
        (_period(scene, 0), 422, "bookings.period"),
        ({**_period(scene), "instrument": "QY999999"}, 404, "bookings.no_instrument"),
    )
    for query, status, code in refusals:
        answer = client.get(reverse("booking_feed"), {"instrument": sem, **query})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Client().get(reverse("booking_feed")).status_code == 302


def test_filters_and_pages_that_are_none_do_no_harm(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.alice)
    for strange in (
        {"page": "0"},
        {"page": "²"},
        {"q": "a\0b"},
        {"facility": "x" * 99},
        {"lab": "x"},
        {"page": "9" * 30},
    ):
        assert client.get(reverse("booking_feed"), {**_period(scene), **strange}).status_code == 200
    answer = client.get(reverse("booking_feed"), {**_period(scene), "certified": "1"})
    assert [row["asset_no"] for row in answer.json()["instruments"]] == ["QY000004"]


def test_the_instruments_of_a_laboratory_are_those_of_its_sub_labs_too(
    scene: Scene, signed_in: SignedIn
) -> None:
    lab = scene.people.sem.unit
    cellar = create_unit(
        code="CELLAR", kind="sub_lab", name_zh="地下室", name_en="Cellar", parent=lab, now=scene.now
    )
    elsewhere = create_unit(
        code="OTHER", kind="lab", name_zh="他室", name_en="Another", parent=lab.parent, now=scene.now
    )
    sister(scene.people.sem, "QY900001", scene.now, unit=cellar)
    sister(scene.people.sem, "QY900002", scene.now, unit=elsewhere)
    alice = signed_in(scene.people.alice)
    program = Program(secret_for(scene.people.alice, scene.now))
    period = {"start": f"{scene.now:%Y-%m-%dT%H:%M:%SZ}", "end": f"{scene.now + DAY:%Y-%m-%dT%H:%M:%SZ}"}
    for unit, expected in (
        (lab, [scene.people.sem.asset_no, "QY900001"]),
        (cellar, ["QY900001"]),
        (elsewhere, ["QY900002"]),
    ):
        drawn = alice.get(reverse("booking_feed"), {**_period(scene), "lab": unit.ulid}).json()
        told = program.get("/api/v1/timetable", **period, lab=unit.ulid).json()
        for rows in (drawn["instruments"], told["instruments"]):
            assert [row["asset_no"] for row in rows] == sorted(expected)
    page = _page(alice, "booking_timetable", lab=cellar.ulid)
    assert f'<option value="{cellar.ulid}" selected>{lab.name_en} / Cellar</option>' in page
    assert f"lab={cellar.ulid}" in page  # what the drawing asks for afterwards
    assert "Show all" in page
    assert "QY900002" not in page


def _page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query, headers=ENGLISH)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_no_database_can_look_for_does_not_count(scene: Scene, signed_in: SignedIn) -> None:
    alice = signed_in(scene.people.alice)
    sem = scene.people.sem
    odd = {"facility": "a\0", "class6": "\0", "page": "9" * 5000}
    assert alice.get(reverse("booking_timetable"), odd).status_code == 200
    assert alice.get(reverse("booking_feed"), {**_period(scene), "instrument": "\0x"}).status_code == 404
    found = alice.get(reverse("booking_feed"), {**_period(scene), "instrument": f"\0{sem.asset_no}"})
    assert found.status_code == 200
    moving = {**_period(scene), "moving": "a\0"}
    assert alice.get(reverse("booking_verdict", args=[sem.asset_no]), moving).status_code == 200
    assert alice.get(reverse("scan"), {"code": "\0"}).status_code == 200
    assert alice.post(reverse("calendar_feed_create"), {"instrument": "\0"}).status_code in {404, 201}
    olga = signed_in(scene.people.olga)
    begun = olga.post(reverse("sample_run_start", args=[sem.asset_no]), {"sample": ["\0", "9" * 300]})
    assert begun.status_code == 302


@pytest.mark.parametrize("view", ["day", "week"])
@pytest.mark.parametrize("instruments", [1, 40])
def test_the_page_takes_as_many_queries_for_forty_instruments(
    view: str,
    instruments: int,
    scene: Scene,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    many(scene.people.sem, instruments - 1)
    client = signed_in(scene.people.alice)
    with django_assert_num_queries(PAGE):
        page = _page(client, "booking_timetable", view=view)
    assert page.count('<th scope="row">') == instruments * (7 if view == "week" else 1)


def test_the_page_of_an_instrument_is_a_week_from_monday(
    scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(scene.people.alice)
    with django_assert_num_queries(WEEK):
        page = _page(client, "instrument_timetable", scene.people.sem.asset_no, date="2026-11-26")
    days = [page.index(f"{day}</span>") for day in ("11-23", "11-26", "11-29")]
    assert days == sorted(days)
    assert "Monday" in page
    assert reverse("booking_cancel", args=[scene.booking.ulid]) in page
    assert "09:30\N{EN DASH}12:30" in page
    # What is free of the day goes on to midnight, and leads to the form.
    assert "12:30</time>\N{EN DASH}24:00" in page
    assert "start=2026-11-23T12%3A30&amp;end=2026-11-23T14%3A30" in page
    assert client.get(reverse("instrument_timetable", args=["QY999999"])).status_code == 404


def test_of_others_the_page_shows_the_group_alone(scene: Scene, signed_in: SignedIn) -> None:
    page = _page(signed_in(scene.people.bob), "booking_timetable")
    assert "Wang Group" in page
    assert "Alice" not in page
    assert scene.booking.ulid not in page
    assert "Wang" not in _page(signed_in(scene.people.charlie), "booking_timetable")
    assert "Alice" in _page(signed_in(scene.people.olga), "booking_timetable")


def test_days_that_are_none_mean_today_and_far_ones_offer_nothing(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.alice)
    for strange in ("", "2026-13-45", "9999-12-31", "0001-01-01", "x"):
        assert "2026-11-23" in _page(client, "booking_timetable", date=strange)
    assert 'class="slot"' in _page(client, "booking_timetable")
    far = _page(client, "booking_timetable", date="2027-06-01")  # bookings open 60 days ahead
    assert 'class="slot"' not in far
    past = _page(client, "booking_timetable", date="2026-11-20")
    assert 'class="slot"' not in past


def _verdict(client: Client, scene: Scene, **query: str) -> str:
    return _page(client, "booking_verdict", scene.people.sem.asset_no, **query)


def test_a_period_is_told_its_price_and_leads_to_the_form(
    scene: Scene, signed_in: SignedIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(scene.people.alice)
    with django_assert_max_num_queries(30):
        told = _verdict(client, scene, start="2026-11-24T10:00", end="2026-11-24T12:00")
    assert "¥520.00" in told
    assert "You may book it" in told
    assert scene.fund.number in told
    form = reverse("booking_create", args=[scene.people.sem.asset_no])
    assert f"{form}?start=2026-11-24T10%3A00&amp;end=2026-11-24T12%3A00" in told
    inside = _verdict(client, scene, start="2026-11-24T10:00", end="2026-11-24T12:00", in_form="1")
    assert form not in inside


def test_a_period_that_cannot_be_booked_is_told_why(scene: Scene, signed_in: SignedIn) -> None:
    alice, bob = signed_in(scene.people.alice), signed_in(scene.people.bob)
    taken = _verdict(alice, scene, start="2026-11-23T11:00", end="2026-11-23T13:00")
    assert "bookings.overlap" in taken
    assert "You may book it" not in taken
    assert "¥520.00" in taken
    unskilled = _verdict(bob, scene, start="2026-11-24T10:00", end="2026-11-24T12:00")
    assert "bookings.no_certificate" in unskilled
    dear = _verdict(alice, scene, start="2026-11-24T00:00", end="2026-11-25T00:00")
    assert "bookings.no_night_use" in dear or "bookings.no_night_endorsement" in dear
    backwards = _verdict(alice, scene, start="2026-11-24T10:00", end="2026-11-24T09:00")
    assert "bookings.period" in backwards
    freeze_fund(fund=scene.fund, by=None, now=scene.now, reason="audit")
    assert "bookings.no_fund" in _verdict(alice, scene, start="2026-11-24T10:00", end="2026-11-24T12:00")


def test_more_than_the_fund_has_is_told_before(scene: Scene, signed_in: SignedIn) -> None:
    Booking.objects.filter(pk=scene.booking.pk).update(hold=None)
    scene.fund.account.__class__.objects.filter(pk=scene.fund.account_id).update(balance_fen=100)
    told = _verdict(signed_in(scene.people.alice), scene, start="2026-11-24T10:00", end="2026-11-24T12:00")
    assert "funding.insufficient" in told


def test_moving_ones_own_booking_it_stands_in_nobodys_way(scene: Scene, signed_in: SignedIn) -> None:
    alice = signed_in(scene.people.alice)
    over = {"start": "2026-11-23T11:30", "end": "2026-11-23T14:30"}
    assert "bookings.overlap" in _verdict(alice, scene, **over)
    assert "You may move it there" in _verdict(alice, scene, **over, moving=scene.booking.ulid)
    Booking.objects.create(
        instrument=scene.people.sem,
        user=scene.people.bob,
        start=scene.booking.end + HOUR,
        end=scene.booking.end + 3 * HOUR,
        state=Booking.State.CONFIRMED,
        requested_at=scene.now,
    )
    assert "bookings.overlap" in _verdict(alice, scene, **over, moving=scene.booking.ulid)
    bob = signed_in(scene.people.bob)
    assert "bookings.overlap" in _verdict(bob, scene, **over, moving=scene.booking.ulid)


def test_a_period_that_is_none_is_told_in_its_place(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.alice)
    answer = client.get(reverse("booking_verdict", args=[scene.people.sem.asset_no]), {"start": "x"})
    assert answer.status_code == 422
    assert client.get(reverse("booking_verdict", args=["QY999999"])).status_code == 404


def test_what_the_page_draws_is_what_the_feed_tells(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.alice)
    page = _page(client, "instrument_timetable", scene.people.sem.asset_no)
    found = re.search(r'<script id="drawing" type="application/json">(.+?)</script>', page)
    assert found is not None
    drawn = json.loads(found[1])
    told = client.get(drawn["addresses"]["feed"], headers=ENGLISH).json()
    assert {name: drawn[name] for name in told} == told
    assert len(told["items"]) == 1
