"""The site as an application on a phone: what it says of itself, whose copy is whose, and in a real Chromium
what is there without network.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connections
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.portal.pocket import HEADER
from scripts.browser import WIDTHS
from tests.people import PASSWORD
from tests.web.conftest import SignedIn
from tests.web.scene import Scene, build


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "name"), [("zh-hans", "仪器共享"), ("en", "shared instruments")])
def test_the_manifest_names_icons_that_are_there_and_pages_that_open(
    scene: Scene, signed_in: SignedIn, language: str, name: str
) -> None:
    answer = Client(headers={"accept-language": language}).get(reverse("manifest"))
    told = json.loads(answer.content)
    assert answer.headers["Content-Type"].startswith("application/manifest+json")
    assert name in told["name"]
    for icon in told["icons"]:
        path = finders.find(icon["src"].removeprefix("/static/"))
        with open(str(path), "rb") as file:
            head = file.read(24)
        size = int.from_bytes(head[16:20], "big")
        assert icon["sizes"] == f"{size}x{size}"
    browser = signed_in(scene.people.alice)
    for address in [told["start_url"], *(one["url"] for one in told["shortcuts"])]:
        assert browser.get(address).status_code == 200


@pytest.mark.django_db
def test_the_worker_keeps_only_what_is_public_and_the_pocket() -> None:
    answer = Client().get(reverse("service_worker"))
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    told = json.loads(re.findall(r"= (\{.*\});", answer.content.decode())[0])
    assert all(finders.find(one.removeprefix("/static/")) for one in told["assets"])
    assert told["pocket"] == reverse("pocket")
    assert answer.content == Client().get(reverse("service_worker")).content


def test_each_page_says_for_whom_it_was_made_and_other_answers_do_not(
    scene: Scene, signed_in: SignedIn
) -> None:
    alice, bob = signed_in(scene.people.alice), signed_in(scene.people.bob)
    home = reverse("home")
    mark = alice.get(home).headers[HEADER]
    assert mark == alice.get(reverse("booking_list")).headers[HEADER]
    assert mark != bob.get(home).headers[HEADER]
    assert len(mark) == 24
    assert Client().get(reverse("account_login")).headers[HEADER] == "nobody"
    assert HEADER not in alice.get(reverse("manifest")).headers
    assert HEADER not in Client().get(reverse("healthz")).headers
    scene.people.alice.set_password("another-invented-1")
    scene.people.alice.save()
    assert signed_in(scene.people.alice).get(home).headers[HEADER] != mark


def test_who_signs_out_leaves_no_page_behind_in_the_browser(scene: Scene, signed_in: SignedIn) -> None:
    alice = signed_in(scene.people.alice)
    assert "Clear-Site-Data" not in alice.get(reverse("home")).headers
    assert "Clear-Site-Data" not in alice.post(reverse("set_language"), {"language": "en"}).headers
    assert alice.post(reverse("account_logout")).headers["Clear-Site-Data"] == '"cache"'
    assert "Clear-Site-Data" not in alice.post(reverse("account_login")).headers


def test_the_pocket_holds_bookings_and_certificates_of_ones_own(
    scene: Scene, signed_in: SignedIn, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(scene.people.alice)
    browser.get(reverse("pocket"))
    with django_assert_max_num_queries(12):
        page = browser.get(reverse("pocket")).content.decode()
    assert page.count(scene.people.sem.asset_no) == 2
    assert 'class="empty"' in signed_in(scene.people.charlie).get(reverse("pocket")).content.decode()


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A browser that may install the service worker."""
    return {**browser_context_args, "service_workers": "allow"}


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


def _signed_in(context: BrowserContext, url: str, login: str) -> Page:
    page = context.new_page()
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", login)
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url + "/")
    # The page that came while the worker awoke may stay without it; every page after it has it.
    page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    return page


def _kept(page: Page) -> bool:
    found: bool = page.evaluate("async () => !!(await caches.match('/pocket/', { cacheName: 'pocket' }))")
    return found


def _until_kept(page: Page, *, kept: bool) -> None:
    page.wait_for_function(
        "async (kept) => !!(await caches.match('/pocket/', { cacheName: 'pocket' })) === kept", arg=kept
    )


@pytest.mark.once
def test_without_network_my_bookings_are_there_until_i_sign_out(
    site: tuple[Scene, str], new_context: Any
) -> None:
    scene, url = site
    across, down = WIDTHS["phone"]
    context = new_context(viewport={"width": across, "height": down}, is_mobile=True, has_touch=True)
    page = _signed_in(context, url, "alice")
    page.goto(url + reverse("booking_list"))
    _until_kept(page, kept=True)

    context.set_offline(True)
    page.goto(url + reverse("booking_list"))
    expect(page.locator("h1")).to_have_text("随身查看")
    expect(page.locator("main")).to_contain_text(scene.people.sem.asset_no)
    ground = page.evaluate("() => getComputedStyle(document.querySelector('.card')).borderRadius")
    assert ground != "0px"  # it looks as it should

    context.set_offline(False)
    page.goto(url + reverse("home"))
    page.locator("header details.menu summary").last.click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(lambda address: "/accounts/" in address or address == url + "/")
    page.goto(url + reverse("account_login"))
    _until_kept(page, kept=False)
    context.set_offline(True)
    page.goto(url + reverse("booking_list"))
    expect(page.locator("h1")).to_have_text("没有网络")
    context.set_offline(False)


@pytest.mark.once
def test_another_person_on_the_same_phone_never_sees_the_first_ones_copy(
    site: tuple[Scene, str], new_context: Any
) -> None:
    _scene, url = site
    context = new_context()
    page = _signed_in(context, url, "alice")
    page.goto(url + reverse("booking_list"))
    _until_kept(page, kept=True)
    context.clear_cookies()  # the session is gone, as after a night
    page = _signed_in(context, url, "charlie")
    page.goto(url + reverse("booking_list"))
    page.wait_for_function(
        "async () => { const kept = await caches.match('/pocket/', { cacheName: 'pocket' });"
        " return kept && !(await kept.text()).includes('QY000004'); }"
    )
    assert _kept(page)
