"""The hours in which the owner of a hosted instrument comes first, and what that means for others. The rows
are made and ended by an agreement; that everybody needs the host's certificate is untouched by them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext as _

from apps.bookings.models import PriorityWindow
from apps.bookings.windows import Stretch, days_of
from apps.core.clock import school_midnight, school_time
from apps.core.outbox import publish
from apps.core.periods import give_way, in_force, is_in_force, not_over
from apps.instruments.models import HOSTED, Instrument, local_name
from apps.people.models import Membership, ResearchGroup, User

EVERY_DAY = "1234567"
NEVER = 0  # hours: others may not book at all


@dataclass(frozen=True)
class Hours:
    """One window as it is agreed: ISO weekdays, minutes of the school's day, and from how many hours before
    others may book too (0: never).
    """

    weekdays: str
    from_minute: int
    until_minute: int
    others_hours: int


@transaction.atomic
def reserve_hours(
    *,
    instrument: Instrument,
    group: ResearchGroup,
    hours: Iterable[Hours],
    source: str,
    now: datetime,
    begins: datetime | None = None,
) -> list[PriorityWindow]:
    """From now on, or from `begins` where that is later, the group comes first in these hours; what the
    agreement said before ends then. Asked again for the same, nothing changes. Bookings that others have stay
    as they are.
    """
    begins = max(now, begins or now)
    Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    wanted = sorted({(one.weekdays, one.from_minute, one.until_minute, one.others_hours) for one in hours})
    rows = PriorityWindow.objects.filter(not_over(begins), instrument=instrument)
    known = list(rows)
    same = [
        one
        for one in known
        if one.source == source
        and one.group_id == group.pk
        and _said(one) in wanted
        and one.valid_from <= begins
    ]
    if len(same) == len(known) == len(wanted):
        return same
    give_way(rows, begins=begins, now=now)
    made = PriorityWindow.objects.bulk_create(
        PriorityWindow(
            instrument=instrument,
            group=group,
            weekdays=days,
            from_minute=first,
            until_minute=last,
            others_hours=ahead,
            source=source,
            valid_from=begins,
        )
        for days, first, last, ahead in wanted
    )
    publish("bookings.terms_changed", now=now, instrument=instrument.ulid, facility="")
    return made


@transaction.atomic
def free_hours(*, source: str, now: datetime) -> int:
    """The hours that an agreement reserved are everybody's again. Returns how many windows ended."""
    rows = PriorityWindow.objects.filter(not_over(now), source=source)
    machines = {row.instrument.ulid for row in rows.select_related("instrument")}
    ended = give_way(rows, begins=now, now=now)
    for ulid in machines:
        publish("bookings.terms_changed", now=now, instrument=ulid, facility="")
    return ended


def window_in_the_way(
    instrument: Instrument, user: User, start: datetime, end: datetime, now: datetime
) -> PriorityWindow | None:
    """The first window of somebody else that keeps this person from [start, end) now, if any. One query for a
    hosted instrument, two for one with windows, else none.
    """
    rows = _rows([instrument], start, end)
    met = [row for row in rows if _held(row, start, end, now)]
    if not met:
        return None
    mine = _groups(user, now)
    return next((row for row in met if row.group_id not in mine), None)


def held_for_owners(
    instruments: Sequence[Instrument], user: User, start: datetime, end: datetime, now: datetime
) -> dict[int, list[Stretch]]:
    """What of [start, end) this person may not book yet because owners come first, by the primary keys of the
    instruments. Two queries where one of them is hosted, else none.
    """
    rows = _rows(instruments, start, end)
    if not rows:
        return {}
    mine = _groups(user, now)
    found: dict[int, list[Stretch]] = {}
    for row in rows:
        if row.group_id not in mine:
            for first, last in stretches(row, start, end):
                opens = _open_until(row, now)
                if last > opens:
                    found.setdefault(row.instrument_id, []).append((max(first, opens), last))
    return found


def windows_between(instruments: Iterable[int], start: datetime, end: datetime) -> list[PriorityWindow]:
    """The windows that are, or will be, in force somewhere in [start, end), with their groups. One query."""
    rows = PriorityWindow.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=start),
        instrument__in=list(instruments),
        valid_from__lt=end,
        revoked_at__isnull=True,
    )
    return list(rows.select_related("group").order_by("instrument", "from_minute", "id"))


def kept_between(source: str, start: datetime, end: datetime) -> list[Stretch]:
    """The hours of [start, end) in which an agreement kept an instrument for its owner first, as its windows
    were in force; what overlaps is one stretch. One query.
    """
    found: list[Stretch] = []
    for row in PriorityWindow.objects.filter(source=source, valid_from__lt=end):
        ends = [one for one in (row.valid_until, row.revoked_at) if one is not None]
        since, until = max(start, row.valid_from), min([end, *ends])
        for first, last in (_on(row, day) for day in days_of(since, until)):
            if str(_weekday(first)) in row.weekdays and first < until and last > since:
                found.append((max(first, since), min(last, until)))
    return _merged(found)


def stretches(row: PriorityWindow, start: datetime, end: datetime) -> list[Stretch]:
    """The hours of a window that meet [start, end), each whole, the earliest first."""
    return [
        (first, last)
        for first, last in (_on(row, day) for day in days_of(start, end))
        if str(_weekday(first)) in row.weekdays
        and first < end
        and last > start
        and is_in_force(row, max(first, row.valid_from))
    ]


def name_of(row: PriorityWindow) -> str:
    """The group that comes first, in the reader's language."""
    return local_name(row.group.name_zh, row.group.name_en)


def in_words(row: PriorityWindow) -> str:
    """'Monday, Friday 08:00 to 12:00', in the reader's language."""
    days = days_in_words(row.weekdays)
    return _("%(days)s %(start)s to %(end)s") % {
        "days": days,
        "start": clock_of(row.from_minute),
        "end": clock_of(row.until_minute),
    }


def days_in_words(weekdays: str) -> str:
    """ISO weekdays by their names, in the reader's language."""
    if len(weekdays) == len(EVERY_DAY):
        return _("Every day,")
    monday = date(2024, 1, 1)
    names = [formats.date_format(monday + timedelta(days=int(one) - 1), "l") for one in sorted(weekdays)]
    return _(", ").join(names)


def clock_of(minute: int) -> str:
    """A minute of the day as a clock shows it; the end of the day is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _said(row: PriorityWindow) -> tuple[str, int, int, int]:
    return row.weekdays, row.from_minute, row.until_minute, row.others_hours


def _rows(instruments: Sequence[Instrument], start: datetime, end: datetime) -> list[PriorityWindow]:
    hosted = [one.pk for one in instruments if one.hosting == HOSTED]
    return windows_between(hosted, start, end) if hosted else []


def _merged(found: list[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _held(row: PriorityWindow, start: datetime, end: datetime, now: datetime) -> bool:
    opens = _open_until(row, now)
    return start > opens and bool(stretches(row, start, end))


def _open_until(row: PriorityWindow, now: datetime) -> datetime:
    """What begins after this moment is still kept for the owner."""
    return now + timedelta(hours=row.others_hours)


def _groups(user: User, now: datetime) -> set[int]:
    return set(Membership.objects.filter(in_force(now), user=user).values_list("group_id", flat=True))


def _on(row: PriorityWindow, day: date) -> Stretch:
    midnight = school_midnight(day)
    return midnight + timedelta(minutes=row.from_minute), midnight + timedelta(minutes=row.until_minute)


def _weekday(moment: datetime) -> int:
    return school_time(moment).isoweekday()
