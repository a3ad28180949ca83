"""The pages of committees in a real Chromium: no page with a fault at either width, in either language."""

import os
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from apps.panels.operations import declare_expertise
from scripts.browser import WIDTHS, Watch
from tests.factories.panels import board
from tests.people import PASSWORD
from tests.web.scene import Scene
from tests.workflows.committee.appointing import Cast, all_say_yes, says, step_of

PICTURES = os.environ.get("PICTURES")  # a folder, for whoever wants to look
pytestmark = pytest.mark.once


def _sign_in(page: Page, url: str, login: str) -> None:
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", login)
    page.fill("#id_password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(url + "/")


@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_no_page_has_a_fault(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    they, now = scene.people, scene.now
    board(they, now, code="funds")
    cast = Cast(they, now)
    done = cast.proposed(now, name_zh="收费标准委员会", name_en="Fees")
    all_say_yes(done, now)
    says(done, cast.head, now)
    asked = {"code": "purchases", "name_zh": "购置论证委员会", "name_en": "Purchases", "chair": "c-spare0"}
    open_case = cast.proposed(now, **asked, members="c-m1 c-spare1")
    declare_expertise(user=cast.people["m1"], class6=they.sem.class6, level=2, by=cast.people["m1"], now=now)
    across, down = WIDTHS[width]
    found: list[str] = []
    for login in ("c-m1", "office"):
        page = new_context(viewport={"width": across, "height": down}).new_page()
        watch = Watch(page)
        _sign_in(page, url, login)
        addresses = [reverse("committee_list"), reverse("expertise")]
        if login == "office":
            addresses.append(reverse("process_begin", args=["committee"]))
        else:
            addresses.append(reverse("task_detail", args=[step_of(open_case, cast.people["m1"]).ulid]))
        for address in addresses:
            page.goto(url + address)
            found += [f"{login} {address} {problem}" for problem in watch.problems()]
            if PICTURES:
                name = address.strip("/").replace("/", "-")
                page.screenshot(path=f"{PICTURES}/{width}-{login}-{name[:40]}.png", full_page=True)
        page.context.close()
    assert found == []
