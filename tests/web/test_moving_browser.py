"""Changing a booking and handing it over in a real Chromium, at both widths without a fault."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from apps.bookings.forms import suggested
from apps.bookings.models import Booking
from scripts.browser import WIDTHS
from tests.factories.queueing import certified
from tests.web.matrix.moving import coming, twin
from tests.web.scene import HOUR, Scene, build
from tests.web.seeing import sign_in


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


_LINES = (
    "rows => rows.map(row => new Set([...row.children].map(one => one.getBoundingClientRect().top)).size)"
)


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_a_booking_is_moved_and_changes_hands(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    certified(scene.people, scene.people.bob, scene.now)
    booking = coming(scene)
    page, watch = sign_in(new_context, url, "alice", width)
    page.goto(url + reverse("booking_change", args=[booking.ulid]))
    faults = {"change": watch.problems()}
    # Another instrument is one step away, and what it costs more is told as soon as it is chosen.
    twin_there = twin(scene)
    page.reload()
    page.select_option("#id_instrument", twin_there.asset_no)
    expect(page.locator("form .note-success")).to_be_visible()
    faults["sister"] = watch.problems()
    page.goto(url + reverse("booking_change", args=[booking.ulid]))
    moved = suggested(booking.start + HOUR, booking.end - HOUR)
    page.fill("#id_start", moved["start"])
    page.fill("#id_end", moved["end"])
    page.locator("main form .btn-primary").press("Enter")
    faults["refused"] = watch.problems()
    page.fill("#id_end", suggested(booking.start, booking.end + HOUR)["end"])
    page.locator("main form .btn-primary").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    faults["list"] = watch.problems()
    lines = page.locator("tbody .hours").evaluate_all(_LINES)
    assert lines
    if width == "desktop":
        assert set(lines) == {1}
        wide = page.locator(".table-responsive").first
        assert wide.evaluate("part => part.scrollWidth <= part.clientWidth")
    page.locator("tbody td a").first.press("Enter")
    expect(page.get_by_role("link", name="日历文件")).to_be_visible()
    faults["details"] = watch.problems()
    made = Booking.objects.get(replaces=booking)
    page.goto(url + reverse("booking_hand_over", args=[made.ulid]))
    faults["offer"] = watch.problems()
    page.select_option("#id_to", scene.people.bob.ulid)
    page.locator("main form .btn-primary").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    page.goto(url + reverse("booking_hand_over", args=[made.ulid]))
    faults["under way"] = watch.problems()
    other, seen = sign_in(new_context, url, "bob", width)
    other.goto(url + reverse("booking_list"))
    faults["told"] = seen.problems()
    other.locator("main .note-warning a").click()
    faults["answer"] = seen.problems()
    other.locator("button[value=take]").press("Enter")
    expect(other.locator(".note-success")).to_be_visible()
    faults["taken"] = seen.problems()
    assert {state: found for state, found in faults.items() if found} == {}
    assert Booking.objects.get(replaces=made).user == scene.people.bob
