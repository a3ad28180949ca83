# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""Official papers on paper: what stands on them in both languages, and that nothing long breaks them."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.core.errors import Invalid
from documents.contexts import Words
from documents.fee_papers import FeeDecisionContext
from documents.official import Enclosure, OfficialContext, VoteCount, VoteFigures, first_of
from documents.sheets import Imprint, compose, make_pdf, print_draft
from documents.templatetags.sheets import phrased
from tests.documents.conftest import Read
from tests.documents.official_papers import (
    IN_FORCE,
    OPENS,
    SAMPLES,
    appointment,
    decision,
    not_open,
    not_open_notice,
    notice,
    rounds,
    sheet,
    signatures,
)

pytestmark = pytest.mark.once

NUMBER = "青屿设备〔2026〕12号"
IMPRINT = Imprint(number=NUMBER, grouped_code="7K3M-9QXT-2B4C-H8WD", issued_at=OPENS)
LANGUAGES = ["zh-hans", "en"]
LONG = "基质辅助激光解吸电离飞行时间串联质谱与超高分辨联用分析系统"


def together(text: str) -> str:
    """A text without blanks and line ends: on paper a sentence breaks anywhere."""
    return "".join(text.split())


def lacking(text: str, *words: str) -> list[str]:
    """Those words that do not stand in the text."""
    return [one for one in words if together(one) not in together(text)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("said", SAMPLES, ids=lambda said: str(said.kind))
def test_every_paper_has_head_number_signature_votes_countersigns_and_annexes(
    said: OfficialContext, language: str, read: Read, settings: Settings
) -> None:
    settings.SITE_URL = "https://bench.example.edu.cn/"
    text = read(make_pdf(said, language=language, imprint=IMPRINT), "pdftotext", "-raw")
    lines = [said.institution, said.office, said.heading, said.addressees, said.copies_to, said.contact]
    words = [one.said(language) for one in (*lines, *said.basis, *said.conditions)]
    for figures in said.votes:
        words += [figures.title.said(language), figures.result.said(language)]
        words += [one.choice.said(language) for one in figures.counts]
    for line in said.countersigns:
        words += [line.step.said(language), line.person.said(language), line.opinion]
    words += [NUMBER, "会议纪要.pdf", "3fa9 c1d2 3fa9 c1d2", said.case_number, "7K3M-9QXT-2B4C-H8WD"]
    words += [
        "https://bench.example.edu.cn/check/7K3M-9QXT-2B4C-H8WD/",
        said.digest(),
        said.submission_digest,
    ]
    words += [{"zh-hans": "2026年11月2日印发", "en": "Issued on 2 November 2026"}[language]]
    assert lacking(text, *words) == []


@pytest.mark.parametrize(
    ("said", "zh", "en"),
    [
        (
            notice(),
            [
                "公示期为5个工作日，自2026年11月2日起至2026年11月8日止",
                "特此公示",
                "一、",
                "原 ¥260.00",
                "第 3 版",
            ],
            ["5 working days, from 2 November 2026 until 8 November 2026", "was ¥260.00", "per sample"],
        ),
        (
            decision(),
            [
                "收到异议2条，均已答复，其中采纳1条",
                "自2026年12月1日起执行，至2029年11月30日止",
                "其中部分价格经委员会调整",
                "原收费标准（青屿设备批〔2024〕7号）同时停止执行",
                "应于2029年9月30日前重新核定",
                "此复。",
            ],
            [
                "2 objections came in, all were answered and 1 sustained",
                "from 1 December 2026",
                "by 30 September 2029",
            ],
        ),
        (
            not_open_notice(),
            ["拟同意，现予公示", "公示期为5个工作日", "样机仍在调试", "每一条异议都会得到书面答复"],
            ["The notice stands for 5 working days", "Every objection gets a written answer"],
        ),
        (
            not_open(),
            ["自2026年12月1日起至2027年11月30日止暂不纳入开放共享", "样机仍在调试", "承担涉密任务"],
            ["need not be shared from 1 December 2026 until 30 November 2027", "serves classified work"],
        ),
        (
            appointment(),
            ["聘任附件所列7人组成", "1人不再担任", "2026年12月1日 – 2027年11月30日", "经校长办公会议批准"],
            ["The 7 persons listed in the annex are appointed", "The 1 seat listed as ending is given up"],
        ),
    ],
    ids=lambda said: str(said.kind) if isinstance(said, OfficialContext) else "",
)
def test_the_body_says_what_is_decided(
    said: OfficialContext, zh: list[str], en: list[str], read: Read
) -> None:
    for language, words in (("zh-hans", zh), ("en", en)):
        text = read(make_pdf(said, language=language, imprint=IMPRINT), "pdftotext", "-raw")
        assert lacking(text, *words) == []


def test_what_is_not_there_is_not_said(read: Read) -> None:
    bare = FeeDecisionContext(
        institution=decision().institution,
        office=decision().office,
        sheets=(sheet(former_number="", terms=(), facts=()),),
        valid_from=IN_FORCE,
    )
    text = read(make_pdf(bare, language="zh-hans", imprint=IMPRINT))
    assert lacking(text, "经成本核算和审核，现批复如下", "自2026年12月1日起执行。") == []
    for word in ("根据", "公示", "异议", "表决", "会签", "抄送", "联系方式", "停止执行", "重新核定", "附件2"):
        assert word not in text, word


@pytest.mark.parametrize("language", LANGUAGES)
def test_forty_items_break_over_pages_under_a_head_that_comes_again(language: str, read: Read) -> None:
    tiers = (*sheet().tiers, Words("本课题组", "Own group"), Words("托管单位", "Hosted owner"))
    [row, _other] = sheet().rows
    prices = ("¥1,240.00", "¥12,620.00", "¥123,900.00", "¥99.50", "")
    rows = tuple(
        replace(
            row,
            item=Words(f"{LONG}第{n}项", f"Measurement with a long name, no. {n}"),
            prices=prices,
            former=(),
        )
        for n in range(1, 41)
    )
    pdf = make_pdf(
        decision(sheets=(sheet(tiers=tiers, rows=rows),), votes=(), countersigns=()),
        language=language,
        imprint=IMPRINT,
    )
    pages = read(pdf, "pdftotext", "-raw").split("\f")[:-1]
    head = {"zh-hans": "收费项目", "en": "Fee item"}[language]
    priced = [page for page in pages if "¥123,900.00" in page]
    assert len(priced) > 2
    assert all(page.count(head) == 1 for page in priced)
    assert sum(page.count("¥123,900.00") for page in pages) == 40
    for number, page in enumerate(pages, 1):
        assert f"— {number} —" in page
        assert NUMBER in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_seven_long_opinions_are_printed_whole(language: str, read: Read) -> None:
    opinion = "测算依据充分，折旧、维修、耗材、水电与人工各项单列清楚。" * 16
    lines = tuple(
        replace(
            signatures()[n % 4], opinion=f"{opinion}第{n}位", person=Words(f"阿卜杜拉·买买提江·吐尔逊{n}")
        )
        for n in range(7)
    )
    pdf = make_pdf(decision(countersigns=lines), language=language, imprint=IMPRINT)
    said = together(read(pdf, "pdftotext", "-raw"))
    assert said.count("耗") == 7 * 16  # a letter: a word may be torn apart by the end of a page
    assert [n for n in range(7) if f"第{n}位" not in said or f"吐尔逊{n}" not in said] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("conditions", range(0, 10, 3))
def test_office_and_date_never_stand_alone_on_a_page(language: str, conditions: int, read: Read) -> None:
    said = notice(
        conditions=(Words("收费须凭系统结算单入账，不得自行收取。", "Fees are settled through the system."),)
        * conditions,
        enclosures=tuple(Enclosure(name=f"会议纪要{n}.pdf") for n in range(conditions)),
    )
    pages = read(make_pdf(said, language=language, imprint=IMPRINT)).split("\f")
    date = {"zh-hans": "2026年11月2日", "en": "2 November 2026"}[language]
    [signed] = [page for page in pages if re.search(rf"^{date}$", page, re.MULTILINE)]
    assert signed.count("\n") > 6
    assert lacking(signed, said.office.said(language), date) == []


@pytest.mark.parametrize("conditions", range(6))
def test_annexes_and_date_follow_the_last_words_of_the_paper(conditions: int, read: Read) -> None:
    said = decision(
        conditions=(Words("收费须凭系统结算单入账，不得自行收取。", "Fees are settled through the system."),)
        * conditions,
    )
    pages = read(make_pdf(said, language="zh-hans", imprint=IMPRINT)).split("\f")
    [signed] = [page for page in pages if re.search(r"^2026年11月2日$", page, re.MULTILINE)]
    assert lacking(signed, "此复。", "附件：") == []
    assert re.search(
        r"^\s*[一二三四五六七八九十]+、", signed, re.MULTILINE
    )  # a clause, not only the last line


def test_a_head_of_any_length_stays_inside_the_paper(read: Read) -> None:
    said = decision(
        institution=Words(
            "青屿海洋与极地科学技术大学（筹）", "Qingyu University of Marine and Polar Science and Technology"
        ),
        office=Words(
            "实验室与大型仪器设备开放共享管理委员会办公室",
            "Office of the Committee for Laboratories and Shared Instruments",
        ),
    )
    for language in LANGUAGES:
        boxes = read(make_pdf(said, language=language, imprint=IMPRINT), "pdftotext", "-bbox")
        right = [float(edge) for edge in re.findall(r'xMax="([\d.]+)"', boxes)]
        assert max(right) < 595 - 20 * 72 / 25.4 + 1


def test_the_fixed_phrases_of_a_title_stay_in_one_line() -> None:
    said = phrased("关于<A>等12台（套）仪器设备开放共享收费标准的批复")
    assert said == (
        '关于&lt;A&gt;<span class="nowrap">等12台（套）仪器设备</span>'
        '<span class="nowrap">开放共享收费标准的批复</span>'
    )
    for one in SAMPLES:
        assert 'class="nowrap"' in phrased(one.heading.zh)


def test_a_draft_has_no_number_no_date_and_says_that_it_is_one(read: Read) -> None:
    text = read(print_draft(decision(), "zh-hans"))
    assert lacking(text, "草稿，尚未决定", "〔　　　　〕　　号") == []
    assert "查验码" not in text
    assert "印发" not in text
    smiling = decision(contact=Words("办公室👍"))
    assert "[U+1F44D]" in read(print_draft(smiling, "en"))


def test_no_seal_is_printed_unless_the_imprint_says_so(settings: Settings, tmp_path: Path) -> None:
    picture = tmp_path / "seal.svg"
    settings.DOCUMENTS_SEAL = str(picture)
    picture.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4" cx="5" cy="5"/></svg>'
    )
    assert 'class="seal"' not in compose(decision(), language="en", imprint=IMPRINT)
    sealed = compose(decision(), language="en", imprint=replace(IMPRINT, bears_seal=True))
    assert 'class="seal" src="data:image/svg+xml;base64,' in sealed
    assert make_pdf(decision(), language="en", imprint=replace(IMPRINT, bears_seal=True)) != make_pdf(
        decision(), language="en", imprint=IMPRINT
    )


