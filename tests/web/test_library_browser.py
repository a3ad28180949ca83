"""Turning the pages of the library in a real Chromium: by its links, and by keys, on both widths."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from scripts.browser import WIDTHS
from tests.factories.assets import mirrored
from tests.web.scene import build
from tests.web.seeing import sign_in


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[str]:
    """A library of three pages behind a real web server."""
    scene = build(present)
    rows = [{"asset_no": f"A-{number:03d}", "name_zh": f"办公桌{number:03d}"} for number in range(120)]
    mirrored(rows, scene.people.office, present)
    yield live_server.url
    connections.close_all()


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_pages_are_turned_there_and_back(site: str, width: str, new_context: Any) -> None:
    page, watch = sign_in(new_context, site, "alice", width)
    page.goto(f"{site}{reverse('asset_list')}?q=办公桌")
    nav = page.get_by_role("navigation", name="分页")
    expect(page.get_by_text("A-000", exact=True)).to_be_visible()
    expect(nav.get_by_role("link")).to_have_count(1)  # nothing before the first page
    nav.get_by_role("link", name="下一页").click()
    expect(page.get_by_text("A-050", exact=True)).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_text("A-119", exact=True)).to_be_visible()
    expect(nav.get_by_role("link", name="下一页")).to_have_count(0)
    page.keyboard.press("p")
    expect(page.get_by_text("A-050", exact=True)).to_be_visible()
    expect(page.get_by_text("A-099", exact=True)).to_be_visible()
    previous = nav.get_by_role("link", name="上一页")
    box = previous.bounding_box()
    assert box is not None
    assert (box["height"] >= 36, box["x"] >= 0) == (True, True)
    if folder := os.environ.get("SHOTS"):
        previous.scroll_into_view_if_needed()
        page.screenshot(path=Path(folder) / f"library-pages-{width}.png")
    page.locator("#id_q").press("p")  # a letter that is typed turns nothing
    expect(page.get_by_text("A-050", exact=True)).to_be_visible()
    previous.click()
    expect(page.get_by_text("A-000", exact=True)).to_be_visible()
    expect(nav.get_by_role("link")).to_have_count(1)
    assert "q=" in page.url
    assert not watch.problems()
