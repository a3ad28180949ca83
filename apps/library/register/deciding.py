"""Deciding about a file that was looked at: each conflict, the whole of it, or putting it aside. Taking it
over is the worker's: one transaction, everything or nothing.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotFound, WrongState
from apps.core.outbox import publish
from apps.library.models import Asset, AssetConflict, AssetEdit, AssetFile
from apps.library.register.columns import NAMES, haystack_of, value_of, written
from apps.library.register.comparing import cap_of, find_conflicts, last_applied, moved
from apps.people.models import User
from apps.people.requirements import require_office, require_reason

State, Choice = AssetFile.State, AssetConflict.Choice
_COPIED = (*NAMES[1:], "digest", "haystack", "file_id")


@transaction.atomic
def decide_conflicts(
    *, file: AssetFile, conflicts: Iterable[str], choice: str, by: User, now: datetime
) -> int:
    """Keep what a person wrote here, or take the register's word, for one conflict or many (their ULIDs);
    until the file is confirmed it may be decided otherwise. Returns how many.

    Raises NotPermitted `people.office_only`; Invalid `library.choice`, `library.none_chosen`; NotFound
    `library.no_conflict`; WrongState `library.decided`.
    """
    require_office(by, now)
    if choice not in Choice.values:
        raise Invalid(_("Choose which of the two holds."), code="library.choice", field="choice")
    wanted = set(conflicts)
    if not wanted:
        raise Invalid(_("Choose at least one conflict."), code="library.none_chosen", field="conflict")
    _locked(file, State.PREVIEWED)
    found = file.conflicts.filter(ulid__in=wanted)
    if found.count() != len(wanted):
        raise NotFound(_("There is no such conflict."), code="library.no_conflict")
    number = found.update(choice=choice, decided_by=by, decided_at=now)
    audit.record(
        action="library.decide_conflicts",
        object_ref=f"asset_file:{file.ulid}",
        now=now,
        actor=by,
        choice=choice,
        number=number,
    )
    return number


@transaction.atomic
def confirm_file(*, file: AssetFile, by: User, now: datetime, gone: int | None = None) -> AssetFile:
    """The worker takes the file over. Where it lacks more than `library.gone_percent` of the assets, `gone`
    says how many: whoever confirms has read the number.

    Raises NotPermitted `people.office_only`; WrongState `library.decided`, `library.not_read`,
    `library.faults`, `library.stale` (another file was taken over since), `library.conflicts`,
    `library.gone_cap`.
    """
    require_office(by, now)
    fresh = _locked(file, State.PREVIEWED)
    if fresh.fault_count:
        raise WrongState(
            _("Some rows have faults: correct the file and send it again."),
            code="library.faults",
            count=fresh.fault_count,
        )
    last = last_applied()
    if fresh.base_id != (last.pk if last is not None else None):
        raise WrongState(
            _("Another file was taken over since this one was compared: send it again."), code="library.stale"
        )
    if undecided := find_conflicts(fresh):
        raise WrongState(_("Some conflicts wait for a decision."), code="library.conflicts", count=undecided)
    cap = cap_of(fresh, now)
    if cap.exceeded and gone != cap.gone:
        raise WrongState(
            _("Too many assets would be gone at once: is the file complete? Say how many, if it is."),
            code="library.gone_cap",
            gone=cap.gone,
            known=cap.known,
            percent=cap.percent,
        )
    fresh.state, fresh.decided_by, fresh.decided_at = State.APPLYING, by, now
    fresh.save(update_fields=["state", "decided_by", "decided_at"])
    audit.record(
        action="library.confirm_file",
        object_ref=f"asset_file:{fresh.ulid}",
        now=now,
        actor=by,
        sha256=fresh.stored.sha256,
        counts=fresh.counts,
    )
    publish("library.file_changed", now=now, file=fresh.ulid, state=str(fresh.state))
    return fresh


@transaction.atomic
def reject_file(*, file: AssetFile, reason: str, by: User, now: datetime) -> AssetFile:
    """The file is put aside; nothing changes. Raises Invalid `core.reason_required`; NotPermitted
    `people.office_only`; WrongState `library.decided`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    fresh = _locked(file, State.ARRIVING, State.PREVIEWED)
    fresh.state, fresh.decided_by, fresh.decided_at, fresh.reason = State.REJECTED, by, now, reason[:200]
    fresh.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    audit.record(
        action="library.reject_file",
        object_ref=f"asset_file:{fresh.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    publish("library.file_changed", now=now, file=fresh.ulid, state=str(fresh.state))
    return fresh


@transaction.atomic
def apply_file(*, ulid: str, now: datetime) -> AssetFile | None:
    """The mirror is what a confirmed file says from now on; None when there is nothing to take over. A worker
    that dies meanwhile has changed nothing, and the next one takes the file over.
    """
    locked = AssetFile.objects.select_for_update(no_key=True, of=("self",))
    file = locked.filter(ulid=ulid, state=State.APPLYING).first()
    if file is None:
        return None
    _copy(file, now)
    _settle_edits(file, now)
    file.state, file.applied_at = State.APPLIED, now
    file.save(update_fields=["state", "applied_at"])
    audit.record(
        action="library.apply_file",
        object_ref=f"asset_file:{file.ulid}",
        now=now,
        actor=file.decided_by,
        counts=file.counts,
    )
    publish("library.file_changed", now=now, file=file.ulid, state=str(file.state))
    return file


def confirmed_files() -> list[str]:
    """Files that wait to be taken over."""
    return list(AssetFile.objects.filter(state=State.APPLYING).order_by("id").values_list("ulid", flat=True))


def _locked(file: AssetFile, *states: str) -> AssetFile:
    locked = AssetFile.objects.select_for_update(no_key=True, of=("self",)).select_related("stored")
    fresh = locked.get(pk=file.pk)
    if fresh.state not in AssetFile.LIVE or fresh.state == State.APPLYING:
        raise WrongState(_("This file is decided already."), code="library.decided")
    if fresh.state not in states:
        raise WrongState(_("This file is still being read."), code="library.not_read")
    return fresh


def _copy(file: AssetFile, now: datetime) -> None:
    """The mirror from the file's rows, in three statements."""
    columns = ", ".join(_COPIED)
    taken = ", ".join(f"{name} = r.{name}" for name in _COPIED)
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO library_asset (ulid, asset_no, {columns}, gone_at)"  # noqa: S608 - our own constants
            f" SELECT fresh, asset_no, {columns}, NULL FROM library_assetrow"
            " WHERE file_id = %s AND change = 'new' ORDER BY asset_no",
            [file.pk],
        )
        cursor.execute(
            f"UPDATE library_asset SET {taken}, gone_at = NULL FROM library_assetrow r"  # noqa: S608 - our own constants
            " WHERE r.file_id = %s AND r.asset_no = library_asset.asset_no"
            " AND r.change IN ('changed', 'returning')",
            [file.pk],
        )
        cursor.execute(
            "UPDATE library_asset SET gone_at = %s WHERE gone_at IS NULL AND asset_no IN"
            " (SELECT asset_no FROM library_assetrow WHERE file_id = %s AND change = 'gone')",
            [moment, file.pk],
        )


