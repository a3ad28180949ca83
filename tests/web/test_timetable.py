"""The timetable: its JSON."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.bookings.arranging import set_windows
from apps.core.clock import school_time
from tests.factories.instruments import many
from tests.web.conftest import SignedIn
from tests.web.scene import Scene

DAY = timedelta(days=1)


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
    for strange in ({"page": "0"}, {"page": "²"}, {"q": "a\0b"}, {"facility": "x" * 99}, {"page": "9" * 30}):
        assert client.get(reverse("booking_feed"), {**_period(scene), **strange}).status_code == 200
    answer = client.get(reverse("booking_feed"), {**_period(scene), "certified": "1"})
    assert [row["asset_no"] for row in answer.json()["instruments"]] == ["QY000004"]
