"""The oracle: invariants I1-I8 and I10-I12 (and I9) judged from relay intervals and committed records
alone. It owns the tolerances and never asks a machine what it thinks it did."""

from collections import Counter, defaultdict
from itertools import pairwise

from tests.devices.chaos.server import GrantRecord, ServerRecords, SliceRecord
from tests.devices.chaos.world import CFG, EPOCH, STEP_MS, Interval, World

# A tick is late by one step at most; nothing else may be late.
TICK_MS = 2 * STEP_MS
LOSS_MS = CFG.persist_ms + TICK_MS


def judge(world: World) -> list[str]:
    """Every violation, in words that begin with the invariant's name; empty when the world was right."""
    records = world.server.records()
    grants = {grant.gid: grant for grant in records.grants}
    found = list(world.witness.complaints)
    for interval in world.witness.intervals:
        found += _permitted(interval, world.now, grants, records)
    found += _stops(world, records)
    found += _versions(world, records)
    found += _journal(records)
    found += _accounting(world, records)
    found += _grants(records)
    found += _converged(world, records)
    return found


def _permitted(
    interval: Interval, now: int, grants: dict[str, GrantRecord], records: ServerRecords
) -> list[str]:
    """I1, I2, I6 and I12 for one powered interval."""
    start = EPOCH + interval.start
    end = EPOCH + (interval.end if interval.end is not None else now)
    where = f"{interval.dev} [{interval.start}, {interval.end})"
    grant = grants.get(interval.gid or "")
    if interval.gid is None:
        return [f"I6 {where} was on without any grant"] if end > start else []
    if grant is None or (grant.dev, grant.node) != (interval.dev, interval.node):
        return [f"I1 {where} was on by a grant never issued for it"]
    found: list[str] = []
    if not grant.decided:
        found.append(f"I12 {where} was on without a recorded decision")
    if start < grant.granted_at or start < grant.nbf or end > grant.exp + TICK_MS:
        found.append(f"I1 {where} was on outside its grant [{grant.nbf - EPOCH}, {grant.exp - EPOCH})")
    revoked = records.revoked_at.get(grant.gid)
    if revoked is not None:
        limit = revoked + (max(grant.off, grant.lease) if grant.standby else grant.lease)
        if end > max(limit, start) + TICK_MS or start > limit + TICK_MS:
            found.append(f"I2 {where} was on long after its revocation at {revoked - EPOCH}")
    return found


def _stops(world: World, records: ServerRecords) -> list[str]:
    """I9: from the moment a stop is applied until a later version without one is applied, the relay is
    off.
    """
    found: list[str] = []
    for dev, seen in world.witness.versions.items():
        since: int | None = None
        for at, ver in [*seen, (world.now, -1)]:
            stopped = records.stops[dev].get(ver, False)
            if stopped and since is None:
                since = at
            elif not stopped and since is not None:
                found += [
                    f"I9 {dev} was on during the stop of [{since}, {at})"
                    for interval in world.witness.intervals
                    if interval.dev == dev and _overlap(interval, since, at)
                ]
                since = None
    return found


def _overlap(interval: Interval, start: int, end: int) -> bool:
    stop = interval.end if interval.end is not None else 2**53
    return interval.start < end and stop > start and stop > interval.start


def _versions(world: World, records: ServerRecords) -> list[str]:
    """I8, across power losses too."""
    found: list[str] = []
    for dev, seen in world.witness.versions.items():
        numbers = [ver for _, ver in seen]
        if any(later < earlier for earlier, later in pairwise(numbers)):
            found.append(f"I8 {dev} fell back to an older version")
        if set(numbers) - set(records.stops[dev]):
            found.append(f"I8 {dev} applied a version never issued")
    return found


def _journal(records: ServerRecords) -> list[str]:
    """I3, first half: every number once, none missing."""
    return [
        f"I3 {dev} journal was applied as {numbers[:12]}..."
        for dev, numbers in records.journal.items()
        if numbers != list(range(1, len(numbers) + 1))
    ]


