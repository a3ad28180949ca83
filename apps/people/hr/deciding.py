"""Confirming a file, or rejecting it. Confirming builds the register anew from it, all or nothing, and tells
one fact for each account whose person left; it ends no account itself.
"""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.people.hr.comparing import cap_of, digest_of, last_confirmed
from apps.people.models import HrFile, User
from apps.people.requirements import require_office, require_reason

State = HrFile.State
_COLUMNS = ("name_zh", "name_en", "kind", "unit_code", "status", "valid_until", "email")


@transaction.atomic
def confirm_hr_file(*, file: HrFile, digest: str, by: User, now: datetime) -> HrFile:
    """The register is what the file says from now on; for each account that lost its person
    `people.left_school` is told. `digest` is that of the comparison which the person saw.

    Raises NotPermitted `people.office_only`; WrongState `people.hr_decided`, `people.hr_not_read`,
    `people.hr_faults`, `people.hr_stale` (another file was confirmed, or accounts changed, since it was
    compared), `people.hr_cap` (it lacks more than `people.hr_leave_cap_percent` of the active people).
    """
    require_office(by, now)
    # Every live file's row, in one order: two files are never confirmed beside one another.
    locked = HrFile.objects.select_for_update(no_key=True, of=("self",))
    live = list(locked.filter(state__in=HrFile.LIVE).order_by("pk"))
    fresh = next((one for one in live if one.pk == file.pk), None)
    if fresh is None:
        raise WrongState(_("This file is decided already."), code="people.hr_decided")
    if fresh.state != State.PREVIEWED:
        raise WrongState(_("This file is still being read."), code="people.hr_not_read")
    if fresh.fault_count:
        raise WrongState(
            _("Some rows have faults: correct the file and upload it again."),
            code="people.hr_faults",
            count=fresh.fault_count,
        )
    _require_fresh(fresh, digest, now)
    cap = cap_of(fresh, now)
    if cap.exceeded:
        raise WrongState(
            _("Too many people would leave at once: is the file complete?"),
            code="people.hr_cap",
            leaving=cap.leaving,
            active=cap.active,
            percent=cap.percent,
        )
    _apply(fresh, now)
    fresh.state, fresh.decided_by, fresh.decided_at = State.CONFIRMED, by, now
    fresh.save(update_fields=["state", "decided_by", "decided_at"])
    audit.record(
        action="people.confirm_hr_file",
        object_ref=f"hr_file:{fresh.ulid}",
        now=now,
        actor=by,
        sha256=fresh.sha256,
        counts=fresh.counts,
    )
    for leaver in fresh.leavers.select_related("user").order_by("id"):
        publish("people.left_school", now=now, user=leaver.user.ulid, file=fresh.ulid)
    publish("people.hr_file_confirmed", now=now, file=fresh.ulid)
    return fresh


@transaction.atomic
def reject_hr_file(*, file: HrFile, reason: str, by: User, now: datetime) -> HrFile:
    """The file is put aside; nothing changes. Raises Invalid `core.reason_required`; NotPermitted
    `people.office_only`; WrongState `people.hr_decided`, `people.hr_not_read`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    fresh = HrFile.objects.select_for_update(no_key=True, of=("self",)).get(pk=file.pk)
    if fresh.state == State.UPLOADED:
        raise WrongState(_("This file is still being read."), code="people.hr_not_read")
    if fresh.state != State.PREVIEWED:
        raise WrongState(_("This file is decided already."), code="people.hr_decided")
    fresh.state, fresh.decided_by, fresh.decided_at, fresh.reason = State.REJECTED, by, now, reason[:200]
    fresh.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    audit.record(
        action="people.reject_hr_file",
        object_ref=f"hr_file:{fresh.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    return fresh


def _require_fresh(file: HrFile, digest: str, now: datetime) -> None:
    last = last_confirmed()
    same_ground = file.base_id == (last.pk if last is not None else None)
    if not same_ground or file.digest != digest or digest_of(file, now) != file.digest:
        raise WrongState(
            _("Something has changed since this file was compared: upload it again."), code="people.hr_stale"
        )


def _apply(file: HrFile, now: datetime) -> None:
    """The register from the file's rows, in three statements."""
    columns = ", ".join(_COLUMNS)
    moment = connection.ops.adapt_datetimefield_value(now)
    taken = ", ".join(f"{name} = r.{name}" for name in _COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO people_hrperson (number, {columns}, file_id, left_at)"  # noqa: S608 - our own constants
            f" SELECT number, {columns}, file_id, CASE WHEN status = 'left' THEN %s ELSE NULL END"
            " FROM people_hrrow WHERE file_id = %s AND change = 'new'",
            [moment, file.pk],
        )
        cursor.execute(
            f"UPDATE people_hrperson SET {taken}, file_id = r.file_id, left_at = CASE WHEN r.status = 'left'"  # noqa: S608 - our own constants
            " THEN COALESCE(people_hrperson.left_at, %s) ELSE NULL END FROM people_hrrow r"
            " WHERE r.file_id = %s AND r.number = people_hrperson.number"
            " AND r.change IN ('changed', 'returning', 'left')",
            [moment, file.pk],
        )
        cursor.execute(
            "UPDATE people_hrperson SET left_at = %s WHERE left_at IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM people_hrrow r WHERE r.file_id = %s AND r.number = people_hrperson.number)",
            [moment, file.pk],
        )
