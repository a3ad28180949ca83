"""The file itself: for holder, issuer and whom an app lets in; for everybody else there is none."""

import logging
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from apps.people.models import User
from apps.people.operations import register_user
from documents import checks, store
from documents.checks import reader_of
from documents.models import Document, Rendition
from documents.operations import seal, void_document
from tests.documents.papers import certificate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_READERS", {})


@pytest.fixture
def charlie(db: None, now: datetime) -> User:
    return register_user(
        username="charlie", name_zh="查理", name_en="Charlie", kind="enterprise", unit=None, now=now
    )


def get(user: User | None, document: Document, **query: str) -> tuple[int, bytes, dict[str, str]]:
    client = Client()
    if user is not None:
        client.force_login(user)
    answer = client.get(reverse("document_detail", args=[document.ulid]), query)
    return answer.status_code, answer.content, dict(answer.headers)


def test_holder_and_issuer_get_the_sealed_file(paper: Document, alice: User, teng: User) -> None:
    for user in (alice, teng):
        status, content, headers = get(user, paper)
        assert status == 200
        assert content == store.get(paper.renditions.get().sha256)
        assert headers["Content-Type"] == "application/pdf"
        assert headers["Content-Disposition"] == 'inline; filename="SJZ-2026-00001.pdf"'
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_nobody_else_learns_that_there_is_one(paper: Document, charlie: User) -> None:
    status, content, _headers = get(charlie, paper)
    assert status == 404
    assert b"documents.not_found" in content
    nowhere = Client()
    nowhere.force_login(charlie)
    other = nowhere.get(reverse("document_detail", args=["0" * 26]))
    assert other.status_code == 404
    assert b"documents.not_found" in other.content


def test_who_is_not_signed_in_is_asked_to(paper: Document) -> None:
    status, _content, headers = get(None, paper)
    assert status == 302
    assert headers["Location"].startswith("/accounts/login/")


def test_an_app_lets_others_in_for_its_own_kinds(paper: Document, charlie: User) -> None:
    @reader_of("certificate")
    def only_charlie(user: User, document: Document, now: datetime) -> bool:
        return user == charlie and document == paper

    assert get(charlie, paper)[0] == 200


def test_a_reader_of_another_kind_opens_nothing(paper: Document, charlie: User) -> None:
    reader_of("case")(lambda user, document, now: True)
    assert get(charlie, paper)[0] == 404
    reader_of()(lambda user, document, now: True)  # of all kinds
    assert get(charlie, paper)[0] == 200


def test_the_other_language_is_made_when_it_is_asked_for(paper: Document, alice: User) -> None:
    status, english, headers = get(alice, paper, language="en")
    assert status == 200
    assert headers["Content-Disposition"] == 'inline; filename="SJZ-2026-00001-en.pdf"'
    assert get(alice, paper, language="en")[1] == english
    assert Rendition.objects.get().language == "en"
    assert get(alice, paper, language="de")[0] == 422
    assert Rendition.objects.count() == 1


def test_a_void_document_is_still_its_holder_s_to_read(
    paper: Document, alice: User, teng: User, now: datetime
) -> None:
    void_document(document=paper, reason="x", by=teng, now=now)
    assert get(alice, paper)[0] == 200


def test_a_damaged_file_is_refused_with_words_and_logged(
    paper: Document, alice: User, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    rendition = seal(document=paper, language="zh-hans", now=now)
    file = store.path_of(rendition.sha256)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1  # one bit
    file.write_bytes(bytes(content))
    with caplog.at_level(logging.ERROR):
        status, answer, headers = get(alice, paper)
    assert status == 500
    assert b"documents.damaged" in answer
    assert headers["Content-Type"].startswith("text/html")
    assert rendition.sha256 in caplog.text
    assert str(certificate().holder_number).encode() not in answer


def test_the_address_answers_questions_only(paper: Document, alice: User) -> None:
    client = Client()
    client.force_login(alice)
    assert client.post(reverse("document_detail", args=[paper.ulid])).status_code == 405