def _accounting(world: World, records: ServerRecords) -> list[str]:
    """I3, second half: slices tile the odometer, and both agree with the relay trace."""
    slices: dict[str, list[SliceRecord]] = defaultdict(list)
    for entry in records.slices:
        slices[entry.dev].append(entry)
    powered: dict[str, list[Interval]] = defaultdict(list)
    for interval in world.witness.intervals:
        powered[interval.dev].append(interval)
    found: list[str] = []
    for dev in world.devices:
        found += _tiling(dev, slices[dev])
        found += _same_uses(dev, slices[dev], [i for i in powered[dev] if i.end != i.start])
    return found


def _tiling(dev: str, slices: list[SliceRecord]) -> list[str]:
    at = 0
    for entry in sorted(slices, key=lambda s: (s.odo0, s.odo1 if s.odo1 is not None else 2**53)):
        if entry.odo0 != at:
            return [f"I3 {dev} slices do not tile: expected {at}, found {entry.odo0}"]
        if entry.odo1 is None:
            return []
        at = entry.odo1
    return []


def _same_uses(dev: str, slices: list[SliceRecord], intervals: list[Interval]) -> list[str]:
    """Per grant: journalled time equals powered time, less at most one persist period for each power loss."""
    counted: Counter[str] = Counter()
    for entry in slices:
        if entry.odo1 is not None and entry.gid is not None:
            counted[entry.gid] += entry.odo1 - entry.odo0
    truth: Counter[str] = Counter()
    losses: Counter[str] = Counter()
    for interval in intervals:
        if interval.end is None or interval.gid is None:
            continue
        truth[interval.gid] += interval.end - interval.start
        losses[interval.gid] += interval.lost_power
    open_gids = {entry.gid for entry in slices if entry.odo1 is None}
    return [
        f"I3 {dev} {gid}: powered {truth[gid]} ms, journalled {counted[gid]} ms, {losses[gid]} power losses"
        for gid in (set(counted) | set(truth)) - open_gids
        if not -losses[gid] * LOSS_MS <= counted[gid] - truth[gid] <= 0
    ]


def _grants(records: ServerRecords) -> list[str]:
    """I4 and I10."""
    rids = Counter(grant.rid for grant in records.grants if grant.rid is not None)
    found = [f"I4 {rid} has {number} grants" for rid, number in rids.items() if number > 1]
    places: dict[tuple[str, int], list[GrantRecord]] = defaultdict(list)
    for grant in records.grants:
        if not grant.standby:
            places[(grant.dev, grant.node)].append(grant)
    for (dev, _), held in places.items():
        held.sort(key=lambda grant: (grant.granted_at, grant.gid))
        for earlier, later in pairwise(held):
            if min(earlier.ended_at or earlier.exp, earlier.exp) > later.granted_at:
                found.append(f"I10 {dev} had two live grants, {earlier.gid} and {later.gid}")
    return found


def _converged(world: World, records: ServerRecords) -> list[str]:
    """I7: after quiet, the server's view is the device's truth, and nothing waits."""
    found: list[str] = []
    for dev, device in world.devices.items():
        if device.machine is None:
            continue
        node = device.machine.nodes[1]
        odo, gid = records.views.get((dev, 1), (-1, None))
        lag = node.odo - odo
        if gid != node.gid or not 0 <= lag <= CFG.hb_powered_ms + TICK_MS:
            found.append(f"I7 {dev} is seen as ({odo}, {gid}), is ({node.odo}, {node.gid})")
        if device.machine.shared.journal.entries:
            found.append(f"I7 {dev} still holds unacknowledged journal entries")
        if device.machine.shared.trust.ver != max(records.stops[dev]):
            found.append(f"I7 {dev} does not know the latest version")
    return found
