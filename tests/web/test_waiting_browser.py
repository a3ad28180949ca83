"""Waiting in a real Chromium, at both widths without a fault: from a taken slot into the line, an offer, an
answer; the crew takes somebody off.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from apps.bookings.models import Booking, Waiting
from apps.bookings.offering import serve
from apps.bookings.operations import book, cancel_booking
from scripts.browser import WIDTHS
from tests.factories.queueing import certified
from tests.web.scene import HOUR, Scene, build
from tests.web.seeing import sign_in


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


def _taken(scene: Scene) -> Booking:
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


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_somebody_waits_is_offered_time_and_takes_it(
    site: tuple[Scene, str], width: str, new_context: Any
) -> None:
    scene, url = site
    taken = _taken(scene)
    number = scene.people.sem.asset_no
    page, watch = sign_in(new_context, url, "bob", width)
    page.goto(url + reverse("waiting_join", args=[number]))
    page.locator("main a.slot").last.click()
    faults = {"join": watch.problems()}
    page.fill("#id_minutes", "600")
    page.locator("main button[type=submit]").press("Enter")
    faults["refused"] = watch.problems()
    page.fill("#id_minutes", "60")
    page.locator("main button[type=submit]").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    faults["joined"] = watch.problems()
    row = Waiting.objects.get()
    cancel_booking(booking=taken, by=None, now=scene.now)
    serve(instrument=scene.people.sem, now=scene.now, book=book)
    page.goto(url + reverse("waiting_mine"))
    faults["mine"] = watch.problems()
    page.locator("main a.btn-primary").click()
    expect(page.locator("[data-left]")).to_contain_text("分钟后")
    faults["offered"] = watch.problems()
    crew, seen = sign_in(new_context, url, "teng", width)
    crew.goto(url + reverse("waiting_list", args=[number]))
    faults["list"] = seen.problems()
    crew.locator("main table a").last.click()
    faults["take off"] = seen.problems()
    page.locator("button[value=accept]").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    page.goto(url + reverse("waiting_detail", args=[row.ulid]))
    faults["taken"] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}
    assert Booking.objects.get(user=scene.people.bob, state="confirmed").start == taken.start
