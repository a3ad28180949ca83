"""Files of a case: added before the answer that names them, handed out to whoever may read the case, always
as a download.
"""

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from ninja import File, Status
from ninja.files import UploadedFile

from apps.core import clock
from apps.core.errors import NotFound
from apps.people.views import viewer
from apps.tokens.auth import scoped
from workflows import services
from workflows.api.routers import cases
from workflows.api.told import FileTold
from workflows.services.files import store
from workflows.visibility import find_case


@cases.post("/{ulid}/files", response={201: FileTold}, **scoped("cases:write", _("Add a file to a case")))
def add_file(request: HttpRequest, ulid: str, file: File[UploadedFile]) -> "Status[object]":
    """As multipart/form-data. It becomes part of the history with the answer that names it. 422
    `workflows.` file_kind, file_content, file_size, file_empty.
    """
    user, now = viewer(request), clock.now()
    found = find_case(ulid, user, now)
    added = services.attach(case=found, by=user, name=file.name or "", content=file.read(), now=now)
    return Status(201, FileTold.model_validate(added))


@cases.get("/{ulid}/files/{file}", **scoped("cases:read", _("Download a file of a case")))
def read_file(request: HttpRequest, ulid: str, file: str) -> HttpResponse:
    """The bytes, as a download. 404 `workflows.no_case`, `workflows.no_file`."""
    user, now = viewer(request), clock.now()
    found = find_case(ulid, user, now).attachments.filter(ulid=file).first()
    if found is None:
        raise NotFound(_("There is no such file in this case."), code="workflows.no_file")
    answer = HttpResponse(store().get(found.sha256), content_type=found.content_type)
    answer.headers["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"  # noqa: FBT003
    return answer
