"""Files that arrive in pieces: whatever cuts them, they go on; who else tries is refused."""

import errno
import hashlib
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.files import checking, disk, operations, retention
from apps.files.models import StoredFile
from apps.files.operations import Locked, NoRoom, append, begin, drop
from apps.people.models import User
from apps.people.operations import suspend_user
from tests.domain.files.conftest import begun, reader, sent, some_bytes
from tests.factories.facts import told
from tests.factories.refusals import refused

State = StoredFile.State
DAY = timedelta(days=1)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    size=st.integers(1, 3 * disk.BLOCK),
    cuts=st.lists(st.integers(0, disk.BLOCK + 7), max_size=8),
)
def test_an_upload_cut_at_any_byte_goes_on_and_ends_whole(
    alice: User, now: datetime, size: int, cuts: list[int]
) -> None:
    content = some_bytes(size)
    file = begun(alice, now, size)
    there = 0
    for cut in cuts:
        with transaction.atomic():
            try:
                operations.append(
                    file=file, offset=there, read=reader(content[there:], cut), by=alice, now=now
                )
            except ConnectionResetError:
                there += cut
            else:
                there = size
        assert disk.length_of(file.ulid) == there
        if there == size:
            break
    if there < size:
        assert sent(file, content[there:], now, there) == size
    assert file.state == State.RECEIVED
    assert checking.check_next(now=now) == file
    file.refresh_from_db()
    assert (file.state, file.sha256) == (State.READY, hashlib.sha256(content).hexdigest())
    assert b"".join(disk.blocks(file.ulid, 0, size)) == content


def test_bytes_that_do_not_begin_where_the_file_ends_are_refused_with_where_it_ends(
    alice: User, now: datetime
) -> None:
    file = begun(alice, now, 100)
    sent(file, some_bytes(40), now)
    for wrong in (0, 39, 41, 100, 10**14):
        with refused(WrongState, "files.offset") as met:
            sent(file, some_bytes(60), now, wrong)
        assert met.details == {"offset": 40}
    assert disk.length_of(file.ulid) == 40


def test_no_byte_more_than_announced_is_kept(alice: User, now: datetime) -> None:
    file = begun(alice, now, 100)
    assert sent(file, some_bytes(5000), now) == 100
    assert file.state == State.RECEIVED


def test_the_same_file_begun_again_goes_on_and_another_content_begins_anew(
    alice: User, now: datetime
) -> None:
    first = begun(alice, now, 100)
    sent(first, some_bytes(40), now)
    assert begun(alice, now + DAY, 100) == first
    other = begun(alice, now + DAY, 100, announced="a" * 64)
    assert other != first
    first.refresh_from_db()
    assert first.state == State.DROPPED
    assert begun(alice, now, 101) not in (first, other)


