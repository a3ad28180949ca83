"""Points and an appeal in a real Chromium, at both widths without a fault: the person cancels late and is
told so beforehand, appeals, and whoever is responsible decides.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.bookings.models import PointAppeal
from scripts.browser import WIDTHS, Watch
from tests.people import PASSWORD
from tests.web.scene import Scene, build


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


def _sign_in(new_context: Any, url: str, login: str, width: str) -> tuple[Page, Watch]:
    across, down = WIDTHS[width]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", login)
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url + "/")
    return page, watch


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_points_are_told_beforehand_appealed_and_lifted(
    site: tuple[Scene, str], width: str, new_context: Any
) -> None:
    scene, url = site
    page, watch = _sign_in(new_context, url, "alice", width)
    page.goto(url + reverse("booking_cancel", args=[scene.booking.ulid]))
    expect(page.locator(".note-warning")).to_be_visible()
    faults = {"cancel": watch.problems()}
    page.get_by_role("button", name="取消预约").press("Enter")
    page.get_by_role("link", name="我的记分").click()
    faults["points"] = watch.problems()
    page.locator("main td a").last.click()
    faults["appeal"] = watch.problems()
    page.fill("#id_reason", "前一晚急诊")
    page.get_by_role("button", name="提交申诉").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    faults["appealed"] = watch.problems()
    page, watch = _sign_in(new_context, url, "teng", width)
    page.goto(url + reverse("appeal_list"))
    faults["appeals"] = watch.problems()
    page.locator("main table a").last.click()
    faults["decide"] = watch.problems()
    page.select_option("#id_uphold", "yes")
    page.fill("#id_reason", "有急诊证明")
    page.locator("main button[type=submit]").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    assert {state: found for state, found in faults.items() if found} == {}
    assert PointAppeal.objects.get().state == "upheld"
