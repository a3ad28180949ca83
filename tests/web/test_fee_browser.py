"""The fee editor in a real Chromium: typing that is saved and judged as one goes, a block from a spreadsheet,
undoing, the keyboard, a lost connection, two people at once; no page with a fault at either width.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.fees.drafting import content_of, save_draft
from apps.fees.models import Proposal
from scripts.browser import WIDTHS, Watch
from tests.factories.instruments import many
from tests.factories.money import priced
from tests.people import PASSWORD
from tests.web.proposing import Proposing, item, propose
from tests.web.scene import build

SAVED = re.compile("已保存")
BLOCK = (
    "代码\t中文名称\t英文名称\t操作方式\t单位\t校内\t校外科研\r\n"
    "FEE001\t自主上机\tSelf-operated use\t自主上机\t每机时\t¥265.50\t620\r\n"
    'FEE002\t"夜间\n上机"\tNight\t协助上机\t每机时\t1,100\t\r\n'
    "FEE003\t送样\tSample\tsample\tsample\t35\t70\r\n"
)
PASTE = """(cell, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def site(
    present: datetime, transactional_db: None, live_server: LiveServer
) -> Iterator[tuple[Proposing, str]]:
    """The school behind a real web server, and Teng's draft with one item."""
    made = propose(build(present))
    made.save(item())
    yield made, live_server.url
    connections.close_all()


def _sign_in(page: Page, url: str, login: str) -> None:
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", login)
    page.fill("#id_password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(url + "/")


def _edit(page: Page, site: tuple[Proposing, str]) -> Proposing:
    made, url = site
    _sign_in(page, url, "teng")
    page.goto(url + made.address)
    page.wait_for_selector("#sheet[data-ready][data-grid]")
    return made


def _cell(page: Page, name: str) -> Locator:
    return page.locator(f"[name='{name}']")


def _rows(page: Page) -> Locator:
    return page.locator("table[data-grid='i']:not([data-second]) tbody tr")


def _state(page: Page) -> Locator:
    return page.locator("[data-part='save']")


def test_typing_is_saved_and_judged_at_its_cell(site: tuple[Proposing, str], page: Page) -> None:
    made = _edit(page, site)
    price = _cell(page, "i.a0.prices.internal_fen")
    price.fill("20")
    expect(page.locator("td.cell-warn, td.cell-block").filter(has=price)).to_be_visible()
    expect(_state(page)).to_contain_text(SAVED)
    expect(page.locator("#cell-bar")).to_contain_text("耗材")
    assert made.sheet().items[0].prices.internal_fen == 20_00
    price.fill("26o")
    expect(_state(page)).to_contain_text("无法识别")
    expect(price).to_have_attribute("aria-invalid", "true")
    expect(price).to_have_value("26o")
    price.fill("270")
    expect(_state(page)).to_contain_text(re.compile("已保存 "))
    expect(price).not_to_have_attribute("aria-invalid", "true")
    _cell(page, "i.a0.cost.stated.consumables_e4").fill("40")
    expect(page.locator("[data-sum='cost.full_cost_e4']")).to_have_text("= 772.7871")
    expect(page.locator("[data-sum='cost.full_cost_e4']")).to_have_class(re.compile("sum-differs"))
    expect(
        page.locator("figure[data-chart='box'][data-drawn], [data-part='figures'] p").first
    ).to_be_visible()
    page.reload()
    expect(price).to_have_value("270")


def test_a_block_from_a_spreadsheet_fills_rows_and_is_undone_as_one(
    site: tuple[Proposing, str], page: Page
) -> None:
    made = _edit(page, site)
    first = _cell(page, "i.a0.code")
    first.focus()
    first.evaluate(PASTE, BLOCK)
    expect(_rows(page)).to_have_count(3)
    expect(_state(page)).to_contain_text(SAVED)
    expect(page.locator("tr[data-second] [data-title]")).to_have_text(["FEE001", "FEE002", "FEE003"])
    items = made.sheet().items
    assert [(one.code, one.service_mode, one.prices.internal_fen) for one in items] == [
        ("FEE001", "self", 265_50),
        ("FEE002", "assisted", 1100_00),
        ("FEE003", "sample", 35_00),
    ]
    assert items[0].cost == item().cost
    assert items[1].prices.external_academic_fen is None
    expect(page.locator("#unknown")).to_be_hidden()
    first.press("Control+z")
    expect(_rows(page)).to_have_count(1)
    expect(_cell(page, "i.a0.prices.internal_fen")).to_have_value("260")
    expect(_state(page).locator(".state-on")).to_be_visible()
    page.wait_for_timeout(1000)
    expect(_state(page).locator(".state-on")).to_be_visible()
    assert [one.code for one in made.sheet().items] == ["FEE001"]
    first.press("Control+y")
    expect(_rows(page)).to_have_count(3)
    page.locator("[data-undo]").click()
    expect(_rows(page)).to_have_count(1)
    _cell(page, "i.a0.service_mode").evaluate(PASTE, "机器人\t每机时")
    expect(page.locator("#unknown")).to_contain_text("机器人")
    mode = _cell(page, "i.a0.service_mode")
    expect(mode).to_have_value("self")
    expect(mode).to_have_attribute("aria-invalid", "true")
    words = page.locator("[id='n-i.a0.service_mode']")
    expect(words).to_contain_text(re.compile("机器人.*自主上机, 协助上机, 送样测试"))
    _cell(page, "i.a0.reason").fill("理由")
    expect(_state(page)).to_contain_text(SAVED)
    page.wait_for_timeout(1000)
    expect(words).to_contain_text("机器人")
    mode.evaluate(PASTE, "委托测试\t元/样")
    expect(mode).to_have_value("assisted")
    expect(_cell(page, "i.a0.unit")).to_have_value("sample")
    expect(page.locator("#unknown")).to_be_hidden()
    expect(_state(page)).to_contain_text(SAVED)
    page.wait_for_timeout(1000)
    expect(words).not_to_contain_text("机器人")


def test_the_keyboard_is_enough(site: tuple[Proposing, str], page: Page) -> None:
    made = _edit(page, site)
    price = _cell(page, "i.a0.prices.internal_fen")
    price.focus()
    price.press("Enter")
    expect(_rows(page)).to_have_count(2)
    page.keyboard.press("Control+d")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("500")
    page.keyboard.press("ArrowUp")
    expect(_cell(page, "i.a0.prices.external_academic_fen")).to_be_focused()
    page.keyboard.type("630")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    second = _rows(page).nth(1)
    expect(second.locator("input").first).to_have_value("FEE002")
    second.locator("[data-up]").click()
    expect(_rows(page).nth(0).locator("input").first).to_have_value("FEE002")
    expect(_state(page)).to_contain_text(SAVED)
    page.keyboard.press("Control+z")
    second.locator("[data-drop]").click()
    expect(_rows(page)).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(_rows(page)).to_have_count(2)
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator(".note-success")).to_be_visible()
    prices = [one.prices for one in made.sheet().items]
    assert [(one.internal_fen, one.external_academic_fen) for one in prices] == [
        (260_00, 620_00),
        (260_00, 500_00),
    ]


def test_recomputed_figures_are_taken_and_put_back(site: tuple[Proposing, str], page: Page) -> None:
    made = _edit(page, site)
    labour = _cell(page, "i.a0.cost.stated.depreciation_e4")
    labour.fill("1")
    labour.press("Tab")
    expect(_state(page)).to_contain_text(SAVED)
    page.locator("[data-fill]").first.click()
    expect(labour).to_have_value("479.5714")
    page.locator("[data-undo]").click()
    expect(labour).to_have_value("1")
    expect(_state(page)).to_contain_text(SAVED)
    assert made.proposal.title


def test_what_is_typed_without_a_connection_is_saved_when_it_is_back(
    site: tuple[Proposing, str], page: Page
) -> None:
    made = _edit(page, site)
    page.context.set_offline(True)
    _cell(page, "i.a0.reason").fill("断网时填写")
    expect(_state(page)).to_contain_text("没有网络")
    page.context.set_offline(False)
    expect(_state(page)).to_contain_text(SAVED)
    assert made.sheet().items[0].reason == "断网时填写"


def test_two_people_at_once_compare_and_lose_nothing(site: tuple[Proposing, str], page: Page) -> None:
    made = _edit(page, site)
    fresh = Proposal.objects.get(pk=made.proposal.pk)
    sheet = replace(made.sheet(), items=(item(internal=300_00),))
    save_draft(
        proposal=fresh,
        revision=fresh.revision,
        content=replace(content_of(fresh), sheets=(sheet,)),
        by=made.scene.people.office,
        now=made.scene.now,
    )
    _cell(page, "i.a0.reason").fill("我的理由")
    expect(_state(page)).to_contain_text("fees.changed_meanwhile")
    page.get_by_role("button", name="比较").click()
    expect(page.get_by_role("heading", name="同一张收费表有两个版本")).to_be_visible()
    expect(page.locator("input[value=theirs]:checked")).to_have_count(1)
    page.get_by_role("button", name="保存所选内容").click()
    expect(page.locator(".note-success")).to_be_visible()
    saved = made.sheet().items[0]
    assert (saved.prices.internal_fen, saved.reason) == (300_00, "我的理由")


@pytest.mark.once
def test_the_editor_is_a_plain_form_without_scripts(site: tuple[Proposing, str], new_context: Any) -> None:
    made, url = site
    page = new_context(java_script_enabled=False).new_page()
    _sign_in(page, url, "teng")
    page.goto(url + made.address)
    page.locator("button[value='more.i']").click()
    row = _rows(page).nth(1)
    row.locator("[name$='.name_zh']").fill("送样")
    row.locator("[name$='.unit']").select_option("sample")
    row.locator("[name$='.service_mode']").select_option("sample")
    row.locator("[name$='.prices.internal_fen']").fill("35")
    page.keyboard.press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    assert [(one.code, one.prices.internal_fen) for one in made.sheet().items] == [
        ("FEE001", 260_00),
        ("FEE002", 35_00),
    ]


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_no_page_has_a_fault(site: tuple[Proposing, str], width: str, new_context: Any) -> None:
    made, url = site
    people, now = made.scene.people, made.scene.now
    for one in many(people.sem, 5):
        priced(one, now)
    made.save(item("HOUR", 20_00, function=""), item("FEE002", service_mode="assisted"))
    closed = propose(made.scene, "not_open")
    ulid, number = made.proposal.ulid, made.sem.asset_no
    addresses = [
        reverse("fee_proposal_list"),
        f"{reverse('fee_proposal_new')}?instrument={number}",
        reverse("fee_proposal", args=[ulid]),
        made.address,
        reverse("fee_copy", args=[ulid, number]),
        reverse("fee_discard", args=[ulid]),
        reverse("fee_file_add", args=[ulid]),
        reverse("fee_not_open", args=[closed.proposal.ulid]),
        reverse("fee_proposal", args=[closed.proposal.ulid]),
    ]
    across, down = WIDTHS[width]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    faults = {}
    _sign_in(page, url, "office")
    for address in addresses:
        page.goto(url + address)
        faults[address] = watch.problems()
    page.goto(url + made.address)
    page.locator("figure[data-chart='box']").scroll_into_view_if_needed()
    page.wait_for_selector("figure[data-chart='box'][data-drawn]")
    faults["with its charts"] = watch.problems()
    page.goto(url + reverse("fee_proposal", args=[ulid]))
    for fold in page.locator("main details").all():
        fold.evaluate("one => { one.open = true; }")
    faults["all unfolded"] = watch.problems()
    assert {where: found for where, found in faults.items() if found} == {}
