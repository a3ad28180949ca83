"""A file of the register comes in and is read: row by row, in short transactions, with its progress on
record. Until the whole of it is read and compared nothing of it counts; a reader that was killed begins
again.
"""

from datetime import date, datetime, timedelta
from itertools import islice
from time import monotonic
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.clock import school_time
from apps.core.errors import Invalid, WrongState
from apps.core.ids import new_ulid
from apps.core.outbox import publish
from apps.files import disk
from apps.files.models import StoredFile
from apps.files.operations import begin
from apps.library.models import AssetFault, AssetFile, AssetRow
from apps.library.register import sheets
from apps.library.register.columns import columns_of, digest_of, haystack_of, read_row
from apps.library.register.comparing import compare, still
from apps.people.models import User
from apps.people.requirements import require_office

AT_ONCE = 2000
STALLED = timedelta(minutes=5)
ABOUT = "asset_register"
State = AssetFile.State
_BROKEN = (
    StoredFile.State.DAMAGED,
    StoredFile.State.INFECTED,
    StoredFile.State.DROPPED,
    StoredFile.State.ERASED,
)


@transaction.atomic
def announce_file(*, name: str, size: int, by: User, now: datetime, announced: str = "") -> AssetFile:
    """A file of `size` bytes is going to be sent (`apps.files.operations.begin`); the same unfinished one of
    the same person goes on.

    Raises NotPermitted `people.office_only`; WrongState `library.import_open` while another file is live; and
    whatever `begin` raises.
    """
    require_office(by, now)
    stored = begin(about=ABOUT, name=name, size=size, by=by, now=now, announced=announced)
    live = live_file()
    if live is not None and live.stored_id == stored.pk:
        return live
    if (
        live is not None
        and live.state == State.ARRIVING
        and live.by_id == by.pk
        and not live.stored.received_at
    ):
        end(live, now, code="files.dropped")  # their own, given up for this one
    elif live is not None:
        raise _open(live)
    try:
        with transaction.atomic():
            file = AssetFile.objects.create(stored=stored, by=by, begun_at=now)
    except IntegrityError:
        raise _open(None) from None
    audit.record(action="library.announce_file", object_ref=f"asset_file:{file.ulid}", now=now, actor=by)
    return file


def live_file() -> AssetFile | None:
    """The file that is arriving, looked at or taken over; there is one at most."""
    return AssetFile.objects.filter(state__in=AssetFile.LIVE).select_related("stored", "by").first()


def read_file(*, ulid: str, now: datetime) -> AssetFile | None:
    """Read and compare a file that has arrived; None when it is not to be read (it has not arrived, somebody
    reads it, it is read).

    A file that cannot be read at all is put aside with the code of why: those of `sheets` and `columns`,
    `library.no_rows`, `files.damaged` and the like for one that did not arrive.
    """
    file = AssetFile.objects.select_related("stored").filter(ulid=ulid, state=State.ARRIVING).first()
    if file is None:
        return None
    if file.stored.state in _BROKEN:
        return end(file, now, code=f"files.{file.stored.state}")
    if not file.stored.is_ready or not _claim(file, now):
        return None
    try:
        _stage(file, now)
    except Invalid as problem:
        return end(file, now, code=problem.code, details=problem.details)
    except Lost:
        return None
    return compare(file=file, now=now)


def arrived_files(now: datetime) -> list[str]:
    """Files that wait to be read: arrived, or their reader was lost."""
    idle = Q(worked_at__isnull=True) | Q(worked_at__lt=now - STALLED)
    waiting = AssetFile.objects.filter(idle, state=State.ARRIVING)
    return list(waiting.exclude(stored__state="uploading").order_by("id").values_list("ulid", flat=True))


@transaction.atomic
def end(file: AssetFile, now: datetime, *, code: str, details: dict[str, object] | None = None) -> AssetFile:
    """The file is put aside by the system, with the code of why; where somebody was faster it stays what it
    is.
    """
    if still(file) is None:
        file.refresh_from_db()
        return file
    AssetRow.objects.filter(file=file).delete()
    file.refresh_from_db()
    file.state, file.decided_at = State.REJECTED, now
    file.refused_code, file.refused_details = code, details or {}
    file.save(update_fields=["state", "decided_at", "refused_code", "refused_details"])
    publish("library.file_changed", now=now, file=file.ulid, state=str(file.state))
    return file


def _open(live: AssetFile | None) -> WrongState:
    return WrongState(
        _("Another file of the register is being looked at. Take it over or put it aside first."),
        code="library.import_open",
        file=live.ulid if live else "",
    )


class Lost(Exception):
    """The file is not this reader's any more: it was put aside, or taken for abandoned and begun anew."""


@transaction.atomic
def _claim(file: AssetFile, now: datetime) -> bool:
    """Mine to read: whatever an earlier reader left behind is gone."""
    idle = Q(worked_at__isnull=True) | Q(worked_at__lt=now - STALLED)
    mine = AssetFile.objects.filter(idle, pk=file.pk, state=State.ARRIVING)
    if not mine.update(worked_at=now, rows_read=0, bytes_read=0, fault_count=0):
        return False
    AssetRow.objects.filter(file=file).delete()
    AssetFault.objects.filter(file=file).delete()
    file.refresh_from_db()
    return True


def _stage(file: AssetFile, now: datetime) -> None:
    begun, latest = monotonic(), school_time(now).date()
    path = disk.path_of(file.stored.ulid)
    file.form = sheets.form_of(path)

    def told(length: int) -> None:
        file.bytes_read = min(length, file.stored.size)

    found = sheets.lines(path, file.form, told)
    _number, headings = next(found, (0, []))
    columns = columns_of(headings)
    while batch := list(islice(found, AT_ONCE)):
        _keep(file, batch, columns, latest, now + timedelta(seconds=monotonic() - begun))
    if not file.rows_read:
        raise Invalid(_("The file has no rows."), code="library.no_rows", field="file")


@transaction.atomic
def _keep(
    file: AssetFile, batch: list[sheets.Line], columns: dict[str, int], latest: date, now: datetime
) -> None:
    """The next rows, and the sign of life by which the file stays this reader's. Raises Lost."""
    if still(file) is None:
        raise Lost
    file.worked_at = now
    rows: list[AssetRow] = []
    faults: list[AssetFault] = []
    for number, said in batch:
        values, wrong = read_row(said, columns, latest)
        if values is not None:
            rows.append(_row(file, number, values))
        faults += [
            AssetFault(file=file, row=number, column=one.column, code=one.code, value=one.value)
            for one in wrong
        ]
    AssetRow.objects.bulk_create(rows, batch_size=500)
    AssetFault.objects.bulk_create(faults, batch_size=1000)
    file.rows_read += len(batch)
    file.fault_count += len(faults)
    file.save(update_fields=["rows_read", "bytes_read", "fault_count", "worked_at", "form"])


def _row(file: AssetFile, number: int, values: dict[str, Any]) -> AssetRow:
    return AssetRow(
        file=file,
        row=number,
        fresh=new_ulid(),
        digest=digest_of(values),
        haystack=haystack_of(values),
        **values,
    )
