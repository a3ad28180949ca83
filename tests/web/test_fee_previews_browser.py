"""Uploading a fee sheet in a real Chromium, at both widths: the faults, the preview, taking it over, undoing,
and two people at once; no page with a fault.
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

from scripts.browser import WIDTHS, Watch
from tests.people import PASSWORD
from tests.web.feebooks import CHANGED, computed, drafted, place, workbook
from tests.web.proposing import Proposing
from tests.web.scene import build

SHOTS = os.environ.get("FEE_SHOTS", "")  # a folder for pictures of the pages, to be looked at


@pytest.fixture
def site(
    present: datetime, transactional_db: None, live_server: LiveServer
) -> Iterator[tuple[Proposing, str]]:
    """The school behind a real web server, and Teng's draft."""
    yield drafted(build(present)), live_server.url
    connections.close_all()


def _sign_in(page: Page, url: str) -> None:
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", "teng")
    page.fill("#id_password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(url + "/")


def _send(page: Page, address: str, source: bytes) -> None:
    page.goto(address)
    file = {"name": "a.xlsx", "mimeType": "application/vnd.ms-excel", "buffer": source}
    page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    page.click("main form[enctype] button[type=submit]")


@pytest.mark.once
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_a_file_is_shown_taken_over_and_undone(
    site: tuple[Proposing, str], width: str, language: str, new_context: Any
) -> None:
    made, url = site
    across, down = WIDTHS[width]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch, faults = Watch(page), {}
    _sign_in(page, url)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": url}])

    def look(name: str) -> None:
        faults[name] = watch.problems()
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{language}.png", full_page=True)

    before, address = made.sheet(), url + place(made)
    wrong = [("code", "prices.internal_fen", "service_mode"), ("FEE001", "26o", "机器人"), ("FEE002", 5, "")]
    _send(page, address, workbook({"items": wrong}))
    expect(page.locator("#faults")).to_be_visible()
    look("faults")
    _send(page, address, computed((1, 2, "=200*1.5", 300)))
    expect(page.locator("#computed")).to_be_visible()
    look("computed")
    _send(page, address, workbook(CHANGED))
    expect(page.locator("tr.change-added")).to_have_count(1)
    look("preview")
    assert made.sheet() == before
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(f"**{made.address}?undo=*")
    assert [one.code for one in made.sheet().items] == ["FEE001", "FEE009"]
    look("taken")
    page.locator("p.note a").click()
    look("earlier")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(f"**{made.address}?undo=*")
    assert made.sheet() == before
    page.goto(address)
    look("upload")
    _send(page, address, workbook(CHANGED))
    made.save(*made.sheet().items, note="别人的备注")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("input[type=radio]").first).to_be_attached()
    faults["conflict"] = [one for one in watch.problems() if "409" not in one]
    assert {where: found for where, found in faults.items() if found} == {}
