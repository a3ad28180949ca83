"""Results of commands: the first answer of a device to an order is kept. It owns nothing else; what a
refused order leads to is seen by whoever gave it."""

from datetime import datetime

from devices.ingest.context import Caller, Handled
from devices.models import DeviceCommand
from devices.protocol import Ack


def take(caller: Caller, ack: Ack, *, now: datetime) -> Handled:
    """Note the result of an order of this device; unknown or already answered ones change nothing."""
    if ack.boot != caller.controller.boot:
        return Handled(refused="replay.boot")
    answered = DeviceCommand.objects.filter(
        controller=caller.controller, ulid=ack.id, acked_at__isnull=True
    ).update(acked_at=now, ok=ack.ok, code=(ack.code or "")[:60])
    return Handled(changed=bool(answered))
