"""Issuing, sealing, voiding and replacing: one paper a subject, and nothing is ever taken back silently."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.errors import Invalid, WrongState
from apps.core.models import AuditEntry, Fact
from apps.people.models import User
from documents.canonical import digest
from documents.contexts import Words
from documents.kinds import thaw
from documents.models import Document, Rendition
from documents.operations import (
    imprint_of,
    issue_document,
    replace_document,
    seal,
    sealing_later,
    void_document,
)
from documents.queries import document_for, documents_of, unsealed
from documents.sheets import make_pdf
from documents.store import path_of
from documents.tasks import seal_pending
from tests.documents.papers import case, certificate

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_a_document_freezes_its_words_under_a_digest_that_anybody_can_repeat(
    paper: Document, alice: User
) -> None:
    assert paper.number == "SJZ-2026-00001"
    assert digest(paper.content) == paper.content_digest == certificate().digest()
    assert thaw(paper.content) == certificate()
    assert (paper.title_zh, paper.title_en) == ("大型仪器设备上机证", "Instrument Operator Certificate")
    assert paper.holder == alice
    assert len(paper.check_code) == 16
    assert paper.grouped_code.replace("-", "") == paper.check_code


def test_asked_again_for_the_same_subject_the_same_document_comes_back(
    paper: Document, alice: User, now: datetime
) -> None:
    again = issue_document(
        context=certificate(Words("改名", "Renamed")),
        subject_ref="certificate:1",
        holder=alice,
        by=None,
        now=now + DAY,
        language="en",
    )
    assert again == paper
    assert again.content == paper.content
    assert Document.objects.count() == 1


def test_the_same_reference_of_another_kind_is_another_subject(paper: Document, now: datetime) -> None:
    other = issue_document(
        context=case(), subject_ref="certificate:1", holder=None, by=None, now=now, language="zh-hans"
    )
    assert other.number == "SPD-2026-00001"
    assert document_for("certificate", "certificate:1") == paper
    assert document_for("case", "certificate:1") == other


def test_issuing_is_told_and_audited_once(paper: Document, teng: User, now: datetime) -> None:
    fact = Fact.objects.get(name="documents.issued")
    assert fact.payload == {"document": paper.ulid, "kind": "certificate", "subject": "certificate:1"}
    entry = AuditEntry.objects.get(action="documents.issue_document")
    assert entry.actor == teng
    assert entry.object_ref == f"document:{paper.ulid}"
    assert entry.details["content_digest"] == paper.content_digest


@pytest.mark.django_db(transaction=True)
def test_the_file_is_sealed_when_the_transaction_ends_and_not_before(alice: User, now: datetime) -> None:
    with transaction.atomic():
        document = issue_document(
            context=certificate(), subject_ref="certificate:1", holder=alice, by=None, now=now, language="en"
        )
        assert not Rendition.objects.exists()
    rendition = Rendition.objects.get()
    assert rendition.document == document
    assert rendition.language == "en"
    content = path_of(rendition.sha256).read_bytes()
    assert content.startswith(b"%PDF-1.7")
    assert len(content) == rendition.size


@pytest.mark.django_db(transaction=True)
def test_who_issues_many_leaves_the_files_to_the_worker(alice: User, now: datetime) -> None:
    with sealing_later(), transaction.atomic():
        document = issue_document(
            context=certificate(), subject_ref="certificate:1", holder=alice, by=None, now=now, language="en"
        )
    assert list(unsealed()) == [document]
    assert seal_pending() == 1
    issue_document(
        context=case(), subject_ref="case:1", holder=None, by=None, now=now, language="zh-hans"
    )  # and the next one has its file at once again
    assert Rendition.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_leaves_no_file(archive: Path, alice: User, now: datetime) -> None:
    with transaction.atomic():
        issue_document(
            context=certificate(), subject_ref="certificate:1", holder=alice, by=None, now=now, language="en"
        )
        transaction.set_rollback(True)
    assert not archive.exists()


def test_what_a_killed_process_left_unsealed_is_sealed_later_from_the_frozen_words(
    paper: Document, now: datetime
) -> None:
    assert list(unsealed()) == [paper]  # numbered and committed, and then the process was gone
    assert seal_pending() == 1
    assert not unsealed().exists()
    assert seal_pending() == 0


def test_sealing_again_gives_the_same_file_and_the_content_keeps_its_digest(
    paper: Document, now: datetime
) -> None:
    first = seal(document=paper, language="zh-hans", now=now)
    assert seal(document=paper, language="zh-hans", now=now + DAY) == first
    again = make_pdf(thaw(paper.content), language="zh-hans", imprint=imprint_of(paper))
    assert path_of(first.sha256).read_bytes() == again
    assert thaw(paper.content).digest() == paper.content_digest


def test_each_language_has_a_file_of_its_own_under_one_number(paper: Document, now: datetime) -> None:
    files = {language: seal(document=paper, language=language, now=now) for language in ("zh-hans", "en")}
    assert files["zh-hans"].sha256 != files["en"].sha256
    assert paper.renditions.count() == 2


@pytest.mark.parametrize("language", ["", "de", "zh"])
def test_no_document_is_made_in_another_language(paper: Document, now: datetime, language: str) -> None:
    with pytest.raises(Invalid) as refused:
        seal(document=paper, language=language, now=now)
    assert refused.value.code == "documents.language"
    with pytest.raises(Invalid):
        issue_document(
            context=certificate(),
            subject_ref="certificate:2",
            holder=None,
            by=None,
            now=now,
            language=language,
        )


def test_a_certificate_that_no_sheet_holds_takes_no_number(now: datetime) -> None:
    endless = certificate(conditions=(Words("仅限工作日并须有持证人员在场"),) * 40)
    with pytest.raises(Invalid) as refused:
        issue_document(context=endless, subject_ref="c:1", holder=None, by=None, now=now, language="en")
    assert refused.value.code == "documents.too_long"
    assert not Document.objects.exists()


def test_voiding_wants_a_reason_happens_once_and_keeps_the_number(
    paper: Document, teng: User, now: datetime
) -> None:
    with pytest.raises(Invalid) as unreasoned:
        void_document(document=paper, reason="  ", by=teng, now=now)
    assert (unreasoned.value.code, unreasoned.value.field) == ("documents.reason", "reason")
    voiding = void_document(document=paper, reason="姓名有误", by=teng, now=now)
    assert voiding.reason == "姓名有误"
    with pytest.raises(WrongState) as twice:
        void_document(document=paper, reason="再次", by=teng, now=now)
    assert twice.value.code == "documents.voided"
    assert document_for("certificate", "certificate:1") is None
    assert Document.objects.get().number == "SJZ-2026-00001"
    assert Fact.objects.filter(name="documents.voided").count() == 1
    assert AuditEntry.objects.get(action="documents.void_document").reason == "姓名有误"


def test_a_voiding_is_never_taken_back(paper: Document, teng: User, now: datetime) -> None:
    void_document(document=paper, reason="x", by=teng, now=now)
    for sql in ("DELETE FROM documents_voiding", "UPDATE documents_voiding SET reason = ''"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(sql)


def test_a_voided_paper_is_issued_anew_with_its_own_number_and_code(
    paper: Document, alice: User, teng: User, now: datetime
) -> None:
    void_document(document=paper, reason="姓名有误", by=teng, now=now)
    again = issue_document(
        context=certificate(Words("艾莉", "Alice")),
        subject_ref="certificate:1",
        holder=alice,
        by=teng,
        now=now,
        language="en",
    )
    assert (again.number, again.edition, again.supersedes) == ("SJZ-2026-00002", 2, paper)
    assert again.check_code != paper.check_code
    assert document_for("certificate", "certificate:1") == again
    assert list(documents_of(alice)) == [again, paper]
    assert imprint_of(again).supersedes == "SJZ-2026-00001"


def test_replacing_voids_and_issues_or_does_neither(paper: Document, teng: User, now: datetime) -> None:
    with pytest.raises(Invalid) as unfit:
        replace_document(document=paper, context=certificate(Words("张𰻝")), reason="改名", by=teng, now=now)
    assert unfit.value.code == "documents.missing_glyph"
    assert document_for("certificate", "certificate:1") == paper
    new = replace_document(
        document=paper, context=certificate(Words("艾莉")), reason="改名", by=teng, now=now
    )
    assert new.supersedes == paper
    assert (new.language, new.holder) == (paper.language, paper.holder)
    paper.refresh_from_db()
    assert paper.voiding.reason == "改名"
    with pytest.raises(WrongState):
        replace_document(document=paper, context=certificate(), reason="改名", by=teng, now=now)
    with pytest.raises(Invalid) as other:
        replace_document(document=new, context=case(), reason="改名", by=teng, now=now)
    assert other.value.code == "documents.other_kind"
