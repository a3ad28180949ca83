"""Whether a measured slice can be true: nobody can have used more time than has passed on the server's own
clock since the use could have begun. It only answers; what an impossible slice means is decided elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Sum

from apps.core.parameters import values
from apps.usage.models import UsageRecord, UsageSession

Kind = UsageSession.Kind

# How much faster than the server's a controller's clock may run (parts per million).
DRIFT_PPM = 200
# The longest power that nobody granted, on a node that was never granted to anybody before.
UNEXPLAINED_MS = 24 * 3_600_000
_MS = timedelta(milliseconds=1)
_TOLERANCE, _EARLY = "usage.odometer_tolerance_seconds", "access.early_minutes"


@dataclass(frozen=True)
class Room:
    """The time that a slice may fill: not before `since` (None: nothing is known), at most `longest_ms` (ms)
    until the report came at `until`.
    """

    since: datetime | None
    until: datetime
    longest_ms: int

    def holds(self, powered_ms: int) -> bool:
        """Whether so much powered time (ms) fits."""
        return powered_ms <= self.longest_ms

    def place(self, *, opened: datetime, closed: datetime, powered_ms: int) -> tuple[datetime, datetime]:
        """When the slice began and ended. A device's clock is only ever late, so the use began at the earlier
        of 'on' and 'off less powered'. A slice that does not fit is cut to what lies in the room.
        """
        length = min(powered_ms, self.longest_ms) * _MS
        started = min(opened, closed - length)
        if self.holds(powered_ms):
            started = self._not_before(started)
            return started, started + length
        started = self._not_before(min(started, self.until))
        return started, max(started, min(started + length, self.until))

    def _not_before(self, moment: datetime) -> datetime:
        return moment if self.since is None else max(moment, self.since)


def room_of(session: UsageSession, *, now: datetime) -> Room:
    """The room of a slice whose last report is received at `now`, on the server's own moments alone.

    Under a grant: since it was given (a stand-by: since it could first be used), less what other slices of it
    have taken. Without one: since the grant before it on the node; its end is only the device's word.
    """
    numbers = values([_TOLERANCE, _EARLY], at=now)
    early = timedelta(minutes=numbers[_EARLY])
    tolerance_ms = int(numbers[_TOLERANCE] * 1000)
    explained = session.kind in (Kind.SESSION, Kind.STANDBY)
    grant = session if explained else _grant_before(session)
    if grant is None:
        return Room(None, now, UNEXPLAINED_MS + tolerance_ms)
    since = _usable_since(grant, early)
    passed_ms = max(0, (now - since) // _MS)
    taken_ms = _taken_ms(session) if explained else 0
    longest_ms = passed_ms + passed_ms * DRIFT_PPM // 1_000_000 + tolerance_ms - taken_ms
    return Room(since, now, max(0, longest_ms))


def _usable_since(grant: UsageSession, early: timedelta) -> datetime:
    if grant.kind == Kind.STANDBY:
        return max(grant.granted_at, grant.not_before - early)
    return grant.granted_at


def _grant_before(session: UsageSession) -> UsageSession | None:
    granted = UsageSession.objects.filter(
        dev=session.dev,
        node=session.node,
        kind__in=(Kind.SESSION, Kind.STANDBY),
        odo0__lte=session.odo0,
    )
    return granted.exclude(pk=session.pk).order_by("-odo0", "-pk").first()


def _taken_ms(session: UsageSession) -> int:
    # What was held tells nothing about time, even when somebody has let it be charged.
    others = UsageRecord.objects.filter(
        session__gid=session.gid,
        session__dev=session.dev,
        session__node=session.node,
        held="",
        verdict="",
    )
    # By the odometer: a correction says when somebody left, not that the meter stood still.
    measured = Sum(F("session__odo1") - F("session__odo0"))
    return others.aggregate(taken=measured)["taken"] or 0