def test_the_database_holds_one_unfinished_upload_of_a_name_and_size(alice: User, now: datetime) -> None:
    file = begun(alice, now, 100)
    twin = StoredFile(
        about=file.about, name=file.name, size=100, by=alice, content_type="x/y", begun_at=now, expires_at=now
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


@pytest.mark.parametrize(
    ("given_", "kind", "code"),
    [
        ({"name": "  "}, Invalid, "files.name"),
        ({"name": "a" * 201}, Invalid, "files.name"),
        ({"name": "a\nb"}, Invalid, "files.name"),
        ({"name": "/etc/"}, None, ""),
        ({"size": 0}, Invalid, "files.size"),
        ({"size": -5}, Invalid, "files.size"),
        ({"size": 2048 * 1024 * 1024 + 1}, Invalid, "files.too_large"),
        ({"announced": "xyz"}, Invalid, "files.digest"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(
    alice: User, now: datetime, given_: dict[str, object], kind: type[Invalid] | None, code: str
) -> None:
    asked = {"about": "toy:1", "name": "a.raw", "size": 5, "by": alice, "now": now, **given_}
    if kind is None:
        assert begin(**asked).name == "etc"  # type: ignore[arg-type]
        return
    with refused(kind, code) as met:
        begin(**asked)  # type: ignore[arg-type]
    assert met.field in {"name", "size", "sha256"}
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", r"C:\Users\x\passwd", "/a/b/passwd"])
def test_a_name_is_only_the_last_part_and_never_a_way(
    alice: User, now: datetime, name: str, folder: Path
) -> None:
    file = begun(alice, now, 5, name=name)
    sent(file, b"12345", now)
    assert file.name == "passwd"
    assert [path.name for path in folder.glob("*/*")] == [f"{file.ulid}.part"]


def test_two_gigabytes_may_be_begun_when_there_is_room_and_not_otherwise(
    alice: User, now: datetime, settings: Settings
) -> None:
    assert begun(alice, now, 2048 * 1024 * 1024).state == State.UPLOADING
    settings.FILES_RESERVE_BYTES = 10**18
    with refused(NoRoom, "files.no_room"):
        begun(alice, now, 6)


def test_so_many_unfinished_uploads_and_no_more_but_expired_ones_do_not_count(
    alice: User, now: datetime
) -> None:
    ParameterValue.objects.create(key="files.open_per_person", value=2, valid_from=now)
    begun(alice, now, 1)
    begun(alice, now, 2)
    with refused(WrongState, "files.too_many"):
        begun(alice, now, 3)
    assert begun(alice, now + 8 * DAY, 1).state == State.UPLOADING


def test_somebody_else_can_neither_send_nor_drop_nor_see_it(alice: User, now: datetime) -> None:
    bob = User.objects.get(username="bob")
    file = begun(alice, now, 5)
    with refused(NotFound, "files.no_upload"):
        append(file=file, offset=0, read=reader(b"12345"), by=bob, now=now)
    with refused(NotFound, "files.no_upload"):
        drop(file=file, by=bob, now=now)
    with refused(NotFound, "files.no_upload"):
        operations.own_upload(bob, file.ulid)
    assert disk.length_of(file.ulid) == 0


def test_who_is_suspended_sends_nothing(alice: User, now: datetime) -> None:
    file = begun(alice, now, 5)
    suspend_user(user=alice, reason="x", by=None, now=now)
    with refused(NotPermitted, "people.not_active"):
        sent(file, b"12345", now)
    with refused(NotPermitted, "people.not_active"):
        begun(alice, now, 6)


def test_an_ended_upload_takes_no_bytes(alice: User, now: datetime) -> None:
    file = begun(alice, now, 5)
    with refused(WrongState, "files.ended"):
        operations.append(file=file, offset=0, read=reader(b"12345"), by=alice, now=file.expires_at)
    drop(file=file, by=alice, now=now)
    file.refresh_from_db()
    with refused(WrongState, "files.ended"):
        sent(file, b"12345", now)
    with refused(WrongState, "files.ended"):
        drop(file=file, by=alice, now=now)


def test_a_second_connection_is_told_to_wait_and_the_first_goes_on(alice: User, now: datetime) -> None:
    file = begun(alice, now, 10)
    met: list[BaseException] = []

    def meanwhile(length: int) -> bytes:
        if not met:
            with pytest.raises(Locked) as busy:
                sent(file, b"0123456789", now)
            met.append(busy.value)
            return b"abcde"
        return b"fghij"

    assert append(file=file, offset=0, read=meanwhile, by=alice, now=now) == 10
    assert [type(one) for one in met] == [Locked]
    assert b"".join(disk.blocks_of_part(file.ulid)) == b"abcdefghij"


def test_a_full_disk_keeps_what_came_and_says_so(
    alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = begun(alice, now, 10)
    sent(file, b"abcd", now)

    def full(_length: int) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    with refused(NoRoom, "files.no_room"):
        append(file=file, offset=4, read=full, by=alice, now=now)
    assert disk.length_of(file.ulid) == 4


def test_a_server_that_stops_after_the_last_byte_leaves_a_file_that_the_sweep_receives(
    alice: User, now: datetime
) -> None:
    file = begun(alice, now, 5)
    disk.append(file.ulid, offset=0, size=5, read=reader(b"12345"))
    assert retention.sweep(now=now) == {"received": 1, "dropped": 0, "erased": 0}
    assert retention.sweep(now=now) == {"received": 0, "dropped": 0, "erased": 0}
    assert told("files.received") == [{"file": file.ulid}]
    assert checking.check_next(now=now) == file


@pytest.mark.django_db(transaction=True)
def test_eight_connections_that_send_one_file_at_once_leave_it_whole(
    now: datetime, request: pytest.FixtureRequest
) -> None:
    alice: User = request.getfixturevalue("alice")
    content = some_bytes(200_000)
    file = begun(alice, now, len(content))
    problems: list[BaseException] = []

    def send() -> None:
        try:
            mine = StoredFile.objects.get(pk=file.pk)
            for _attempt in range(2000):
                there = disk.length_of(file.ulid)
                mine.refresh_from_db()
                if mine.state != State.UPLOADING:
                    return
                try:
                    append(
                        file=mine, offset=there, read=reader(content[there : there + 5000]), by=alice, now=now
                    )
                except (Locked, WrongState):
                    continue
        except BaseException as problem:  # noqa: BLE001 - told below
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    file.refresh_from_db()
    assert file.state == State.RECEIVED
    assert len(told("files.received")) == 1
    assert b"".join(disk.blocks_of_part(file.ulid)) == content
