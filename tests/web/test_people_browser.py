"""The pages about people in a real Chromium: a stranger applies, a personnel file shows its progress, and no
page overflows, breaks accessibility or the content security policy at either width.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.people.applying import return_application, submit_application
from apps.people.hr.uploading import read_hr_file, upload_hr_file
from apps.people.models import Authorization, HrFile, RegistrationApplication
from apps.people.operations import appoint_post, declare_absence
from scripts.browser import WIDTHS, Watch
from tests.domain.people.applicants import CHOSEN, applied, company, dan
from tests.domain.people.hrfiles import as_csv, confirmed, read, row
from tests.web.scene import HOUR, Scene, build
from tests.web.test_browser import _sign_in


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


def test_a_stranger_applies_in_the_browser(site: tuple[Scene, str], page: Page) -> None:
    _scene, url = site
    page.goto(url + reverse("account_login"))
    page.click(f"a[href='{reverse('application_create')}']")
    page.wait_for_selector("html[data-ready=true]")
    page.select_option("[name=kind]", "enterprise")
    expect(page.locator("[name=organisation_name]")).to_be_visible()
    expect(page.locator("[name=number]")).to_be_hidden()
    page.select_option("[name=kind]", "student")
    expect(page.locator("[name=organisation_name]")).to_be_hidden()
    expect(page.locator("[name=website]")).not_to_be_in_viewport()
    typed = {
        "number": "2026001",
        "name_zh": "丹",
        "email": "dan@school.example",
        "phone": "0531-1000",
        "sponsor_text": "wang",
        "password": CHOSEN,
    }
    for name, value in typed.items():
        page.fill(f"[name={name}]", value)
    page.check("[name=terms]")
    page.click("main button[type=submit]")
    page.wait_for_url("**/join/*/")
    assert RegistrationApplication.objects.get().number == "2026001"
    expect(page.locator(".verdict-warn")).to_be_visible()
    # A browser that may tell no page where it comes from sends forms without origin: they are refused.
    page.click("main a[href$='/withdraw/']")
    page.click("main button[type=submit]")
    page.wait_for_url("**/join/*/")
    assert RegistrationApplication.objects.get().state == RegistrationApplication.State.WITHDRAWN


def test_a_personnel_file_turns_into_its_preview_by_itself(site: tuple[Scene, str], page: Page) -> None:
    scene, url = site
    _sign_in(page, url, "office")
    page.goto(url + reverse("hr_list"))
    content = as_csv([row("2026001", "丹")], encoding="gbk")
    page.set_input_files("[name=file]", {"name": "hr.csv", "mimeType": "text/csv", "buffer": content})
    page.click("form[enctype] button[type=submit]")
    expect(page.locator("#progress progress")).to_be_visible()
    read_hr_file(ulid=HrFile.objects.get().ulid, now=scene.now)  # the worker's turn
    expect(page.locator("#differences")).to_be_visible()


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_no_page_about_people_has_a_fault(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    across, down = WIDTHS[width]
    people, now = scene.people, scene.now
    asked, token = submit_application(filled=dan(number="2026777"), password=CHOSEN, now=now)
    return_application(application=asked, question="哪位老师为你担保", now=now)
    applied(dan(sponsor_text="nobody"), now)
    listed = company(now)
    post = appoint_post(user=people.teng, unit=people.lab, kind="safety_officer", by=people.office, now=now)
    absence = declare_absence(
        user=people.office, substitute=people.wang, valid_from=now, valid_until=now + HOUR, by=None, now=now
    )
    confirmed([row("2026001", "丹")], people.office, now)
    file = read(as_csv([row("2026001", "丹"), row("2026002", "薇")]), now)
    faulty = read(as_csv([row("1", ""), row("2026002", "薇", until="昨天")]), now)
    waiting = upload_hr_file(name="x.csv", content=as_csv([row("2026009")]), by=None, now=now)
    right = Authorization.objects.get(user=people.finance)
    public = [reverse("application_create"), reverse("application_status", args=[token])]
    private = [
        *(reverse(name) for name in ("right_list", "right_grant", "absence_list", "office_home")),
        *(reverse(name) for name in ("application_list", "post_list", "organisation_list", "hr_list")),
        reverse("right_revoke", args=[right.ulid]),
        reverse("absence_end", args=[absence.ulid]),
        reverse("post_end", args=[post.ulid]),
        reverse("organisation_detail", args=[listed.ulid]),
        reverse("organisation_block", args=[listed.ulid]),
        *(reverse(name, args=[file.ulid]) for name in ("hr_file", "hr_confirm", "hr_reject")),
        f"{reverse('hr_file', args=[file.ulid])}?show=new",
        reverse("hr_file", args=[faulty.ulid]),
        reverse("hr_file", args=[waiting.ulid]),
    ]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    faults = {}
    for address in public:
        page.goto(url + address)
        _picture(page, width, address)
        faults[address] = watch.problems()
    _sign_in(page, url, "office")
    for address in private:
        page.goto(url + address)
        _picture(page, width, address)
        faults[address] = watch.problems()
    assert {address: found for address, found in faults.items() if found} == {}


def _picture(page: Page, width: str, address: str) -> None:
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{width}{address.replace('/', '_').split('?')[0]}.png", full_page=True)
