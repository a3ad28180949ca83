"""Booking every week in a real Chromium, at both widths without a fault: a day that is taken is shown and
left out, the rest is booked, and it is stopped from a day on.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from apps.bookings.models import Booking
from apps.bookings.operations import book
from scripts.browser import WIDTHS
from tests.web.scene import HOUR, Scene, build
from tests.web.seeing import sign_in


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_a_series_is_shown_booked_and_stopped(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
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
    page, watch = sign_in(new_context, url, "alice", width)
    page.goto(url + reverse("series_create", args=[scene.people.sem.asset_no]))
    faults = {"empty": watch.problems()}
    page.check("input[name=weekdays][value='1']")
    page.fill("#id_begin", "10:00")
    page.fill("#id_until", "12:00")
    page.fill("#id_first_day", "2026-12-01")
    page.fill("#id_last_day", "2026-12-20")
    page.locator("button[value=preview]").press("Enter")
    expect(page.locator("main .note-warning")).to_be_visible()
    faults["against"] = watch.problems()
    page.locator("button[name=but]").press("Enter")
    expect(page.locator("main .note-success")).to_be_visible()
    faults["free"] = watch.problems()
    page.locator("button[value=make]").press("Enter")
    page.wait_for_url("**/bookings/series/*/")
    faults["made"] = watch.problems()
    page.fill("#id_from_day", "2026-12-15")
    page.locator("main .btn-stop").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    faults["stopped"] = watch.problems()
    page.goto(url + reverse("series_mine"))
    faults["mine"] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}
    assert Booking.objects.filter(series__isnull=False, state="confirmed").count() == 1
