"""A code of an instrument, a sample or a paper leads to its page; any other leads nowhere. In a real Chromium
with a camera that is not one.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from scripts.browser import WIDTHS, Watch
from tests.people import FE_SEM_A, PASSWORD
from tests.web.conftest import SignedIn
from tests.web.scene import Scene, build

# A detector that sees the code of the FE-SEM A once the camera is on, and a camera that shows nothing.
SEES = """
window.BarcodeDetector = class { async detect() { return [{ rawValue: "QY000004" }]; } };
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  setInterval(() => pen.fillRect(0, 0, Math.random() * 100, 10), 40);
  return canvas.captureStream(25);
};
"""
REFUSES = """
window.BarcodeDetector = class { async detect() { return []; } };
navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", "NotAllowedError"); };
"""


@pytest.fixture
def alices(scene: Scene, signed_in: SignedIn) -> Client:
    """Alice's."""
    return signed_in(scene.people.alice)


@pytest.mark.parametrize(
    "text",
    [
        FE_SEM_A,
        FE_SEM_A.lower(),
        f" {FE_SEM_A} ",
        f"http://testserver/instruments/{FE_SEM_A}/",
        f"http://testserver/instruments/{FE_SEM_A}/?x=1#y",
    ],
)
def test_a_code_of_an_instrument_leads_to_it(alices: Client, text: str) -> None:
    answer = alices.get(reverse("scan"), {"code": text})
    assert answer.headers["Location"] == reverse("instrument_detail", args=[FE_SEM_A])


def test_a_check_code_leads_to_the_check_page_however_it_is_typed(alices: Client) -> None:
    for text in ("7K3M-9QXT-2B4C-H8WD", "7k3m9qxt2b4ch8wd"):
        answer = alices.get(reverse("scan"), {"code": text})
        assert answer.headers["Location"] == reverse("document_check", args=["7K3M9QXT2B4CH8WD"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("https://evil.example/instruments/QY000004/", "portal.foreign_code"),
        ("https://testserver@evil.example/instruments/QY000004/", "portal.foreign_code"),
        ("//evil.example/", "portal.unknown_code"),
        ("javascript:alert(1)", "portal.unknown_code"),
        ("http://testserver/accounts/logout/", "portal.unknown_code"),
        ("http://testserver/bookings/", "portal.unknown_code"),
        ("http://testserver//evil.example/", "portal.unknown_code"),
        ("http://[", "portal.unknown_code"),
        ("QY999999", "portal.unknown_code"),
        ("a\x07b", "portal.unknown_code"),
        ("x" * 501, "portal.unknown_code"),
    ],
)
def test_any_other_leads_nowhere_and_what_was_typed_stays(alices: Client, text: str, code: str) -> None:
    answer = alices.get(reverse("scan"), {"code": text})
    assert answer.status_code == 422
    assert f"({code})" in answer.content.decode()
    assert "Location" not in answer.headers


def test_only_this_page_may_use_the_camera(alices: Client) -> None:
    assert "camera=(self)" in alices.get(reverse("scan")).headers["Permissions-Policy"]
    assert "camera=()" in alices.get(reverse("home")).headers["Permissions-Policy"]


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_the_camera_reads_a_code_and_is_off_again(
    site: tuple[Scene, str], width: str, new_context: Any
) -> None:
    _scene, url = site
    across, down = WIDTHS[width]
    context = new_context(viewport={"width": across, "height": down})
    page = context.new_page()
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", "alice")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url + "/")
    watch = Watch(page)
    page.add_init_script(REFUSES)
    page.goto(url + reverse("scan"))
    page.locator("#camera_on").click()
    expect(page.locator("#camera_state")).to_contain_text("浏览器")
    assert watch.problems() == []
    page.add_init_script(SEES)
    page.goto(url + reverse("scan"))
    page.locator("#camera_on").click()
    page.wait_for_url(url + reverse("instrument_detail", args=[FE_SEM_A]))
