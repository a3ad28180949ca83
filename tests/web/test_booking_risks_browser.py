"""A booking at risk, on request and at another price in a real Chromium, at both widths without a fault."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.bookings.models import Booking
from apps.bookings.rechecking import recheck
from apps.core.clock import school_time
from apps.training.operations import suspend_certificate
from scripts.browser import WIDTHS, Watch
from tests.people import PASSWORD
from tests.web.scene import HOUR, Scene, build


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server; Alice's booking is at risk and costs something else."""
    scene = build(present)
    start = scene.now + 2 * HOUR
    Booking.objects.filter(pk=scene.booking.pk).update(start=start, end=start + HOUR)
    suspend_certificate(
        certificate=scene.people.certificate, reason="damage", by=scene.people.teng, now=scene.now
    )
    recheck(booking=scene.booking, now=scene.now)
    yield scene, live_server.url
    connections.close_all()


def _sign_in(new_context: Any, url: str, width: str) -> tuple[Page, Watch]:
    across, down = WIDTHS[width]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", "alice")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url + "/")
    return page, watch


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_risks_reasons_and_prices_are_shown(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    page, watch = _sign_in(new_context, url, width)
    page.goto(url + reverse("booking_list"))
    faults = {"list": watch.problems()}
    page.get_by_role("link", name="有风险").click()
    expect(page.locator(".note-warning")).to_have_count(2)
    faults["risk"] = watch.problems()
    start = school_time(scene.now + 5 * HOUR)
    end = school_time(scene.now + 6 * HOUR)
    page.goto(
        url
        + reverse("booking_create", args=[scene.people.sem.asset_no])
        + f"?start={start:%Y-%m-%dT%H:%M}&end={end:%Y-%m-%dT%H:%M}"
    )
    expect(page.get_by_text("这台仪器的培训师").first).to_be_visible()
    faults["verdict"] = watch.problems()
    Booking.objects.filter(pk=scene.booking.pk).update(state="requested", route="both", confirmed_at=None)
    page.goto(url + reverse("booking_detail", args=[scene.booking.ulid]))
    expect(page.get_by_text("已申请").first).to_be_visible()
    faults["requested"] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}
