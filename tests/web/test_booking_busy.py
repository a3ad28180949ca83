"""While too many write at once: pages keep what was typed and say when to come again; programs hear it."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from apps.bookings.forms import suggested
from apps.bookings.models import Booking
from tests.api.client import Program, secret_for
from tests.fakes.contention import deadlock, locked, meeting
from tests.web.scene import HOUR, Scene, build

pytestmark = pytest.mark.django_db(transaction=True)
INSERT = 'INSERT INTO "bookings_booking"'
DAY = 24 * HOUR


@pytest.fixture
def scene(present: datetime) -> Scene:
    return build(present)


def period(scene: Scene) -> dict[str, str]:
    start = scene.booking.end + DAY
    return suggested(start, start + HOUR)


def alice(scene: Scene) -> Client:
    client = Client()
    client.force_login(scene.people.alice)
    return client


def test_the_form_is_kept_and_the_page_says_when_to_come_again(scene: Scene) -> None:
    client = alice(scene)
    address = reverse("booking_create", args=[scene.people.sem.asset_no])
    sent = {**period(scene), "fund": scene.fund.number}
    with meeting(locked, INSERT, times=1):
        answer = client.post(address, sent)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    page = answer.content.decode()
    assert "core.busy" in page
    assert f'value="{sent["start"]}"' in page
    assert not Booking.objects.exclude(pk=scene.booking.pk).exists()
    assert client.post(address, sent).status_code == 302
    made = Booking.objects.exclude(pk=scene.booking.pk).get()
    moved = {**suggested(made.start + HOUR, made.end + HOUR), "fund": scene.fund.number}
    with meeting(locked, INSERT, times=1):
        answer = client.post(reverse("booking_change", args=[made.ulid]), moved)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert f'value="{moved["start"]}"' in answer.content.decode()


def test_a_page_that_catches_nothing_says_so_too(scene: Scene) -> None:
    client = alice(scene)
    with meeting(locked, 'SELECT "bookings_booking"', times=1):
        answer = client.get(reverse("booking_list"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "core.busy" in answer.content.decode()


@pytest.mark.parametrize("key", ["", "one-key"])
def test_a_program_hears_it_and_its_next_attempt_acts_once(scene: Scene, key: str) -> None:
    program = Program(secret_for(scene.people.alice, scene.now))
    start = scene.booking.end + DAY
    wish = {
        "asset_no": scene.people.sem.asset_no,
        "start": start.isoformat(),
        "end": (start + HOUR).isoformat(),
        "fund": scene.fund.number,
    }
    headers = {"Idempotency-Key": key} if key else {}
    with meeting(locked, INSERT, times=1):
        answer = program.ask("POST", "/api/v1/bookings", wish, **headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "core.busy")
    assert answer.headers["Retry-After"] == "5"
    with meeting(deadlock, INSERT, times=2) as met:
        made = program.ask("POST", "/api/v1/bookings", wish, **headers)
    assert (made.status_code, len(met)) == (201, 2)
    assert Booking.objects.exclude(pk=scene.booking.pk).get().ulid == made.json()["ulid"]
    with meeting(locked, 'SELECT "bookings_booking"', times=1):
        read = program.get(f"/api/v1/bookings/{made.json()['ulid']}")
    assert (read.status_code, read.headers["Retry-After"]) == (503, "5")
