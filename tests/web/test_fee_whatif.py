"""What a proposed price would have meant: a page, a part of the editor, a workbook."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.fees import realhours
from tests.factories.usage import Past, past_uses
from tests.web.conftest import SignedIn
from tests.web.proposing import Proposing, item, propose, shown
from tests.web.scene import HOUR, Scene
from tests.web.test_pages import INLINE

DAY = timedelta(days=1)


@pytest.fixture
def proposing(scene: Scene) -> Proposing:
    """Alice used the FE-SEM for ten hours last month; an hour is to cost 300 yuan instead of 260."""
    they = scene.people
    start = scene.now.replace(hour=2) - 30 * DAY
    past_uses(
        they.sem, [Past(start + number * DAY, 2 * 3_600_000, they.alice, scene.fund) for number in range(5)]
    )
    made = propose(scene)
    made.save(item(internal=300_00))
    return made


@pytest.fixture
def teng(proposing: Proposing, signed_in: SignedIn) -> Client:
    return signed_in(proposing.scene.people.teng)


def _address(proposing: Proposing, name: str = "fee_whatif") -> str:
    return reverse(name, args=[proposing.proposal.ulid, proposing.sem.asset_no])


def test_the_page_says_income_bills_and_burden(proposing: Proposing, teng: Client) -> None:
    page = teng.get(_address(proposing)).content.decode()
    assert INLINE.findall(page) == []
    for words in ("¥2,600.00", "¥3,000.00", "+¥400.00", "王课题组", proposing.scene.fund.number):
        assert words in page
    assert 'data-before="260000" data-after="300000"' in page
    english = teng.get(_address(proposing), headers={"Accept-Language": "en"}).content.decode()
    assert "What it would have meant" in english


def test_the_editor_asks_for_a_part_of_it(proposing: Proposing, teng: Client) -> None:
    editor = teng.get(proposing.address).content.decode()
    assert f'data-part="whatif" data-load="{_address(proposing)}"' in editor
    part = teng.get(_address(proposing), headers={"X-Requested-With": "XMLHttpRequest"}).content.decode()
    assert "<html" not in part
    assert "¥3,000.00" in part


def test_the_workbook_says_the_same(proposing: Proposing, teng: Client) -> None:
    answer = teng.get(_address(proposing, "fee_whatif_export"))
    book = openpyxl.load_workbook(BytesIO(b"".join(answer)))
    assert [len(list(sheet.iter_rows())) for sheet in book.worksheets] == [2, 2, 2]
    rows = list(book.worksheets[1].iter_rows(values_only=True))
    assert rows[1] == ("王课题组", 5, 10, 2600, 3000, 400)


def test_what_no_fund_is_known_of_stands_beside_groups_and_funds(proposing: Proposing, teng: Client) -> None:
    they, start = proposing.scene.people, proposing.scene.now.replace(hour=2) - 20 * DAY
    past_uses(proposing.sem, [Past(start, 3_600_000, they.alice, None)])
    page = teng.get(_address(proposing), headers={"Accept-Language": "en"}).content.decode()
    assert page.count("No fund is known") == 2
    answer = teng.get(_address(proposing, "fee_whatif_export"), headers={"Accept-Language": "en"})
    book = openpyxl.load_workbook(BytesIO(b"".join(answer)))
    for sheet in book.worksheets[1:]:
        first, last = sheet.iter_rows(values_only=True, min_row=2)
        assert first[1:] == (5, 10, 2600, 3000, 400)
        assert last == ("No fund is known", 1, 1, 260, 300, 40)


def test_without_uses_it_says_so(scene: Scene, signed_in: SignedIn) -> None:
    made = propose(scene)
    page = signed_in(scene.people.teng).get(_address(made)).content.decode()
    assert "没有计费使用" in page


def test_real_hours_reach_the_checks(proposing: Proposing, teng: Client) -> None:
    old = Past(proposing.scene.now - 400 * DAY, 3_600_000, proposing.scene.people.alice)
    past_uses(proposing.sem, [old])
    assert realhours.of([proposing.sem], proposing.scene.now + HOUR) == {proposing.sem.ulid: 10}
    sent = proposing.typed(h__planned_hours_year="1000")
    page = teng.post(proposing.live, sent).content.decode()
    assert 'data-cell="h.planned_hours_year"' in page


def test_it_takes_its_queries(
    proposing: Proposing, teng: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    teng.get(_address(proposing))
    with django_assert_num_queries(13):
        shown(teng, "fee_whatif", proposing.proposal.ulid, proposing.sem.asset_no)
