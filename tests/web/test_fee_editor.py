"""The editor of a fee sheet without a browser: what it shows, what it saves, what it refuses and keeps."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.core.errors import WrongState
from apps.fees.drafting import content_of, save_draft
from apps.fees.models import Proposal
from apps.fees.submitting import submit
from tests.web.conftest import SignedIn
from tests.web.proposing import Proposing, item, propose, shown
from tests.web.scene import Scene
from tests.web.test_pages import INLINE

PRICE = "i.a0.prices.internal_fen"


@pytest.fixture
def proposing(scene: Scene) -> Proposing:
    made = propose(scene)
    made.save(item())
    return made


@pytest.fixture
def teng(proposing: Proposing, signed_in: SignedIn) -> Client:
    return signed_in(proposing.scene.people.teng)


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_the_sheet_shows_what_is_saved_and_every_finding_at_its_cell(
    proposing: Proposing, teng: Client
) -> None:
    proposing.save(item(internal=20_00))
    page = teng.get(proposing.address).content.decode()
    assert INLINE.findall(page) == []
    assert _value(page, PRICE) == "20"
    assert _value(page, "i.a0.cost.value_fen") == "3357000"
    assert _value(page, "t.night_rate") == "1"
    [words] = re.findall(rf'id="n-{re.escape(PRICE)}">(.*?)</div>', page)
    assert "不足以" in words or "耗材" in words, words
    assert f'href="#{PRICE}"' in page
    assert f'aria-describedby="n-{PRICE}"' in page


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "项目与价格"), ("en", "Items and prices")])
def test_the_editor_speaks_both_languages(
    language: str, words: str, proposing: Proposing, teng: Client
) -> None:
    teng.post(reverse("set_language"), {"language": language, "next": "/"})
    assert words in teng.get(proposing.address).content.decode()


def test_saving_keeps_every_cell_and_counts_one_revision(proposing: Proposing, teng: Client) -> None:
    before = proposing.proposal.revision
    answer = teng.post(
        proposing.address, proposing.typed(i__a0__prices__internal_fen="¥280.50", t__rush_rate="150%")
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, proposing.address)
    sheet = proposing.sheet()
    assert sheet.items[0].prices.internal_fen == 280_50
    assert sheet.items[0].cost == item().cost
    assert sheet.terms.rush_rate == "1.5"
    assert proposing.proposal.revision == before + 1
    assert proposing.proposal.saved_by == proposing.scene.people.teng


def test_a_cell_that_cannot_be_read_is_kept_and_the_rest_is_saved(proposing: Proposing, teng: Client) -> None:
    stored = proposing.sheet().items[0].prices.internal_fen
    assert stored is not None
    sent = proposing.typed(i__a0__prices__internal_fen="26o", i__a0__prices__enterprise_fen="950")
    answer = teng.post(proposing.address, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert _value(page, PRICE) == "26o"
    assert "最多两位小数" in page
    assert "有 1 个单元格无法识别" in page
    prices = proposing.sheet().items[0].prices
    assert (prices.internal_fen, prices.enterprise_fen) == (stored, 950_00)
    assert int(_value(page, "revision")) == proposing.proposal.revision
    again = proposing.typed(
        i__a0__code="NEW1", i__a0__prices__internal_fen="26o", h__planned_hours_year="viele"
    )
    teng.post(proposing.live, again)
    sheet = proposing.sheet()
    assert (sheet.items[0].code, sheet.items[0].prices.internal_fen) == (
        "NEW1",
        None,
    )  # another item: nothing stored
    assert sheet.hours.planned_hours_year is None


def test_what_is_typed_is_never_taken_for_markup(proposing: Proposing, teng: Client) -> None:
    nasty = '"><script>alert(1)</script>'
    page = teng.post(proposing.address, proposing.typed(i__a0__name_zh=nasty)).headers["Location"]
    body = teng.get(page).content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert(1)" in body


def test_rows_come_and_go_by_buttons_without_scripts(proposing: Proposing, teng: Client) -> None:
    page = teng.post(proposing.address, proposing.typed(act="more.i")).content.decode()
    assert 'name="i.b0.code"' in page
    assert _value(page, "i.b0.cost.value_fen") == str(proposing.sem.price_fen // 100)
    sent = proposing.typed(
        i__b0__name_zh="夜间上机",
        i__b0__unit="sample",
        i__b0__service_mode="sample",
        i__b0__prices__internal_fen="50",
    )
    teng.post(proposing.address, sent)
    assert [one.code for one in proposing.sheet().items] == ["FEE001", "FEE002"]
    teng.post(proposing.address, proposing.typed(act="up.i.a1"))
    assert [one.code for one in proposing.sheet().items] == ["FEE002", "FEE001"]
    teng.post(proposing.address, proposing.typed(act="drop.i.a0"))
    assert [one.code for one in proposing.sheet().items] == ["FEE001"]
    assert teng.post(proposing.address, proposing.typed(act="burn.i.a0")).status_code == 404


def test_the_recomputed_figures_are_taken_by_a_button(proposing: Proposing, teng: Client) -> None:
    cost = item().cost
    assert cost is not None
    wrong = replace(cost, stated=replace(cost.stated, depreciation_e4=1), full_cost_e4=1, subtotal_e4=1)
    proposing.save(item(cost=wrong))
    teng.post(proposing.address, proposing.typed(act="fill.i.a0"))
    assert proposing.sheet().items[0].cost == cost


def _others_save(proposing: Proposing) -> None:
    """The office saves another price meanwhile."""
    fresh = Proposal.objects.get(pk=proposing.proposal.pk)
    sheet = replace(proposing.sheet(), items=(item(internal=300_00),), note="别人的备注")
    save_draft(
        proposal=fresh,
        revision=fresh.revision,
        content=replace(content_of(fresh), sheets=(sheet,)),
        by=proposing.scene.people.office,
        now=proposing.scene.now,
    )


def test_a_save_that_comes_too_late_compares_and_loses_nothing(proposing: Proposing, teng: Client) -> None:
    mine = proposing.typed(i__a0__prices__internal_fen="270", i__a0__prices__enterprise_fen="950")
    _others_save(proposing)
    answer = teng.post(proposing.address, mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    for words in ("欧主任", "270", "300", "950", "900", "别人的备注"):
        assert words in page
    assert proposing.sheet().items[0].prices.internal_fen == 300_00
    choice = re.findall(r'name="(m\.\d+)" value="theirs"', page)
    assert len(choice) == 3
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    hidden.pop("csrfmiddlewaretoken", None)
    teng.post(proposing.address, {**hidden, "m.0": "mine", "m.1": "mine", "m.2": "theirs", "act": "merge"})
    sheet = proposing.sheet()
    assert (sheet.items[0].prices.internal_fen, sheet.items[0].prices.enterprise_fen) == (270_00, 950_00)
    assert sheet.note == "别人的备注"
    assert sheet.items[0].cost == item().cost


def test_what_the_browser_says_was_touched_is_mine_to_begin_with(proposing: Proposing, teng: Client) -> None:
    mine = proposing.typed(i__a0__prices__internal_fen="270", touched=PRICE)
    _others_save(proposing)
    page = teng.post(proposing.address, mine).content.decode()
    assert re.findall(r'name="(m\.\d+)" value="mine" checked', page) == ["m.0"]
    assert re.findall(r'name="(m\.\d+)" value="theirs" checked', page) == ["m.1"]


def test_saving_while_one_types_tells_what_to_see(proposing: Proposing, teng: Client) -> None:
    sent = proposing.typed(i__a0__prices__internal_fen="20", focus="a0")
    answer = teng.post(proposing.live, sent)
    page = answer.content.decode()
    assert answer.status_code == 200
    proposing.proposal.refresh_from_db()
    assert f'data-revision="{proposing.proposal.revision}"' in page
    assert f'data-cell="{PRICE}"' in page
    assert 'data-item="FEE001"' in page
    assert 'data-key="a0" data-full="¥762.79"' in page
    assert set(re.findall(r'data-part="(\w+)"', page)) == {"save", "found", "figures", "changes", "computed"}
    assert "<html" not in page


def test_saving_while_one_types_stops_when_somebody_else_saved(proposing: Proposing, teng: Client) -> None:
    mine = proposing.typed(i__a0__prices__internal_fen="270")
    _others_save(proposing)
    answer = teng.post(proposing.live, mine)
    assert answer.status_code == 409
    assert "data-stop" in answer.content.decode()
    assert "fees.changed_meanwhile" in answer.content.decode()


def test_what_was_sent_is_not_edited_any_more(proposing: Proposing, teng: Client) -> None:
    they, now = proposing.scene.people, proposing.scene.now
    sent = proposing.typed(i__a0__prices__internal_fen="1")
    submit(proposal=proposing.proposal, revision=proposing.proposal.revision, by=they.teng, now=now)
    overview = reverse("fee_proposal", args=[proposing.proposal.ulid])
    for answer in (teng.get(proposing.address), teng.post(proposing.address, sent)):
        assert (answer.status_code, answer.headers["Location"]) == (302, overview)
    assert teng.post(proposing.live, sent).status_code == 409
    page = shown(teng, "fee_proposal", proposing.proposal.ulid)
    assert f'href="{proposing.address}"' not in page
    assert proposing.proposal.submissions.get().sha256 in page


def test_a_save_that_is_refused_leaves_everything_on_the_page(
    proposing: Proposing, teng: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> Proposal:
        raise WrongState("zu lang", code="fees.content_size")

    monkeypatch.setattr("apps.fees.editing.save_draft", refuse)
    answer = teng.post(proposing.address, proposing.typed(i__a0__reason="因为"))
    assert answer.status_code == 409
    assert _value(answer.content.decode(), "i.a0.reason") == "因为"
    assert "fees.content_size" in answer.content.decode()


@pytest.mark.parametrize("items", [1, 12])
def test_the_editor_takes_its_queries_whatever_the_number_of_items(
    items: int, proposing: Proposing, teng: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    proposing.save(*(item(f"FEE{number:03d}", 260_00 + number) for number in range(1, items + 1)))
    teng.get(proposing.address)
    with django_assert_num_queries(18):
        assert teng.get(proposing.address).status_code == 200
    sent = proposing.typed(i__a0__prices__internal_fen="261", focus="a0")
    with django_assert_num_queries(26):
        assert teng.post(proposing.live, sent).status_code == 200
