"""The pages in a real Chromium: signing in, booking, cancelling, a wall that follows within two seconds,
and no page that overflows, breaks accessibility or the content security policy at either width.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.billing.operations import charge_record
from apps.bookings.models import Booking
from apps.clearances import gate
from apps.training.operations import withdraw_certificate
from devices.ingest.refusals import ANYBODY
from scripts.browser import WIDTHS, Watch
from tests.people import PASSWORD
from tests.web.scene import DEV, HOUR, Scene, build


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


def _sign_in(page: Page, url: str, login: str) -> None:
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", login)
    page.fill("#id_password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(url + "/")


def test_alice_signs_in_books_a_free_slot_and_cancels_it(site: tuple[Scene, str], page: Page) -> None:
    scene, url = site
    _sign_in(page, url, "alice")
    page.keyboard.press("/")
    page.keyboard.type("扫描电镜")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("场发射扫描电镜")).first.click()
    expect(page.get_by_role("heading", name="你现在可以使用")).to_be_visible()
    page.locator("#book a.slot").first.click()
    page.get_by_role("button", name="预约这段时间").click()
    expect(page.locator(".note-success")).to_contain_text("预约成功")
    made = Booking.objects.latest("id")
    assert made.pk != scene.booking.pk
    page.locator(f"a[href='{reverse('booking_cancel', args=[made.ulid])}']").click()
    page.get_by_role("button", name="取消预约").click()
    expect(page.locator(".note-success")).to_contain_text("已取消")
    made.refresh_from_db()
    assert made.state == "cancelled"


@pytest.mark.once
def test_a_wrong_password_says_so_and_keeps_the_login(site: tuple[Scene, str], page: Page) -> None:
    _scene, url = site
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", "alice")
    page.fill("#id_password", "wrong-wrong-wrong")
    page.click("main button[type=submit]")
    expect(page.locator(".note-error")).to_be_visible()
    expect(page.locator("#id_login")).to_have_value("alice")


def test_the_wall_follows_within_two_seconds(site: tuple[Scene, str], page: Page) -> None:
    scene, url = site
    _sign_in(page, url, "teng")
    page.goto(url + reverse("wall"))
    tile = page.locator(f"#tile-{DEV}-1")
    expect(tile).to_contain_text("已关机")
    assert page.locator("#tiles").get_attribute("hx-trigger") == "every 1s"
    look = re.compile(re.escape(reverse("wall_tiles")))
    with page.expect_response(look) as first:
        pass
    assert first.value.status == 304
    looks: list[int] = []
    page.on("response", lambda answer: looks.append(answer.status) if look.search(answer.url) else None)
    scene.unlock()
    expect(tile).to_contain_text("使用中")
    expect(tile).to_contain_text("艾丽")
    assert looks.index(200) <= 1  # a look may be on its way already; the next one, a second later, sees it


def test_a_watcher_locks_an_instrument_from_the_wall(site: tuple[Scene, str], page: Page) -> None:
    scene, url = site
    _sign_in(page, url, "teng")
    page.goto(url + reverse("wall"))
    page.locator(f"#lock-{DEV}-1").click()
    page.get_by_label("原因").fill("真空泄漏")
    page.get_by_role("button", name="立即锁定").click()
    expect(page.locator(f"#tile-{DEV}-1")).to_contain_text("仪器已锁定")
    assert scene.people.sem.locks.get().reason == "真空泄漏"


@pytest.mark.once
def test_the_forms_work_without_scripts(site: tuple[Scene, str], new_context: Any) -> None:
    scene, url = site
    page = new_context(java_script_enabled=False).new_page()
    _sign_in(page, url, "alice")
    page.goto(url + reverse("booking_cancel", args=[scene.booking.ulid]))
    page.get_by_role("button", name="取消预约").click()
    expect(page.locator(".note-success")).to_contain_text("已取消")
    page.goto(url + reverse("instrument_list"))
    page.locator("#id_mode").select_option("S")
    page.get_by_role("button", name="筛选").click()
    assert "mode=S" in page.url


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_no_page_has_a_fault(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    across, down = WIDTHS[width]
    people = scene.people
    charge_record(record=scene.use(30), now=scene.now + HOUR)
    scene.connect()
    withdraw_certificate(certificate=people.certificate, reason="事故", by=people.teng, now=scene.now)
    refused = gate.check(
        user=people.alice, instrument=people.sem, at=scene.now, now=scene.now, asked_by="test"
    )
    sem = people.sem.asset_no
    scene.refuse("frame.signature", 1200)
    scene.refuse("device.unknown", 3, dev=ANYBODY)
    addresses = [
        "/",
        reverse("instrument_list"),
        reverse("instrument_detail", args=[sem]),
        reverse("booking_create", args=[sem]),
        reverse("booking_list"),
        reverse("booking_cancel", args=[scene.booking.ulid]),
        reverse("usage_list"),
        reverse("decision_detail", args=[refused.decision]),
        reverse("controller_list"),
        reverse("wall"),
        reverse("wall_lock", args=[DEV, 1]),
    ]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    page.goto(url + reverse("account_login"))
    faults = {"sign in": watch.problems()}
    _sign_in(page, url, "office")
    for address in addresses:
        page.goto(url + address)
        faults[address] = watch.problems()
    page.get_by_label("原因").fill("真空泄漏")
    page.get_by_role("button", name="立即锁定").click()
    expect(page.locator(".note-success")).to_be_visible()
    faults["a wall with a message"] = watch.problems()
    assert {address: found for address, found in faults.items() if found} == {}
