"""Who charges: the worker, for every usage record that becomes known."""

from datetime import datetime

from apps.billing.operations import charge_record
from apps.core.outbox import WORKER, Payload, subscribe
from apps.usage.models import UsageRecord


@subscribe("billing.charge_record", to="usage.recorded", channel=WORKER)
def charge_what_was_used(payload: Payload, now: datetime) -> None:
    """The fact may come twice; the charge comes once. A held record is told of again once it is judged."""
    record = UsageRecord.objects.get(ulid=payload["record"])
    if not record.held:
        charge_record(record=record, now=now)
