"""Webhooks in a real Chromium, at both widths without a fault: made, tested, read in the log, ended."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from apps.core import clock
from apps.webhooks import sending
from scripts.browser import WIDTHS, Watch
from tests.fakes.webhooks import web_service
from tests.people import PASSWORD
from tests.web.scene import Scene, build


@pytest.fixture
def site(
    present: datetime, transactional_db: None, live_server: LiveServer, settings: Settings
) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    settings.NOTICES_ALLOW_LOCAL = True
    yield build(present), live_server.url
    connections.close_all()


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_a_webhook_is_made_tested_read_and_ended(
    site: tuple[Scene, str], width: str, new_context: Any
) -> None:
    scene, url = site
    across, down = WIDTHS[width]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch, faults = Watch(page), {}
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", "teng")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url + "/")
    page.goto(url + reverse("webhook_list"))
    faults["empty"] = watch.problems()
    with web_service() as service:
        page.goto(url + reverse("webhook_create"))
        page.fill("input[type=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.fill("#id_label", "排期程序")
        page.select_option("#id_about", scene.people.sem.asset_no)
        page.fill("#id_address", f"{service.url}/in")
        page.get_by_label("预约已确认").check()
        faults["create"] = watch.problems()
        page.get_by_role("button", name="创建").press("Enter")
        expect(page.locator("#secret")).to_contain_text("whsec_")
        faults["created"] = watch.problems()
        page.goto(url + reverse("webhook_list"))
        faults["list"] = watch.problems()
        page.get_by_role("link", name="排期程序").click()
        page.get_by_role("button", name="发送测试").press("Enter")
        expect(page.locator(".note-success")).to_be_visible()
        assert sending.send_due(clock=clock.now) == 1
        assert [heard.body["type"] for heard in service.heard] == ["webhook.test"]
    page.reload()
    page.locator(".fold-line summary", has_text="测试").click()
    expect(page.locator(".fold-line p.code")).to_contain_text("webhook.test")
    faults["log"] = watch.problems()
    page.get_by_role("link", name="停用").click()
    faults["end"] = watch.problems()
    page.get_by_role("button", name="停用").press("Enter")
    expect(page.locator(".empty")).to_be_visible()
    assert {state: found for state, found in faults.items() if found} == {}
