"""Free time on any of many instruments: the first that could be booked, against asking for every single
start; filters, what is offered when nothing is free, and how many queries it takes.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.bookings.admission import refusals, wish
from apps.bookings.arranging import set_terms, set_windows
from apps.bookings.choosing import Choice
from apps.bookings.finder import Found, Wanted, find, gaps, this_week
from apps.bookings.models import Booking
from apps.bookings.nights import nights_between, touches_night
from apps.bookings.verdict import verdict_on
from apps.core.clock import school_midnight, school_time
from apps.core.errors import Invalid
from apps.core.models import CalendarDay
from apps.fees.queries import functions_in_force
from apps.instruments.models import Instrument
from apps.instruments.operations import start_outage
from apps.people.models import User
from apps.people.operations import suspend_user
from apps.training.nights import grant_night, request_night
from apps.training.operations import endorse_night, issue_certificate, withdraw_certificate
from tests import people
from tests.domain.bookings.test_booking import Desk
from tests.factories.instruments import many, sister
from tests.factories.money import HOUR_FEN, funded, priced
from tests.factories.refusals import refused
from tests.factories.training import session

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OURS = {  # what the finder answers for; the booking asks for more
    *("bookings.overlap", "bookings.closed", "bookings.outage", "bookings.guided_session"),
    *("bookings.no_night_use", "bookings.no_night_endorsement", "bookings.too_short", "bookings.too_long"),
    "bookings.no_second_person",
    *("bookings.grid", "bookings.past", "bookings.notice", "bookings.too_far", "bookings.no_certificate"),
}


@pytest.fixture
def desk(now: datetime) -> Desk:
    they = people.gather(now)
    before = now - 30 * DAY
    priced(they.sem, before)
    return Desk(they, funded(they.group, before, amount_fen=1_000_000_00), now)


def _certified(desk: Desk, instrument: Instrument) -> None:
    issue_certificate(
        user=desk.they.alice,
        instrument=instrument,
        level="basic",
        valid_from=desk.now - DAY,
        valid_until=desk.now + 300 * DAY,
        issued_by=desk.they.office,
        source_case=f"training:{instrument.asset_no}",
        now=desk.now,
    )


def _taken(desk: Desk, instrument: Instrument, start: datetime, hours: float) -> None:
    Booking.objects.create(
        instrument=instrument,
        user=desk.they.bob,
        start=start,
        end=start + hours * HOUR,
        state=Booking.State.CONFIRMED,
        requested_at=desk.now,
    )


def _find(desk: Desk, who: User | None = None, minutes: int = 120, ahead: float = 3, **changes: Any) -> Found:
    asked: dict[str, Any] = {
        "minutes": minutes,
        "start": desk.now,
        "end": desk.now + ahead * DAY,
        "choice": Choice(certified=True),
        **changes,
    }
    return find(Wanted(**asked), who or desk.they.alice, desk.now)


def _first_by_asking(desk: Desk, instrument: Instrument, minutes: int, days: int) -> datetime | None:
    """The first start on five minutes at which none of the refusals that the finder answers for is met."""
    start = desk.now
    while start + timedelta(minutes=minutes) <= desk.now + days * DAY:
        asked = wish(
            user=desk.they.alice,
            instrument=instrument,
            start=start,
            end=start + timedelta(minutes=minutes),
            fund=desk.fund,
            now=desk.now,
        )
        if not {one.code for one in refusals(asked)} & OURS:
            return start
        start += timedelta(minutes=15)
    return None


def test_the_first_time_is_the_first_that_could_be_booked(desk: Desk) -> None:
    they, now = desk.they, desk.now
    found = [they.sem, *(sister(they.sem, f"QY90000{number}", now) for number in range(5))]
    for one in found[1:]:
        _certified(desk, one)
    today = school_time(now).date()
    set_windows(owner=found[1], week={"workday": [(13 * 60, 17 * 60)]}, since=today, by=they.office, now=now)
    set_windows(
        owner=found[2],
        week={"workday": [(540, 660), (20 * 60, 1440), (0, 60)]},
        since=today,
        by=they.office,
        now=now,
    )
    CalendarDay.objects.create(day=today + DAY, is_working=False, name_zh="校庆", name_en="Jubilee")
    set_terms(owner=found[3], numbers={"grid_minutes": 30, "notice_minutes": 300}, by=they.office, now=now)
    start_outage(
        instrument=found[4],
        starts_at=now - HOUR,
        ends_at=now + 20 * HOUR,
        reason_zh="检修",
        reason_en="",
        by=they.office,
        now=now,
    )
    _taken(desk, they.sem, now - HOUR, 2.5)
    _taken(desk, they.sem, now + 3 * HOUR, 4)
    _taken(desk, found[3], now + 5 * HOUR, 1)
    session(they, now, hours=1)  # in an hour, on the FE-SEM
    Instrument.objects.filter(pk=found[5].pk).update(night_self_use=False)
    _taken(desk, found[5], now, 13)
    hits = {hit.instrument.pk: hit for hit in _find(desk).hits}
    for one in found:
        first = _first_by_asking(desk, Instrument.objects.get(pk=one.pk), 120, 3)
        assert (hits[one.pk].start if one.pk in hits else None) == first, one.asset_no


def test_hits_are_ranked_by_the_earliest_with_the_price_and_what_else_is_free(desk: Desk) -> None:
    they, now = desk.they, desk.now
    other = sister(they.sem, "QY900001", now)
    _certified(desk, other)
    _taken(desk, they.sem, now, 3)
    _taken(desk, they.sem, now + 6 * HOUR, 1)
    first, second = _find(desk).hits
    assert (first.instrument, first.start) == (other, now)
    assert (second.instrument, second.start, second.end) == (they.sem, now + 3 * HOUR, now + 5 * HOUR)
    assert [start for start, _end in second.more] == [now + 7 * HOUR, now + 21 * HOUR]
    assert second.price is not None
    assert second.price.total_fen == 2 * HOUR_FEN["internal"]
    assert first.price is None  # nobody approved one
    verdict = verdict_on(user=they.alice, instrument=they.sem, start=second.start, end=second.end, now=now)
    assert verdict.is_allowed
    assert verdict.price == second.price


def test_who_lacks_a_certificate_is_told_so_and_comes_last(desk: Desk) -> None:
    they, now = desk.they, desk.now
    other = sister(they.sem, "QY900001", now)
    _taken(desk, they.sem, now, 5)
    assert [hit.instrument for hit in _find(desk).hits] == [they.sem]
    mine, not_mine = _find(desk, choice=Choice()).hits
    assert (mine.instrument, mine.lacks) == (they.sem, ())
    assert (not_mine.instrument, not_mine.lacks) == (other, ("bookings.no_certificate",))
    assert _find(desk, they.bob).looked_at == 0
    withdraw_certificate(certificate=they.certificate, by=they.teng, now=now, reason="lapsed")
    assert _find(desk).hits == []


def test_what_a_fee_standard_says_that_a_machine_is_used_for_is_looked_for(desk: Desk) -> None:
    they, now = desk.they, desk.now
    other, third = (sister(they.sem, f"QY90000{number}", now) for number in (1, 2))
    priced(other, now, function="EBSD")
    priced(third, now + DAY, function="EBSD")  # not in force yet
    assert functions_in_force(now) == ["EBSD"]
    assert [hit.instrument for hit in _find(desk, choice=Choice(function="EBSD")).hits] == [other]
    assert _find(desk, choice=Choice(function="AFM")).looked_at == 0


def test_a_certificate_that_ends_before_counts_only_until_then(desk: Desk) -> None:
    they, now = desk.they, desk.now
    they.certificate.__class__.objects.filter(pk=they.certificate.pk).update(valid_until=now + 4 * HOUR)
    assert _find(desk).usable
    [hit] = _find(desk, start=now + 3 * HOUR).hits
    assert hit.lacks == ("bookings.no_certificate",)


def test_night_and_days_off_are_looked_for_and_left_out(desk: Desk) -> None:
    they, now = desk.they, desk.now
    midnight = school_midnight(school_time(now).date())
    assert _find(desk, hours="night").hits == []  # no endorsement
    Instrument.objects.filter(pk=they.sem.pk).update(night_self_use=True)
    endorse_night(
        user=they.alice,
        instrument=they.sem,
        valid_from=now - DAY,
        valid_until=now + 60 * DAY,
        source_case="night:alice",
        now=now,
    )
    [night] = _find(desk, hours="night").hits
    assert night.start == midnight + 22 * HOUR
    [day] = _find(desk, hours="day", minutes=60).hits
    assert day.start == now
    [off] = _find(desk, days="off", end=now + 7 * DAY).hits
    assert off.start == midnight + 5 * DAY  # Saturday
    [work] = _find(desk, start=midnight + 5 * DAY, end=midnight + 9 * DAY, days="work", hours="any").hits
    assert school_time(work.start).weekday() == 0


def test_where_company_is_asked_for_at_night_the_companion_counts(desk: Desk) -> None:
    they, now = desk.they, desk.now
    midnight = school_midnight(school_time(now).date())
    Instrument.objects.filter(pk=they.sem.pk).update(night_self_use=True, night_people=2)
    cleared = they.bob.safety_clearances.get()
    ends = midnight + DAY + 23 * HOUR  # in the second night
    type(cleared).objects.filter(pk=cleared.pk).update(valid_until=ends)
    asked = request_night(
        user=they.alice,
        instrument=they.sem,
        buddy=they.bob,
        starts_at=now,
        ends_at=now + 30 * DAY,
        purpose="a long run",
        by=they.alice,
        now=now,
    )
    grant_night(request=asked, by=None, now=now)
    _taken(desk, they.sem, now, (midnight + 22 * HOUR - now) / HOUR)
    [hit] = _find(desk).hits
    assert hit.start == _first_by_asking(desk, they.sem, 120, 3) == midnight + 22 * HOUR
    _taken(desk, they.sem, hit.start, 24)
    [beyond] = _find(desk).hits  # one hour of that night is not enough, and all others are without company
    assert beyond.start == _first_by_asking(desk, they.sem, 120, 3) == midnight + 2 * DAY + 7 * HOUR
    [hour] = _find(desk, minutes=60).hits
    assert hour.start == midnight + DAY + 22 * HOUR
    suspend_user(user=they.bob, reason="unpaid", by=they.office, source_case="x:1", now=now)
    assert _find(desk, hours="night", minutes=60).hits == []
    Instrument.objects.filter(pk=they.sem.pk).update(night_people=1)
    assert [one.start for one in _find(desk, hours="night", minutes=60).hits] == [hour.start]


def test_when_nothing_is_free_the_nearest_is_offered(desk: Desk) -> None:
    they, now = desk.they, desk.now
    _taken(desk, they.sem, now, 26)
    _taken(desk, they.sem, now + 27 * HOUR, 80)
    found = _find(desk, ahead=2)
    assert found.hits == []
    [shorter] = found.shorter
    assert (shorter.start, shorter.minutes, shorter.is_short) == (
        now + 22 * HOUR,
        60,
        True,
    ) or shorter.minutes
    [later] = found.later
    assert later.start >= now + 2 * DAY
    assert later.lacks == ()
    assert found.waitable == [they.sem]
    _taken(desk, they.sem, now + 107 * HOUR, 24 * 20)
    assert _find(desk, ahead=2).later == []


def test_longer_than_the_terms_want_is_not_free(desk: Desk) -> None:
    they, now = desk.they, desk.now
    set_terms(owner=they.sem, numbers={"max_minutes": 90, "min_minutes": 60}, by=they.teng, now=now)
    assert _find(desk, minutes=120).hits == []
    [hit] = _find(desk, minutes=30).hits
    assert hit.minutes == 60


@pytest.mark.parametrize("count", [1, 300])
def test_it_takes_as_many_queries_for_three_hundred(
    desk: Desk, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    they, now = desk.they, desk.now
    others = many(they.sem, count)
    _taken(desk, others[0], now, 3)
    today = school_time(now).date()
    set_windows(owner=they.sem.facility, week={"workday": [(0, 1200)]}, since=today, by=they.office, now=now)
    with django_assert_num_queries(12):
        found = _find(desk, choice=Choice())
    assert found.looked_at == count + 1
    assert len(found.hits) == min(count + 1, 30)


def test_bad_input_is_refused(desk: Desk) -> None:
    for minutes in (4, 10_081):
        with refused(Invalid, "bookings.minutes"):
            _find(desk, minutes=minutes)
    with refused(Invalid, "bookings.period"):
        _find(desk, ahead=0)
    with refused(Invalid, "bookings.period_long"):
        _find(desk, ahead=43)


def test_nights_are_those_that_a_period_touches(now: datetime) -> None:
    for hours in range(0, 60, 5):
        for length in (1, 7, 30):
            start, end = now + hours * HOUR, now + (hours + length) * HOUR
            for night in ((22, 6), (0, 6), (8, 8), (1, 23)):
                found = nights_between(start, end, night_start=night[0], night_end=night[1])
                touched = touches_night(start, end, night_start=night[0], night_end=night[1])
                assert bool(found) == touched
                assert all(first < end and last > start for first, last in found)


def test_gaps_are_what_nothing_busy_covers(now: datetime) -> None:
    def at(hours: float) -> datetime:
        return now + hours * HOUR

    busy = [(at(5), at(6)), (at(-1), at(1)), (at(0.5), at(2)), (at(9), at(20))]
    assert list(gaps(busy, at(0), at(10))) == [(at(2), at(5)), (at(6), at(9))]
    assert list(gaps([], at(0), at(1))) == [(at(0), at(1))]
    assert list(gaps([(at(0), at(1))], at(0), at(1))) == []


def test_this_week_ends_with_its_sunday(now: datetime) -> None:
    assert this_week(now) == (now, school_midnight(school_time(now).date() + 7 * DAY))
