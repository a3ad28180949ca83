"""Files: whole or not at all, private, and never handed out when they are not what was sealed."""

import io
import json
import logging
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from documents import store
from documents.models import Document
from documents.operations import seal
from documents.proof import prove


def test_a_file_is_found_by_its_digest_and_kept_once(archive: Path) -> None:
    name = store.put(b"one")
    assert name == sha256(b"one").hexdigest()
    assert store.put(b"one") == name
    assert store.get(name) == b"one"
    assert [path.name for path in archive.rglob("*") if path.is_file()] == [f"{name}.pdf"]
    assert store.stored() == {name}


def test_a_file_is_for_the_server_s_own_user_only(archive: Path) -> None:
    path = store.path_of(store.put(b"one"))
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_write_that_fails_leaves_nothing_half_written(archive: Path) -> None:
    folder = store.path_of(sha256(b"one").hexdigest()).parent
    store.path_of(sha256(b"one").hexdigest()).mkdir(parents=True)  # something else stands in its place
    (folder / f"{sha256(b'one').hexdigest()}.pdf" / "x").touch()
    with pytest.raises(OSError):  # noqa: PT011 - which one is the file system's affair
        store.put(b"one")
    assert [path for path in folder.iterdir() if path.name.startswith(".new-")] == []


def test_a_damaged_file_is_mended_by_putting_the_same_content_again(archive: Path) -> None:
    name = store.put(b"one")
    store.path_of(name).write_bytes(b"two")
    assert store.put(b"one") == name
    assert store.get(name) == b"one"


def test_a_file_whose_content_changed_is_not_handed_out_and_that_is_logged(
    archive: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name = store.put(b"one")
    store.path_of(name).write_bytes(b"two")
    with caplog.at_level(logging.ERROR), pytest.raises(store.Damaged) as refused:
        store.get(name)
    assert (refused.value.code, refused.value.status) == ("documents.damaged", 500)
    assert name in caplog.text
    assert sha256(b"two").hexdigest() in caplog.text


def test_a_missing_file_is_told_in_the_same_way(archive: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(store.Damaged):
        store.get("0" * 64)
    assert "0" * 64 in caplog.text


@pytest.mark.django_db
def test_the_archive_proves_itself(paper: Document, now: datetime) -> None:
    seal(document=paper, language="zh-hans", now=now)
    store.put(b"of a process that ended before it wrote the row")
    proof = prove()
    assert proof.ok
    assert (proof.documents, proof.files, proof.unsealed, proof.strays) == (1, 1, 0, 1)
    out = io.StringIO()
    call_command("documents_prove", stdout=out)
    assert out.getvalue().startswith("The archive proves: 1 documents, 1 files;")


@pytest.mark.django_db
def test_what_was_tampered_with_does_not_prove(paper: Document, now: datetime) -> None:
    rendition = seal(document=paper, language="zh-hans", now=now)
    store.path_of(rendition.sha256).write_bytes(b"%PDF-1.7 forged")
    with connection.cursor() as cursor:  # somebody with every right to the database
        trigger = "DROP TRIGGER documents_document_no_update"
        cursor.execute(trigger if connection.vendor == "sqlite" else f"{trigger} ON documents_document")
        cursor.execute("UPDATE documents_document SET content = REPLACE(content, 'Alice', 'Bob')")
        cursor.execute("UPDATE documents_sequence SET last = 2")
    out = io.StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("documents_prove", "--json", stdout=out)
    assert stopped.value.code == 1
    assert json.loads(out.getvalue())["problems"] == [
        "certificate 2026: 2: numbers 1 to 2 are not all there",
        "SJZ-2026-00001: the content does not fit its digest",
        f"SJZ-2026-00001 (zh-hans): the file {rendition.sha256} is damaged or missing",
    ]
