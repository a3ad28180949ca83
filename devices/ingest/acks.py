"""Results of commands: the first answer of a device to an order is kept, and how a test of itself went is
told for each instrument that it looks after. It owns nothing else; what a refused order leads to is seen by
whoever gave it."""

from datetime import datetime

from apps.core.outbox import publish
from devices.ingest.context import Caller, Handled
from devices.models import DeviceCommand
from devices.protocol import Ack

SELF_TEST = "self_test"


def take(caller: Caller, ack: Ack, *, now: datetime) -> Handled:
    """Note the result of an order of this device; unknown or already answered ones change nothing."""
    if ack.boot != caller.controller.boot:
        return Handled(refused="replay.boot")
    order = DeviceCommand.objects.filter(controller=caller.controller, ulid=ack.id)
    answered = order.filter(acked_at__isnull=True).update(acked_at=now, ok=ack.ok, code=(ack.code or "")[:60])
    if answered and order.filter(kind=SELF_TEST).exists():
        _tell_self_test(caller, ok=ack.ok, now=now)
    return Handled(changed=bool(answered))


def _tell_self_test(caller: Caller, *, ok: bool, now: datetime) -> None:
    for node in caller.controller.nodes.select_related("instrument").order_by("node"):
        publish(
            "devices.self_test_seen",
            now=now,
            dev=caller.controller.dev,
            node=node.node,
            instrument=node.instrument.ulid,
            ok=ok,
        )
