"""The page of booking terms in a real Chromium, by keyboard alone: hours are typed, previewed and saved, at
both widths without a fault.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from apps.bookings.arranging import set_quota
from apps.bookings.models import OpeningWindow
from scripts.browser import WIDTHS, Watch
from tests.people import PASSWORD
from tests.web.scene import Scene, build


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_hours_are_set_with_the_keyboard(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    across, down = WIDTHS[width]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", "teng")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url + "/")
    set_quota(
        owner=scene.people.sem, group=None, period="week", hours=20, beyond_hours=24, by=None, now=scene.now
    )
    page.goto(url + reverse("booking_terms", args=[scene.people.sem.asset_no]))
    faults = {"as it counts": watch.problems()}
    page.get_by_label("按以下时段").check()
    page.get_by_label("工作日 1: 开始").fill("08:00")
    page.get_by_label("工作日 1: 结束").fill("17:30")
    page.get_by_role("button", name="预览").press("Enter")
    expect(page.get_by_text("08:00-17:30").first).to_be_visible()
    faults["a preview"] = watch.problems()
    assert not OpeningWindow.objects.exists()
    page.get_by_label("工作日 2: 开始").fill("09:00")
    page.get_by_label("工作日 2: 结束").fill("10:00")
    page.get_by_role("button", name="保存开放时段").press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    faults["refused"] = watch.problems()
    page.get_by_label("工作日 2: 开始").fill("")
    page.get_by_label("工作日 2: 结束").fill("")
    page.get_by_role("button", name="保存开放时段").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    faults["saved"] = watch.problems()
    page.goto(url + reverse("booking_create", args=[scene.people.sem.asset_no]))
    faults["booking"] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}
    assert OpeningWindow.objects.get().until_minute == 17 * 60 + 30
