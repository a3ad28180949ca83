"""The diagram in a real Chromium: no page with a fault at either width, the present step in sight on a phone
without the page moving, and the same words for who does not see it.
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
from tests.web.nights import a_night, granted, posts, refused, returned_twice
from tests.web.scene import Scene, build
from tests.workflows.toys import waiting
from workflows import services
from workflows.models import Case

PICTURES = os.environ.get("PICTURES")  # a folder, for whoever wants to look


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    scene = build(present)
    posts(scene)
    yield scene, live_server.url
    connections.close_all()


def _sign_in(page: Page, url: str, login: str) -> None:
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", login)
    page.fill("#id_password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(url + "/")


def _cases(scene: Scene) -> dict[str, Case]:
    """One in each state; only one of them may be open at a time about the same night."""
    found = {"granted": granted(scene), "refused": refused(scene)}
    gone = a_night(scene)
    services.withdraw(case=gone, by=scene.people.alice, now=scene.now)
    return found | {"withdrawn": gone, "returned": returned_twice(scene)}


def test_the_present_step_is_in_sight_on_a_phone_and_the_page_stays(
    site: tuple[Scene, str], new_context: Any
) -> None:
    scene, url = site
    case = a_night(scene)
    for person in (scene.people.wang, scene.people.teng):
        services.answer(
            step=next(iter(waiting(case).values())), by=person, now=scene.now, outcome="approve", opinion=""
        )
    across, down = WIDTHS["phone"]
    page = new_context(viewport={"width": across, "height": down}, has_touch=True).new_page()
    _sign_in(page, url, "alice")
    page.goto(url + reverse("case_detail", args=[case.ulid]))
    page.wait_for_selector("html[data-ready=true]")
    box = page.locator(".flow-step.is-present").bounding_box()
    assert box is not None
    assert 0 <= box["x"] < box["x"] + box["width"] <= across
    assert page.evaluate("() => document.querySelector('.flow-scroll').scrollLeft") > 0
    assert page.evaluate("() => [window.scrollX, window.scrollY]") == [0, 0]
    page.locator(".flow-list > summary").tap()
    expect(page.locator(".flow-list [aria-current=step]")).to_contain_text("进行中")


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_no_page_with_a_diagram_has_a_fault(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    across, down = WIDTHS[width]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    _sign_in(page, url, "alice")
    cases = _cases(scene)
    addresses = {name: reverse("case_detail", args=[case.ulid]) for name, case in cases.items()}
    addresses["task"] = reverse("task_detail", args=[waiting(cases["returned"])["revise"].ulid])
    addresses["processes"] = reverse("process_list")
    faults = {}
    for name, address in addresses.items():
        page.goto(url + address)
        page.wait_for_selector("html[data-ready=true]")
        for fold in page.locator("details.flow-how > summary, details.flow-list > summary").all():
            if fold.is_visible():
                fold.click()
        faults[name] = watch.problems()
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"diagram-{name}-{width}.png", full_page=True)
    assert {name: found for name, found in faults.items() if found} == {}
