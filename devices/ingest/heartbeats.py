"""Heartbeats: the cheap path. A heartbeat that tells nothing new costs one query (two under power), one
verification and one signature, and writes nothing. It owns when a lease is renewed: only for the live,
unrevoked, unexpired session that the device names."""

from datetime import datetime

from django.db import transaction

from apps.clearances import gate
from apps.core.clock import to_ms
from devices import downlink
from devices.ingest import sightings
from devices.ingest.context import Caller, Handled
from devices.ingest.presence import Presence
from devices.models import ControlledNode, Controller
from devices.protocol import Hb, Hback
from devices.signing import Outgoing, seal


def take(caller: Caller, beat: Hb, *, presence: Presence, now: datetime) -> Handled:
    """Answer a heartbeat; a repeated or older one is refused."""
    node = caller.nodes.get(beat.node)
    if node is None:
        return Handled(refused="device.no_such_node")
    moment = sightings.place(caller.controller, beat)
    refused = moment.refused or _repetition(node, beat, moment, presence)
    if refused is not None:
        return Handled(refused=refused)
    controller, changed = caller.controller, False
    if moment.new_connection or sightings.differs(controller, node, beat):
        recorded = _record(caller, node, beat, now)
        if isinstance(recorded, str):
            return Handled(refused=recorded)
        controller, changed = recorded, True
    presence.note(dev=caller.dev, controller_id=controller.pk, node_id=node.pk, beat=beat, now=now)
    gid, lease = _lease(caller, beat, now)
    hback = Hback(
        boot=beat.boot, hb=beat.hb, now=to_ms(now), ver=controller.desired_ver, gid=gid, lease=lease
    )
    outgoing = [seal(caller.dev, hback), *_reminder(controller, beat, presence, now)]
    return Handled(outgoing=tuple(outgoing), changed=changed)


def _repetition(node: ControlledNode, beat: Hb, moment: sightings.Moment, presence: Presence) -> str | None:
    if moment.new_boot:
        return None
    return "replay.hb" if beat.hb <= node.hb or presence.is_repetition(node.pk, beat) else None


def _record(caller: Caller, node: ControlledNode, beat: Hb, now: datetime) -> Controller | str:
    with transaction.atomic():
        controller = caller.locked()
        moment = sightings.place(controller, beat)
        if moment.refused is not None:
            return moment.refused
        node.refresh_from_db()
        if not moment.new_boot and beat.hb <= node.hb:
            return "replay.hb"
        # A new boot puts the number back to nought first, so it is set after that.
        sightings.record(controller, node, beat, moment, now=now)
        ControlledNode.objects.filter(pk=node.pk).update(hb=beat.hb)
    return controller


def _lease(caller: Caller, beat: Hb, now: datetime) -> tuple[str | None, int]:
    """The session that may go on and for how many ms; (None, 0) when the device names none or another than
    the live one.
    """
    if beat.gid is None:
        return None, 0
    view = gate.session_view(dev=caller.dev, node=beat.node)
    if view is None or view.gid != beat.gid or not view.leases(now):
        return None, 0
    # A revoked session that may finish safely runs on until its drain ends; no lease outlives that.
    end = min(view.expires_at, view.drain_until or view.expires_at)
    return beat.gid, min(view.lease_ms, to_ms(end) - to_ms(now))


def _reminder(controller: Controller, beat: Hb, presence: Presence, now: datetime) -> list[Outgoing]:
    """`desired` once more for a device that is behind, though it was published: brokers do lose messages."""
    behind = beat.ver < controller.desired_ver == controller.published_ver
    if behind and presence.may_remind(controller.pk, now):
        return downlink.retained(controller, now=now)
    return []
