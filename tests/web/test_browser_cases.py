"""The inbox and its pages in a real Chromium: keys, answering on a phone, and no page with a fault at either
width.
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from scripts.browser import WIDTHS, Watch
from tests.people import PASSWORD
from tests.toyflows.approvals import RoundFlow
from tests.web.scene import Scene
from tests.workflows.toys import kinds, three_steps, waiting, yes
from workflows import services
from workflows.models import Case

PICTURES = os.environ.get("PICTURES")  # a folder, for whoever wants to look


def _sign_in(page: Page, url: str, login: str) -> None:
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", login)
    page.fill("#id_password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(url + "/")


def _asked(scene: Scene, number: int = 1) -> list[Case]:
    """Cases of Alice's that Teng is asked about, then Wang, who may send back, then Olga."""
    people = scene.people
    return [
        three_steps(
            people,
            scene.now,
            subject=f"thing:{Case.objects.count()}",
            tutors=[people.teng.pk],
            heads=[people.wang.pk],
            officers=[people.olga.pk],
        )
        for _ in range(number)
    ]


def test_the_inbox_is_worked_with_the_keyboard_alone(site: tuple[Scene, str], page: Page) -> None:
    scene, url = site
    cases = _asked(scene, 3)
    _sign_in(page, url, "teng")
    page.goto(url + reverse("task_inbox"))
    page.wait_for_selector("html[data-ready=true]")
    for key in "jjkx":
        page.keyboard.press(key)
    assert page.locator("input[name=step]:checked").count() == 1
    page.keyboard.press("Enter")
    expect(page).to_have_url(url + reverse("task_detail", args=[waiting(cases[0])["tutor"].ulid]))
    page.locator("#opinion").fill("jkx stay letters here")
    page.locator("button[name=outcome][value=approve]").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    assert list(waiting(cases[0])) == ["lab"]


def test_a_case_is_refused_on_a_phone_with_the_verbs_in_reach(
    site: tuple[Scene, str], new_context: Any
) -> None:
    scene, url = site
    [case] = _asked(scene)
    across, down = WIDTHS["phone"]
    page = new_context(viewport={"width": across, "height": down}, has_touch=True).new_page()
    _sign_in(page, url, "teng")
    page.goto(url + reverse("task_detail", args=[waiting(case)["tutor"].ulid]))
    refuse = page.locator("button[name=outcome][value=reject]")
    box = refuse.bounding_box()
    assert box is not None
    assert down - 200 < box["y"] < down - 56  # fixed above the short menu, without scrolling
    refuse.tap()
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator("#opinion").fill("材料不全")
    refuse.tap()
    expect(page.locator(".note-success")).to_be_visible()
    assert kinds(case)[-2:] == ["reject", "done"]


def test_several_are_chosen_at_once_and_answered_together(site: tuple[Scene, str], page: Page) -> None:
    scene, url = site
    cases = _asked(scene, 3)
    _sign_in(page, url, "teng")
    page.goto(url + reverse("task_inbox"))
    page.wait_for_selector("html[data-ready=true]")
    page.locator("[data-all]").check()
    page.locator(".batch button").click()
    page.locator("button[name=outcome][value=approve]").click()
    expect(page.locator(".state-on")).to_have_count(3)
    assert [list(waiting(case)) for case in cases] == [["lab"]] * 3


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_no_page_has_a_fault(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    people, now = scene.people, scene.now
    _asked(scene, 3)
    [case] = _asked(scene)
    services.attach(case=case, by=people.alice, name="a.txt", content=b"text", now=now)
    note = services.attach(case=case, by=people.teng, name="会议纪要.txt", content=b"text", now=now)
    yes(case, people.teng, now, opinion="同意，请实验室复核。", attachments=[note])  # noqa: RUF001 - Chinese
    lab = waiting(case)["lab"]
    services.delegate(step=lab, by=people.wang, to=people.teng, now=now, reason="请看")
    services.give_back(step=lab, by=people.teng, now=now, opinion="没有问题")
    services.add_signer(step=lab, by=people.wang, user=people.olga, now=now, where="after", reason="一并签")
    services.urge(case=case, by=people.alice, now=now)
    case.steps.filter(pk=lab.pk).update(due_at=now - timedelta(days=1))
    round_ = services.start(
        RoundFlow,
        by=people.alice,
        now=now,
        applicant=people.alice,
        subject_ref="thing:round",
        data={"members": [people.teng.pk, people.wang.pk, people.olga.pk]},
    )
    services.copy(case=case, to=[people.bob], by=people.alice, now=now)
    done = _asked(scene)[0]
    services.cancel(case=done, by=people.office, now=now, reason="重复申请")
    visits = {
        "wang": [
            reverse("task_inbox"),
            reverse("task_inbox") + "?tab=claimable",
            reverse("task_inbox") + "?flow=toy_due",
            reverse("task_detail", args=[lab.ulid]),
            reverse("task_send_back", args=[lab.ulid]),
            reverse("task_transfer", args=[lab.ulid]),
            reverse("task_delegate", args=[lab.ulid]),
            reverse("task_add_signer", args=[lab.ulid]),
            reverse("task_remove_signer", args=[lab.ulid]),
            reverse("case_detail", args=[round_.ulid]),
        ],
        "teng": [reverse("task_inbox"), reverse("task_inbox") + "?tab=done"],
        "alice": [
            reverse("task_inbox") + "?tab=applied",
            reverse("case_detail", args=[case.ulid]),
            reverse("case_detail", args=[done.ulid]),
            reverse("case_urge", args=[round_.ulid]),
            reverse("case_copy", args=[case.ulid]),
            reverse("case_withdraw", args=[case.ulid]),
            reverse("process_list"),
            reverse("process_begin", args=["night_endorsement"]),
        ],
        "bob": [reverse("task_inbox") + "?tab=copied", reverse("notice_list"), reverse("notice_preferences")],
    }
    across, down = WIDTHS[width]
    faults = {}
    for login, addresses in visits.items():
        page = new_context(viewport={"width": across, "height": down}).new_page()
        watch = Watch(page)
        _sign_in(page, url, login)
        for address in addresses:
            page.goto(url + address)
            faults[address] = watch.problems()
            _picture(page, f"{login}{address}-{width}")
        if login == "teng":
            page.goto(url + reverse("task_inbox"))
            for box in page.locator("input[name=step]").all():
                box.check()
            page.locator(".batch button").click()
            faults["batch"] = watch.problems()
            _picture(page, f"batch-{width}")
            page.locator("button[name=outcome][value=approve]").click()
            faults["batch done"] = watch.problems()
            _picture(page, f"batch-done-{width}")
    assert {address: found for address, found in faults.items() if found} == {}


def _picture(page: Page, name: str) -> None:
    if PICTURES:
        tidy = re.sub(r"[^a-z0-9-]+", "_", re.sub(r"/[0-9a-z]{26}/", "/", name))
        page.screenshot(path=Path(PICTURES) / f"{tidy}.png", full_page=True)
