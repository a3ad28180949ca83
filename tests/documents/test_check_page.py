"""The public check page: genuine or not, counting today or not, and no more than that."""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from apps.people.models import User
from documents import checks
from documents.checks import Standing, reader_of, standing_of
from documents.contexts import Words
from documents.masking import mask
from documents.models import Document
from documents.operations import issue_document, replace_document, seal, void_document
from documents.queries import normal_code
from documents.wording import LOOKS
from tests.documents.papers import FROM, UNTIL, case, certificate

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
SetPresent = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other apps declare is not asked here; each test declares its own."""
    monkeypatch.setattr(checks, "_STANDINGS", {})
    monkeypatch.setattr(checks, "_READERS", {})


@pytest.fixture
def at(settings: Settings) -> SetPresent:
    """Sets the product's present."""

    def set_present(moment: datetime) -> None:
        settings.CLOCK_OFFSET_SECONDS = (moment - datetime.now(UTC)).total_seconds()

    return set_present


@pytest.fixture(autouse=True)
def _today(at: SetPresent, now: datetime) -> None:
    at(now)


def ask(code: str, language: str = "en", status: int = 200) -> str:
    answer = Client(headers={"accept-language": language}).get(reverse("document_check", args=[code]))
    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    return answer.content.decode()


def says(page: str, standing: Standing, language: str = "en") -> bool:
    with translation.override(language):
        shown = {one: str(look.headline) in page for one, look in LOOKS.items()}
    return shown[standing] and sum(shown.values()) == 1


def test_anybody_who_holds_the_paper_sees_that_it_is_genuine_and_counts(
    paper: Document, now: datetime
) -> None:
    seal(document=paper, language="zh-hans", now=now)
    page = ask(paper.grouped_code)
    assert says(page, Standing.VALID)
    together = re.sub(r"<[^>]+>|\s+", " ", page)
    assert "Instrument Operator Certificate" in page
    assert "SJZ-2026-00001" in page
    assert "Qingyu University" in page
    assert "23 November 2026" in page
    assert "from 23 November 2026 until 22 November 2028" in page
    assert "QY000004" in page
    assert paper.content_digest in "".join(together.split())
    assert paper.renditions.get().sha256 in "".join(together.split())


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_holder_s_name_is_partly_hidden_and_nothing_else_of_the_person_shown(
    paper: Document, language: str
) -> None:
    page = ask(paper.grouped_code, language)
    assert {"en": "A***", "zh-hans": "艾*"}[language] in page
    for private in (
        "艾丽",
        "Alice",
        "2025310042",
        "材料科学",
        "Materials",
        "滕老师",
        "Teng",
        "alice",
        paper.ulid,
    ):
        assert private not in page, private


def test_the_page_is_written_in_the_reader_s_language(paper: Document) -> None:
    page = ask(paper.grouped_code, "zh-hans")
    assert says(page, Standing.VALID, "zh-hans")
    assert "大型仪器设备上机证" in page
    assert "2026年11月23日" in page


@pytest.mark.parametrize(
    ("moment", "standing"),
    [
        (FROM - MINUTE, Standing.NOT_YET),
        (FROM, Standing.VALID),
        (UNTIL - MINUTE, Standing.VALID),
        (UNTIL, Standing.EXPIRED),
    ],
)
def test_where_no_app_knows_better_the_period_on_the_paper_decides(
    paper: Document, at: SetPresent, moment: datetime, standing: Standing
) -> None:
    at(moment)
    assert says(ask(paper.grouped_code), standing)


@pytest.mark.parametrize(
    "standing", [Standing.SUSPENDED, Standing.WITHDRAWN, Standing.EXPIRED, Standing.VALID]
)
def test_the_app_that_knows_decides_over_the_paper(paper: Document, standing: Standing) -> None:
    @standing_of("certificate")
    def answer(document: Document, now: datetime) -> Standing:
        assert document == paper
        return standing

    assert says(ask(paper.grouped_code), standing)


def test_an_answer_that_fails_is_never_shown_as_valid(
    paper: Document, caplog: pytest.LogCaptureFixture
) -> None:
    @standing_of("certificate")
    def answer(document: Document, now: datetime) -> Standing:
        raise LookupError("no such certificate")

    with caplog.at_level(logging.ERROR):
        page = ask(paper.grouped_code)
    assert says(page, Standing.UNKNOWN)
    assert paper.ulid in caplog.text


