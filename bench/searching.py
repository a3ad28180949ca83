"""A search for free time on one database, asked of Django itself without a web server: 500 instruments, each
with a busy week, for somebody with a certificate for most of them, as an import brings them.
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

from apps.bookings.arranging import set_terms, set_windows
from apps.bookings.models import Booking
from apps.core.clock import now, school_midnight, school_time
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.training.operations import grant_safety_clearance, issue_certificate
from bench.browsing import browser_of
from bench.lines import say, spread
from bench.school import YEAR, crowd, found, person
from bench.timetables import HOURS

QUERIES_BAR = 26
WEEK = timedelta(days=7)
A_DAY = 8  # bookings of an instrument
_BY_HAND = (
    "SELECT id, asset_no, name_zh, name_en, facility_id, unit_id, required_level, night_self_use,"
    " management_mode, service_modes, use_charged FROM instruments_instrument WHERE opening_level >= 3"
    " AND class6 = {class6} AND (retired_at IS NULL OR retired_at > %(start)s) ORDER BY asset_no",
    'SELECT instrument_id, start, "end" FROM bookings_booking WHERE instrument_id IN ({ids})'
    " AND state IN ('requested', 'confirmed') AND \"end\" > %(start)s AND start < %(end)s"
    " UNION ALL SELECT instrument_id, starts_at, ends_at FROM instruments_outage"
    " WHERE instrument_id IN ({ids}) AND (ends_at IS NULL OR ends_at > %(start)s) AND starts_at < %(end)s"
    " UNION ALL SELECT instrument_id, starts_at, ends_at FROM training_guidedsession"
    " WHERE cancelled_at IS NULL AND instrument_id IN ({ids})"
    " AND ends_at > %(start)s AND starts_at < %(end)s",
    "SELECT instrument_id, facility_id, valid_from, valid_until, day_type, from_minute, until_minute"
    " FROM bookings_openingwindow WHERE instrument_id IN ({ids}) OR facility_id = {facility}",
    "SELECT instrument_id, facility_id, grid_minutes, min_minutes, max_minutes, notice_minutes, horizon_days"
    " FROM bookings_bookingterms WHERE instrument_id IN ({ids}) OR facility_id = {facility}",
    "SELECT instrument_id, level, valid_from, valid_until FROM training_certificate"
    " WHERE user_id = {user} AND instrument_id IN ({ids})",
)


def run(*, quick: bool, profile: str | None) -> None:
    """Print the figures of the database that Django is set up on; there is no gateway to profile here."""
    del profile
    count, times = (20, 5) if quick else (500, 30)
    at = now()
    first = found(at)[0]
    machines = crowd(first, count)
    Instrument.objects.filter(asset_no__startswith="BN").update(class6="999999")
    today = school_time(at).date()
    set_windows(owner=first.facility, week=HOURS, since=today, by=None, now=at)
    set_terms(owner=first.facility, numbers={"grid_minutes": 15}, by=None, now=at)
    who = _seeker(first, machines, at)
    _book(machines, who, school_midnight(today))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = browser_of(who)
    asked = {"minutes": "120", "class6": "999999", "until": (today + timedelta(days=6)).isoformat()}
    by_hand = _by_hand(machines, who, at)
    _compare("finder_certified", client, asked, by_hand, count, times)
    _compare("finder_all", client, {**asked, "certified": "all"}, by_hand, count, times)
    _compare("finder_nothing", client, {**asked, "minutes": "720"}, by_hand, count, times)


def _seeker(first: Instrument, machines: Sequence[Instrument], at: datetime) -> User:
    """Somebody with a certificate for nine in ten."""
    who = person("seeker", first.unit, at)
    grant_safety_clearance(user=who, valid_from=at, valid_until=at + YEAR, source_case="bench:safe", now=at)
    for one in (machine for number, machine in enumerate(machines) if number % 10):
        issue_certificate(
            user=who,
            instrument=one,
            level="basic",
            issued_by=None,
            valid_from=at,
            valid_until=at + YEAR,
            source_case=f"bench:{one.asset_no}",
            now=at,
        )
    return who


def _book(machines: Sequence[Instrument], who: User, since: datetime) -> None:
    """A week of bookings on each, an hour and a half of every three, and one free afternoon somewhere."""
    step = timedelta(days=1) / A_DAY
    Booking.objects.bulk_create(
        [
            Booking(
                instrument=one,
                user=who,
                start=since + slot * step + timedelta(minutes=number % 45),
                end=since + slot * step + timedelta(minutes=number % 45 + 90),
                state=Booking.State.CONFIRMED,
                requested_at=since,
                confirmed_at=since,
            )
            for number, one in enumerate(machines)
            for slot in range(7 * A_DAY)
            if slot != A_DAY * (number % 7) + 5
        ],
        batch_size=500,
    )


def _compare(
    name: str, client: Client, asked: dict[str, str], by_hand: Callable[[], int], count: int, times: int
) -> None:
    """The page and the statements by hand, in turn."""
    ours, theirs, rows = list[float](), list[float](), 0
    for turn in range(times + 1):
        begin = time.perf_counter()
        response = client.get(reverse("slot_finder"), asked)
        took = (time.perf_counter() - begin) * 1000
        if response.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{name} answered {response.status_code}")
        begin = time.perf_counter()
        rows = by_hand()
        by_sql = (time.perf_counter() - begin) * 1000
        if turn:  # the first one loads templates and translations
            ours.append(took)
            theirs.append(by_sql)
    with CaptureQueriesContext(connection) as captured:
        page = client.get(reverse("slot_finder"), asked).content.decode()
    say(
        name,
        database=connection.vendor,
        instruments=count,
        rows=rows,
        hits=page.count('<th scope="row">'),
        **spread(ours),
        queries=len(captured),
        baseline_p50_ms=round(median(theirs), 3),
        ratio=round(median(ours) / median(theirs), 2),
        bar=f"queries <= {QUERIES_BAR}",
        meets_bar=len(captured) <= QUERIES_BAR,
    )


def _by_hand(machines: Sequence[Instrument], who: User, at: datetime) -> Callable[[], int]:
    """Reads the rows by SQL; how many."""
    ids = ", ".join(str(one.pk) for one in machines)
    facility = machines[0].facility_id
    statements = [one.format(ids=ids, facility=facility, user=who.pk, class6="'999999'") for one in _BY_HAND]
    adapted = connection.ops.adapt_datetimefield_value
    period: dict[str, Any] = {"start": adapted(at), "end": adapted(at + WEEK)}

    def read() -> int:
        rows = 0
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, period if "%(" in statement else None)
                rows += len(cursor.fetchall())
        return rows

    return read
