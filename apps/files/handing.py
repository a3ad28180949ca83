"""A ready file as an answer: whole, or the part that was asked for (RFC 9110, section 14), so that a cut
download of two gigabytes goes on. Whether the reader may have it was asked before.

A whole file is compared with its SHA-256 while it leaves. Its last block follows only when it fits, so that a
damaged file is a cut download and never a quiet one.
"""

import hashlib
import logging
import re
from collections.abc import Iterator
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Refusal, WrongState
from apps.files import disk
from apps.files.models import StoredFile

log = logging.getLogger(__name__)

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class Damaged(Refusal):
    """The bytes are gone or have changed since they were checked."""

    code = "files.damaged"
    status = 500


def hand_out(request: HttpRequest, file: StoredFile) -> HttpResponseBase:
    """The answer, always a download and never shown in the page. Raises WrongState `files.not_ready`,
    `files.erased`; Damaged `files.damaged`.
    """
    _require_ready(file)
    etag = f'"{file.sha256}"'
    answer: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if answer is None:
        answer = _answer(request, file, etag)
    answer.headers["ETag"] = etag
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _require_ready(file: StoredFile) -> None:
    if file.state == StoredFile.State.ERASED:
        raise WrongState(
            _("This file was kept for as long as it had to be, and is erased."), code="files.erased"
        )
    if not file.is_ready:
        raise WrongState(_("This file is not ready yet."), code="files.not_ready")
    try:
        size = disk.path_of(file.ulid).stat().st_size
    except OSError:
        size = -1
    if size != file.size:
        log.error("file %s is damaged: %d bytes instead of %d", file.ulid, size, file.size)
        raise Damaged(
            _(
                "The stored file is damaged or missing, so it is not handed out. "
                "The administrator of this site can restore it from the backup."
            )
        )


def _answer(request: HttpRequest, file: StoredFile, etag: str) -> HttpResponseBase:
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        asked = ""
    part = _part(asked, file.size)
    if part is None:
        refused = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        refused.headers["Content-Range"] = f"bytes */{file.size}"
        return refused
    first, length = part
    whole = length == file.size
    answer = StreamingHttpResponse(
        _whole(file) if whole else disk.blocks(file.ulid, first, length),
        status=HTTPStatus.OK if whole else HTTPStatus.PARTIAL_CONTENT,
        content_type=file.content_type,
    )
    answer.headers["Content-Length"] = str(length)
    answer.headers["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"  # noqa: FBT003
    if not whole:
        answer.headers["Content-Range"] = f"bytes {first}-{first + length - 1}/{file.size}"
    return answer


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """First byte and length of what a Range header asks for; the whole file where it is none that is served
    (several parts, another unit); None where it lies outside the file.
    """
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not (found[1] or found[2]):
        return 0, size
    if not found[1]:  # the last so many bytes
        length = min(int(found[2]), size)
        return (size - length, length) if length else None
    first = int(found[1])
    last = min(int(found[2]), size - 1) if found[2] else size - 1
    if found[2] and int(found[2]) < first:
        return 0, size  # no range at all, by the standard: ignored
    return (first, last - first + 1) if first < size else None


def _whole(file: StoredFile) -> Iterator[bytes]:
    digest, held = hashlib.sha256(), b""
    for block in disk.blocks(file.ulid, 0, file.size):
        digest.update(block)
        yield held
        held = block
    if digest.hexdigest() != file.sha256:
        log.error("file %s is damaged: its content has SHA-256 %s", file.ulid, digest.hexdigest())
        raise OSError(f"file {file.ulid} is damaged")
    yield held
