"""The pages of rounds and sheets: crew, laboratory, office, and everybody once it is published."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from apps.evaluation import publishing
from apps.evaluation.access import counted_for, visible_sheets
from apps.evaluation.models import Appeal, Round, Sheet
from tests.factories.evaluations import opened, sheet_of
from tests.factories.instruments import many
from tests.web import evaluating
from tests.web.conftest import SignedIn
from tests.web.scene import Scene

ENGLISH = {"Accept-Language": "en"}


def read(client: Client, name: str, *args: str, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query, headers=ENGLISH)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


@pytest.fixture
def teng(scene: Scene, signed_in: SignedIn) -> Client:
    return signed_in(scene.people.teng)


def test_the_crew_completes_its_sheet(scene: Scene, teng: Client) -> None:
    sheet = evaluating.own_sheet(scene)
    shown = read(teng, "evaluation_sheet", sheet.ulid)
    assert "700 h" in shown
    assert "27.50" in shown  # 17.5 hours, 4 training, 6 income
    assert reverse("evaluation_figure", args=[sheet.ulid, "effective_hours"]) in shown
    assert "Nothing was reported" in shown
    add = reverse("evaluation_item_add", args=[sheet.ulid])
    wrong = teng.post(add, {"key": "prizes_school", "amount": "1.5", "what": "half"})
    assert wrong.status_code == 422
    assert teng.post(add, {"key": "prizes_school", "amount": "2", "what": "校教学成果奖"}).status_code == 302
    paper = reverse("evaluation_paper_add", args=[sheet.ulid])
    assert teng.post(paper, {"doi": "nature", "title": "On things", "year": "2026"}).status_code == 422
    sent = {"doi": "https://doi.org/10.1038/X1", "title": "On things", "year": "2026", "core": "on"}
    assert teng.post(paper, sent).status_code == 302
    again = teng.post(paper, sent, headers=ENGLISH)
    assert "on the sheet already" in again.content.decode()
    shown = read(teng, "evaluation_sheet", sheet.ulid)
    assert "校教学成果奖" in shown
    assert "10.1038/x1" in shown
    assert "38.75" in shown  # and 45 x .25 for two prizes and a paper
    assert "What if" in shown


def test_the_simulator_begins_with_the_figures_of_the_sheet(scene: Scene, teng: Client) -> None:
    shown = read(teng, "evaluation_sheet", evaluating.own_sheet(scene).ulid)
    address = shown.split('href="/evaluation/schemes/')[1].split('"')[0].replace("&amp;", "&")
    simulated = teng.get(f"/evaluation/schemes/{address}", headers=ENGLISH).content.decode()
    assert "27.50" in simulated


def test_the_laboratory_corrects_with_a_reason(scene: Scene, teng: Client, signed_in: SignedIn) -> None:
    made = evaluating.item_of(scene)
    sheet = evaluating.with_the_lab(scene)
    wang = signed_in(scene.people.wang)
    office = signed_in(scene.people.office)
    address = reverse("evaluation_item_correct", args=[made.ulid])
    assert teng.post(address, {"counted": "0", "reason": "mine"}).status_code == 422  # refused in the form
    assert office.get(address).status_code == 200
    assert (
        wang.get(reverse("evaluation_sheet", args=[sheet.ulid])).status_code == 404
    )  # not of a report scope
    assert office.post(address, {"counted": "0", "reason": "counted elsewhere"}).status_code == 302
    shown = read(teng, "evaluation_sheet", sheet.ulid)
    assert "counted elsewhere" in shown
    assert "Add what counts" not in shown


def test_an_appeal_once_while_the_notice_stands(scene: Scene, teng: Client, signed_in: SignedIn) -> None:
    sheet = sheet_of(evaluating.noticed(scene), scene.people.sem)
    assert "Appeal" in read(teng, "evaluation_sheet", sheet.ulid)
    address = reverse("evaluation_appeal", args=[sheet.ulid])
    assert teng.post(address, {"reason": " "}).status_code == 422
    assert teng.post(address, {"reason": "the meter was out"}).status_code == 302
    assert teng.post(address, {"reason": "again"}).status_code == 422
    assert Appeal.objects.get().reason == "the meter was out"
    assert "before another panel" in read(teng, "evaluation_sheet", sheet.ulid)
    assert signed_in(scene.people.alice).post(address, {"reason": "x"}).status_code == 404


def published(scene: Scene) -> Round:
    round_ = evaluating.noticed(scene)
    assert round_.notice_until is not None
    return publishing.publish_round(
        round_=round_, by=scene.people.office, now=max(round_.notice_until, scene.now + timedelta(days=30))
    )


def test_published_results_are_everybodys(scene: Scene, signed_in: SignedIn) -> None:
    round_ = evaluating.noticed(scene)
    address = reverse("evaluation_results", args=[round_.ulid])
    assert Client().get(address).status_code == 404
    published(scene)
    shown = read(Client(), "evaluation_results", round_.ulid)
    assert scene.people.sem.asset_no in shown
    assert "effective" not in shown.lower()
    alice = signed_in(scene.people.alice)
    sheet = read(alice, "evaluation_sheet", sheet_of(round_, scene.people.sem).ulid)
    assert "Reported by the crew" not in sheet
    assert "/figures/" not in sheet
    assert reverse("evaluation_round", args=[round_.ulid]) in read(alice, "evaluation_list")
    assert "0 instruments" not in read(Client(), "evaluation_results", round_.ulid, grade="excellent")


def test_the_board_filters_and_exports(scene: Scene, signed_in: SignedIn) -> None:
    round_ = evaluating.noticed(scene)
    office = signed_in(scene.people.office)
    everything = read(office, "evaluation_round", round_.ulid)
    assert everything.count("/evaluation/sheets/") == 3
    assert read(office, "evaluation_round", round_.ulid, text="ZZ890101").count("/evaluation/sheets/") == 1
    assert read(office, "evaluation_round", round_.ulid, text="nobody").count("/evaluation/sheets/") == 0
    assert read(office, "evaluation_round", round_.ulid, way="panel").count("/evaluation/sheets/") >= 2
    answer = office.get(reverse("evaluation_export", args=[round_.ulid]), headers=ENGLISH)
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)  # type: ignore[union-attr,attr-defined]
    assert rows[0][0] == "Number"
    assert len(rows) == 4
    assert sum(rows[1][6:11]) == pytest.approx(rows[1][11])  # the parts add up to the score


def test_the_office_opens_a_round_and_sees_it_being_drawn(scene: Scene, signed_in: SignedIn) -> None:
    evaluating.noticed(scene)
    office = signed_in(scene.people.office)
    version = Round.objects.get().version
    address = reverse("evaluation_open")
    again = office.post(address, {"version": version.ulid, "year": "2025"}, headers=ENGLISH)
    assert again.status_code == 422
    assert "open already" in again.content.decode()
    assert office.post(address, {"version": version.ulid, "year": "2026"}).status_code == 302
    made = Round.objects.get(year=2026)
    shown = read(office, "evaluation_round", made.ulid)
    assert "Figures are drawn and frozen." in shown
    assert "hx-get" in read(office, "evaluation_progress", made.ulid)
    assert signed_in(scene.people.teng).post(address, {}).status_code == 403


def test_what_follows_is_listed_for_the_office(scene: Scene, signed_in: SignedIn) -> None:
    published(scene)
    office = signed_in(scene.people.office)
    for kind in ("award", "subsidy", "stop_purchase", "idle_charge", "nonsense"):
        read(office, "evaluation_consequences", kind=kind)


@pytest.mark.parametrize("name", ["evaluation_round", "evaluation_sheet"])
def test_a_guessed_number_tells_nothing(scene: Scene, teng: Client, name: str) -> None:
    assert teng.get(reverse(name, args=["0" * 26])).status_code == 404


def test_the_pages_take_few_queries(
    scene: Scene, signed_in: SignedIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    round_ = evaluating.noticed(scene)
    copies = [
        Sheet(
            round=round_, instrument=one, unit=one.unit, cohort="general", state="scored", total=0, computed=0
        )
        for one in many(scene.people.sem, 40, first=890_200)
    ]
    Sheet.objects.bulk_create(copies)
    office = signed_in(scene.people.office)
    with django_assert_max_num_queries(24):
        read(office, "evaluation_round", round_.ulid)
    with django_assert_max_num_queries(36):
        read(office, "evaluation_sheet", sheet_of(round_, scene.people.sem).ulid)


def test_the_list_asks_no_more_for_more_rounds(scene: Scene, teng: Client) -> None:
    they, now = scene.people, scene.now
    own = published(scene)
    read(teng, "evaluation_list")
    with CaptureQueriesContext(connection) as few:
        read(teng, "evaluation_list")
    others = [opened(they, now, key) for key in ("school", "lab")]
    with CaptureQueriesContext(connection) as more:
        shown = read(teng, "evaluation_list")
    assert len(more) == len(few)
    assert reverse("evaluation_round", args=[others[0].ulid]) in shown
    for user in (they.teng, they.wang, they.alice, they.office):
        numbers = counted_for(user, [own, *others], now)
        assert numbers == {
            one.pk: number for one in (own, *others) if (number := visible_sheets(user, one, now).count())
        }
    assert counted_for(they.alice, [own, *others], now) == {own.pk: 3}
    assert len(counted_for(they.office, [own, *others], now)) == 3
