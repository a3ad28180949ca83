"""A personnel file comes in and is read: row by row, in short transactions, with its progress on record.
Until the whole of it is read and compared nothing of it counts; a reader that was killed begins again.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid
from apps.core.outbox import publish
from apps.people.hr import sheets
from apps.people.hr.comparing import compare, last_confirmed
from apps.people.hr.entries import Entry, columns_of, read_entry
from apps.people.models import HrFault, HrFile, HrRow, User
from apps.people.requirements import require_office

MOST_BYTES = 15 * 1024 * 1024  # nginx lets 20 MB through
AT_ONCE = 1000
STALLED = timedelta(minutes=5)
MOST_FAULTS = 10_000
State = HrFile.State


@transaction.atomic
def upload_hr_file(*, name: str, content: bytes, by: User | None, now: datetime) -> HrFile:
    """The file, to be read by the worker. The same file again while it is being looked at, or when it was the
    last to be confirmed, is the one that is there already: nothing changes.

    Raises NotPermitted `people.office_only`; Invalid `people.hr_size`.
    """
    require_office(by, now)
    if not content or len(content) > MOST_BYTES:
        raise Invalid(_("The file is empty or too large."), code="people.hr_size", field="file")
    sha256 = hashlib.sha256(content).hexdigest()
    known = _known(sha256)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            file = HrFile.objects.create(
                sha256=sha256,
                name=name.strip()[-200:] or "?",
                size=len(content),
                content=content,
                by=by,
                uploaded_at=now,
                rows_expected=sheets.rows_expected(content),
            )
    except IntegrityError:
        return HrFile.objects.get(sha256=sha256, state__in=HrFile.LIVE)
    audit.record(
        action="people.upload_hr_file", object_ref=f"hr_file:{file.ulid}", now=now, actor=by, sha256=sha256
    )
    publish("people.hr_file_uploaded", now=now, file=file.ulid)
    return file


def read_hr_file(*, ulid: str, now: datetime) -> HrFile | None:
    """Read and compare an uploaded file; None when it is not to be read (somebody reads it, or it is read).

    A file that cannot be read at all is rejected with the code of why: `people.hr_encoding`,
    `people.hr_unreadable`, `people.hr_columns`, `people.hr_rows`.
    """
    file = _claim(ulid, now)
    if file is None:
        return None
    try:
        _stage(file, now)
    except Invalid as problem:
        return _refuse(file, problem, now)
    return compare(file=file, now=now)


def waiting_files(now: datetime) -> list[str]:
    """Files that nobody reads: just uploaded, or their reader was lost."""
    idle = Q(read_from__isnull=True) | Q(read_from__lt=now - STALLED)
    return list(
        HrFile.objects.filter(idle, state=State.UPLOADED).order_by("id").values_list("ulid", flat=True)
    )


def _known(sha256: str) -> HrFile | None:
    live = HrFile.objects.filter(sha256=sha256, state__in=HrFile.LIVE).first()
    if live is not None:
        return live
    last = last_confirmed()
    return last if last is not None and last.sha256 == sha256 else None


@transaction.atomic
def _claim(ulid: str, now: datetime) -> HrFile | None:
    """Mine to read: whatever an earlier reader left behind is gone."""
    idle = Q(read_from__isnull=True) | Q(read_from__lt=now - STALLED)
    mine = HrFile.objects.filter(idle, ulid=ulid, state=State.UPLOADED)
    if not mine.update(read_from=now, rows_read=0, fault_count=0):
        return None
    file = HrFile.objects.get(ulid=ulid)
    file.rows.all().delete()
    file.faults.all().delete()
    return file


def _stage(file: HrFile, now: datetime) -> None:
    content = bytes(file.content or b"")
    if not sheets.is_workbook(content):
        file.encoding = sheets.encoding_of(content)
    found = sheets.lines(content)
    _number, headings = next(found, (0, []))
    columns = columns_of(headings)
    while batch := list(islice(found, AT_ONCE)):
        _keep(file, batch, columns)
    if not HrFile.objects.filter(pk=file.pk, rows_read__gt=0).exists():
        raise Invalid(_("The file has no rows."), code="people.hr_rows", field="file")


@transaction.atomic
def _keep(file: HrFile, batch: list[sheets.Line], columns: dict[str, int]) -> None:
    rows: list[HrRow] = []
    faults: list[HrFault] = []
    for number, cells in batch:
        entry, wrong = read_entry(cells, columns)
        if entry is not None:
            rows.append(_row(file, number, entry))
        faults += [
            HrFault(file=file, row=number, column=one.column, code=one.code, value=one.value) for one in wrong
        ]
    HrRow.objects.bulk_create(rows, batch_size=500)
    HrFault.objects.bulk_create(_at_most(faults, MOST_FAULTS - file.fault_count), batch_size=500)
    file.fault_count += len(faults)
    HrFile.objects.filter(pk=file.pk).update(
        rows_read=F("rows_read") + len(batch), fault_count=file.fault_count, encoding=file.encoding
    )


def _at_most(faults: list[HrFault], count: int) -> Iterator[HrFault]:
    return islice(faults, max(count, 0))


def _row(file: HrFile, number: int, entry: Entry) -> HrRow:
    return HrRow(file=file, row=number, **vars(entry))


@transaction.atomic
def _refuse(file: HrFile, problem: Invalid, now: datetime) -> HrFile:
    file.rows.all().delete()
    file.faults.all().delete()
    file.refresh_from_db()
    file.state, file.decided_at = State.REJECTED, now
    file.refused_code, file.refused_details = problem.code, problem.details
    file.content, file.rows_read, file.fault_count = None, 0, 0
    file.save()
    return file
