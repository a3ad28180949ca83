"""Who charges: the worker, for every usage record that becomes known, and for samples that are tested."""

from datetime import datetime

from apps.billing import telling
from apps.billing.operations import charge_record, recharge_record
from apps.billing.samples import charge_samples
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


@subscribe("billing.charge_samples", to="samples.tested", channel=WORKER)
def charge_what_was_tested(payload: Payload, now: datetime) -> None:
    """The fact comes again after a test that was repeated; the charge comes once. An objection may have been
    quicker than this: whatever was tested first is charged by the next telling.
    """
    request = SampleRequest.objects.get(ulid=payload["request"])
    if request.tested_at is not None:
        charge_samples(request=request, now=now)
