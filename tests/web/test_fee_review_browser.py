"""The committee's pages in a real Chromium: a member judges a price on a phone; nothing overflows and
nothing breaks accessibility or the content security policy at either width.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from apps.fees.models import PublicNotice
from apps.fees.operations import approve_version
from apps.fees.versioning import item_drafts
from apps.panels.queries import turnout
from scripts.browser import WIDTHS, Watch
from tests.factories.instruments import sister
from tests.web.scene import Scene, build
from tests.web.test_browser import _sign_in
from tests.web.test_people_browser import _picture
from tests.workflows import fee_reviews as reviews
from tests.workflows.fee_reviews import REJECT, changed
from workflows.models import Case

DAY = timedelta(days=1)


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


def in_force(who: reviews.School, scene: Scene) -> None:
    """What the instrument costs today: the same item."""
    says = reviews.content(who.sem).sheets[0]
    approve_version(
        instrument=who.sem,
        approval_no="QY-2026-7",
        items=item_drafts(says),
        terms=says.terms,
        valid_from=scene.now,
        source_case="import:2026",
        now=scene.now,
    )


def _voting(scene: Scene) -> tuple[reviews.School, Case]:
    """A dear price among six peers, before a panel of three."""
    who = reviews.school(scene.people, scene.now)
    for number, internal in enumerate((240_00, 250_00, 260_00, 270_00, 290_00, 310_00)):
        reviews.approved(sister(who.sem, f"QY8000{number}", scene.now - 400 * DAY), scene.now, internal)
    in_force(who, scene)
    return who, reviews.voting(who, scene.now, reviews.content(who.sem, internal=390_00))


def test_a_member_judges_a_price_on_a_phone(site: tuple[Scene, str], new_context: Any) -> None:
    scene, url = site
    who, case = _voting(scene)
    across, down = WIDTHS["phone"]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    _sign_in(page, url, who.board.members[0].username)
    page.goto(url + reverse("fee_review_list"))
    page.click("main .btn-primary")
    page.wait_for_selector("html[data-ready=true]")
    bar = page.locator(".vote-bar")
    expect(bar).to_be_in_viewport()
    expect(page.locator("[name=data-reason]")).to_be_hidden()
    expect(page.locator("#votes h2")).to_be_visible()  # came by itself
    page.evaluate("window.scrollTo(0, 600)")
    expect(page.locator(".chart-canvas canvas").first).to_be_visible()
    expect(bar).to_be_in_viewport()
    page.click(".vote-modify")
    page.fill("[name=data-price_0]", "300")
    page.fill("[name=data-reason]", "比同类贵一半")
    _picture(page, "phone", "/voting/")
    assert watch.problems() == []
    page.click(".vote-bar button[type=submit]")
    page.wait_for_selector(".note-success")
    expect(page.locator(".vote-bar")).to_have_count(0)
    expect(page.locator("#votes .ballot-modify")).to_contain_text("比同类贵一半")
    round_ = reviews.panel_in(case).rounds.get()
    assert [seat.user for seat in turnout(round_).voted] == [who.board.members[0]]


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_no_page_of_the_committee_has_a_fault(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    who, case = _voting(scene)
    scene.use(90)
    across, down = WIDTHS[width]
    board, faults = who.board, {}
    sent = [reverse("fee_review_list"), reverse("fee_review_dossier", args=[case.ulid])]
    run = [
        *(reverse(f"fee_review_{page}", args=[case.ulid]) for page in ("dossier", "board", "votes", "past")),
        reverse("fee_review_effect", args=[case.ulid, who.sem.asset_no]),
        reverse("fee_review_list"),
        reverse("fee_review_together"),
        reverse("fee_review_round", args=[case.ulid, "extend"]),
        reverse("fee_review_seat", args=[case.ulid, reviews.seat(case, board.members[0]).ulid, "substitute"]),
    ]
    for user, addresses in ((board.members[0], sent), (board.secretary, run)):
        page = new_context(viewport={"width": across, "height": down}).new_page()
        watch = Watch(page)
        _sign_in(page, url, user.username)
        for address in addresses:
            page.goto(url + address)
            page.wait_for_load_state("networkidle")
            _picture(page, f"{width}-{user.username}", address.replace(case.ulid, "case"))
            faults[user.username, address] = watch.problems()
    for user in board.members[:2]:
        reviews.vote(case, user, scene.now, changed(case, 300_00), "与同类相近")
    reviews.answer(case, "accept", who.manager, scene.now, "accept")
    notice = PublicNotice.objects.get()
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    for address in (reverse("fee_notice_list"), reverse("fee_notice", args=[notice.ulid])):
        page.goto(url + address)
        _picture(page, f"{width}-nobody", address.replace(notice.ulid, "notice"))
        faults["nobody", address] = watch.problems()
    _sign_in(page, url, board.members[2].username)
    after = (
        reverse("fee_notice", args=[notice.ulid]),
        reverse("fee_review_dossier", args=[case.ulid]),
    )
    for address in after:
        page.goto(url + address)
        page.wait_for_load_state("networkidle")
        _picture(page, f"{width}-after", address.replace(notice.ulid, "notice").replace(case.ulid, "case"))
        faults["after", address] = watch.problems()
    assert {address: found for address, found in faults.items() if found} == {}


@pytest.mark.once
def test_the_chair_names_a_price(site: tuple[Scene, str], new_context: Any) -> None:
    scene, url = site
    who, case = _voting(scene)
    ways = ({"choice": "approve"}, changed(case, 300_00), REJECT)
    for user, how in zip(who.board.members[:3], ways, strict=True):
        reviews.vote(case, user, scene.now, how)
    page = new_context(viewport=dict(zip(("width", "height"), WIDTHS["phone"], strict=True))).new_page()
    watch = Watch(page)
    _sign_in(page, url, who.board.chair.username)
    page.goto(url + reverse("task_detail", args=[reviews.step_of(case, "name_price").ulid]))
    _picture(page, "phone", "/chair/")
    assert watch.problems() == []
    page.get_by_label("300.00").check()
    page.fill("[name=opinion]", "折中")
    page.click("button[name=outcome][value=complete]")
    page.wait_for_url("**/inbox/")
    assert reviews.at(case) == "vote_again vote_again vote_again"
