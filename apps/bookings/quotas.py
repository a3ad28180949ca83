"""What a group has booked of its hours, and what is left. Reads only; booking asks under the group's lock.

A group is the one whose fund pays, else the first that the person belongs to. Own uses count, live or past,
as booked; what the crew does for others counts for nobody, and a person without a group has no quota.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q

from apps.bookings.models import Booking, GroupQuota
from apps.core.clock import school_midnight, school_month_start, school_time
from apps.core.periods import in_force, overlaps
from apps.instruments.models import Facility, Instrument
from apps.people.models import ResearchGroup, User
from apps.people.queries import groups_of

_MINUTE = timedelta(minutes=1)
_WEEK = timedelta(days=7)
_PAST_A_MONTH = timedelta(days=32)


@dataclass(frozen=True)
class Allowance:
    """A group's hours in one period [start, end): what its quota gives, and how much is booked."""

    quota: GroupQuota
    start: datetime
    end: datetime
    used_minutes: int
    group: ResearchGroup | None = None

    @property
    def left_minutes(self) -> int:
        return max(0, self.quota.hours * 60 - self.used_minutes)

    @property
    def left_hours(self) -> float:
        """What is left, in hours with one decimal, rounded down: never more than there is."""
        return self.left_minutes // 6 / 10

    @property
    def last_day(self) -> datetime:
        """The last moment of the period, for pages that name its last day."""
        return self.end - timedelta(microseconds=1)

    def is_exceeded_by(self, start: datetime, end: datetime) -> bool:
        """Whether [start, end) is more than is left in this period."""
        within = min(end, self.end) - max(start, self.start)
        return within > timedelta() and within > self.left_minutes * _MINUTE


def period_of(kind: str, at: datetime) -> tuple[datetime, datetime]:
    """The ISO week (from Monday) or the month of the school's calendar that contains a moment, as
    [start, end).
    """
    if kind == GroupQuota.Period.WEEK:
        day = school_time(at).date()
        start = school_midnight(day - timedelta(days=day.weekday()))
        return start, start + _WEEK
    start = school_month_start(at)
    return start, school_month_start(start + _PAST_A_MONTH)


def periods_of(kind: str, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Every week or month that [start, end) touches, the earliest first."""
    found = [period_of(kind, start)]
    while found[-1][1] < end:
        found.append(period_of(kind, found[-1][1]))
    return found


def quotas_of(instrument: Instrument, at: datetime) -> list[GroupQuota]:
    """All quotas of an instrument and its facility in force at a moment. One query."""
    wanted = Q(instrument_id=instrument.pk) | Q(facility_id=instrument.facility_id)
    return list(GroupQuota.objects.filter(wanted, in_force(at)).select_related("group", "facility"))


def quotas_set(owner: Instrument | Facility, at: datetime) -> list[GroupQuota]:
    """The owner's own quotas in force, that of every group first. One query."""
    whose = {"instrument": owner} if isinstance(owner, Instrument) else {"facility": owner}
    rows = GroupQuota.objects.filter(in_force(at), **whose).select_related("group")
    return sorted(rows, key=_order)


def _order(quota: GroupQuota) -> tuple[bool, str, str]:
    return quota.group is not None, quota.group.name_zh if quota.group else "", quota.period


def that_count(quotas: Iterable[GroupQuota], group_id: int) -> list[GroupQuota]:
    """The quotas of one group: its own row counts instead of that of every group, for each owner and
    period.
    """
    found: dict[tuple[bool, str], GroupQuota] = {}
    for quota in quotas:
        place = quota.facility_id is None, quota.period
        if quota.group_id == group_id or (quota.group_id is None and place not in found):
            found[place] = quota
    return list(found.values())


def allowances(
    quotas: Sequence[GroupQuota],
    instrument: Instrument,
    group_id: int,
    start: datetime,
    end: datetime,
    *,
    made: Booking | None = None,
    without: Booking | None = None,
) -> list[Allowance]:
    """What the group's quotas leave in every period that [start, end) touches. One query for each.

    What they left for a booking that is `made` already: only what was asked for before it counts, so that
    fewer hours are told to whoever booked last. A booking that would go (`without`) counts for nothing.
    """
    return [
        Allowance(quota, *period, _used(quota, instrument, group_id, *period, made=made, without=without))
        for quota in that_count(quotas, group_id)
        for period in periods_of(quota.period, start, end)
    ]


def shown_to(user: User, instrument: Instrument, at: datetime, now: datetime) -> list[Allowance]:
    """What the user's groups have left in the week or month of `at`. One query where no quota is set, else
    two and one for each quota.
    """
    quotas = quotas_of(instrument, now)
    groups = list(groups_of(user, now)) if quotas else []
    found = []
    for group in groups:
        for one in allowances(quotas, instrument, group.pk, at, at):
            found.append(replace(one, group=group))
    return found


def _used(
    quota: GroupQuota,
    instrument: Instrument,
    group_id: int,
    start: datetime,
    end: datetime,
    *,
    made: Booking | None = None,
    without: Booking | None = None,
) -> int:
    """Minutes that the group has booked in a period, rounded up; a booking over its edge counts in part."""
    where = (
        {"instrument_id": instrument.pk}
        if quota.facility_id is None
        else {"instrument__facility_id": quota.facility_id}
    )
    rows = Booking.objects.filter(
        overlaps(start, end),
        group_id=group_id,
        purpose=Booking.Purpose.USE,
        state__in=Booking.LIVE,
        **where,
    ).values_list("start", "end")
    if without is not None:
        rows = rows.exclude(pk=without.pk)
    if made is not None:
        rows = rows.filter(
            Q(requested_at__lt=made.requested_at) | Q(requested_at=made.requested_at, pk__lt=made.pk)
        )
    booked = sum((min(last, end) - max(first, start) for first, last in rows), timedelta())
    return -(-booked // _MINUTE)
