"""Points and an appeal in a real Chromium, at both widths without a fault: the person cancels late and is
told so beforehand, appeals, and whoever is responsible decides.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.bookings.models import PointAppeal
from apps.core.models import ParameterValue
from apps.core.outbox import WORKER, relay
from scripts.browser import WIDTHS
from tests.web.scene import HOUR, Scene, build
from tests.web.seeing import sign_in


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server; it asks a fifth of the fee for late cancelling."""
    scene = build(present)
    ParameterValue.objects.create(
        key="bookings.late_cancel_per_mille", value=200, valid_from=present, reason="tests"
    )
    yield scene, live_server.url
    connections.close_all()


def _relay(scene: Scene) -> None:
    """The worker does what was told until now, and what follows from it."""
    for _again in (1, 2):
        relay(channel=WORKER, now=scene.now + HOUR, limit=500)


def _look(page: Page, name: str) -> None:
    """A picture for whoever asks for one."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_points_are_told_beforehand_appealed_and_lifted(
    site: tuple[Scene, str], width: str, new_context: Any
) -> None:
    scene, url = site
    page, watch = sign_in(new_context, url, "alice", width)
    page.goto(url + reverse("booking_cancel", args=[scene.booking.ulid]))
    expect(page.locator(".note-warning")).to_contain_text("¥156.00")
    _look(page, f"cancel-{width}")
    faults = {"cancel": watch.problems()}
    page.get_by_role("button", name="取消预约").press("Enter")
    page.get_by_role("link", name="我的记分").click()
    _relay(scene)
    faults["points"] = watch.problems()
    page.locator("main td a").last.click()
    faults["appeal"] = watch.problems()
    page.fill("#id_reason", "前一晚急诊")
    page.get_by_role("button", name="提交申诉").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    faults["appealed"] = watch.problems()
    page, watch = sign_in(new_context, url, "teng", width)
    page.goto(url + reverse("appeal_list"))
    faults["appeals"] = watch.problems()
    page.locator("main table a").last.click()
    faults["decide"] = watch.problems()
    page.select_option("#id_uphold", "yes")
    page.fill("#id_reason", "有急诊证明")
    page.locator("main button[type=submit]").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    _relay(scene)
    page, watch = sign_in(new_context, url, "alice", width)
    page.goto(url + reverse("usage_list"))
    expect(page.locator("#parts")).to_be_visible()
    _look(page, f"parts-{width}")
    faults["parts"] = watch.problems()
    page.goto(url + reverse("point_list"))
    faults["points again"] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}
    assert PointAppeal.objects.get().state == "upheld"
