"""The pages of data quality: the list, the guided repair with its score before and after, the table."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.library.models import QualityTable
from apps.library.quality import BROUGHT
from apps.library.tasks import remind_of_records, score_records
from tests.factories.instruments import imported
from tests.people import FE_SEM_A
from tests.web import librarian
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.test_pages import INLINE


@pytest.fixture
def teng(scene: Scene, signed_in: SignedIn) -> Client:
    librarian.library(scene)
    imported("QY000005", scene.now)
    score_records()
    return signed_in(scene.people.teng)


def _page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert INLINE.findall(page) == []
    return page


def test_a_manager_sees_their_own_records_and_the_office_all(
    scene: Scene, teng: Client, signed_in: SignedIn
) -> None:
    assert _page(teng, "quality_list").count('<th scope="row">') == 1
    office = signed_in(scene.people.office)
    assert _page(office, "quality_list").count('<th scope="row">') > 1
    assert FE_SEM_A not in _page(office, "quality_list", below="20")
    assert _page(signed_in(scene.people.alice), "quality_list").count('<th scope="row">') == 0


def test_what_is_missing_leads_to_what_mends_it_and_the_score_rises(scene: Scene, teng: Client) -> None:
    page = _page(teng, "quality_detail", FE_SEM_A)
    assert ">45 / 100<" in page
    assert 'href="#tell"' in page
    answer = teng.post(
        reverse("quality_detail", args=[FE_SEM_A]), {"technical": "分辨率 0.8 nm, 配 EDS 能谱仪"}
    )
    assert answer.status_code == 302
    said = [str(one) for one in get_messages(answer.wsgi_request)]
    assert "45" in said[-1]
    assert "60" in said[-1]
    wrong = teng.post(reverse("quality_detail", args=[FE_SEM_A]), {"email": "nobody"})
    assert wrong.status_code == 422


def test_the_office_sets_a_table_that_is_a_hundred(scene: Scene, signed_in: SignedIn) -> None:
    office = signed_in(scene.people.office)
    weights = {f"weight_{key}": points for key, points in BROUGHT.items()}
    wrong = office.post(reverse("quality_table"), {**weights, "weight_place": 11, "reason": "x"})
    assert (wrong.status_code, "library.weights" in wrong.content.decode()) == (422, True)
    right = {**weights, "weight_place": 5, "weight_terms": 10, "reason": "terms matter"}
    assert office.post(reverse("quality_table"), right).status_code == 302
    assert QualityTable.objects.get().weights["terms"] == 10
    assert "terms matter" in _page(office, "quality_table")


def test_reminders_go_out_by_the_clock(scene: Scene, teng: Client) -> None:
    assert remind_of_records() == 1
    assert "资料得分" in _page(teng, "notice_list")


@pytest.mark.parametrize(("name", "queries"), [("quality_list", 8), ("quality_detail", 11)])
def test_the_number_of_queries_is_known(
    teng: Client, django_assert_num_queries: DjangoAssertNumQueries, name: str, queries: int
) -> None:
    arguments = [FE_SEM_A] if name == "quality_detail" else []
    _page(teng, name, *arguments)
    with django_assert_num_queries(queries):
        _page(teng, name, *arguments)
