"""A forgotten log-off in a real Chromium, at both widths without a fault: the mark follows what is typed, the
proposal is answered, and the usage shows both.
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

from apps.billing.operations import charge_record
from apps.core.clock import school_time
from apps.usage.models import UsageCorrection
from apps.usage.readings import Heard, note_readings
from scripts.browser import WIDTHS
from tests.web.scene import DEV, MINUTE, Scene, build
from tests.web.seeing import sign_in


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server; Alice has used the machine for two hours, half of it idle."""
    scene = build(present)
    for minutes in range(5, 120, 5):
        at, busy = scene.now + minutes * MINUTE, min(minutes, 60) * 48_000
        note_readings([Heard(DEV, 1, minutes * 60_000, busy, at)])
    record = scene.use(120)
    charge_record(record=record, now=record.ended_at)
    yield scene, live_server.url
    connections.close_all()


def _look(page: Page, name: str) -> None:
    """A picture for whoever asks for one."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_a_forgotten_log_off_is_proposed_beside_the_sensors_and_confirmed(
    site: tuple[Scene, str], width: str, new_context: Any
) -> None:
    scene, url = site
    page, watch = sign_in(new_context, url, "alice", width)
    page.goto(url + reverse("usage_list"))
    faults = {"usage": watch.problems()}
    page.get_by_role("link", name="忘记下机").click()
    mark = page.locator("[data-evidence] [data-mark]")
    expect(mark).to_be_hidden()
    left = school_time(scene.now) + 65 * MINUTE
    page.fill("#id_end", f"{left:%Y-%m-%dT%H:%M}")
    expect(mark).to_have_attribute("visibility", "visible")
    assert 530 <= int(mark.get_attribute("x1") or 0) <= 550
    page.locator("summary", has_text="读数").click()
    _look(page, f"correct-{width}")
    faults["propose"] = watch.problems()
    page.fill("#id_reason", "离开时忘了刷卡")
    page.get_by_role("button", name="提交").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    faults["proposed"] = watch.problems()
    made = UsageCorrection.objects.get()
    page, watch = sign_in(new_context, url, "teng", width)
    page.goto(url + reverse("my_day"))
    faults["day"] = watch.problems()
    _look(page, f"day-{width}")
    page.goto(url + reverse("usage_correction", args=[made.ulid]))
    _look(page, f"correction-{width}")
    faults["answer"] = watch.problems()
    page.select_option("#id_answer", "yes")
    page.fill("#id_reason", "与门禁记录一致")
    page.locator("main form button[type=submit]").first.press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    faults["answered"] = watch.problems()
    page.goto(url + reverse("usage_corrections"))
    faults["list"] = watch.problems()
    page, watch = sign_in(new_context, url, "alice", width)
    page.goto(url + reverse("usage_list"))
    _look(page, f"usage-{width}")
    faults["usage again"] = watch.problems()
    assert {state: found for state, found in faults.items() if found} == {}
    made.refresh_from_db()
    assert made.state == "confirmed"
