"""Assets are found by words in both languages, by class, by unit and on the seven lists."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.library.lists import LISTS, grouped, lists_of, members, totals
from apps.library.models import Asset
from apps.library.searching import Wanted, classes_below, find, page_of
from apps.library.tagging import end_tag, tag_asset
from tests.domain.library.registers import applied, row
from tests.factories.refusals import refused
from tests.people import FE_SEM_A, People

DAY = timedelta(days=1)
ROWS = [
    row(FE_SEM_A, "场发射扫描电镜", en="FE-SEM A", maker="Zeiss", model="Merlin Compact"),
    row("C02", "氦质谱检漏仪", en="Leak detector", maker="莱宝", model="L300i", price="480000", status="3"),
    row(
        "C03",
        "离心机",
        en="Centrifuge",
        model="5804 R",
        price="399999.99",
        purpose="教学",
        unit="LIFE",
        unit_name="生命学院",
    ),
    row(
        "C04",
        "办公桌",
        en="",
        class_code="06010101",
        maker="",
        model="",
        price="800",
        purpose="行政",
        unit="??",
        unit_name="后勤",
    ),
    row("C05", "质谱仪", en="Mass spectrometer", status="6", price="900000"),
    row("C06", "进口显微镜", en="Microscope", customs="是", price="450000", class_code="03050000"),
]


@pytest.fixture
def library(they: People, now: datetime) -> People:
    applied(ROWS, they.office, now)
    return they


def _found(now: datetime, **wanted: str) -> list[str]:
    return [one.asset_no for one in page_of(Wanted(**wanted), now, size=50).rows]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("质谱", ["C02", "C05"]),  # two characters: trigrams would miss them
        ("氦质谱检漏", ["C02"]),
        ("电", [FE_SEM_A]),
        ("fe sem", [FE_SEM_A]),
        ("\uff26\uff25\uff0d\uff33\uff25\uff2d", [FE_SEM_A]),
        ("l300", ["C02"]),
        ("MERLIN 电镜", [FE_SEM_A]),
        ("5804r", ["C03"]),
        ("c0", ["C02", "C03", "C04", "C05", "C06"]),
        ("镜zeiss", []),  # no word reaches from one column into the next
        ("%", []),
        ("--", []),
        ("_", []),
    ],
)
def test_words_are_found_in_names_model_maker_and_number(
    library: People, now: datetime, text: str, numbers: list[str]
) -> None:
    assert _found(now, text=text) == numbers


def test_filters_narrow_what_is_found(library: People, now: datetime) -> None:
    assert _found(now, class_code="0304", status="in_use") == ["C03", FE_SEM_A]
    assert _found(now, kind="customs") == ["C06"]
    assert _found(now, unit="LIFE") == ["C03"]
    assert _found(now, unit=library.lab.code) == []
    assert find(Wanted(), now).count() == 6


def test_pages_go_on_after_the_last_row(library: People, now: datetime) -> None:
    first = page_of(Wanted(), now, size=4)
    second = page_of(Wanted(), now, size=4, cursor=first.next)
    assert [one.asset_no for one in (*first.rows, *second.rows)] == sorted(one[0] for one in ROWS)
    assert second.next == ""
    assert [one.asset_no for one in page_of(Wanted(), now, size=4, cursor=second.previous).rows] == [
        one.asset_no for one in first.rows
    ]
    with refused(Invalid, "core.cursor"):
        page_of(Wanted(), now, size=4, cursor="made up")


@pytest.mark.parametrize("size", [1, 2, 50])
@pytest.mark.parametrize(
    "text", ["显", "镜", "显微", "微镜", "镜显", "电镜 场", "zeiss 镜", "ze", "e i", "共聚焦", "zz", "没有"]
)
def test_however_words_are_looked_up_the_pages_are_the_same(
    library: People, now: datetime, text: str, size: int
) -> None:
    """Short words and long ones, common ones and rare ones, there and back."""
    wanted = [one.asset_no for one in find(Wanted(text=text), now).order_by("asset_no")]
    pages = [page_of(Wanted(text=text), now, size=size)]
    while pages[-1].next:
        pages.append(page_of(Wanted(text=text), now, size=size, cursor=pages[-1].next))
    assert [one.asset_no for page in pages for one in page.rows] == wanted
    for before, page in pairwise(pages):
        back = page_of(Wanted(text=text), now, size=size, cursor=page.previous)
        assert [one.pk for one in back.rows] == [one.pk for one in before.rows]


def test_what_is_found_is_the_whole_asset(library: People, now: datetime) -> None:
    for text in ("共聚焦", "镜"):
        for one in page_of(Wanted(text=text), now, size=50).rows:
            kept = Asset.objects.get(pk=one.pk)
            assert {field.name: getattr(one, field.attname) for field in Asset._meta.concrete_fields} == {
                field.name: getattr(kept, field.attname) for field in Asset._meta.concrete_fields
            }


def test_classes_are_looked_into_step_by_step(library: People) -> None:
    assert [(one.code, one.number) for one in classes_below()] == [("03", 5), ("06", 1)]
    assert [(one.code, one.number) for one in classes_below("03")] == [("0304", 4), ("0305", 1)]
    assert classes_below("03040404") == []


def test_the_seven_lists(library: People, now: datetime) -> None:
    found = {key: sorted(members(key, now).values_list("asset_no", flat=True)) for key in LISTS}
    assert found == {
        "school": sorted(one[0] for one in ROWS),
        "lab": ["C02", "C03", "C06", FE_SEM_A],
        "fund": [FE_SEM_A],
        "benefit": ["C06", FE_SEM_A],
        "facility": [FE_SEM_A],
        "exchanged": [],
        "customs": ["C06"],
    }
    for key in LISTS:
        sums = grouped(key, now)
        assert (sums.number, sums.fen) == totals(key, now)
    assert totals("benefit", now) == (2, 335_700_000 + 45_000_000)
    assert [(one.unit_code, one.number) for one in grouped("lab", now).groups] == [("LIFE", 1), ("MSE", 3)]
    with refused(NotFound, "library.no_list"):
        members("eighth", now)


def test_a_person_puts_assets_on_lists_and_takes_them_off(library: People, now: datetime) -> None:
    office = library.office
    desk, sem = Asset.objects.get(asset_no="C04"), Asset.objects.get(asset_no=FE_SEM_A)
    tag = tag_asset(asset=desk, kind="exchanged", included=True, reason="asked", by=office, now=now)
    tag_asset(
        asset=sem, kind="benefit", included=False, reason="on loan", by=office, now=now, valid_until=now + DAY
    )
    assert [one.key for one in lists_of(desk, now)] == ["school", "exchanged"]
    assert not members("benefit", now).filter(pk=sem.pk).exists()
    assert members("benefit", now + DAY).filter(pk=sem.pk).exists()
    with refused(WrongState, "library.tagged"):
        tag_asset(asset=desk, kind="exchanged", included=True, reason="asked", by=office, now=now)
    end_tag(tag=tag, reason="over", by=office, now=now)
    assert not members("exchanged", now).exists()
    with refused(WrongState, "library.tag_ended"):
        end_tag(tag=tag, reason="over", by=office, now=now)


def test_what_cannot_be_tagged(library: People, now: datetime) -> None:
    desk = Asset.objects.get(asset_no="C04")
    with refused(Invalid, "library.whole_list"):
        tag_asset(asset=desk, kind="school", included=True, reason="x", by=library.office, now=now)
    with refused(Invalid, "library.only_tagged"):
        tag_asset(asset=desk, kind="exchanged", included=False, reason="x", by=library.office, now=now)
    with refused(NotPermitted, "people.office_only"):
        tag_asset(asset=desk, kind="benefit", included=True, reason="x", by=library.teng, now=now)