def _settle_edits(file: AssetFile, now: datetime) -> None:
    """What people changed here lies over what the register says now, where that was decided."""
    decided = {(one.asset_id, one.column): one for one in file.conflicts.exclude(choice="")}
    edits = list(AssetEdit.objects.filter(ended_at__isnull=True).select_related("asset").order_by("id"))
    for edit, row in moved(file, iter(edits)):
        theirs = written(edit.column, getattr(row, edit.column))
        conflict = decided.get((edit.asset_id, edit.column))
        if theirs == edit.ours or (conflict is not None and conflict.choice == Choice.THEIRS):
            ended_by = conflict.decided_by if conflict is not None else None
            AssetEdit.objects.filter(pk=edit.pk).update(ended_at=now, ended_by=ended_by, theirs=theirs)
            continue
        AssetEdit.objects.filter(pk=edit.pk).update(theirs=theirs)
        lay_over(edit.asset, edit.column, edit.ours)


def lay_over(asset: Asset, column: str, text: str) -> None:
    """An asset's row says this in a column from now on; what the register says is kept elsewhere."""
    fresh = Asset.objects.get(pk=asset.pk)
    setattr(fresh, column, value_of(column, text))
    fresh.haystack = haystack_of({name: getattr(fresh, name) for name in NAMES})
    fresh.save(update_fields=[column, "haystack"])
