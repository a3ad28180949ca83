"""The public price list: what is in force, with its version and the papers behind it; for everybody."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from io import BytesIO
from types import MappingProxyType
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.fees.content import Terms
from apps.fees.drafting import create_draft, save_draft
from apps.fees.models import FeeVersion
from apps.fees.noticing import open_notice
from apps.fees.operations import ItemDraft, approve_version
from apps.fees.submitting import submit
from apps.instruments.models import Instrument
from documents.operations import issue_document
from tests.documents.official_papers import decision, notice
from tests.factories.fees import SEM_ITEM, fee_content, sheet
from tests.factories.instruments import many
from tests.factories.money import priced
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, Scene

DAY = timedelta(days=1)
EVIL = '=HYPERLINK("http://evil.example","click")'


def _list(query: Mapping[str, str] = MappingProxyType({}), client: Client | None = None) -> str:
    answer = (client or Client()).get(reverse("price_list"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def _item(code: str, tier: str = "internal", **changes: object) -> ItemDraft:
    wanted = {
        "name_zh": "测试",
        "name_en": "Test",
        "service_mode": "self",
        "unit": "hour",
        "price_fen": 100_00,
    }
    return ItemDraft(code=code, tier=tier, **{**wanted, **changes})  # type: ignore[arg-type]


def _approve(instrument: Instrument, now: datetime, *items: ItemDraft, **terms: object) -> FeeVersion:
    return approve_version(
        instrument=instrument,
        approval_no=f"QY-{instrument.asset_no}",
        items=list(items) or [_item("A1")],
        valid_from=now,
        source_case=f"import:{instrument.asset_no}",
        now=now,
        **terms,  # type: ignore[arg-type]
    )


def test_anybody_reads_every_price_with_its_version_and_number(scene: Scene) -> None:
    page = _list()
    for words in ("¥260.00", "¥620.00", "¥900.00", "第 1 版", "QY-FEE-QY000004", "校外科研", "机时"):
        assert words in page, words
    assert reverse("instrument_detail", args=["QY000004"]) not in page  # asks to sign in
    english = Client()
    english.cookies.load({"django_language": "en"})
    assert "per instrument hour" in _list(client=english)


def test_the_notice_and_the_documents_behind_a_price_can_be_checked_by_anybody(scene: Scene) -> None:
    people, now = scene.people, scene.now
    draft = create_draft(kind="fee", instruments=[people.sem], by=people.teng, now=now)
    saved = save_draft(
        proposal=draft, revision=1, content=fee_content(sheet(people.sem)), by=people.teng, now=now
    )
    submission = submit(proposal=saved, revision=saved.revision, by=people.teng, now=now)
    told = issue_document(
        context=notice(), subject_ref="fee_notice:1", holder=None, by=None, now=now, language="zh-hans"
    )
    decided = issue_document(
        context=decision(), subject_ref="submission:1", holder=None, by=None, now=now, language="zh-hans"
    )
    open_notice(
        submission=submission, now=now - 9 * DAY, number=told.number, document=told.ulid, source_case="case:1"
    )
    approve_version(
        instrument=people.sem,
        approval_no=decided.number,
        items=[_item("SEM1", price_fen=266_00)],
        valid_from=now,
        source_case="case:1",
        submission=submission,
        now=now,
    )
    page = _list()
    for paper in (told, decided):
        assert paper.number in page
        assert reverse("document_check", args=[paper.grouped_code]) in page
    assert "¥266.00" in page
    assert "¥260.00" not in page  # it ended when the new one began


def test_a_price_is_listed_from_the_instant_it_is_in_force(scene: Scene) -> None:
    other = many(scene.people.sem, 1)[0]
    _approve(other, scene.now + HOUR)
    assert "QY-" + other.asset_no not in _list()


def test_blocks_periods_and_terms_are_said_in_words(scene: Scene) -> None:
    other = many(scene.people.sem, 1)[0]
    _approve(
        other,
        scene.now,
        _item("P1", unit="period", unit_minutes=240),
        _item("F1", unit="further", unit_minutes=120),
        _item(
            "B1",
            unit="block",
            block_start="17:30",
            block_end="20:30",
            name_zh="夜段",
            service_mode="assisted",
        ),
        _item(
            "B2", unit="block", block_start="20:30", block_end="22:00", follows="B1", following_rate="0.8",
            service_mode="assisted",
        ),
        terms=Terms(
            minimum_minutes=15, cap_fen=900_00, night_rate="0.5", rush_rate="1.5",
            billing_step_seconds=900, weekend_night_rate="1",
        ),
    )  # fmt: skip
    page = _list({"q": "夜段"})
    for words in ("4 小时", "2 小时", "17:30–20:30", "至少 15 分钟", "¥900.00", "× 0.5", "加急 × 1.5"):  # noqa: RUF001
        assert words in page, words
    for words in ("20:30–22:00", "B1", "× 0.8", "15 分钟", "休息日夜间 × 1"):  # noqa: RUF001
        assert words in page, words
    assert "QY000004<" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "无此仪器"}, False),
        ({"q": "QY000004"}, True),
        ({"q": "自主上机"}, True),
        ({"q": "QY-FEE-QY000004"}, True),
        ({"class6": "010100"}, True),
        ({"class6": "nonsense"}, True),
        ({"tier": "hosted_owner"}, False),
        ({"page": "nonsense"}, True),
    ],
)
def test_the_list_is_searched_and_filtered(scene: Scene, query: dict[str, str], *, found: bool) -> None:
    page = _list(query)
    assert ("¥260.00" in page) is found
    assert ("没有符合条件的收费项目" in page) is not found


def test_one_tier_alone_is_one_column(scene: Scene) -> None:
    page = _list({"tier": "enterprise"})
    assert "¥900.00" in page
    assert "¥260.00" not in page


def test_a_page_takes_as_many_queries_for_hundreds_of_prices(
    scene: Scene, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for one in many(scene.people.sem, 60):
        priced(one, scene.now)
    with django_assert_num_queries(6):
        page = _list({"page": "2"})
    assert "共 61 台仪器" in page
    assert page.count("card-footer") == 20


def _sheet(answer: Any) -> tuple[str, str]:
    with ZipFile(BytesIO(b"".join(answer))) as book:
        texts = (
            book.read("xl/sharedStrings.xml").decode() if "xl/sharedStrings.xml" in book.namelist() else ""
        )
        return book.read("xl/worksheets/sheet1.xml").decode(), texts


def test_the_excel_file_holds_every_price_and_no_formula(
    scene: Scene, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = many(scene.people.sem, 1)[0]
    _approve(other, scene.now, _item("A1", name_zh=EVIL), _item("A1", "enterprise", name_zh=EVIL))
    with django_assert_num_queries(3):
        answer = Client().get(reverse("price_export"))
        cells, texts = _sheet(answer)
    assert cells.count("<row ") == 1 + 3 + 2
    assert "<f>" not in cells
    assert "HYPERLINK" in cells + texts
    filtered, _texts = _sheet(Client().get(reverse("price_export"), {"tier": "enterprise"}))
    assert filtered.count("<row ") == 1 + 2


def test_the_office_sees_what_has_no_price(
    scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    missing = many(scene.people.sem, 2)
    office = signed_in(scene.people.office)
    with django_assert_num_queries(10):
        page = office.get(reverse("price_coverage")).content.decode()
    assert "33 %" in page.replace("\u00a0", " ")
    for one in missing:
        assert one.asset_no in page
    assert SEM_ITEM.code not in page
    assert signed_in(scene.people.teng).get(reverse("price_coverage")).status_code == 403
