"""Files on disk, named by their SHA-256, written whole or not at all, and never handed out unless the name
still fits the content. A store knows no permissions: who may read is asked by its owner.
"""

import hashlib
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Refusal

log = logging.getLogger(__name__)


class Damaged(Refusal):
    """The stored file is gone, or is not the one that was put there. It is not handed out."""

    code = "core.file_damaged"
    status = 500


@dataclass(frozen=True)
class FileStore:
    """A folder of files, outside the web root. `suffix` is part of every name, e.g. '.pdf'."""

    folder: Path
    suffix: str = ""

    def put(self, content: bytes) -> str:
        """Keep a file; gives its SHA-256. The same content again leaves one file. Durable on return."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if self._fits(target, sha256):
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

    def get(self, sha256: str) -> bytes:
        """The file of that SHA-256. Raises Damaged, and logs, when it is missing or was changed."""
        try:
            content = self.path(sha256).read_bytes()
        except OSError as problem:
            log.error("file %s cannot be read: %s", sha256, problem.strerror)  # noqa: TRY400 - one line
            raise _damaged() from None
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            log.error("file %s is damaged: its content has SHA-256 %s", sha256, found)
            raise _damaged()
        return content

    def path(self, sha256: str) -> Path:
        """Where a file lies: two digits of folder, so that no folder grows beyond measure."""
        return self.folder / sha256[:2] / f"{sha256}{self.suffix}"

    def stored(self) -> set[str]:
        """The SHA-256 names of all files that are there, read or not."""
        return {file.name.removesuffix(self.suffix) for file in self.folder.glob(f"??/*{self.suffix}")}

    def _fits(self, path: Path, sha256: str) -> bool:
        return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _damaged() -> Damaged:
    return Damaged(
        _(
            "The stored file is damaged or missing, so it is not handed out. "
            "The administrator of this site can restore it from the backup."
        )
    )


def _sync(folder: Path) -> None:
    """A rename is durable once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
