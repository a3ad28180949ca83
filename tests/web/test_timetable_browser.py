"""The timetable in a real Chromium: drawn for the pointer, line by line for everybody else, without a fault
at both widths; dragging tells the price and the verdict and leads to the form.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.bookings.models import Booking
from scripts.browser import WIDTHS, Watch
from tests.factories.instruments import many
from tests.people import PASSWORD
from tests.web.scene import HOUR, Scene, build

ELSEWHERE = {"timezone_id": "America/New_York"}


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


def _signed_in(page: Page, url: str, who: str = "alice") -> None:
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", who)
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url + "/")


def _booked(scene: Scene, hours: int, length: int = 2) -> Booking:
    """Another booking of Alice's, so many hours from now."""
    return Booking.objects.create(
        instrument=scene.people.sem,
        user=scene.people.alice,
        group=scene.people.group,
        start=scene.now + hours * HOUR,
        end=scene.now + (hours + length) * HOUR,
        state=Booking.State.CONFIRMED,
        requested_at=scene.now,
    )


def _drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(start[0] + (end[0] - start[0]) * step / 8, start[1] + (end[1] - start[1]) * step / 8)
        page.wait_for_timeout(30)
    page.mouse.up()


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_both_pages_are_without_a_fault(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    many(scene.people.sem, 4)
    _booked(scene, 26)
    across, down = WIDTHS[width]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    _signed_in(page, url)
    faults = {}
    addresses = {
        "day": reverse("booking_timetable"),
        "week": reverse("booking_timetable") + "?view=week",
        "none": reverse("booking_timetable") + "?q=nothing-like-it",
        "instrument": reverse("instrument_timetable", args=[scene.people.sem.asset_no]),
    }
    for name, address in addresses.items():
        page.goto(url + address)
        if name != "none":
            if width == "desktop" and name != "instrument":
                expect(page.locator(".lines")).not_to_be_visible()
                page.locator(".fold-table > summary").press("Enter")
            expect(page.locator(".lines")).to_be_visible()
            drawn = page.locator("#timetable[data-drawn=true]")
            expect(drawn).to_have_count(1 if width == "desktop" else 0)
        faults[name] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_free_time_is_found_and_booked_by_keyboard(
    site: tuple[Scene, str], width: str, new_context: Any
) -> None:
    scene, url = site
    across, down = WIDTHS[width]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    _signed_in(page, url)
    page.goto(url + reverse("slot_finder"))
    faults = {"asked": watch.problems()}
    page.locator("#id_q").fill("FE-SEM")
    page.locator("#id_q").press("Enter")
    expect(page.locator("table.stacks tbody tr")).to_have_count(1)
    faults["found"] = watch.problems()
    page.locator("tbody a.btn-primary").press("Enter")
    expect(page.locator("#id_start")).to_have_value("2026-11-23T12:30")
    expect(page.locator("form .state-on")).to_be_visible()  # the verdict, asked as the page loads
    faults["form"] = watch.problems()
    _booked(scene, 3, 24 * 8)
    page.goto(url + reverse("slot_finder") + "?minutes=120")
    expect(page.locator("#wait")).to_be_visible()
    faults["nothing"] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
@pytest.mark.parametrize("who", ["alice", "teng"])
def test_at_the_instrument_and_the_day_are_without_a_fault(
    site: tuple[Scene, str], width: str, who: str, new_context: Any
) -> None:
    scene, url = site
    across, down = WIDTHS[width]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    _signed_in(page, url, who)
    page.goto(url + reverse("here", args=[scene.people.sem.asset_no]))
    faults = {"here": watch.problems()}
    if who == "alice":
        page.get_by_role("button", name="我到了").press("Enter")
        expect(page.locator(".state", has_text="您已到")).to_be_visible()
        faults["arrived"] = watch.problems()
    page.goto(url + reverse("here_fault", args=[scene.people.sem.asset_no]))
    faults["fault"] = watch.problems()
    if who == "teng":
        page.goto(url + reverse("my_day"))
        expect(page.locator("#coming")).to_be_visible()
        faults["day"] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}


@pytest.mark.once
def test_dragging_tells_the_price_and_leads_to_the_form_whatever_the_zone(
    site: tuple[Scene, str], browser: Any
) -> None:
    scene, url = site
    later = _booked(scene, 26)  # tomorrow, 12:00 to 14:00 at the school
    context = browser.new_context(viewport={"width": 1280, "height": 1600}, **ELSEWHERE)
    page = context.new_page()
    watch = Watch(page)
    _signed_in(page, url)
    page.goto(url + reverse("instrument_timetable", args=[scene.people.sem.asset_no]))
    mine = page.locator(".ec-event.item-mine")
    expect(mine).to_have_count(2)
    box = mine.nth(1).bounding_box()
    assert box is not None
    middle, hour = box["x"] + box["width"] / 2, box["height"] / 2
    # From the end of that booking two hours on: 14:00 to 16:00.
    _drag(page, (middle, box["y"] + 2.05 * hour), (middle, box["y"] + 3.97 * hour))
    panel = page.locator("#verdict")
    expect(panel).to_contain_text("520.00")
    link = panel.locator("a.btn-primary")
    expect(link).to_have_attribute("href", re.compile(r"start=2026-11-24T14%3A00&end=2026-11-24T16%3A00"))
    faults = watch.problems()
    # Another time replaces it.
    _drag(page, (middle, box["y"] + 4.05 * hour), (middle, box["y"] + 5.97 * hour))
    expect(panel.locator("a.btn-primary")).to_have_attribute("href", re.compile("T16%3A00"))
    # Moving one's own two hours down, over where it ends: it is in nobody's way, itself least of all.
    _drag(page, (middle, box["y"] + hour / 2), (middle, box["y"] + 1.5 * hour))
    expect(panel.locator("a.btn-primary")).to_have_attribute(
        "href", re.compile(r"start=2026-11-24T13%3A00&end=2026-11-24T15%3A00")
    )
    faults += watch.problems()
    panel.locator("a.btn-primary").click()
    expect(page.locator("#id_start")).to_have_value("2026-11-24T13:00")
    assert faults == []
    later.refresh_from_db()
    assert later.start == scene.now + 26 * HOUR  # nothing was moved by dragging
    context.close()


@pytest.mark.once
def test_without_scripts_the_table_leads_to_the_form(site: tuple[Scene, str], browser: Any) -> None:
    scene, url = site
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    _signed_in(page, url)
    page.goto(url + reverse("booking_timetable"))
    expect(page.locator("#timetable")).not_to_be_visible()
    slot = page.locator(".lines .slot").first
    slot.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#id_start")).to_have_value(
        f"{scene.booking.end + timedelta(hours=8):%Y-%m-%dT%H:%M}"
    )
    context.close()
