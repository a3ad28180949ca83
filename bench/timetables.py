"""Timetables on one database, asked of Django itself without a web server. The bookings are written in bulk,
as is the crowd of instruments; the hours and the outages are set by the product's own operations.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from statistics import median
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.bookings.arranging import set_windows
from apps.bookings.models import Booking
from apps.core.clock import now, school_midnight, school_time
from apps.instruments.models import Instrument
from apps.instruments.operations import start_outage
from apps.people.models import User
from apps.people.operations import add_member, create_group
from bench.browsing import browser_of
from bench.lines import say, spread
from bench.school import crowd, found, person

BAR, QUERIES_BAR = 4.0, 6
MONTH, WEEK = timedelta(days=30), timedelta(days=7)
HOURS = {"workday": [(0, 1440)], "restday": [(480, 1320)], "holiday": [(480, 1320)]}
_BY_HAND = (
    """
SELECT i.id, i.asset_no, i.name_zh, i.name_en, f.name_zh, f.name_en
  FROM instruments_instrument i JOIN instruments_facility f ON f.id = i.facility_id WHERE i.id IN ({ids})""",
    """
SELECT b.instrument_id, b.start, b."end", b.user_id, b.purpose, b.state, b.ulid,
       g.name_zh, g.name_en, u.name_zh, u.name_en
  FROM bookings_booking b
  LEFT JOIN people_researchgroup g ON g.id = b.group_id JOIN people_user u ON u.id = b.user_id
 WHERE b.instrument_id IN ({ids}) AND b.state IN ('requested', 'confirmed')
   AND b."end" > %(start)s AND b.start < %(end)s""",
    """
SELECT instrument_id, starts_at, ends_at, reason_zh, reason_en FROM instruments_outage
 WHERE instrument_id IN ({ids}) AND (ends_at IS NULL OR ends_at > %(start)s) AND starts_at < %(end)s""",
    """
SELECT instrument_id, starts_at, ends_at FROM training_guidedsession
 WHERE instrument_id IN ({ids}) AND cancelled_at IS NULL AND ends_at > %(start)s AND starts_at < %(end)s""",
    """
SELECT instrument_id, valid_from, valid_until, day_type, from_minute, until_minute FROM bookings_openingwindow
 WHERE (instrument_id IN ({ids}) OR facility_id = {facility}) AND revoked_at IS NULL
   AND (valid_until IS NULL OR valid_until > %(start)s) AND valid_from < %(end)s""",
)


def run(*, quick: bool, profile: str | None) -> None:
    """Print the figures of the database that Django is set up on; there is no gateway to profile here."""
    del profile
    bookings, instruments, times = (50, 5, 5) if quick else (1000, 40, 40)
    at = now()
    first = found(at)[0]
    others = crowd(first, instruments - 1)
    # The facility has instruments of its own in the demonstration school: they stay out of the timetable.
    Instrument.objects.filter(facility=first.facility).exclude(
        pk__in=[first.pk, *(one.pk for one in others)]
    ).update(opening_level=0)
    Instrument.objects.filter(pk=first.pk).update(opening_level=5)
    today = school_midnight(school_time(at).date())
    set_windows(owner=first.facility, week=HOURS, since=school_time(at).date(), by=None, now=at)
    who = _people(first, at)
    _book(first, who, today, MONTH, bookings)
    for one in others:
        _book(one, who, today, WEEK, 56)  # three hours each, round the clock
    for one in others[::8]:
        start_outage(
            instrument=one, starts_at=at, ends_at=at + MONTH, reason_zh="检修", reason_en="", by=None, now=at
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = browser_of(who[0])
    alone = {"instrument": first.asset_no}
    whole = {"facility": first.facility.ulid}
    _compare("calendar_instrument", client, alone, [first], today, MONTH, times)
    _compare("calendar_facility", client, whole, [first, *others], today, WEEK, times)


def _people(instrument: Instrument, at: datetime) -> list[User]:
    unit = instrument.unit
    pi = person("benchpi", unit, at)
    group = create_group(name_zh="测试组", name_en="Bench group", pi=pi, unit=unit, now=at)
    found = [person(f"bench{number}", unit, at) for number in range(20)]
    for one in found:
        add_member(group=group, user=one, by=None, now=at)
    return found


def _book(
    instrument: Instrument, who: Sequence[User], since: datetime, during: timedelta, count: int
) -> None:
    length = during / count
    group = who[0].memberships.get().group
    Booking.objects.bulk_create(
        [
            Booking(
                instrument=instrument,
                user=who[number % len(who)],
                group=group,
                start=since + number * length,
                end=since + (number + 1) * length,
                state=Booking.State.CONFIRMED,
                requested_at=since,
                confirmed_at=since,
            )
            for number in range(count)
        ],
        batch_size=500,
    )


def _compare(
    name: str,
    client: Client,
    asked: dict[str, str],
    instruments: Sequence[Instrument],
    start: datetime,
    during: timedelta,
    times: int,
) -> None:
    """The feed and the statements by hand, in turn."""
    query = {**asked, "start": start.isoformat(), "end": (start + during).isoformat()}
    by_hand = _by_hand(instruments, start, start + during)
    ours, theirs, size, rows = list[float](), list[float](), 0, 0
    for turn in range(times + 1):
        begin = time.perf_counter()
        response = client.get(reverse("booking_feed"), query)
        took = (time.perf_counter() - begin) * 1000
        if response.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{name} answered {response.status_code}")
        begin = time.perf_counter()
        rows = by_hand()
        by_sql = (time.perf_counter() - begin) * 1000
        size = len(response.content)
        if turn:  # the first one loads translations and prepares statements
            ours.append(took)
            theirs.append(by_sql)
    with CaptureQueriesContext(connection) as captured:
        told = client.get(reverse("booking_feed"), query).json()
    queries = len(captured)
    ratio = median(ours) / median(theirs)
    say(
        name,
        database=connection.vendor,
        instruments=len(told["instruments"]),
        items=len(told["items"]),
        rows=rows,
        **spread(ours),
        queries=queries,
        kilobytes=round(size / 1024),
        baseline_p50_ms=round(median(theirs), 3),
        ratio=round(ratio, 2),
        bar=f"ratio <= {BAR:g}, queries <= {QUERIES_BAR}",
        meets_bar=ratio <= BAR and queries <= QUERIES_BAR,
    )


def _by_hand(instruments: Sequence[Instrument], start: datetime, end: datetime) -> Callable[[], int]:
    """Reads the rows by SQL; how many."""
    ids = ", ".join(str(one.pk) for one in instruments)
    facility = instruments[0].facility_id
    statements = [statement.format(ids=ids, facility=facility) for statement in _BY_HAND]
    adapted = connection.ops.adapt_datetimefield_value
    period: dict[str, Any] = {"start": adapted(start), "end": adapted(end)}

    def read() -> int:
        rows = 0
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, period)
                rows += len(cursor.fetchall())
        return rows

    return read
