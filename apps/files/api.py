"""Uploads over HTTP by the tus protocol, version 1.0.0 (https://tus.io/protocols/resumable-upload), which
programs and pages have ready clients for. A file is begun where it belongs (its owner's endpoint gives the
address); here its bytes come, and here one asks how far it has come.
"""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.http import http_date
from django.utils.translation import gettext_lazy as _
from ninja import Router

from apps.core import clock
from apps.core.api import Told
from apps.core.errors import Invalid
from apps.files import disk
from apps.files.models import StoredFile
from apps.files.operations import append, drop, own_upload
from apps.people.views import viewer
from apps.tokens.auth import scoped

router = Router(tags=["uploads"])
VERSION = "1.0.0"
MEDIA_TYPE = "application/offset+octet-stream"
_DIGITS = 15  # of an offset: far above any file, far below what takes long to read


class UploadTold(Told):
    """An upload of one's own. `state` is uploading, received (being checked), ready, damaged, infected,
    dropped or erased; `offset` is how many of its `size` bytes have arrived.
    """

    ulid: str
    name: str
    size: int
    offset: int
    state: str
    sha256: str
    finding: str
    expires_at: datetime


@router.get("/{ulid}", response=UploadTold, **scoped("files:write", _("How far an upload of yours has come")))
def upload_read(request: HttpRequest, ulid: str, response: HttpResponse) -> UploadTold:
    """With the headers of the tus protocol, so that HEAD says where to go on. 404 `files.no_upload`."""
    file = own_upload(viewer(request), ulid)
    offset = _offset(file)
    for name, value in _headers(file, offset).items():
        response.headers[name] = value
    return UploadTold(
        ulid=file.ulid,
        name=file.name,
        size=file.size,
        offset=offset,
        state=file.state,
        sha256=file.sha256,
        finding=file.finding,
        expires_at=file.expires_at,
    )


@router.patch("/{ulid}", **scoped("files:write", _("Send bytes of an upload of yours")))
def upload_append(request: HttpRequest, ulid: str) -> HttpResponse:
    """The bytes from `Upload-Offset` on, as `application/offset+octet-stream`; 204 with the new offset. 404
    `files.no_upload`; 409 `files.offset`, `files.ended`; 415 `files.media_type`; 422 `files.offset_missing`;
    423 `files.busy`; 507 `files.no_room`.
    """
    user, now = viewer(request), clock.now()
    file = own_upload(user, ulid)
    if request.content_type != MEDIA_TYPE:
        raise _NoBytes(
            _("Bytes of a file are sent as %(type)s.") % {"type": MEDIA_TYPE}, code="files.media_type"
        )
    offset = _asked_offset(request)
    try:
        offset = append(file=file, offset=offset, read=request.read, by=user, now=now)
    except UnreadablePostError:  # the connection is cut: nobody reads the answer, and what came stays
        offset = disk.length_of(file.ulid)
    file.refresh_from_db()
    answer = HttpResponse(status=204)
    for name, value in _headers(file, offset).items():
        answer.headers[name] = value
    return answer


@router.delete("/{ulid}", response={204: None}, **scoped("files:write", _("Give up an upload of yours")))
def upload_drop(request: HttpRequest, ulid: str) -> HttpResponse:
    """What has arrived is deleted. 404 `files.no_upload`; 409 `files.ended`."""
    user = viewer(request)
    drop(file=own_upload(user, ulid), by=user, now=clock.now())
    return HttpResponse(status=204, headers={"Tus-Resumable": VERSION})


class _NoBytes(Invalid):
    code = "files.media_type"
    status = 415


def _offset(file: StoredFile) -> int:
    return disk.length_of(file.ulid) if file.state == StoredFile.State.UPLOADING else file.size


def _asked_offset(request: HttpRequest) -> int:
    text = request.headers.get("Upload-Offset", "")
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise Invalid(
            _("The header Upload-Offset says from which byte on."),
            code="files.offset_missing",
            field="Upload-Offset",
        )
    return int(text)


def _headers(file: StoredFile, offset: int) -> dict[str, str]:
    return {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(offset),
        "Upload-Length": str(file.size),
        "Upload-Expires": http_date(file.expires_at.timestamp()),
        "Cache-Control": "no-store",
    }
