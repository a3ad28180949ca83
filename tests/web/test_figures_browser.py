"""Figures and the yearly table in a real Chromium, at both widths without a fault."""

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

from scripts.browser import WIDTHS
from tests.factories.usage import Past, past_uses
from tests.web.scene import Scene, build
from tests.web.seeing import sign_in
from tests.workflows.facility_review.years import Year, opened

HOUR_MS = 3_600_000


@pytest.fixture
def site(
    present: datetime, transactional_db: None, live_server: LiveServer
) -> Iterator[tuple[Scene, Year, str]]:
    """The school behind a real web server, with a year of its facilities."""
    scene = build(present)
    march = datetime.fromisoformat("2026-03-12T02:00:00+00:00")
    past_uses(scene.people.sem, [Past(march, 5 * HOUR_MS, scene.people.alice)])
    yield scene, opened(scene.people, present), live_server.url
    connections.close_all()


def _look(page: Page, name: str) -> None:
    """A picture for whoever asks for one."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_figures_lead_to_their_records(site: tuple[Scene, Year, str], width: str, new_context: Any) -> None:
    _scene, _year, url = site
    page, watch = sign_in(new_context, url, "office", width)
    page.goto(f"{url}{reverse('figure_list')}?period=2026")
    expect(page.locator("form[data-ready=yes]")).to_be_visible()
    expect(page.get_by_label("从", exact=True)).to_be_hidden()
    marker = "part => getComputedStyle(part, '::after').content"
    assert "▾" in page.locator("details.card > summary").evaluate(marker)
    _look(page, f"figures-{width}")
    faults = {"figures": watch.problems()}
    page.get_by_role("link", name="5 h").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 h")
    _look(page, f"records-{width}")
    faults["records"] = watch.problems()
    assert not any(faults.values()), faults


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_the_head_completes_a_table(site: tuple[Scene, Year, str], width: str, new_context: Any) -> None:
    _scene, year, url = site
    page, watch = sign_in(new_context, url, "fei", width)
    page.goto(url + reverse("facility_table", args=[year.table.ulid]))
    _look(page, f"table-{width}")
    faults = {"table": watch.problems()}
    page.goto(url + reverse("facility_cell", args=[year.table.ulid, "seminars"]))
    page.get_by_label("数值").fill("12")
    _look(page, f"cell-{width}")
    faults["cell"] = watch.problems()
    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("已保存")
    page.goto(url + reverse("facility_review", args=[2025]))
    _look(page, f"year-{width}")
    faults["year"] = watch.problems()
    assert not any(faults.values()), faults
