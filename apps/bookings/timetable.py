"""A timetable to be read line by line: for each instrument and day what is taken and what is free, the same
that the drawn one shows. Reads only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from apps.bookings.bulk import terms_of_many
from apps.bookings.calendar import Proposal, by_day
from apps.bookings.feed import Row, told
from apps.bookings.queries import complement
from apps.bookings.terms import Terms
from apps.bookings.windows import Stretch, days_of
from apps.core.clock import school_midnight, school_time
from apps.people.models import User

LEAST = timedelta(minutes=15)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Item:
    """Something that takes time, as the reader knows it; see `feed.told` for the words."""

    start: datetime
    end: datetime
    kind: str
    title: str
    detail: str = ""
    pending: bool = False
    offered: bool = False
    ulid: str = ""

    @property
    def is_mine(self) -> bool:
        return self.kind == "mine"


@dataclass(frozen=True)
class Kept:
    """Hours in which the owner of a hosted instrument comes first, as the reader knows them. `others_hours`:
    from so many hours before others may book them too, 0 for never.
    """

    start: datetime
    end: datetime
    title: str
    others_hours: int


@dataclass
class Line:
    """One instrument on one day. `is_closed`: no moment of the day is open."""

    row: Row
    day: date
    items: list[Item] = field(default_factory=list)
    free: tuple[Proposal, ...] = ()
    is_closed: bool = False
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True)
class Timetable:
    """What was told about the period, and the same line by line."""

    told: dict[str, Any]
    lines: list[Line]


def timetable(rows: Sequence[Row], user: User, start: datetime, end: datetime, now: datetime) -> Timetable:
    """The timetable of instruments in [start, end). Five queries at most, whatever the number of
    instruments; raises as `feed.told`.
    """
    found = told(rows, user, start, end)
    terms = terms_of_many([(row.pk, row.facility_id) for row in rows], now) if rows else {}
    items = _by_instrument(found["items"])
    closed = _closed(found["closed"])
    lines = [
        line
        for row in rows
        for line in _lines(
            row, items.get(row.asset_no, []), closed.get(row.asset_no, []), terms[row.pk], (start, end), now
        )
    ]
    kept = _kept(found["kept"])
    for line in lines:
        first = school_midnight(line.day)
        hours = kept.get(line.row.asset_no, ())
        line.kept = tuple(one for one in hours if one.start < first + _DAY and one.end > first)
    return Timetable(found, lines)


def free_of(
    busy: list[Stretch], terms: Terms, start: datetime, end: datetime, now: datetime
) -> dict[date, tuple[Proposal, ...]]:
    """The free time that the terms let somebody book, by school day."""
    last = min(end, now + timedelta(days=terms.horizon_days))
    slots = complement(busy, max(start, now), last, at_least=LEAST)
    return {day.day: day.proposals for day in by_day(slots, terms=terms, now=now)}


def _lines(
    row: Row, items: list[Item], closed: list[Stretch], terms: Terms, period: Stretch, now: datetime
) -> Iterable[Line]:
    start, end = period
    busy = [(one.start, one.end) for one in items] + closed
    free = free_of(busy, terms, start, end, now)
    for day in days_of(start, end):
        first = school_midnight(day)
        last = first + _DAY
        yield Line(
            row,
            day,
            [one for one in items if one.start < last and one.end > first],
            free.get(day, ()),
            any(begin <= first and stop >= last for begin, stop in closed),
        )


def _by_instrument(items: Iterable[dict[str, Any]]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item["instrument"], []).append(
            Item(
                moment_of(item["start"]),
                moment_of(item["end"]),
                item["kind"],
                item["title"],
                detail=item.get("detail", ""),
                pending=item.get("pending", False),
                offered=item.get("offered", False),
                ulid=item.get("ulid", ""),
            )
        )
    for mine in found.values():
        mine.sort(key=_order)
    return found


def _order(item: Item) -> tuple[datetime, datetime]:
    return item.start, item.end


def _closed(hours: Iterable[dict[str, Any]]) -> dict[str, list[Stretch]]:
    return {
        asset_no: [(moment_of(first), moment_of(last)) for first, last in one["periods"]]
        for one in hours
        for asset_no in one["instruments"]
    }


def _kept(hours: Iterable[dict[str, Any]]) -> dict[str, list[Kept]]:
    found: dict[str, list[Kept]] = {}
    for one in hours:
        for asset_no in one["instruments"]:
            found.setdefault(asset_no, []).extend(
                Kept(moment_of(first), moment_of(last), one["title"], one["others_hours"])
                for first, last in one["periods"]
            )
    return found


def moment_of(stamp: str) -> datetime:
    """The moment behind a stamp of `feed.stamp`."""
    return datetime.fromisoformat(stamp).astimezone(UTC)


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def today(now: datetime) -> date:
    """The school's day."""
    return school_time(now).date()