def test_a_void_paper_is_void_whatever_the_app_says(paper: Document, teng: User, now: datetime) -> None:
    standing_of("certificate")(lambda document, now: Standing.VALID)
    void_document(document=paper, reason="一个不宜公开的原因", by=teng, now=now)
    page = ask(paper.grouped_code)
    assert says(page, Standing.VOIDED)
    assert "不宜公开" not in page


def test_a_replaced_paper_names_its_successor(paper: Document, teng: User, now: datetime) -> None:
    new = replace_document(document=paper, context=certificate(Words("艾莉")), reason="x", by=teng, now=now)
    assert new.number in ask(paper.grouped_code)
    assert says(ask(new.grouped_code), Standing.VALID)


def test_a_document_without_a_period_counts_until_it_is_void(now: datetime) -> None:
    issued = issue_document(
        context=case(), subject_ref="case:1", holder=None, by=None, now=now, language="en"
    )
    page = ask(issued.grouped_code)
    assert says(page, Standing.VALID)
    assert "TR-01JC2V9K" in page
    assert "费用从课题支出" not in page


@pytest.mark.parametrize("code", ["0000-0000-0000-0000", "x", "SJZ-2026-00001", "-", "9" * 400])
def test_every_code_that_is_none_gets_the_same_answer(
    paper: Document, code: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        page = ask(code, status=404)
    assert "No document has this check code" in page
    assert "Qingyu" not in page
    other = ask("1111-1111-1111-1111", status=404)
    strip = r'name="csrfmiddlewaretoken" value="[^"]*"|name="next" value="[^"]*"'
    assert re.sub(strip, "", page) == re.sub(strip, "", other)


def test_the_page_takes_its_number_of_queries(
    paper: Document, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for language in ("zh-hans", "en"):
        seal(document=paper, language=language, now=now)
    with django_assert_num_queries(2):
        ask(paper.grouped_code)


def test_a_code_is_read_as_people_type_it(paper: Document) -> None:
    for typed in (paper.check_code, paper.check_code.lower(), f" {paper.grouped_code} "):
        assert normal_code(typed) == paper.check_code
    assert normal_code("oil0-OIL0") == "01100110"  # the letters that are misread for figures
    answer = Client().get(
        reverse("document_check_form"), {"code": f" {paper.grouped_code.lower()} "}, follow=True
    )
    assert answer.status_code == 200
    assert paper.number in answer.content.decode()


@pytest.mark.parametrize("typed", ["../../admin", "<script>", "一二三", "a b/c?d"])
def test_whatever_is_typed_leads_to_an_answer(typed: str) -> None:
    answer = Client().get(reverse("document_check_form"), {"code": typed}, follow=True)
    assert answer.status_code == 404
    assert b"<script>" not in answer.content.replace(b"<script src=", b"")


def test_the_pages_carry_no_inline_script_or_style(paper: Document) -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle\s*=|\son[a-z]+\s*=", re.IGNORECASE)
    form = Client().get(reverse("document_check_form")).content.decode()
    for page in (form, ask(paper.grouped_code), ask("x", status=404)):
        assert inline.findall(page) == []


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("艾丽", "艾*"),
        ("欧丽佳", "欧*佳"),
        ("阿卜杜拉·买买提", "阿*提"),
        ("Alice Wang", "A*** W***"),
        ("Jean-Luc", "J*** L***"),
        ("𬱖", "𬱖*"),
        ("", ""),
        (" ", ""),
    ],
)
@pytest.mark.once
def test_a_name_is_masked_without_telling_its_length(name: str, masked: str) -> None:
    assert mask(name) == masked


def test_a_registry_takes_each_kind_once_and_only_kinds_that_exist() -> None:
    first = standing_of("certificate")(lambda document, now: Standing.VALID)
    assert standing_of("certificate")(first) is first
    with pytest.raises(ValueError, match="twice"):
        standing_of("certificate")(lambda document, now: Standing.EXPIRED)
    with pytest.raises(LookupError):
        standing_of("banknote")
    with pytest.raises(LookupError):
        reader_of("banknote")(lambda user, document, now: True)
