# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""Numbers of official papers, what the check page shows of them, and from when they bear the seal."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from apps.core.errors import Invalid
from apps.core.models import ParameterValue
from apps.people.models import User
from documents import checks
from documents.models import Document, Sequence
from documents.official import OfficialContext
from documents.operations import imprint_of, issue_document, void_document
from documents.proof import prove
from documents.queries import check
from tests.documents.official_papers import CLOSES, OPENS, SAMPLES, appointment, decision, not_open, notice

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def issue(context: OfficialContext, subject: str, now: datetime, holder: User | None = None) -> Document:
    return issue_document(
        context=context, subject_ref=subject, holder=holder, by=None, now=now, language="zh-hans"
    )


def say(key: str, value: object, since: datetime) -> None:
    ParameterValue.objects.create(key=key, value=value, valid_from=since)


def test_every_kind_counts_for_itself_under_its_own_word(now: datetime) -> None:
    numbers = [issue(said, f"submission:{n}", now).number for n in (1, 2) for said in SAMPLES]
    assert numbers == [
        f"设备{word}〔2026〕{n}号"
        for n in (1, 2)
        for word in ("公示", "批", "免公示", "免", "聘", "评", "托管")
    ]
    assert prove().problems == ()


def test_the_agency_s_word_changes_by_date_and_the_serials_go_on(now: datetime) -> None:
    say("documents.word_fee_decision", "青屿设备", now)
    numbers = [issue(decision(), f"submission:{n}", at).number for n, at in enumerate((now - DAY, now))]
    assert numbers == ["设备批〔2026〕1号", "青屿设备〔2026〕2号"]


def test_a_new_year_of_the_school_begins_with_one() -> None:
    silvester = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    numbers = [
        issue(decision(), f"submission:{n}", at).number
        for n, at in enumerate((silvester, silvester + timedelta(minutes=1)))
    ]
    assert numbers == ["设备批〔2026〕1号", "设备批〔2027〕1号"]


@pytest.mark.parametrize("word", ["", "  ", "青" * 25, "青𰻝"])
def test_a_word_that_makes_no_number_is_refused_and_takes_none(word: str, now: datetime) -> None:
    say("documents.word_fee_decision", word, now)
    with pytest.raises(Invalid) as refused:
        issue(decision(), "submission:1", now)
    assert refused.value.code == "documents.word"
    assert not Sequence.objects.exists()


def test_two_kinds_with_one_word_never_give_two_papers_one_number(now: datetime) -> None:
    say("documents.word_fee_decision", "青屿设备", now)
    say("documents.word_not_open", "青屿设备", now)
    issue(decision(), "submission:1", now)
    with pytest.raises(Invalid) as refused:
        issue(not_open(), "submission:2", now)
    assert refused.value.code == "documents.number_taken"
    assert "青屿设备〔2026〕1号" in str(refused.value.message)
    assert Document.objects.count() == 1


def test_a_void_decision_is_replaced_under_the_next_number(now: datetime) -> None:
    first = issue(decision(), "submission:1", now)
    void_document(document=first, reason="价格印错", by=None, now=now)
    second = issue(decision(modified=False), "submission:1", now)
    assert (second.number, imprint_of(second).supersedes) == ("设备批〔2026〕2号", "设备批〔2026〕1号")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_check_page_shows_every_price_and_no_person(now: datetime, language: str) -> None:
    document = issue(decision(), "submission:1", now)
    with translation.override(language):
        address = reverse("document_check", args=[document.grouped_code])
    page = Client(headers={"accept-language": language}).get(address).content.decode()
    assert "¥240.00" in page
    assert "¥420.00" in page
    assert "QY000004" in page
    for person in ("魏院长", "Wei", "樊老师", "程主任委员", "Cheng"):
        assert person not in page, person


def test_a_notice_whose_room_says_nothing_counts_while_it_stands(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(checks._STANDINGS, "fee_notice")
    document = issue(notice(), "notice:1", now)
    for at, standing in ((OPENS - DAY, "not_yet"), (OPENS, "valid"), (CLOSES, "expired")):
        found = check(document.check_code, at)
        assert found is not None
        assert found.standing == standing


def test_the_check_page_of_an_appointment_counts_seats_and_names_nobody(now: datetime) -> None:
    document = issue(appointment(), "committee:1", now)
    found = check(document.check_code, now)
    assert found is not None
    assert [pair.value.said("zh") for pair in found.public if not isinstance(pair.value, str)][1] == "7"
    assert found.person is None


def test_a_file_is_saved_under_its_chinese_number(alice: User, now: datetime) -> None:
    document = issue(decision(), "submission:1", now, holder=alice)
    client = Client()
    client.force_login(alice)
    answer = client.get(reverse("document_detail", args=[document.ulid]))
    assert answer.status_code == 200
    assert unquote(answer.headers["Content-Disposition"]) == "inline; filename*=utf-8''设备批〔2026〕1号.pdf"


def test_papers_bear_the_seal_from_the_day_on_that_the_institution_decided(
    now: datetime, settings: Settings, tmp_path: Path
) -> None:
    before, after = (issue(decision(), f"submission:{n}", at) for n, at in enumerate((now - DAY, now)))
    assert [imprint_of(one).bears_seal for one in (before, after)] == [False, False]
    say("documents.seal_shown", value=True, since=now)
    assert [imprint_of(one).bears_seal for one in (before, after)] == [False, True]
