"""Where a signed word of a device stands in time: boots and connections are counted by the device, so that
yesterday's frame can be told from today's. It owns that comparison and what a new boot or connection changes
in the rows; callers hold the controller's lock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from apps.usage import meter
from devices.models import ControlledNode, Controller


class Sighting(Protocol):
    """What births and heartbeats have in common."""

    @property
    def boot(self) -> str: ...
    @property
    def bootn(self) -> int: ...
    @property
    def conn(self) -> int: ...
    @property
    def node(self) -> int: ...
    @property
    def st(self) -> str: ...
    @property
    def gid(self) -> str | None: ...
    @property
    def odo(self) -> int: ...
    @property
    def busy(self) -> int: ...
    @property
    def ver(self) -> int: ...
    @property
    def eseq(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Moment:
    """`refused` is the code of a word from the past; otherwise what is new about this one."""

    refused: str | None = None
    new_boot: bool = False
    new_connection: bool = False


def place(controller: Controller, said: Sighting) -> Moment:
    """Compare a word with the latest boot and connection that the row knows."""
    if said.bootn > controller.bootn:
        return Moment(new_boot=True, new_connection=True)
    if said.bootn < controller.bootn or said.boot != controller.boot:
        return Moment(refused="replay.boot")
    if said.conn < controller.conn:
        return Moment(refused="replay.conn")
    return Moment(new_connection=said.conn > controller.conn)


def differs(controller: Controller, node: ControlledNode, said: Sighting) -> bool:
    """Whether a word of the present tells something that the rows do not hold yet (odometers and the hour
    apart).
    """
    return not (
        controller.online
        and controller.reported_ver == said.ver
        and controller.reported_eseq == said.eseq
        and node.state == said.st
        and node.gid == (said.gid or "")
    )


def record(
    controller: Controller, node: ControlledNode, said: Sighting, moment: Moment, *, now: datetime
) -> None:
    """Write what a word of the present tells; the caller holds the lock and has asked `place`."""
    if moment.new_boot:
        # What the last boot was granted cannot run on: power-up is off.
        meter.end_by_reboot(dev=controller.dev, now=now)
        ControlledNode.objects.filter(controller=controller).update(hb=0)
        node.hb = 0
    controller.boot, controller.bootn, controller.conn = said.boot, said.bootn, said.conn
    controller.online, controller.last_seen_at = True, now
    controller.reported_ver, controller.reported_eseq = said.ver, said.eseq
    if said.ver > controller.desired_ver:
        # Our rows came from an older backup: the device would refuse everything below its own version.
        controller.desired_ver = said.ver + 1
    controller.save(
        update_fields=[
            *("boot", "bootn", "conn", "online", "last_seen_at", "reported_ver", "reported_eseq"),
            "desired_ver",
        ]
    )
    gid = said.gid or ""
    if (node.state, node.gid) != (said.st, gid):
        node.state, node.gid, node.state_at = said.st, gid, now
    if node.hb == 0:
        # The first words of a boot: a power loss costs a device what it had not yet written to its flash.
        node.odo, node.busy = said.odo, said.busy
    else:
        node.odo, node.busy = max(node.odo, said.odo), max(node.busy, said.busy)
    node.save(update_fields=["state", "gid", "state_at", "odo", "busy", "hb"])
