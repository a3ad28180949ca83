"""Adding files in a real Chromium at both widths: sent, cut and gone on, refused with words, given up."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Page, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from apps.core import clock
from apps.files import checking, disk
from apps.files.models import StoredFile
from scripts.browser import WIDTHS, Watch
from tests.domain.files.conftest import some_bytes
from tests.people import PASSWORD
from tests.web.scene import build

pytestmark = pytest.mark.once
CONTENT = some_bytes(300_000)


@pytest.fixture
def url(
    present: datetime, transactional_db: None, live_server: LiveServer, settings: Settings, tmp_path: Path
) -> Iterator[str]:
    """The school with the toy page behind a real web server."""
    settings.ROOT_URLCONF = "tests.web.uploading"
    settings.FILES_DIR = str(tmp_path / "files")
    settings.FILES_RESERVE_BYTES = 0
    build(present)
    yield live_server.url
    connections.close_all()


def _opened(new_context: Any, url: str, width: str) -> Page:
    across, down = WIDTHS[width]
    page: Page = new_context(viewport={"width": across, "height": down}).new_page()
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", "alice")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url + "/")
    return page


def _choose(page: Page, content: bytes, name: str = "谱图.raw") -> None:
    page.set_input_files(
        "#upload_files", {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_a_file_is_sent_checked_and_ready(url: str, width: str, new_context: Any) -> None:
    page = _opened(new_context, url, width)
    watch = Watch(page)
    page.goto(f"{url}/toy/")
    _choose(page, CONTENT)
    expect(page.locator("[data-state]")).to_have_text("正在检查")
    assert watch.problems() == []
    checking.check_next(now=clock.now())
    expect(page.locator("[data-state]")).to_have_text("已就绪")
    assert watch.problems() == []
    assert StoredFile.objects.get().sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_what_was_cut_goes_on_where_it_was_also_after_the_page_was_left(url: str, new_context: Any) -> None:
    page = _opened(new_context, url, "phone")
    page.goto(f"{url}/toy/")
    sent: list[int] = []

    def cut(route: Route) -> None:
        """The first bytes come through, then the line is dead."""
        if route.request.method != "PATCH":
            route.continue_()
        elif not sent:
            sent.append(1)
            body = route.request.post_data_buffer or b""
            response = route.fetch(post_data=body[:100_000])
            assert response.status == 204
            route.abort()
        else:
            route.abort()

    page.route("**/api/v1/uploads/*", cut)
    _choose(page, CONTENT)
    expect(page.locator("[data-state]")).to_have_text("正在等待网络")
    file = StoredFile.objects.get()
    assert disk.length_of(file.ulid) == 100_000
    page.get_by_role("button", name="暂停").click()  # and leaves
    page.unroute("**/api/v1/uploads/*")
    page.goto(f"{url}/toy/")
    offsets: list[str] = []
    page.on(
        "request",
        lambda asked: offsets.append(asked.headers["upload-offset"]) if asked.method == "PATCH" else None,
    )
    _choose(page, CONTENT)
    expect(page.locator("[data-state]")).to_have_text("正在检查")
    assert offsets == ["100000"]
    assert b"".join(disk.blocks_of_part(file.ulid)) == CONTENT
    assert StoredFile.objects.count() == 1


def test_a_refusal_is_told_in_words_and_a_file_may_be_given_up(url: str, new_context: Any) -> None:
    page = _opened(new_context, url, "desktop")
    page.goto(f"{url}/toy/")
    _choose(page, b"", "leer.raw")
    expect(page.locator("[data-state]")).to_have_text("无法发送: 文件是空的。")
    page.route(
        "**/api/v1/uploads/*",
        lambda route: route.abort() if route.request.method == "PATCH" else route.continue_(),
    )
    _choose(page, CONTENT)
    expect(page.locator("[data-state]").last).to_have_text("正在等待网络")
    page.get_by_role("button", name="放弃").last.click()
    expect(page.locator("[data-state]").last).to_have_text("已放弃")
    assert StoredFile.objects.get().state == StoredFile.State.DROPPED
