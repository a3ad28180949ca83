# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""A busy month of bookings: weeks ahead on a dozen instruments, with one of everything that becomes of a
booking: asked for, waited for, handed over, repeated, missed, cancelled late, at risk.
"""

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from apps.bookings.absence import mark_no_show
from apps.bookings.arranging import set_terms
from apps.bookings.cancelling import Absence
from apps.bookings.handing import offer_hand_over
from apps.bookings.models import Booking, PointEntry
from apps.bookings.operations import book, cancel_booking
from apps.bookings.points import appeal
from apps.bookings.repeating import Pattern, mask_of
from apps.bookings.series import make_series
from apps.bookings.waiting import join_waiting
from apps.core.clock import SCHOOL_ZONE, school_time
from apps.core.errors import Refusal
from apps.instruments.states import start_outage
from apps.people.models import User
from apps.portal.demo.activity import deliver
from apps.portal.demo.crowd import GROUPS
from apps.portal.demo.school import DAY, School, instrument

HOUR = timedelta(hours=1)
DAYS = 24
ON_REQUEST = "QY000016"  # both the principal investigator and the manager are asked
BROKEN = "QY000068"
CONTROLLED = ("QY000004", "QY000003", "QY000009", "QY000024", "QY000055", "QY000016")
_MINUTES = (60, 90, 120, 120, 180, 240)


def busy_month(school: School, crowd: dict[str, list[User]], *, now: datetime) -> list[tuple[str, str]]:
    """All of it; returns what could not be booked (instrument, code): a day may be a holiday."""
    set_terms(
        owner=instrument(ON_REQUEST), numbers={}, route="both", by=school.people["teng"], now=now - 30 * DAY
    )
    # What is there to be shown comes first: whatever the weekday, the crowd books around it.
    _missed(school, crowd, now)
    _waited_for(school, crowd, now)
    refused = [
        *_asked_for(school, crowd, now),
        *_repeated(school, now),
        *_weeks(school, crowd, now),
    ]
    _broken(school, now)
    deliver(now)
    return refused


def _weeks(school: School, crowd: dict[str, list[User]], now: datetime) -> Iterator[tuple[str, str]]:
    """What the crowd books, day by day; the instruments behind controllers are left mostly to those with a
    card.
    """
    for lead, asset_nos in GROUPS.items():
        for asset_no in asset_nos:
            drawn = random.Random(asset_no)  # noqa: S311 - the same month every time, nothing secret
            for ahead in range(2, DAYS):
                for start, end in _slots(drawn, school_time(now) + ahead * DAY, asset_no):
                    yield from _booked(school, drawn.choice(crowd[lead]), asset_no, start, end, now - DAY)


def _slots(drawn: random.Random, day: datetime, asset_no: str) -> Iterator[tuple[datetime, datetime]]:
    if day.weekday() >= 5:
        return
    start = _at(day, drawn.choice((8, 9, 9, 10)), drawn.choice((0, 30)))
    for _slot in range(drawn.choice((0, 0, 0, 1) if asset_no in CONTROLLED else (0, 1, 1, 2))):
        end = start + timedelta(minutes=drawn.choice(_MINUTES))
        yield start, end
        start = end + timedelta(minutes=drawn.choice((0, 30, 90)))


def _asked_for(school: School, crowd: dict[str, list[User]], now: datetime) -> Iterator[tuple[str, str]]:
    """Two bookings wait to be agreed to."""
    for number, student in enumerate(crowd["wang"][:2]):
        start = _at(_workday(now, 3 + number), 14)
        yield from _booked(school, student, ON_REQUEST, start, start + 3 * HOUR, now - HOUR)


def _repeated(school: School, now: datetime) -> Iterator[tuple[str, str]]:
    """A course every Wednesday evening, of as many weeks as there is no other booking in the way."""
    teng, today = school.people["teng"], school_time(now).date()
    pattern = Pattern(
        weekdays=mask_of([2]),
        from_minute=18 * 60,
        until_minute=20 * 60,
        first_day=today + DAY,
        last_day=today + DAYS * DAY,
    )
    try:
        make_series(
            user=teng,
            instrument=instrument("QY000004"),
            purpose=Booking.Purpose.TEACHING,
            fund=None,
            pattern=pattern,
            by=teng,
            now=now - DAY,
        )
    except Refusal as refusal:
        yield "QY000004", refusal.code


def _missed(school: School, crowd: dict[str, list[User]], now: datetime) -> None:
    """One did not come last week and appeals; one cancelled in the last hour."""
    start = _at(_workday(now, -4), 10)
    absent, late = crowd["wang"][2], crowd["zhao"][0]
    missed = _book(school, absent, "QY000010", start, start + 2 * HOUR, start - 3 * DAY)
    noticed = start + timedelta(minutes=30)
    mark_no_show(booking=missed, absence=Absence(since=start, grace=noticed - start), now=noticed)
    appeal(
        entry=PointEntry.objects.get(booking=missed),
        by=absent,
        reason="当天上午在校医院输液，有病历，未能及时取消。",
        now=noticed + 3 * HOUR,
    )
    start = _at(_workday(now, -2), 15)
    given_up = _book(school, late, "QY000021", start, start + HOUR, start - 3 * DAY)
    cancel_booking(booking=given_up, by=late, now=start - HOUR / 2, reason="样品没有准备好")


def _waited_for(school: School, crowd: dict[str, list[User]], now: datetime) -> None:
    """Two wait for an afternoon that is taken; somebody offers a booking of theirs to Mei."""
    start = _at(_workday(now, 8), 13)
    first, second, third = crowd["zhao"][1:4]
    _book(school, first, "QY000025", start, start + 5 * HOUR, now - DAY)
    for minutes, waiting in enumerate((second, third)):
        join_waiting(
            user=waiting,
            instrument=instrument("QY000025"),
            earliest=start,
            latest=start + 5 * HOUR,
            minutes=120,
            fund=school.fund_of("mei"),
            by=waiting,
            now=now - HOUR + minutes * HOUR / 4,
        )
    start = _at(_workday(now, 9), 19)
    offered = _book(school, first, "QY000024", start, start + 2 * HOUR, now - DAY)
    offer_hand_over(booking=offered, to=school.people["mei"], by=first, now=now - HOUR)


def _broken(school: School, now: datetime) -> None:
    """A machine goes to its maker for two days: whoever booked it then hears of it."""
    day = _workday(now, 6)
    start_outage(
        instrument=instrument(BROKEN),
        starts_at=_at(day, 0),
        ends_at=_at(day + DAY, 23),
        reason_zh="灯丝更换与真空检修",
        reason_en="Filament and vacuum service",
        by=school.people["office"],
        now=now,
    )


def _booked(
    school: School, user: User, asset_no: str, start: datetime, end: datetime, when: datetime
) -> Iterator[tuple[str, str]]:
    try:
        _book(school, user, asset_no, start, end, when)
    except Refusal as refusal:
        yield asset_no, refusal.code


def _book(
    school: School, user: User, asset_no: str, start: datetime, end: datetime, when: datetime
) -> Booking:
    lead = next(lead for lead, numbers in GROUPS.items() if asset_no in numbers)
    return book(
        user=user,
        instrument=instrument(asset_no),
        start=start,
        end=end,
        fund=school.funds[lead],
        by=user,
        now=when,
    )


def _workday(now: datetime, days: int) -> datetime:
    """The school day so many days from now, or the next one (the one before, in the past) from Monday to
    Friday.
    """
    day = school_time(now) + days * DAY
    while day.weekday() >= 5:
        day += DAY if days > 0 else -DAY
    return day


def _at(day: datetime, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day.date(), time(hour, minute), SCHOOL_ZONE)
