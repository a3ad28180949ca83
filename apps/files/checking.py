"""What has arrived is checked before anybody gets it: its SHA-256, and a virus scanner where one is
configured (`FILES_SCAN_COMMAND`, for instance `clamdscan --fdpass --no-summary`; the path is appended).

The scanner's answer is its exit status, as ClamAV has it: 0 clean, 1 found something, anything else it could
not look, and the file waits. A claim is a lease, so a worker that dies costs a delay.
"""

import logging
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from apps.core.outbox import publish
from apps.files import disk
from apps.files.models import StoredFile

log = logging.getLogger(__name__)

State = StoredFile.State
LEASE = timedelta(minutes=20)
SCAN_SECONDS = 600
_CLEAN, _FOUND = 0, 1
_LONGEST_WAIT = timedelta(hours=2)


@dataclass(frozen=True)
class Verdict:
    """What became of a file: its state, its digest, who scanned it and what they said."""

    state: str
    sha256: str
    scanner: str = ""
    finding: str = ""


class Unchecked(Exception):
    """The scanner could not look, or the bytes cannot be read: tried again later."""


def check_next(*, now: datetime) -> StoredFile | None:
    """Check the file that has waited longest; None when none waits. It is handed out, or its bytes are
    deleted, or it is tried again later.
    """
    file = _claim(now)
    if file is None:
        return None
    try:
        disk.complete(file.ulid)
        verdict = judge(file)
    except (Unchecked, OSError) as problem:
        wait = min(timedelta(seconds=30 * 2**file.attempts), _LONGEST_WAIT)
        log.error("file %s cannot be checked (attempt %d): %s", file.ulid, file.attempts + 1, problem)  # noqa: TRY400
        StoredFile.objects.filter(pk=file.pk, state=State.RECEIVED).update(
            check_at=now + wait, attempts=F("attempts") + 1
        )
        return file
    _conclude(file, verdict, now)
    return file


def judge(file: StoredFile) -> Verdict:
    """What a whole file on disk is. Raises Unchecked; OSError where it cannot be read."""
    sha256 = disk.digest_of(file.ulid)
    if file.announced and file.announced != sha256:
        return Verdict(State.DAMAGED, sha256)
    command: list[str] = settings.FILES_SCAN_COMMAND
    if not command:
        return Verdict(State.READY, sha256)
    scanner = PurePath(command[0]).name
    status, said = _scan(command, file.ulid)
    if status == _CLEAN:
        return Verdict(State.READY, sha256, scanner)
    if status == _FOUND:
        return Verdict(State.INFECTED, sha256, scanner, said)
    raise Unchecked(f"{scanner} ended with {status}: {said}")


def _scan(command: list[str], ulid: str) -> tuple[int, str]:
    path = str(disk.path_of(ulid))
    try:
        done = subprocess.run(  # noqa: S603 - the administrator's own command, no shell
            [*command, path], capture_output=True, timeout=SCAN_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Unchecked(f"{command[0]}: {type(problem).__name__}") from None
    lines = (done.stdout or done.stderr).decode(errors="replace").strip().splitlines()
    # Where the file lies is nobody's business.
    return done.returncode, lines[-1].replace(path, "").lstrip(": ")[:200] if lines else ""


@transaction.atomic
def _claim(now: datetime) -> StoredFile | None:
    waiting = StoredFile.objects.filter(state=State.RECEIVED, check_at__lte=now).order_by("check_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True, of=("self",))
    file = waiting.first()
    if file is not None:
        StoredFile.objects.filter(pk=file.pk).update(check_at=now + LEASE)
    return file


@transaction.atomic
def _conclude(file: StoredFile, verdict: Verdict, now: datetime) -> None:
    ready = verdict.state == State.READY
    concluded = StoredFile.objects.filter(pk=file.pk, state=State.RECEIVED).update(
        state=verdict.state,
        sha256=verdict.sha256,
        scanner=verdict.scanner,
        finding=verdict.finding,
        ready_at=now if ready else None,
    )
    if not concluded:
        return  # another worker, after this one's lease
    if not ready:
        log.warning("file %s is %s: %s", file.ulid, verdict.state, verdict.finding)
        transaction.on_commit(lambda: disk.remove(file.ulid))
    publish("files.ready" if ready else "files.refused", now=now, file=file.ulid)
    file.refresh_from_db()