@pytest.mark.parametrize("name", ["", "/nowhere/seal.png", "/etc/hostname"])
def test_a_seal_without_a_usable_picture_leaves_the_place_empty_and_is_logged(
    name: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DOCUMENTS_SEAL = name
    html = compose(decision(), language="en", imprint=replace(IMPRINT, bears_seal=True))
    assert 'class="seal"' not in html
    assert "seal" in caplog.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_paper_gives_the_same_bytes_and_carries_its_digest(language: str, read: Read) -> None:
    one, other = (make_pdf(decision(), language=language, imprint=IMPRINT) for _ in range(2))
    assert one == other
    told = read(one, "pdfinfo")
    assert decision().digest() in told
    assert "Tagged:          yes" in told
    assert "(A4)" in told


@pytest.mark.parametrize("kind", [notice, decision])
def test_a_paper_about_nothing_is_refused(kind: Callable[..., OfficialContext]) -> None:
    for sheets in ((), (sheet(rows=()),)):
        with pytest.raises(Invalid) as refused:
            kind(sheets=sheets).refuse_unfit()
        assert refused.value.code == "documents.too_little"
    kind().refuse_unfit()


def test_an_appointment_of_nobody_and_an_exemption_of_nothing_are_refused_too() -> None:
    for said in (appointment(seats=(), leaving=()), not_open(instruments=())):
        with pytest.raises(Invalid) as refused:
            said.refuse_unfit()
        assert refused.value.code == "documents.too_little"
    appointment(seats=()).refuse_unfit()


def test_a_title_that_lists_could_not_keep_is_refused_and_long_names_are_shortened() -> None:
    with pytest.raises(Invalid) as refused:
        appointment(committee=Words("委" * 200)).refuse_unfit()
    assert refused.value.code == "documents.too_long"
    longest = tuple(Words("长" * 80, "n" * 120) for _ in range(40))
    decision(sheets=tuple(sheet(instrument=name) for name in longest)).refuse_unfit()
    assert first_of(longest).zh.endswith("…等40台（套）仪器设备")
    assert first_of(longest[:1]).en == "n" * 69 + "…"


@pytest.mark.parametrize(
    ("seats", "votes", "recused"),
    [(2, (2, 1), 0), (3, (-1, 1), 0), (3, (1, 1), -1)],
    ids=["many", "under", "aside"],
)
def test_votes_that_do_not_add_up_make_no_paper(seats: int, votes: tuple[int, ...], recused: int) -> None:
    counts = tuple(VoteCount(choice=Words("同意"), votes=one) for one in votes)
    with pytest.raises(ValueError, match="votes"):
        VoteFigures(title=Words("第一轮"), seats=seats, counts=counts, recused=recused)
    assert [one.cast for one in rounds()] == [7, 6]


def test_a_row_without_a_price_for_each_tier_makes_no_sheet() -> None:
    [row, _other] = sheet().rows
    for changed in (replace(row, prices=("¥1.00",)), replace(row, former=("¥1.00",))):
        with pytest.raises(ValueError, match="each tier"):
            sheet(rows=(changed,))
