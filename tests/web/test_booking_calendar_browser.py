"""Calendar addresses in a real Chromium, at both widths without a fault: made with the keyboard, copied, read
without a session, revoked.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from apps.bookings.models import CalendarFeed
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
def test_an_address_is_made_copied_and_revoked(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    across, down = WIDTHS[width]
    context = new_context(viewport={"width": across, "height": down})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    watch = Watch(page)
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", "teng")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url + "/")
    page.goto(url + reverse("booking_list"))
    page.get_by_role("link", name="加入我的日历").first.click()
    faults = {"none": watch.problems()}
    page.get_by_role("button", name=f"生成地址 {scene.people.sem.name_zh}").press("Enter")
    page.get_by_role("button", name="复制地址").click()
    expect(page.locator("#copied")).to_be_visible()
    faults["made"] = watch.problems()
    address = page.locator("#address").inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == address
    answer = new_context().request.get(url + urlsplit(address).path)
    assert (answer.status, "艾丽" in answer.text().replace("\r\n ", "")) == (200, True)
    page.get_by_role("link", name="我已复制").click()
    faults["one"] = watch.problems()
    page.get_by_role("link", name="更换地址").click()
    faults["renewing"] = watch.problems()
    page.get_by_role("link", name="保留地址").click()
    page.get_by_role("link", name="撤销").click()
    faults["revoking"] = watch.problems()
    page.get_by_role("button", name="确认撤销").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    assert {state: found for state, found in faults.items() if found} == {}
    assert CalendarFeed.objects.get().revoked_at is not None
