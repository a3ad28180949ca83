"""Files on disk, named by their SHA-256, written whole or not at all, never handed out unless the name
still fits the content. Nobody else opens the folder; who may read a document is asked in
`documents.queries`.
"""

import hashlib
import logging
import os
import tempfile
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Refusal

log = logging.getLogger(__name__)


class Damaged(Refusal):
    """The stored file is gone or is not the one that was sealed. It is not handed out; the backup has it."""

    code = "documents.damaged"
    status = 500


def put(content: bytes) -> str:
    """Keep a file; returns its SHA-256. Writing the same content again leaves one file. Durable on return."""
    sha256 = hashlib.sha256(content).hexdigest()
    target = path_of(sha256)
    if _matches(target, sha256):
        return sha256
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync(target.parent)
    return sha256


def get(sha256: str) -> bytes:
    """The file of that SHA-256. Raises Damaged, and logs, when it is missing or its content has changed."""
    try:
        content = path_of(sha256).read_bytes()
    except OSError as problem:
        log.error("document file %s cannot be read: %s", sha256, problem.strerror)  # noqa: TRY400 - one line
        raise _damaged() from None
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        log.error("document file %s is damaged: its content has SHA-256 %s", sha256, found)
        raise _damaged()
    return content


def path_of(sha256: str) -> Path:
    """Where a file lies: two digits of folder, so that no folder grows beyond measure."""
    return Path(settings.DOCUMENTS_DIR) / sha256[:2] / f"{sha256}.pdf"


def stored() -> set[str]:
    """The SHA-256 names of all files that are there, read or not."""
    return {file.stem for file in Path(settings.DOCUMENTS_DIR).glob("??/*.pdf")}


def _damaged() -> Damaged:
    return Damaged(
        _(
            "The stored file of this document is damaged or missing, so it is not handed out. "
            "The administrator of this site can restore it from the backup."
        )
    )


def _matches(path: Path, sha256: str) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _sync(folder: Path) -> None:
    """A rename is durable once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
