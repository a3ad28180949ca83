"""A device's journal: numbered lines, applied once each and in order, acknowledged only as far as they are
committed without a gap. It owns the numbering (I3); what a line means for use is the meter's business, and a
line that the meter cannot take is kept, told aloud and never stops those behind it."""

import logging
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.core.clock import from_ms
from apps.core.errors import Refusal
from apps.core.outbox import publish
from apps.usage import meter
from devices import faultpoints
from devices.ingest.context import Caller, Handled
from devices.models import ControlledNode, Controller
from devices.models import JournalEntry as Row
from devices.protocol import Evt, EvtAck, JournalEntry
from devices.signing import seal

log = logging.getLogger(__name__)

SWITCHED_ON = frozenset({"on", "override_on"})
SWITCHED_OFF = frozenset({"off", "override_off"})
ALARMING = frozenset({"forced", "tamper", "held", "reader_lost", "weld", "wd_reset"})


def take(caller: Caller, evt: Evt, *, now: datetime) -> Handled:
    """Apply what is new of a slice and acknowledge the contiguous part.

    Refused: a slice of another boot; numbers that were used before for something else (`journal.conflict`:
    the device has lost its memory and must be enrolled under a new name); then nothing is acknowledged.
    """
    with transaction.atomic():
        controller = caller.locked()
        if evt.boot != controller.boot:
            return Handled(refused="replay.boot")
        if _conflicts(controller, evt.entries[0]):
            return Handled(refused="journal.conflict")
        fresh = _fresh(controller, evt.entries)
        for entry in fresh:
            _apply(controller, caller.nodes.get(entry.node), entry, now)
        if fresh:
            _remember(controller, evt.boot, fresh, now)
        faultpoints.reach("before_commit")
    faultpoints.reach("after_commit")
    return Handled(
        outgoing=(seal(caller.dev, EvtAck(boot=evt.boot, upto=controller.evt_upto)),), changed=bool(fresh)
    )


def moment_of(entry: JournalEntry, now: datetime) -> datetime:
    """When it happened, as well as the device could know: the middle of its bounds of server time, never
    later than `now`; `now` for a device without a bounded clock. Durations never come from here, they come
    from the odometer.
    """
    if entry.wall is None:
        return now
    return min(now, from_ms((entry.wall[0] + entry.wall[1]) // 2))


def _conflicts(controller: Controller, first: JournalEntry) -> bool:
    if first.n > controller.evt_upto:
        return False
    row = Row.objects.filter(controller=controller, n=first.n).first()
    return row is not None and (row.kind, row.node, row.odo, row.mono) != (
        first.k,
        first.node,
        first.odo,
        first.mono,
    )


def _fresh(controller: Controller, entries: tuple[JournalEntry, ...]) -> list[JournalEntry]:
    """The entries that follow without a gap on what is committed (the codec has checked that they follow
    each other).

    A device says its oldest unacknowledged line first. So where nothing was ever committed, its first slice
    is the beginning: what came before it was acknowledged by an earlier installation.
    """
    if controller.evt_upto == 0:
        return list(entries)
    if entries[0].n > controller.evt_upto + 1:
        return []
    return [entry for entry in entries if entry.n > controller.evt_upto]


def _apply(controller: Controller, node: ControlledNode | None, entry: JournalEntry, now: datetime) -> None:
    if node is None:
        publish("devices.alarm", now=now, dev=controller.dev, code="device.no_such_node")
        return
    try:
        with transaction.atomic():
            _count(controller.dev, node, entry, now)
    except (Refusal, IntegrityError) as problem:
        code = problem.code if isinstance(problem, Refusal) else "journal.refused"
        log.exception("journal line %d of %s could not be applied: %s", entry.n, controller.dev, code)
        publish("devices.alarm", now=now, dev=controller.dev, code=code)
    if entry.k in ALARMING:
        publish("devices.alarm", now=now, dev=controller.dev, code=f"journal.{entry.k}")


def _count(dev: str, node: ControlledNode, entry: JournalEntry, now: datetime) -> None:
    """Tell the meter. A line without a grant is the manual key's."""
    at = moment_of(entry, now)
    said: dict[str, Any] = {
        "dev": dev,
        "node": entry.node,
        "gid": entry.gid or "",
        "odo": entry.odo,
        "busy": entry.busy,
    }
    if entry.k in SWITCHED_ON:
        meter.power_on(**said, at=at, now=now, instrument_id=node.instrument_id)
    elif entry.k in SWITCHED_OFF:
        meter.power_off(**said, at=at, why=entry.why or "", now=now, instrument_id=node.instrument_id)


def _remember(controller: Controller, boot: str, fresh: list[JournalEntry], now: datetime) -> None:
    Row.objects.bulk_create(
        Row(
            controller=controller,
            n=entry.n,
            boot=boot,
            bootn=entry.bootn,
            kind=entry.k,
            node=entry.node,
            gid=entry.gid or "",
            odo=entry.odo,
            busy=entry.busy,
            mono=entry.mono,
            wall_lo=entry.wall[0] if entry.wall else None,
            wall_hi=entry.wall[1] if entry.wall else None,
            why=(entry.why or "")[:20],
            received_at=now,
        )
        for entry in fresh
    )
    controller.evt_upto = fresh[-1].n
    controller.save(update_fields=["evt_upto"])
    # A meter reading is the node's, and only ever rises; one statement for each node that spoke.
    for number in {entry.node for entry in fresh}:
        last = [entry for entry in fresh if entry.node == number][-1]
        nodes = ControlledNode.objects.filter(controller=controller, node=number)
        nodes.filter(odo__lt=last.odo).update(odo=last.odo)
        nodes.filter(busy__lt=last.busy).update(busy=last.busy)
