"""Which session a report speaks of. A grant usually is one session with one slice of the odometer; a stand-by
grant may be used again off line, and the manual key has no grant at all: a family of sessions then shares one
`gid`, and the odometer tells them apart. It only looks; writing is done by `meter` and `recording`.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Q

from apps.usage.models import UsageSession

REBOOT = "reboot"


def locked(dev: str, node: int, gid: str, odo: int) -> list[UsageSession]:
    """The sessions of this gid on this node and whatever is live there, locked in one order."""
    family = Q(gid=gid)
    if not gid:
        # The manual key's family grows for ever; only what is unfinished or has an end here can be meant.
        family &= Q(odo0__isnull=True) | Q(odo1__isnull=True) | Q(odo0=odo) | Q(odo1=odo)
    return list(
        UsageSession.objects.filter(family | Q(state__in=UsageSession.LIVE), dev=dev, node=node)
        .select_related("instrument")
        .select_for_update(of=("self",))
        .order_by("pk")
    )


def begun_at(family: Sequence[UsageSession], odo: int, at: datetime) -> UsageSession | None:
    """The session whose power-on was already counted at this reading."""
    for row in family:
        # An empty session leaves the reading where it was, and the next one begins there too.
        anew = row.odo1 == odo and row.closed_at is not None and at > row.closed_at
        if row.odo0 == odo and not anew:
            return row
    return None


def over_at(family: Sequence[UsageSession], odo: int, at: datetime) -> UsageSession | None:
    """The session whose power-off was already counted at this reading."""
    begun_here = any(row.odo0 == odo and row.odo1 is None for row in family)
    for row in family:
        if row.odo1 == odo and not (begun_here and row.closed_at is not None and at > row.closed_at):
            return row
    return None


def begins(family: Sequence[UsageSession], odo: int) -> UsageSession | None:
    """The session that waits for this power-on: one whose end was reported first, else the grant itself."""
    waiting = [row for row in family if row.odo0 is None and row.odo1 is not None and row.odo1 >= odo]
    return min(waiting, key=lambda row: row.odo1 or 0, default=None) or _untouched(family)


def ends(family: Sequence[UsageSession], odo: int) -> UsageSession | None:
    """The session that waits for this power-off: the one begun last before it, else the grant itself."""
    begun = [row for row in family if row.odo1 is None and row.odo0 is not None and row.odo0 <= odo]
    return max(begun, key=lambda row: row.odo0 or 0, default=None) or _untouched(family)


def is_past(session: UsageSession, at: datetime) -> bool:
    """Whether something on the node is known to be later than this power-on: then it cannot run now."""
    if session.close_reason == REBOOT:
        return True
    others = UsageSession.objects.filter(dev=session.dev, node=session.node).exclude(pk=session.pk)
    return others.filter(
        Q(odo0__gt=session.odo0)
        | Q(odo1__gt=session.odo0)
        | Q(odo0=session.odo0, opened_at__gt=at)
        | Q(state=UsageSession.State.GRANTED, granted_at__gt=at)
    ).exists()


def overlaps(session: UsageSession) -> bool:
    """Whether the slice of a session meets another's: then the odometer was not read honestly."""
    if session.odo0 == session.odo1:
        return False
    others = UsageSession.objects.filter(dev=session.dev, node=session.node).exclude(pk=session.pk)
    return others.filter(
        Q(odo0__lt=session.odo1, odo1__gt=session.odo0) & Q(odo1__gt=F("odo0"))
        | Q(odo0__gt=session.odo0, odo0__lt=session.odo1, odo1__isnull=True)
        | Q(odo1__gt=session.odo0, odo1__lt=session.odo1, odo0__isnull=True)
    ).exists()


def _untouched(family: Sequence[UsageSession]) -> UsageSession | None:
    return next((row for row in family if row.odo0 is None and row.odo1 is None), None)
