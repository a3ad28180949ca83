"""The pages of evaluations in a real Chromium: no page with a fault at either width, whoever looks at it."""

import os
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.evaluation import judging, publications
from scripts.browser import WIDTHS
from tests.factories.evaluations import drawn, sheet_of
from tests.web import evaluating
from tests.web.scene import Scene
from tests.web.seeing import sign_in
from tests.workflows import evaluations
from tests.workflows.facility_review.years import opened
from workflows import services

PICTURES = os.environ.get("PICTURES")  # a folder, for whoever wants to look
pytestmark = pytest.mark.once


class Looker:
    """Somebody goes from page to page; what is wrong with any of them is kept."""

    def __init__(self, new_context: Any, url: str, width: str) -> None:
        self._new_context, self._url, self._width = new_context, url, width
        self.pages: dict[str, Any] = {}
        self.found: list[str] = []

    def look(self, login: str, name: str, address: str) -> Any:
        """One page, as one person sees it."""
        if login not in self.pages:
            self.pages[login] = sign_in(self._new_context, self._url, login, self._width)
        page, watch = self.pages[login]
        answer = page.goto(self._url + address)
        if answer is None or answer.status != 200:
            self.found.append(f"{login} {name}: {answer.status if answer else 'no answer'}")
        self.found += [f"{login} {name}: {problem}" for problem in watch.problems()]
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{login}-{name}-{self._width}.png", full_page=True)
        return page


@pytest.fixture
def looker(site: tuple[Scene, str], new_context: Any, request: pytest.FixtureRequest) -> Looker:
    return Looker(new_context, site[1], request.getfixturevalue("width"))


@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_no_page_of_reports_and_schemes_has_a_fault(
    site: tuple[Scene, str], looker: Looker, width: str
) -> None:
    for login, pages in evaluating.pages_of_reports(site[0]).items():
        for name, address in pages.items():
            looker.look(login, name, address)
    assert looker.found == []


@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_no_page_from_the_panel_to_the_results_has_a_fault(
    site: tuple[Scene, str], looker: Looker, width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, now = site[0], site[0].now
    evaluations.answered(monkeypatch)
    who, round_, case = evaluating.forming(scene)
    hearing, members = evaluations.hearing_of(round_), who.board.members[:3]
    secretary = who.board.secretary.username
    looker.look(secretary, "forming", evaluating.page_of_step(evaluations.step_of(hearing, "form_panel")))
    evaluations.panel(hearing, who, members, now)
    looker.look(secretary, "hearing", reverse("case_detail", args=[hearing.ulid]))
    ballot = evaluations.step_of(hearing, "vote", members[0])
    looker.look(members[0].username, "ballot", evaluating.page_of_step(ballot))
    looker.look(members[0].username, "judged", reverse("evaluation_round", args=[round_.ulid]) + "?way=panel")
    for user in members:
        if hearing.steps.filter(node="vote", answered_at__isnull=True, task__owner=user).exists():
            evaluations.vote(hearing, user, now)
    services.sweep(now=now)
    sheet = sheet_of(round_, scene.people.sem)
    looker.look("teng", "noticed", reverse("evaluation_sheet", args=[sheet.ulid]))
    looker.look("teng", "appeal", reverse("evaluation_appeal", args=[sheet.ulid]))
    appeal = judging.raise_appeal(sheet=sheet, reason="an outage", by=scene.people.teng, now=now)
    looker.look("teng", "appealed", reverse("evaluation_sheet", args=[sheet.ulid]))
    judging.decide_appeal(appeal=appeal, change=None, answer="the log says no", panel="0" * 26, now=now)
    round_.refresh_from_db()
    assert round_.notice_until is not None
    services.sweep(now=round_.notice_until)
    publish = evaluations.step_of(case, "publish")
    looker.look("office", "publishing", evaluating.page_of_step(publish))
    evaluations.answer(case, "publish", scene.people.office, round_.notice_until)
    looker.look("office", "published", reverse("evaluation_round", args=[round_.ulid]))
    looker.look("office", "follows", reverse("evaluation_consequences") + "?kind=subsidy")
    looker.look("alice", "results", reverse("evaluation_results", args=[round_.ulid]))
    looker.look("alice", "sheet", reverse("evaluation_sheet", args=[sheet.ulid]))
    assert looker.found == []


@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_no_page_of_a_facilitys_year_has_a_fault(site: tuple[Scene, str], looker: Looker, width: str) -> None:
    scene, now = site[0], site[0].now
    sheet = sheet_of(drawn(scene.people, now), scene.people.sem)
    title = "Growth of layered oxides that were seen in place under load, and of those that were not"
    publications.claim_paper(sheet=sheet, title=title, year=2025, doi="10.1038/x1", by=None, now=now)
    year = opened(scene.people, now)
    table = reverse("facility_table", args=[year.table.ulid])
    for login in ("office", "fei"):
        looker.look(login, "years", reverse("facility_review_list"))
        looker.look(login, "year", reverse("facility_review", args=[2025]))
        seen = looker.look(login, "table", table)
        parts = seen.locator("details.card")
        folded = [not one.evaluate("part => part.open") for one in parts.all()]
        # On a phone only those are open in which the head still has something to write.
        wanted = [True, False, True, True, False] if width == "phone" else [False] * 5
        assert folded == wanted, login
        looker.look(login, "papers", reverse("facility_papers", args=[2025, year.table.facility.ulid]))
    looker.look("fei", "cell", reverse("facility_cell", args=[year.table.ulid, "core_hours"]))
    year.complete()
    looker.look("fei", "confirming", evaluating.page_of_step(evaluations.step_of(year.case, "confirm")))
    year.confirm()
    forming = evaluations.step_of(year.case, "form_panel")
    page = looker.look(year.board.secretary.username, "forming", evaluating.page_of_step(forming))
    expect(page.get_by_role("checkbox", checked=True).first).to_be_visible()
    year.seat()
    judge = year.judges[0]
    looker.look(
        judge.username, "scoring", evaluating.page_of_step(evaluations.step_of(year.case, "score", judge))
    )
    for one, points in zip(year.judges, (90, 81, 80), strict=True):
        year.score(one, points)
    looker.look("office", "scored", table)
    looker.look("office", "case", reverse("case_detail", args=[year.case.ulid]))
    assert looker.found == []
