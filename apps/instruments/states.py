"""What stands in an instrument's way: locks, outages, incidents, and the work orders that repair it.

A lock is one person's act against any use and must never wait; whoever acts second is told what the first
did.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.instruments.models import Incident, Instrument, InstrumentLock, Outage, WorkOrder
from apps.instruments.queries import may_manage
from apps.people.models import User
from apps.people.requirements import require_active, require_period, require_reason


@transaction.atomic
def lock_instrument(*, instrument: Instrument, reason: str, by: User, now: datetime) -> InstrumentLock:
    """Nobody may use the instrument from now on; running uses are decided again.

    Raises Invalid `core.reason_required`; NotPermitted `instruments.not_crew`; WrongState
    `instruments.locked`.
    """
    reason = require_reason(reason)
    require_crew(instrument, by, now)
    try:
        with transaction.atomic():
            lock = InstrumentLock.objects.create(
                instrument=instrument, locked_at=now, locked_by=by, reason=reason
            )
    except IntegrityError as exc:
        raise WrongState(_("The instrument is already locked."), code="instruments.locked") from exc
    audit.record(
        action="instruments.lock_instrument",
        object_ref=f"instrument:{instrument.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    publish("instruments.locked", now=now, instrument=instrument.ulid, reason=reason)
    return lock


@transaction.atomic
def release_lock(*, lock: InstrumentLock, by: User | None, now: datetime, reason: str = "") -> InstrumentLock:
    """The instrument may be used again. Raises NotPermitted `instruments.not_crew`; WrongState
    `instruments.not_locked`.
    """
    require_crew(lock.instrument, by, now)
    released = InstrumentLock.objects.filter(pk=lock.pk, released_at__isnull=True).update(
        released_at=now, released_by=by
    )
    if not released:
        raise WrongState(_("The lock has already been released."), code="instruments.not_locked")
    audit.record(
        action="instruments.release_lock",
        object_ref=f"instrument:{lock.instrument.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    publish("instruments.unlocked", now=now, instrument=lock.instrument.ulid)
    lock.refresh_from_db()
    return lock


@transaction.atomic
def start_outage(
    *,
    instrument: Instrument,
    starts_at: datetime,
    ends_at: datetime | None,
    reason_zh: str,
    by: User | None,
    now: datetime,
    reason_en: str = "",
) -> Outage:
    """The instrument is out of service for a period, from now or later; open-ended without `ends_at`.

    Raises Invalid `core.reason_required`, `core.period`, `instruments.outage_past`; NotPermitted
    `instruments.not_crew`.
    """
    reason_zh = require_reason(reason_zh)
    require_crew(instrument, by, now)
    require_period(starts_at, ends_at)
    if ends_at is not None and ends_at <= now:
        raise Invalid(_("This period is over."), code="instruments.outage_past", field="ends_at")
    outage = Outage.objects.create(
        instrument=instrument, starts_at=starts_at, ends_at=ends_at, reason_zh=reason_zh, reason_en=reason_en
    )
    _record_change("start_outage", instrument, by, now, reason_zh, outage=outage.ulid)
    return outage


@transaction.atomic
def end_outage(*, outage: Outage, by: User | None, now: datetime) -> Outage:
    """The outage ends now. One that has not begun was only a plan: its row vanishes, the audit log keeps it.

    Raises NotPermitted `instruments.not_crew`; WrongState `instruments.outage_over`.
    """
    instrument = outage.instrument
    require_crew(instrument, by, now)
    row = Outage.objects.select_for_update(no_key=True).filter(pk=outage.pk).first()
    if row is None or (row.ends_at is not None and row.ends_at <= now):
        raise WrongState(_("This outage is over."), code="instruments.outage_over")
    if row.starts_at >= now:
        Outage.objects.filter(pk=row.pk).delete()
        _record_change("cancel_outage", instrument, by, now, row.reason_zh, outage=row.ulid)
        return row
    row.ends_at = now
    row.save(update_fields=["ends_at"])
    _record_change("end_outage", instrument, by, now, "", outage=row.ulid)
    return row


@transaction.atomic
def report_incident(
    *, instrument: Instrument, effect: str, description: str, by: User, now: datetime
) -> Incident:
    """Anyone may report: new uses are refused from now on. Only the crew may report with the effect 'locked'.

    Raises Invalid `instruments.incident_effect`, `core.reason_required`; NotPermitted `people.not_active`,
    `instruments.not_crew`.
    """
    if effect not in Incident.Effect.values:
        raise Invalid(_("Unknown effect."), code="instruments.incident_effect", field="effect")
    description = require_reason(description)
    if effect == Incident.Effect.LOCKED:
        require_crew(instrument, by, now)
    require_active(by, now)
    incident = Incident.objects.create(
        instrument=instrument, effect=effect, description=description, reported_by=by, reported_at=now
    )
    _record_change("report_incident", instrument, by, now, description, incident=incident.ulid, effect=effect)
    return incident


@transaction.atomic
def close_incident(*, incident: Incident, by: User | None, now: datetime, reason: str = "") -> Incident:
    """The incident no longer stands in the way. Raises NotPermitted `instruments.not_crew`; WrongState
    `instruments.incident_closed`.
    """
    require_crew(incident.instrument, by, now)
    if not Incident.objects.filter(pk=incident.pk, closed_at__isnull=True).update(closed_at=now):
        raise WrongState(_("This incident is closed."), code="instruments.incident_closed")
    _record_change("close_incident", incident.instrument, by, now, reason, incident=incident.ulid)
    incident.refresh_from_db()
    return incident


@transaction.atomic
def open_work_order(
    *, instrument: Instrument, summary: str, by: User | None, now: datetime, engineer: User | None = None
) -> WorkOrder:
    """Maintenance begins: crew, or the named engineer, may run the instrument for it until it is closed.

    Raises Invalid `core.reason_required`; NotPermitted `instruments.not_crew`.
    """
    summary = require_reason(summary)
    require_crew(instrument, by, now)
    order = WorkOrder.objects.create(
        instrument=instrument, engineer=engineer, summary=summary[:200], opened_at=now
    )
    _record_change("open_work_order", instrument, by, now, summary, work_order=order.ulid)
    return order


@transaction.atomic
def close_work_order(*, work_order: WorkOrder, by: User | None, now: datetime) -> WorkOrder:
    """Maintenance ends. Raises NotPermitted `instruments.not_crew`; WrongState
    `instruments.work_order_closed`.
    """
    require_crew(work_order.instrument, by, now)
    if not WorkOrder.objects.filter(pk=work_order.pk, closed_at__isnull=True).update(closed_at=now):
        raise WrongState(_("This work order is closed."), code="instruments.work_order_closed")
    _record_change("close_work_order", work_order.instrument, by, now, "", work_order=work_order.ulid)
    work_order.refresh_from_db()
    return work_order


def require_crew(instrument: Instrument, by: User | None, now: datetime) -> None:
    """Manager or operator of the crew, or holder of the right to manage; else NotPermitted
    `instruments.not_crew`.
    """
    if by is not None and not may_manage(by, instrument, now):
        raise NotPermitted(_("Only the instrument's crew may do this."), code="instruments.not_crew")


def _record_change(
    verb: str, instrument: Instrument, by: User | None, now: datetime, reason: str, **details: str
) -> None:
    audit.record(
        action=f"instruments.{verb}",
        object_ref=f"instrument:{instrument.ulid}",
        now=now,
        actor=by,
        reason=reason,
        **details,
    )
    publish("instruments.changed", now=now, instrument=instrument.ulid)
