"""Files that people add to a case. Kept outside the web root under their SHA-256, handed out only to who
may see the case, always as a download.
"""

from datetime import datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import MappingProxyType

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core import parameters
from apps.core.errors import Invalid, NotPermitted
from apps.core.files import FileStore
from apps.people.models import User
from workflows.models import Attachment, Case
from workflows.visibility import may_see

# What may be added, by ending: the content type it is handed out as and how its bytes begin.
KINDS = MappingProxyType(
    {
        ".pdf": ("application/pdf", (b"%PDF-",)),
        ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
        ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
        ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
        ".docx": (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            (b"PK\x03\x04",),
        ),
        ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
        ".txt": ("text/plain; charset=utf-8", ()),
        ".csv": ("text/csv; charset=utf-8", ()),
    }
)


def store() -> FileStore:
    """Where attachments lie."""
    return FileStore(Path(settings.ATTACHMENTS_DIR))


def attach(*, case: Case, by: User, name: str, content: bytes, now: datetime) -> Attachment:
    """Add a file to a case; it becomes part of the history with the answer that names it.

    Raises NotPermitted `workflows.not_yours`; Invalid `workflows.file_kind`, `workflows.file_content`,
    `workflows.file_size`, `workflows.file_empty`.
    """
    if not may_see(by, case, now):
        raise NotPermitted(_("This case is not yours."), code="workflows.not_yours")
    name = PureWindowsPath(PurePosixPath(name).name).name[:200]
    kind = KINDS.get(PurePosixPath(name).suffix.lower())
    if kind is None:
        raise Invalid(
            _("Files of this kind cannot be added. Possible: %(kinds)s") % {"kinds": ", ".join(KINDS)},
            code="workflows.file_kind",
            field="attachments",
        )
    if not content:
        raise Invalid(_("The file is empty."), code="workflows.file_empty", field="attachments")
    limit = int(parameters.value("workflows.attachment_max_mb", at=now))
    if len(content) > limit * 1024 * 1024:
        raise Invalid(
            _("The file is larger than %(limit)d MB.") % {"limit": limit},
            code="workflows.file_size",
            field="attachments",
            limit_mb=limit,
        )
    content_type, beginnings = kind
    if beginnings and not content.startswith(beginnings):
        raise Invalid(
            _("The content of the file does not fit its ending."),
            code="workflows.file_content",
            field="attachments",
        )
    return Attachment.objects.create(
        case=case,
        name=name,
        content_type=content_type,
        size=len(content),
        sha256=store().put(content),
        by=by,
        at=now,
    )
