"""Files of a proposal: what shows the planned hours, a quotation, a rule. Kept outside the web root under
their SHA-256, handed out only to who may see the proposal, always as a download.
"""

from datetime import datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import MappingProxyType

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotFound, WrongState
from apps.core.files import FileStore
from apps.core.parameters import value
from apps.fees.content import Content, read_text
from apps.fees.drafting import instruments_of, locked, require_manager
from apps.fees.models import Proposal, ProposalFile, Submission
from apps.people.models import User

_ZIP = b"PK\x03\x04"
_OFFICE = "application/vnd.openxmlformats-officedocument"
# What may be added, by ending: the content type it is handed out as and how its bytes begin.
KINDS = MappingProxyType(
    {
        ".pdf": ("application/pdf", b"%PDF-"),
        ".png": ("image/png", b"\x89PNG\r\n\x1a\n"),
        ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
        ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
        ".docx": (f"{_OFFICE}.wordprocessingml.document", _ZIP),
        ".xlsx": (f"{_OFFICE}.spreadsheetml.sheet", _ZIP),
    }
)
MOST_FILES = 40


def store() -> FileStore:
    """Where the files lie: with the other attachments."""
    return FileStore(Path(settings.ATTACHMENTS_DIR))


@transaction.atomic
def add_file(
    *, proposal: Proposal, name: str, content: bytes, by: User | None, now: datetime
) -> ProposalFile:
    """A file of the draft; evidence and references of the content name it by its ULID.

    Raises Invalid `fees.file_kind`, `fees.file_content`, `fees.file_size` (empty or too large),
    `fees.file_count`; NotPermitted `fees.not_manager`; WrongState `fees.not_editable`.
    """
    row = _editable(proposal, by, now)
    name = PureWindowsPath(PurePosixPath(name).name).name[:200]
    kind = KINDS.get(PurePosixPath(name).suffix.lower())
    if kind is None:
        raise Invalid(
            _("Files of this kind cannot be added. Possible: %(kinds)s") % {"kinds": ", ".join(KINDS)},
            code="fees.file_kind",
            field="file",
        )
    limit = int(value("fees.attachment_max_mb", at=now))
    if not 0 < len(content) <= limit * 1024 * 1024:
        raise Invalid(
            _("The file is empty, or larger than %(limit)d MB.") % {"limit": limit},
            code="fees.file_size",
            field="file",
        )
    content_type, beginning = kind
    if not content.startswith(beginning):
        raise Invalid(
            _("The content of the file does not fit its ending."), code="fees.file_content", field="file"
        )
    if files_of(row).count() >= MOST_FILES:
        raise Invalid(_("There are too many files."), code="fees.file_count", field="file")
    file = ProposalFile.objects.create(
        proposal=row,
        name=name,
        content_type=content_type,
        size=len(content),
        sha256=store().put(content),
        by=by,
        at=now,
    )
    audit.record(
        action="fees.add_file", object_ref=f"fee_proposal:{row.ulid}", now=now, actor=by, sha256=file.sha256
    )
    return file


@transaction.atomic
def remove_file(*, file: ProposalFile, by: User | None, now: datetime) -> None:
    """The draft has this file no more; what was submitted with it keeps it.

    Raises NotFound `fees.no_file`; NotPermitted `fees.not_manager`; WrongState `fees.not_editable`.
    """
    row = _editable(file.proposal, by, now)
    if not ProposalFile.objects.filter(pk=file.pk, removed_at__isnull=True).update(removed_at=now):
        raise NotFound(_("There is no such file."), code="fees.no_file")
    audit.record(
        action="fees.remove_file",
        object_ref=f"fee_proposal:{row.ulid}",
        now=now,
        actor=by,
        sha256=file.sha256,
    )


def files_of(proposal: Proposal) -> QuerySet[ProposalFile]:
    """The files that a proposal has now, in the order in which they came."""
    return proposal.files.filter(removed_at__isnull=True).order_by("id")


def read_file(file: ProposalFile) -> bytes:
    """The bytes of a file. Raises Damaged `core.file_damaged`."""
    return store().get(file.sha256)


def require_files(proposal: Proposal, content: Content) -> None:
    """Every file that the content names is one of the proposal: else Invalid `fees.file_unknown`. One
    query, none where it names no file.
    """
    named = _named(content)
    if named and named - set(files_of(proposal).values_list("ulid", flat=True)):
        raise Invalid(
            _("The proposal names a file that it does not have."), code="fees.file_unknown", field="file"
        )


def files_submitted(submission: Submission) -> list[ProposalFile]:
    """The files that a submission names, in the order in which they came; the draft may have lost them since.
    One query, none where it names no file.
    """
    named = _named(read_text(submission.content))
    rows = ProposalFile.objects.filter(proposal=submission.proposal_id, ulid__in=named).order_by("id")
    return list(rows) if named else []


def _named(content: Content) -> set[str]:
    """The ULIDs of the files that a content names."""
    return {
        file
        for sheet in content.sheets
        for file in (
            *(evidence.file for evidence in sheet.hours.evidence),
            *(reference.file for reference in sheet.references),
        )
        if file
    } | {wish.file for wish in content.not_open if wish.file}


def _editable(proposal: Proposal, by: User | None, now: datetime) -> Proposal:
    row = locked(proposal)
    require_manager(instruments_of(row), by, now)
    if row.state not in Proposal.EDITABLE:
        raise WrongState(_("This proposal cannot be changed now."), code="fees.not_editable", state=row.state)
    return row
