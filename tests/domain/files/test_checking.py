"""Between the last byte and the first reader: the digest, the scanner, and what happens when they fail."""

import hashlib
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from apps.files import checking, disk, retention
from apps.files.models import StoredFile
from apps.files.operations import erase, keep_until
from apps.files.tasks import check_received
from apps.people.models import User
from tests.domain.files.conftest import begun, sent
from tests.factories.facts import audited, told

State = StoredFile.State
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SCANNER = """
import pathlib, sys
content = pathlib.Path(sys.argv[1]).read_bytes()
if b"EVIL" in content:
    print(f"{sys.argv[1]}: Eicar-Signature FOUND"); sys.exit(1)
if b"AWAY" in content:
    print("daemon is away", file=sys.stderr); sys.exit(2)
"""


@pytest.fixture
def scanner(settings: Settings, tmp_path: Path) -> None:
    """A scanner that speaks as ClamAV's does."""
    program = tmp_path / "scan.py"
    program.write_text(SCANNER, encoding="utf-8")
    settings.FILES_SCAN_COMMAND = [sys.executable, str(program)]


def received(by: User, now: datetime, content: bytes, announced: str = "") -> StoredFile:
    """A file of which every byte has come."""
    file = begun(by, now, len(content), announced=announced)
    sent(file, content, now)
    return file


def checked(file: StoredFile, now: datetime) -> StoredFile:
    """The file after one round of checking."""
    assert checking.check_next(now=now) == file
    file.refresh_from_db()
    return file


def test_without_a_scanner_a_file_is_ready_once_its_digest_is_known(alice: User, now: datetime) -> None:
    file = checked(received(alice, now, b"result"), now)
    assert (file.state, file.scanner, file.ready_at) == (State.READY, "", now)
    assert file.sha256 == hashlib.sha256(b"result").hexdigest()
    assert told("files.ready") == [{"file": file.ulid}]
    assert checking.check_next(now=now) is None


@pytest.mark.usefixtures("scanner")
def test_a_clean_file_names_who_looked(alice: User, now: datetime) -> None:
    file = checked(received(alice, now, b"result"), now)
    assert (file.state, file.scanner, file.finding) == (State.READY, Path(sys.executable).name, "")


@pytest.mark.usefixtures("scanner")
def test_an_infected_file_is_never_handed_out_and_its_bytes_are_gone(
    alice: User, now: datetime, django_capture_on_commit_callbacks: object
) -> None:
    file = received(alice, now, b"xx EVIL xx")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        checked(file, now)
    assert (file.state, file.finding) == (State.INFECTED, "Eicar-Signature FOUND")
    assert not disk.path_of(file.ulid).exists()
    assert told("files.refused") == [{"file": file.ulid}]
    assert told("files.ready") == []


@pytest.mark.usefixtures("scanner")
def test_a_file_waits_while_the_scanner_is_away_longer_each_time_and_nobody_gets_it(
    alice: User, now: datetime
) -> None:
    file = received(alice, now, b"AWAY")
    waits, moment = [], now
    for _attempt in range(10):
        checked(file, moment)
        assert file.state == State.RECEIVED
        assert file.check_at is not None
        waits.append(file.check_at - moment)
        assert checking.check_next(now=file.check_at - timedelta(seconds=1)) is None
        moment = file.check_at
    assert waits == sorted(waits)
    assert waits[0] == MINUTE / 2
    assert waits[-1] == timedelta(hours=2)


def test_a_scanner_that_is_not_there_does_not_let_a_file_through(
    alice: User, now: datetime, settings: Settings
) -> None:
    settings.FILES_SCAN_COMMAND = ["/nowhere/clamdscan"]
    assert checked(received(alice, now, b"result"), now).state == State.RECEIVED


def test_what_is_not_what_was_announced_is_refused(
    alice: User, now: datetime, django_capture_on_commit_callbacks: object
) -> None:
    right = hashlib.sha256(b"result").hexdigest()
    assert checked(received(alice, now, b"result", right), now).state == State.READY
    wrong = received(alice, now, b"resulT", right)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert checked(wrong, now).state == State.DAMAGED
    assert not disk.path_of(wrong.ulid).exists()


def test_a_worker_that_dies_while_it_checks_costs_a_delay(alice: User, now: datetime) -> None:
    file = received(alice, now, b"result")
    assert checking._claim(now) == file  # and dies here
    assert checking.check_next(now=now + MINUTE) is None
    assert checked(file, now + checking.LEASE).state == State.READY


def test_a_worker_that_is_late_changes_nothing_any_more(alice: User, now: datetime) -> None:
    file = received(alice, now, b"result")
    slow = StoredFile.objects.get(pk=file.pk)
    checked(file, now)
    checking._conclude(slow, checking.Verdict(State.INFECTED, "a" * 64), now + MINUTE)
    file.refresh_from_db()
    assert file.state == State.READY
    assert told("files.refused") == []


def test_the_database_has_no_ready_file_without_a_digest(alice: User, now: datetime) -> None:
    file = received(alice, now, b"result")
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.filter(pk=file.pk).update(state=State.READY)


def test_the_task_checks_all_that_wait(alice: User, now: datetime) -> None:
    for content in (b"a", b"bb", b"ccc"):
        received(alice, now, content)
    assert check_received() == 3
    assert set(StoredFile.objects.values_list("state", flat=True)) == {State.READY}


def test_a_file_is_erased_when_its_time_is_over_and_its_evidence_stays(
    alice: User, now: datetime, django_capture_on_commit_callbacks: object
) -> None:
    file = checked(received(alice, now, b"result"), now)
    keep_until(file=file, until=now + 30 * DAY)
    assert retention.sweep(now=now + 30 * DAY - MINUTE)["erased"] == 0
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert retention.sweep(now=now + 30 * DAY)["erased"] == 1
    file.refresh_from_db()
    assert (file.state, file.erased_at, file.size) == (State.ERASED, now + 30 * DAY, 6)
    assert file.sha256
    assert not disk.path_of(file.ulid).exists()
    [entry] = audited("files.erase")
    assert (entry.actor, entry.reason) == (None, "retention")
    assert erase(file=file, by=None, reason="again", now=now) is False


def test_an_unfinished_upload_is_dropped_when_it_expires(alice: User, now: datetime) -> None:
    file = begun(alice, now, 10)
    sent(file, b"abcd", now)
    assert retention.sweep(now=file.expires_at - MINUTE)["dropped"] == 0
    assert retention.sweep(now=file.expires_at)["dropped"] == 1
    file.refresh_from_db()
    assert file.state == State.DROPPED
    assert not disk.part_of(file.ulid).exists()


def test_bytes_without_a_row_are_removed_and_those_of_a_row_are_not(alice: User, now: datetime) -> None:
    kept = checked(received(alice, now, b"result"), now)
    growing = begun(alice, now, 10)
    sent(growing, b"abcd", now)
    for name in ("01j00000000000000000000000", "01j00000000000000000000001.part"):
        path = disk.path_of(name.removesuffix(".part")).with_name(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"left over")
    far = datetime.now(tz=now.tzinfo) + DAY
    assert retention.remove_leftovers(now=datetime.now(tz=now.tzinfo)) == 0  # too young to be sure
    assert retention.remove_leftovers(now=far) == 2
    assert retention.remove_leftovers(now=far) == 0
    assert disk.path_of(kept.ulid).read_bytes() == b"result"
    assert disk.length_of(growing.ulid) == 4
