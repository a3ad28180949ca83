"""What stands in a timetable: who reads what of whom, hours, outages, sessions, and how many queries."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from apps.bookings.arranging import set_terms, set_windows
from apps.bookings.bulk import places, terms_of_many, windows_of_many
from apps.bookings.choosing import Choice, chosen
from apps.bookings.feed import MOST_INSTRUMENTS, row_of, rows_of, told
from apps.bookings.models import Booking
from apps.bookings.opening import opening_of
from apps.bookings.operations import book, cancel_booking
from apps.bookings.terms import terms_of
from apps.bookings.waiting import join_waiting, serve_all
from apps.core.clock import school_midnight, school_time
from apps.core.errors import Invalid, NotFound
from apps.core.models import CalendarDay
from apps.instruments.models import Instrument, Outage
from apps.people.models import User
from tests import people
from tests.domain.bookings.test_booking import Desk
from tests.factories.instruments import many, sister
from tests.factories.money import funded, priced
from tests.factories.refusals import refused
from tests.factories.training import session

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def desk(now: datetime) -> Desk:
    they = people.gather(now)
    before = now - 30 * DAY
    priced(they.sem, before)
    return Desk(they, funded(they.group, before, amount_fen=1_000_000_00), now)


def _told(desk: Desk, who: User, days: int = 7) -> dict[str, Any]:
    row = row_of(desk.they.sem.asset_no, who, desk.now)
    return told([row], who, desk.now, desk.now + days * DAY)


def _items(desk: Desk, who: User) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _told(desk, who)["items"]
    return sorted(found, key=lambda item: str(item["start"]))


def test_ones_own_say_what_they_are_and_those_of_others_only_the_group(desk: Desk) -> None:
    booking = desk.book(start=desk.now + 2 * HOUR, end=desk.now + 4 * HOUR)
    they = desk.they
    with translation.override("en"):
        [own] = _items(desk, they.alice)
        [other] = _items(desk, they.bob)
        [outside] = _items(desk, they.charlie)
        [crew] = _items(desk, they.olga)
    assert own == {
        "instrument": "QY000004",
        "start": "2026-11-23T04:00:00Z",
        "end": "2026-11-23T06:00:00Z",
        "kind": "mine",
        "title": "My booking",
        "ulid": booking.ulid,
    }
    shown = {name: cell for name, cell in own.items() if name != "ulid"}
    assert other == {**shown, "kind": "taken", "title": "Wang Group"}
    assert (outside["title"], "ulid" in outside) == ("Booked", False)
    assert (crew["detail"], crew["ulid"]) == ("Alice", booking.ulid)
    [other] = _items(desk, they.bob)
    assert other["title"] == "王课题组"


def test_what_was_cancelled_is_not_there_and_what_is_asked_for_is_marked(desk: Desk) -> None:
    booking = desk.book(start=desk.now + 2 * HOUR, end=desk.now + 4 * HOUR)
    Booking.objects.filter(pk=booking.pk).update(state=Booking.State.REQUESTED)
    [item] = _items(desk, desk.they.bob)
    assert item["pending"] is True
    booking.refresh_from_db()
    cancel_booking(booking=booking, by=desk.they.alice, now=desk.now)
    assert _items(desk, desk.they.bob) == []


def test_blocks_sessions_and_outages_each_have_their_kind(desk: Desk) -> None:
    they, now = desk.they, desk.now
    people.cleared(they.teng, now - DAY, now + DAY)
    book(
        user=they.teng,
        instrument=they.sem,
        start=now + HOUR,
        end=now + 2 * HOUR,
        fund=None,
        by=they.teng,
        now=now,
        purpose="maintenance",
    )
    Outage.objects.create(
        instrument=they.sem, starts_at=now + 5 * HOUR, ends_at=None, reason_zh="换灯丝", reason_en="Filament"
    )
    held = session(they, now + 3 * HOUR, hours=1)
    with translation.override("en"):
        block, guided, outage = _items(desk, they.alice)
        mine, _guided, _outage = _items(desk, they.teng)
    assert (guided["kind"], guided["start"]) == ("session", f"{held.starts_at:%Y-%m-%dT%H:%M:%SZ}")
    assert (block["kind"], block["title"]) == ("block", "Maintenance")
    assert mine["kind"] == "mine"
    assert (outage["kind"], outage["detail"], outage["end"]) == ("outage", "Filament", "2026-11-30T02:00:00Z")


def test_closed_hours_are_told_once_for_all_who_share_them(desk: Desk) -> None:
    they = desk.they
    other = sister(they.sem, "QY900001", desk.now)
    set_windows(
        owner=they.sem.facility,
        week={"workday": [(8 * 60, 18 * 60)]},
        since=school_time(desk.now).date(),
        by=they.office,
        now=desk.now,
    )
    rows = rows_of(
        chosen(Choice(facility=they.sem.facility.ulid), they.alice, desk.now), they.alice, desk.now
    )
    start = school_midnight(school_time(desk.now).date())
    [closed] = told(rows, they.alice, start, start + 2 * DAY)["closed"]
    assert closed["instruments"] == [they.sem.asset_no, other.asset_no]
    assert closed["periods"] == [
        ["2026-11-22T16:00:00Z", "2026-11-23T00:00:00Z"],
        ["2026-11-23T10:00:00Z", "2026-11-24T00:00:00Z"],
        ["2026-11-24T10:00:00Z", "2026-11-24T16:00:00Z"],
    ]


def test_many_are_resolved_as_each_alone_would_be(desk: Desk) -> None:
    they, now = desk.they, desk.now
    today = school_time(now).date()
    found = [they.sem, sister(they.sem, "QY900001", now), sister(they.sem, "QY900002", now)]
    CalendarDay.objects.create(day=today + DAY, is_working=False, name_zh="校庆", name_en="Jubilee")
    for owner, week in (
        (they.sem.facility, {"workday": [(8 * 60, 18 * 60)], "restday": [(600, 720)]}),
        (found[1], {"holiday": [(0, 1440)], "workday": [(0, 60), (120, 1440)]}),
    ):
        set_windows(owner=owner, week=week, since=today, by=they.office, now=now)
    set_terms(
        owner=they.sem.facility, numbers={"grid_minutes": 15, "min_minutes": 60}, by=they.office, now=now
    )
    set_terms(owner=found[1], numbers={"grid_minutes": 30}, by=they.office, now=now)
    terms = terms_of_many(places(found), now)
    hours = {
        pk: one.opening
        for one in windows_of_many(places(found), now, now + 20 * DAY)
        for pk in one.instruments
    }
    for one in found:
        assert terms[one.pk] == terms_of(one, now)
        alone = opening_of(one, now, now + 20 * DAY)
        assert hours[one.pk].closed(now, now + 20 * DAY) == alone.closed(now, now + 20 * DAY)


@pytest.mark.parametrize(("instruments", "bookings"), [(1, 1), (30, 1), (30, 40)])
def test_it_takes_as_many_queries_for_a_facility_as_for_one(
    desk: Desk, instruments: int, bookings: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    they, now = desk.they, desk.now
    many(they.sem, instruments - 1)
    set_windows(
        owner=they.sem.facility,
        week={"workday": [(0, 720)]},
        since=school_time(now).date(),
        by=they.office,
        now=now,
    )
    for number in range(bookings):
        Booking.objects.create(
            instrument=they.sem,
            user=they.alice,
            start=now + number * HOUR,
            end=now + (number + 1) * HOUR,
            state="confirmed",
            requested_at=now,
        )
    with django_assert_num_queries(4):
        rows = rows_of(chosen(Choice(), they.alice, now), they.alice, now)
        found = told(rows, they.alice, now, now + 7 * DAY)
    assert (len(found["instruments"]), len(found["items"])) == (instruments, bookings)


def test_a_timetable_has_no_more_than_forty_rows_and_pages_on(desk: Desk) -> None:
    they = desk.they
    many(they.sem, MOST_INSTRUMENTS + 2)
    found = chosen(Choice(), they.alice, desk.now)
    assert len(rows_of(found, they.alice, desk.now)) == MOST_INSTRUMENTS
    assert len(rows_of(found, they.alice, desk.now, first=MOST_INSTRUMENTS)) == 3


def test_the_choice_is_by_facility_class_words_and_certificate(desk: Desk) -> None:
    they, now = desk.they, desk.now
    sister(they.sem, "QY900001", now, required_level="advanced")
    sister(they.sem, "QY900002", now, required_level="none")
    sister(they.sem, "QY900003", now, opening_level=2)
    sister(they.sem, "QY900004", now, retired_at=now)

    def numbers(who: User, **choice: Any) -> list[str]:
        return [one.asset_no for one in chosen(Choice(**choice), who, now)]

    assert numbers(they.alice) == ["QY000004", "QY900001", "QY900002"]
    assert numbers(they.alice, certified=True) == ["QY000004", "QY900002"]
    assert numbers(they.bob, certified=True) == ["QY900002"]
    assert numbers(they.alice, class6="999999") == []
    assert numbers(they.alice, text="FE-SEM", facility=they.sem.facility.ulid) == numbers(they.alice)
    assert Instrument.objects.count() == 5


def test_bad_input_is_refused(desk: Desk) -> None:
    they, now = desk.they, desk.now
    with refused(NotFound, "bookings.no_instrument"):
        row_of("QY999999", they.alice, now)
    row = row_of(they.sem.asset_no, they.alice, now)
    with refused(Invalid, "bookings.period"):
        told([row], they.alice, now, now)
    with refused(Invalid, "bookings.period_long"):
        told([row], they.alice, now, now + 43 * DAY)
    nothing = told([], they.alice, now, now + DAY)
    assert nothing == {"instruments": [], "items": [], "closed": [], "kept": []}


def test_what_is_offered_to_who_waits_is_marked(desk: Desk) -> None:
    they, now = desk.they, desk.now
    booking = desk.book(start=now + 2 * HOUR, end=now + 4 * HOUR)
    waits: dict[str, Any] = {
        "earliest": now + 2 * HOUR,
        "latest": now + 4 * HOUR,
        "minutes": 120,
        "fund": desk.fund,
    }
    join_waiting(user=they.alice, instrument=they.sem, by=they.alice, now=now, **waits)
    cancel_booking(booking=booking, by=they.alice, now=now)
    serve_all(now=now)
    [item] = _items(desk, they.bob)
    assert (item["pending"], item["offered"]) == (True, True)
