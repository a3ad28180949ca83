"""Booking every week as people meet it on the pages and as programs do."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.bookings.models import Booking, Series
from apps.bookings.operations import book
from tests.api.client import Program, secret_for
from tests.web.conftest import SignedIn
from tests.web.matrix.series import paid, series
from tests.web.scene import HOUR, Scene


def asked(scene: Scene, **changes: object) -> dict[str, object]:
    form = {
        "weekdays": ["1", "3"],
        "begin": "10:00",
        "until": "12:00",
        "first_day": "2026-12-01",
        "last_day": "2026-12-11",
        "skip_holidays": "on",
        "fund": scene.fund.number,
    }
    return {**form, **changes}


def test_the_days_are_shown_first_and_then_booked_together(scene: Scene, signed_in: SignedIn) -> None:
    alice = signed_in(scene.people.alice)
    address = reverse("series_create", args=[scene.people.sem.asset_no])
    assert address in alice.get(reverse("booking_create", args=[scene.people.sem.asset_no])).content.decode()
    page = alice.post(address, asked(scene, act="preview")).content.decode()
    assert "4 天都可以预约" in page
    assert not Series.objects.exists()
    done = alice.post(address, asked(scene, act="make"))
    made = Series.objects.get()
    assert done["Location"] == reverse("series_detail", args=[made.ulid])
    assert Booking.objects.filter(series=made, state="confirmed").count() == 4
    mine = alice.get(reverse("series_mine")).content.decode()
    assert "10:00–12:00" in mine  # noqa: RUF001
    assert "10:00–12:00" in alice.get(done["Location"]).content.decode()  # noqa: RUF001


def test_days_against_it_are_told_and_may_be_left_out(scene: Scene, signed_in: SignedIn) -> None:
    start = scene.now + timedelta(days=8)
    book(
        user=scene.people.alice,
        instrument=scene.people.sem,
        start=start,
        end=start + HOUR,
        fund=scene.fund,
        by=scene.people.alice,
        now=scene.now,
    )
    alice = signed_in(scene.people.alice)
    address = reverse("series_create", args=[scene.people.sem.asset_no])
    refused = alice.post(address, asked(scene, act="make"))
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "bookings.series_conflicts" in page
    assert 'value="2026-12-01"' in page
    assert 'value="10:00"' in page
    assert not Series.objects.exists()
    rest = alice.post(address, asked(scene, but=["", "2026-12-01"])).content.decode()
    assert "3 天都可以预约" in rest
    assert alice.post(address, asked(scene, but="2026-12-01", act="make")).status_code == 302
    assert Booking.objects.filter(series=Series.objects.get()).count() == 3


def test_a_form_that_makes_no_sense_keeps_what_was_typed(scene: Scene, signed_in: SignedIn) -> None:
    alice = signed_in(scene.people.alice)
    address = reverse("series_create", args=[scene.people.sem.asset_no])
    page = alice.post(address, asked(scene, last_day="2026-11-01", act="preview"))
    assert page.status_code == 422
    assert "bookings.series_days" in page.content.decode()
    assert 'value="2026-11-01"' in page.content.decode()
    odd = alice.post(address, asked(scene, weekdays=["9"], begin="25:99", but="x,,y", act="make"))
    assert odd.status_code == 422
    assert not Series.objects.exists()


def test_it_is_stopped_from_a_day_on_by_its_person_or_the_crew(scene: Scene, signed_in: SignedIn) -> None:
    made = series(scene)
    address = reverse("series_detail", args=[made.ulid])
    teng = signed_in(scene.people.teng)
    assert "艾丽" in teng.get(address).content.decode()
    assert teng.post(address, {"from_day": "2026-12-08", "reason": "检修"}).status_code == 302
    assert Booking.objects.filter(series=made, state="confirmed").count() == 1
    again = teng.post(address, {"from_day": "2026-12-08", "reason": ""})
    assert again.status_code == 409
    assert "bookings.series_over" in again.content.decode()
    assert signed_in(scene.people.bob).get(address).status_code == 404


def test_a_program_previews_makes_and_stops(scene: Scene) -> None:
    alice = Program(secret_for(scene.people.alice, scene.now))
    wish = paid(scene).body
    shown = alice.ask("POST", "/api/v1/series/preview", wish)
    assert [one["code"] for one in shown.json()["items"]] == ["", "", ""]
    made = alice.ask("POST", "/api/v1/series", wish)
    assert (made.status_code, made.json()["weekdays"], len(made.json()["bookings"])) == (201, [3], 3)
    twice = alice.ask("POST", "/api/v1/series", wish)
    assert twice.json()["code"] == "bookings.series_conflicts"
    assert {one["code"] for one in twice.json()["details"]["conflicts"]} == {"bookings.overlap"}
    ulid = made.json()["ulid"]
    stopped = alice.ask("POST", f"/api/v1/series/{ulid}/stop", {"from_day": "2026-12-09"})
    assert (stopped.status_code, stopped.json()["stopped_from"]) == (200, "2026-12-09")
    assert len(alice.get("/api/v1/series").json()["items"]) == 1


@pytest.mark.parametrize(("name", "queries"), [("series_mine", 6), ("series_detail", 6)])
def test_the_pages_take_their_number_of_queries(
    name: str,
    queries: int,
    scene: Scene,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    arguments = [series(scene).ulid] if name == "series_detail" else []
    series(scene)
    client = signed_in(scene.people.alice)
    client.get(reverse(name, args=arguments))
    with django_assert_num_queries(queries):
        client.get(reverse(name, args=arguments))
