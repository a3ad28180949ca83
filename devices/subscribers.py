"""What devices must learn of: revocations, changed rosters, changed instruments. It owns turning a fact into
a higher `ver` and an order, in the fact's own delivery; the gateway, which relays this channel itself, then
sends both at once."""

import logging
from datetime import datetime, timedelta

from apps.clearances import gate
from apps.core.clock import to_ms
from apps.core.outbox import GATEWAY, Payload, subscribe
from devices.configuration import configure
from devices.downlink import order, raise_version
from devices.models import Controller

log = logging.getLogger(__name__)

LOCK_LIVES = timedelta(seconds=60)


@subscribe("devices.revocation", to="clearances.revoked", channel=GATEWAY)
def revoke(payload: Payload, now: datetime) -> None:
    """List the grant as revoked and order the node off, or to finish safely by the signed moment; 'never
    cut' only refuses the next. Of a grant that was only sent ahead the list is all: something else may run.
    """
    controller = Controller.objects.select_for_update().filter(dev=payload["dev"]).first()
    if controller is None or payload["mode"] == gate.REFUSE_NEXT:
        return
    raise_version(dev=controller.dev)
    # A person's stop has ordered the node off already, when it was given.
    if payload["codes"] == [gate.STOPPED] or gate.only_ahead(payload["session"]):
        return
    until = _drain_until(controller.dev, payload["node"], payload["session"])
    order(
        controller=controller,
        kind="lock" if until is None else "drain",
        node=payload["node"],
        now=now,
        lives=LOCK_LIVES,
        gid=payload["session"],
        until=until,
    )


def _drain_until(dev: str, node: int, gid: str) -> int | None:
    """Epoch ms until which a 'finish safely' session may go on; None = off now."""
    view = gate.session_view(dev=dev, node=node)
    if view is None or view.gid != gid or view.drain_until is None:
        return None
    return to_ms(view.drain_until)


@subscribe("devices.roster", to="clearances.standby_changed", channel=GATEWAY)
def refresh_rosters(payload: Payload, now: datetime) -> None:
    """Mark the controllers of an instrument: the gateway asks the gate for their stand-by grants at its next
    turn.
    """
    Controller.objects.filter(nodes__instrument__ulid=payload["instrument"], disabled_at__isnull=True).update(
        standby_due=True
    )


@subscribe("devices.configuration", to="instruments.changed", channel=GATEWAY)
def reconfigure(payload: Payload, now: datetime) -> None:
    """How an instrument ends a use is part of its controllers' configuration."""
    chosen = Controller.objects.filter(nodes__instrument__ulid=payload["instrument"]).values_list(
        "pk", flat=True
    )
    for pk in sorted(set(chosen)):
        configure(Controller.objects.select_for_update().get(pk=pk))


@subscribe("devices.alarm_log", to="devices.alarm", channel=GATEWAY)
def say_alarm(payload: Payload, now: datetime) -> None:
    """An alarm of a device in the log, where the operator's monitoring looks."""
    log.error("ALARM %s: %s", payload["dev"], payload["code"])
