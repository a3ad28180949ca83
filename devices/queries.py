"""What is to be seen of the controllers: the tiles of the live wall. It owns one answer in a fixed number of
queries for any number of controllers; it changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from apps.clearances import gate
from apps.core.clock import from_ms, to_ms
from devices.downlink import LOCK_ALARM
from devices.models import ControlledNode, DeviceCommand, JournalEntry

# Three locked heartbeats (30 s each) and one for the road.
SILENT_AFTER = timedelta(seconds=120)
POWERED = frozenset({"unlocked", "warn", "drain"})


@dataclass(frozen=True, slots=True)
class Tile:
    """One node on the wall. `state` is the device's own word, or 'offline' when it is not connected or
    silent, or 'unknown' when it never spoke; `session` is the live session of the node by the server's rows,
    if any. `unanswered`: an order to lock was not answered for five seconds, and nothing was heard since that
    would say that power is off.
    """

    dev: str
    node: int
    instrument: Any
    state: str
    state_at: datetime | None
    last_seen_at: datetime | None
    disabled: bool
    estop: bool
    powered_ms: int
    session: gate.SessionView | None
    unanswered: bool = False


def tiles(*, at: datetime, instrument_ids: Iterable[int] | None = None) -> list[Tile]:
    """A tile for every node (of some instruments), by asset number: two queries, however many controllers
    there are.
    """
    nodes = ControlledNode.objects.select_related("controller", "instrument__facility").order_by(
        "instrument__asset_no", "controller__dev", "node"
    )
    nodes = nodes.annotate(**_unanswered_locks(at))
    if instrument_ids is not None:
        nodes = nodes.filter(instrument_id__in=list(instrument_ids))
    live = gate.live_views()
    return [_tile(node, live.get((node.controller.dev, node.node)), at) for node in nodes]


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a controller's journal about a node: what happened, when as well as it could know, why."""

    kind: str
    at: datetime
    why: str


def told_between(dev: str, node: int, since: datetime, until: datetime, *, most: int = 40) -> list[Told]:
    """What a node's controller wrote down in [since, until], in its own order; lines without a clock are left
    out. One query.
    """
    lines = JournalEntry.objects.filter(
        controller__dev=dev, node=node, wall_lo__lte=to_ms(until), wall_hi__gte=to_ms(since)
    )
    found = lines.order_by("n").values_list("kind", "wall_lo", "wall_hi", "why")[:most]
    return [Told(kind, from_ms(((low or 0) + (high or 0)) // 2), why) for kind, low, high, why in found]


def _unanswered_locks(at: datetime) -> dict[str, Exists]:
    """Whether an unanswered lock still stands, and whether there is one after which the node said nothing
    new.
    """
    late = DeviceCommand.objects.alias(
        to=Cast(KeyTextTransform("node", "body"), models.IntegerField())
    ).filter(
        controller=OuterRef("controller"),
        to=OuterRef("node"),
        kind="lock",
        acked_at__isnull=True,
        created_at__lte=at - LOCK_ALARM,
    )
    return {
        "lock_stands": Exists(late.filter(expires_at__gt=at)),
        "lock_unheard": Exists(late.filter(created_at__gte=OuterRef("state_at"))),
    }


def _tile(node: Any, session: gate.SessionView | None, at: datetime) -> Tile:
    controller = node.controller
    return Tile(
        dev=controller.dev,
        node=node.node,
        instrument=node.instrument,
        state=_state(node, at),
        state_at=node.state_at,
        last_seen_at=controller.last_seen_at,
        disabled=controller.disabled_at is not None,
        estop=controller.estop,
        powered_ms=node.odo,
        session=session,
        unanswered=node.lock_stands or (node.lock_unheard and node.state in POWERED),
    )


def _state(node: ControlledNode, at: datetime) -> str:
    controller = node.controller
    if controller.disabled_at is not None:
        return "disabled"
    if controller.last_seen_at is None:
        return "unknown"
    if not controller.online or at - controller.last_seen_at > SILENT_AFTER:
        return "offline"
    return node.state
