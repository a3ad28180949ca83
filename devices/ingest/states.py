"""Births and wills: a device has come, its state has changed, or the broker believes that it has gone. It
owns the rows' idea of `online` and of the current boot; a will is unsigned and may only take `online` away.
"""

from datetime import datetime

from django.db import transaction

from devices import downlink, faultpoints
from devices.ingest import sightings
from devices.ingest.context import Caller, Handled
from devices.models import Controller
from devices.protocol import State, Will


def take_birth(caller: Caller, state: State, *, now: datetime) -> Handled:
    """Believe a signed state of the present boot and connection; a new connection is sent its retained
    frames again.
    """
    node = caller.nodes.get(state.node)
    if node is None:
        return Handled(refused="device.no_such_node")
    moment = sightings.place(caller.controller, state)
    if moment.refused is not None:
        return Handled(refused=moment.refused)
    news = moment.new_connection or sightings.differs(caller.controller, node, state)
    if not news or (not moment.new_boot and state.eseq < caller.controller.reported_eseq):
        # The broker repeats retained states whenever a gateway connects; an overtaken one says nothing.
        return Handled()
    with transaction.atomic():
        controller = caller.locked()
        moment = sightings.place(controller, state)
        if moment.refused is not None:
            return Handled(refused=moment.refused)
        node.refresh_from_db()
        sightings.record(controller, node, state, moment, now=now)
        faultpoints.reach("before_commit")
    faultpoints.reach("after_commit")
    outgoing = downlink.retained(controller, now=now) if moment.new_connection else ()
    return Handled(outgoing=tuple(outgoing), changed=True)


def take_will(caller: Caller, will: Will, *, now: datetime) -> Handled:
    """The broker's hint that a connection ended. Anybody on the broker could have written it: it changes
    what is displayed, no more, and only for the connection that the row knows.
    """
    changed = Controller.objects.filter(
        pk=caller.controller.pk, bootn=will.bootn, conn=will.conn, online=True
    ).update(online=False, last_seen_at=now)
    return Handled(changed=bool(changed))
