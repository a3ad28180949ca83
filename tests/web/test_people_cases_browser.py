"""How people come in and how they leave, in a real Chromium: every page of it at both widths and in both
languages, without a fault.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.people.models import Suspension, User
from apps.people.queries import user_state
from scripts.browser import WIDTHS, Watch
from tests.web.comings import steps_of_coming_and_leaving
from tests.web.scene import HOUR, Scene, build
from tests.web.test_browser import _sign_in
from tests.web.test_people_browser import _picture
from tests.workflows.toys import waiting
from workflows.models import Case

LANG = {"zh-hans": "zh-Hans", "en": "en"}  # as the page says it


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


def test_the_office_finds_somebody_suspends_and_reinstates_them(site: tuple[Scene, str], page: Page) -> None:
    scene, url = site
    bob = scene.people.bob
    _sign_in(page, url, "office")
    page.goto(url + reverse("person_list"))
    page.fill("#who", "包博")
    page.press("#who", "Enter")
    page.click(f"a[href='{reverse('person_suspend', args=[bob.ulid])}']")
    page.select_option("[name=cause]", "violation")
    page.fill("[name=reason]", "违规操作")
    page.click("main form .btn-stop")
    page.wait_for_url("**/cases/*/")
    assert user_state(bob, scene.now + HOUR) == "suspended"
    step = waiting(Case.objects.get())["keep"]
    page.goto(url + reverse("task_detail", args=[step.ulid]))
    page.fill("textarea[name=opinion]", "已培训")
    page.click("main button[value=complete]")
    page.wait_for_url("**/inbox/**")
    assert not Suspension.objects.filter(user=bob, revoked_at=None).exists()


def test_whoever_leaves_sees_what_hangs_on_them_and_is_signed_out(
    site: tuple[Scene, str], page: Page
) -> None:
    scene, url = site
    _sign_in(page, url, "bob")
    page.goto(url + reverse("leave"))
    expect(page.locator("#hangs")).to_be_visible()
    page.fill("[name=reason]", "毕业")
    page.click("main form .btn-stop")
    page.wait_for_url(f"**{reverse('account_login')}*")
    assert not User.objects.get(pk=scene.people.bob.pk).is_active


@pytest.mark.once
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_no_page_of_coming_and_leaving_has_a_fault(
    site: tuple[Scene, str], width: str, language: str, new_context: Any
) -> None:
    scene, url = site
    across, down = WIDTHS[width]
    people = scene.people
    steps = steps_of_coming_and_leaving(scene)
    addresses = [
        *(reverse(name) for name in ("person_list", "leave", "process_list", "office_home")),
        *(reverse(name, args=[people.olga.ulid]) for name in ("person_leave", "person_suspend")),
        *(reverse("process_begin", args=[key]) for key in ("deregistration", "suspension")),
        *(reverse("task_detail", args=[step.ulid]) for step in steps),
        *(reverse("case_detail", args=[step.case.ulid]) for step in steps),
    ]
    context = new_context(viewport={"width": across, "height": down})
    context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": url}])
    page = context.new_page()
    watch = Watch(page)
    _sign_in(page, url, "office")
    faults = {}
    for address in addresses:
        page.goto(url + address)
        assert page.locator("html").get_attribute("lang") == LANG[language]
        _picture(page, f"{width}_{language}", address)
        faults[address] = watch.problems()
    assert {address: found for address, found in faults.items() if found} == {}
