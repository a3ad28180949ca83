"""The pages of evaluations and of the yearly review of facilities in both languages: no word of the one on a
page in the other, outside of data.
"""

import pytest
from django.test import Client
from django.urls import reverse

from apps.evaluation import judging, publications
from tests.factories.evaluations import drawn, sheet_of
from tests.web import evaluating
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.test_languages import chinese_on, english_on
from tests.workflows import evaluations
from tests.workflows.facility_review.years import opened
from workflows import services

pytestmark = pytest.mark.once  # words are the same on every database

Crawled = tuple[list[str], list[Client]]


def foreign(addresses: list[str], clients: list[Client]) -> set[tuple[str, str]]:
    """The words of another language than the page's, in either."""
    for client in clients:
        client.cookies["django_language"] = "zh-hans"
    return english_on(addresses, clients) | chinese_on(addresses, clients)


def test_pages_of_reports_and_schemes(scene: Scene, signed_in: SignedIn) -> None:
    pages = evaluating.pages_of_reports(scene)
    for login, addresses in pages.items():
        client = signed_in(getattr(scene.people, login))
        assert foreign(list(addresses.values()), [client]) == set()


def test_pages_of_panels_notice_and_results(
    scene: Scene, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = scene.now
    evaluations.answered(monkeypatch)
    who, round_, case = evaluating.forming(scene)
    hearing, members = evaluations.hearing_of(round_), who.board.members[:3]
    secretary, member = signed_in(who.board.secretary), signed_in(members[0])
    office, teng = signed_in(scene.people.office), signed_in(scene.people.teng)
    step = evaluations.step_of(hearing, "form_panel")
    found = foreign([evaluating.page_of_step(step)], [secretary])
    evaluations.panel(hearing, who, members, now)
    found |= foreign([reverse("case_detail", args=[hearing.ulid])], [secretary])
    step = evaluations.step_of(hearing, "vote", members[0])
    found |= foreign([evaluating.page_of_step(step)], [member])
    for user in members:
        if hearing.steps.filter(node="vote", answered_at__isnull=True, task__owner=user).exists():
            evaluations.vote(hearing, user, now, reason="照原样")
    services.sweep(now=now)
    sheet = sheet_of(round_, scene.people.sem)
    of_sheet = [reverse(name, args=[sheet.ulid]) for name in ("evaluation_sheet", "evaluation_appeal")]
    found |= foreign(of_sheet, [teng, office])
    appeal = judging.raise_appeal(sheet=sheet, reason="计量中断", by=scene.people.teng, now=now)
    judging.decide_appeal(appeal=appeal, change=None, answer="日志并无中断", panel="0" * 26, now=now)
    round_.refresh_from_db()
    assert round_.notice_until is not None
    services.sweep(now=round_.notice_until)
    found |= foreign([evaluating.page_of_step(evaluations.step_of(case, "publish"))], [office])
    evaluations.answer(case, "publish", scene.people.office, round_.notice_until)
    published = [
        reverse("evaluation_list"),
        *(reverse(name, args=[round_.ulid]) for name in ("evaluation_round", "evaluation_results")),
        reverse("evaluation_consequences") + "?kind=subsidy",
        of_sheet[0],
    ]
    found |= foreign(published, [office])
    found |= foreign([published[2], of_sheet[0]], [signed_in(scene.people.alice)])
    assert found == set()


def test_pages_of_a_facilitys_year(scene: Scene, signed_in: SignedIn) -> None:
    sheet = sheet_of(drawn(scene.people, scene.now), scene.people.sem)
    publications.claim_paper(sheet=sheet, title="层状氧化物的生长", year=2025, by=None, now=scene.now)
    year = opened(scene.people, scene.now)
    of_year = [
        reverse("facility_review_list"),
        reverse("facility_review", args=[2025]),
        reverse("facility_table", args=[year.table.ulid]),
        reverse("facility_papers", args=[2025, year.table.facility.ulid]),
    ]
    head, office = signed_in(year.head), signed_in(scene.people.office)
    cell = reverse("facility_cell", args=[year.table.ulid, "core_hours"])
    found = foreign([*of_year, cell], [head]) | foreign(of_year, [office])
    year.complete()
    year.confirm()
    step = evaluating.page_of_step(evaluations.step_of(year.case, "form_panel"))
    found |= foreign([step], [signed_in(year.board.secretary)])
    year.seat()
    judge = year.judges[0]
    step = evaluating.page_of_step(evaluations.step_of(year.case, "score", judge))
    found |= foreign([step], [signed_in(judge)])
    for one, points in zip(year.judges, (90, 81, 80), strict=True):
        year.score(one, points)
    found |= foreign([*of_year, reverse("case_detail", args=[year.case.ulid])], [office])
    assert found == set()
