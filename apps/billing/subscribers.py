"""Who charges: the worker, for every usage record that becomes known, and for samples that are tested."""

from datetime import datetime

from apps.billing import telling
from apps.billing.operations import charge_record, recharge_record
from apps.billing.parts import charge_part, refund_came, refund_upheld
from apps.billing.samples import charge_samples
from apps.bookings.models import Booking, PointAppeal, PointEntry
from apps.core.outbox import WORKER, Payload, subscribe
from apps.samples.models import SampleRequest
from apps.usage.models import UsageRecord

__all__ = ["telling"]


@subscribe("billing.charge_record", to="usage.recorded", channel=WORKER)
def charge_what_was_used(payload: Payload, now: datetime) -> None:
    """The fact may come twice; the charge comes once. A held record is told of again once it is judged."""
    record = UsageRecord.objects.get(ulid=payload["record"])
    if not record.held:
        charge_record(record=record, now=now)


@subscribe("billing.recharge_record", to="usage.corrected", channel=WORKER)
def charge_what_was_corrected(payload: Payload, now: datetime) -> None:
    """The fact may come twice, and of two corrections the later may come first: what counts is the record as
    it is now, charged once.
    """
    recharge_record(record=UsageRecord.objects.get(ulid=payload["record"]), now=now)


@subscribe("billing.charge_part", to="bookings.part_due", channel=WORKER)
def charge_what_is_due(payload: Payload, now: datetime) -> None:
    """A part of a fee for what was not kept. The fact may come twice, or after the points were lifted."""
    charge_part(
        entry=PointEntry.objects.get(ulid=payload["entry"]),
        per_mille=payload["per_mille"],
        base_fen=payload["base_fen"],
        fen=payload["fen"],
        now=now,
    )


@subscribe("billing.refund_upheld", to="bookings.appeal_decided", channel=WORKER)
def refund_what_was_appealed(payload: Payload, now: datetime) -> None:
    """An appeal that is upheld takes points and part of the fee away."""
    appeals = PointAppeal.objects.select_related("entry")
    refund_upheld(appeal=appeals.get(ulid=payload["appeal"]), now=now)


@subscribe("billing.refund_came", to="bookings.no_show_lifted", channel=WORKER)
def refund_who_came(payload: Payload, now: datetime) -> None:
    """Somebody had come after all."""
    refund_came(booking=Booking.objects.get(ulid=payload["booking"]), now=now)


@subscribe("billing.charge_samples", to=("samples.tested", "samples.extras_corrected"), channel=WORKER)
def charge_what_was_tested(payload: Payload, now: datetime) -> None:
    """The facts come again after a test that was repeated or a result that was corrected; one charge counts.
    An objection may have been quicker than this: whatever was tested first is charged by the next telling.
    """
    request = SampleRequest.objects.get(ulid=payload["request"])
    if request.tested_at is not None:
        charge_samples(request=request, now=now)
