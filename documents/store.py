"""Where the sealed files of documents lie. Who may read a document is asked in `documents.queries`; how a
file is kept whole is `apps.core.files`.
"""

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core import files
from apps.core.errors import Refusal


class Damaged(Refusal):
    """The stored file is gone or is not the one that was sealed. It is not handed out; the backup has it."""

    code = "documents.damaged"
    status = 500


def _archive() -> files.FileStore:
    return files.FileStore(Path(settings.DOCUMENTS_DIR), ".pdf")


def put(content: bytes) -> str:
    """Keep a file; returns its SHA-256. Durable on return; the same content again leaves one file."""
    return _archive().put(content)


def get(sha256: str) -> bytes:
    """The file of that SHA-256. Raises Damaged, and logs, when it is missing or its content has changed."""
    try:
        return _archive().get(sha256)
    except files.Damaged:
        raise Damaged(
            _(
                "The stored file of this document is damaged or missing, so it is not handed out. "
                "The administrator of this site can restore it from the backup."
            )
        ) from None


def path_of(sha256: str) -> Path:
    """Where a file lies."""
    return _archive().path(sha256)


def stored() -> set[str]:
    """The SHA-256 names of all files that are there, read or not."""
    return _archive().stored()
