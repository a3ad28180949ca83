"""Numbers without a gap: under many writers, after a rollback, across the year, and whoever writes to the
table.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, close_old_connections, connection, transaction

from apps.core.errors import Refusal
from documents.contexts import Words
from documents.models import Document, Rendition, Sequence
from documents.operations import issue_document
from documents.proof import prove
from tests.documents.papers import certificate


def issue(subject: str, now: datetime, name: str = "艾丽") -> Document:
    """A certificate that nobody in particular holds."""
    return issue_document(
        context=certificate(Words(name)), subject_ref=subject, holder=None, by=None, now=now, language="en"
    )


def rolled_back(subject: str, now: datetime) -> int:
    """Issue and think better of it; the serial that was taken and given back."""
    with transaction.atomic():
        serial = issue(subject, now).serial
        transaction.set_rollback(True)
    return serial


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    """Run all in threads of their own with connections of their own; what they raised."""
    gate = threading.Barrier(len(works))
    raised: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            gate.wait(timeout=30)
            work()
        except BaseException as problem:  # noqa: BLE001 - told to the test
            raised.append(problem)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
    return raised


def serials() -> list[int]:
    return list(Document.objects.order_by("serial").values_list("serial", flat=True))


@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_leave_no_gap_and_no_number_twice(now: datetime) -> None:
    def worker(number: int) -> Callable[[], None]:
        def work() -> None:
            issue(f"certificate:{number}", now)
            rolled_back(f"certificate:failed-{number}", now)
            issue(f"certificate:{number}-again", now)

        return work

    assert at_once(*(worker(number) for number in range(8))) == []
    assert serials() == list(range(1, 17))
    assert len(set(Document.objects.values_list("number", "check_code"))) == 16
    assert Sequence.objects.get().last == 16
    assert Rendition.objects.count() == 16
    assert prove().problems == ()


@pytest.mark.django_db(transaction=True)
def test_eight_who_issue_one_subject_at_once_get_the_same_document(now: datetime) -> None:
    got: list[str] = []

    def work() -> None:
        got.append(issue("certificate:1", now).number)

    assert at_once(*[work] * 8) == []
    assert got == ["SJZ-2026-00001"] * 8
    assert serials() == [1]
    assert Rendition.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_subject_issued_in_two_years_at_once_is_one_document(now: datetime) -> None:
    """Two sequences, so no row lock meets: the unique subject decides."""
    silvester, new_year = (
        datetime(2026, 12, 31, 15, 59, tzinfo=UTC),
        datetime(2026, 12, 31, 16, 0, tzinfo=UTC),
    )
    got: list[str] = []
    works = [lambda at=at: got.append(issue("certificate:1", at).number) for at in (silvester, new_year) * 2]
    assert at_once(*works) == []
    assert len(set(got)) == 1
    assert Document.objects.count() == 1
    assert prove().problems == ()


@pytest.mark.django_db
def test_a_rolled_back_number_is_given_to_the_next(now: datetime) -> None:
    issue("certificate:1", now)
    assert rolled_back("certificate:2", now) == 2
    assert issue("certificate:3", now).serial == 2
    assert serials() == [1, 2]


@pytest.mark.django_db
def test_a_refused_content_takes_no_number(now: datetime) -> None:
    with pytest.raises(Refusal) as refused:
        issue("certificate:1", now, name="张𰻝")
    assert refused.value.code == "documents.missing_glyph"
    assert not Sequence.objects.exists()
    assert issue("certificate:1", now).serial == 1


@pytest.mark.django_db
def test_every_kind_and_every_year_of_the_schools_calendar_counts_for_itself() -> None:
    before, after = datetime(2026, 12, 31, 15, 59, tzinfo=UTC), datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    numbers = [issue(f"certificate:{n}", at).number for n, at in enumerate((before, before, after))]
    assert numbers == ["SJZ-2026-00001", "SJZ-2026-00002", "SJZ-2027-00001"]


INSERT = (
    "INSERT INTO documents_document (ulid, kind, year, serial, number, check_code, subject_ref, edition, "
    "title_zh, title_en, content, content_digest, language, issued_at) "
    "VALUES (%s, 'certificate', 2026, %s, %s, %s, %s, 1, '', '', '', '', 'en', %s)"
)


@pytest.mark.django_db
@pytest.mark.parametrize("serial", [1, 3, 4, 99])
def test_the_database_itself_refuses_a_gap_and_a_number_that_was_given(now: datetime, serial: int) -> None:
    issue("certificate:1", now)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, ["0" * 26, serial, "forged", "0" * 16, "certificate:forged", now])
    assert serials() == [1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE documents_document SET number = 'SJZ-2026-00007'",
        "UPDATE documents_document SET content = ''",
        "DELETE FROM documents_document",
    ],
)
def test_what_was_issued_can_neither_be_changed_nor_deleted(now: datetime, sql: str) -> None:
    issue("certificate:1", now)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert prove().problems == ()
