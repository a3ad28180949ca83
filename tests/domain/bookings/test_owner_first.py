"""The owner of a hosted instrument comes first in the agreed hours: others book late or not at all."""

from datetime import datetime, timedelta

import pytest
from django.utils.translation import override

from apps.bookings.admission import judge_admission, wish
from apps.bookings.choosing import Choice
from apps.bookings.feed import rows_of, told
from apps.bookings.finder import Wanted, find
from apps.bookings.models import PriorityWindow
from apps.bookings.priority import Hours, free_hours, reserve_hours, stretches
from apps.bookings.timetable import timetable
from apps.core.clock import school_midnight, school_time
from apps.core.errors import WrongState
from apps.instruments.models import HOSTED, Instrument
from apps.people.operations import add_member
from tests import people
from tests.domain.bookings.test_booking import Desk
from tests.factories.facts import told as facts_told
from tests.factories.money import funded, priced
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SOURCE = "hosting:01TEST"


@pytest.fixture
def desk(now: datetime) -> Desk:
    """The FE-SEM A is hosted for Teng's group, who come first from eight to noon on every day."""
    they = people.gather_with_rules(now)
    before = now - 30 * DAY
    priced(they.sem, before)
    Instrument.objects.filter(pk=they.sem.pk).update(hosting=HOSTED)
    they.sem.refresh_from_db()
    found = Desk(they, funded(they.group, before), now)
    owner = people.another_group(they, before)
    reserve_hours(
        instrument=they.sem,
        group=owner,
        hours=[Hours("1234567", 8 * 60, 12 * 60, 24)],
        source=SOURCE,
        now=before,
    )
    return found


def at(desk: Desk, days: int, hour: int) -> datetime:
    """An hour of the school's day, so many days after today."""
    return school_midnight(school_time(desk.now).date() + days * DAY) + hour * HOUR


def test_others_are_refused_with_the_window_by_name_and_the_owner_is_free(desk: Desk) -> None:
    start = at(desk, 3, 9)
    with override("en"), refused(WrongState, "bookings.owner_first") as met:
        desk.book(start=start, end=start + HOUR)
    assert "08:00 to 12:00" in str(met.message)
    assert "Teng Group" in str(met.message)
    assert "24 hours before" in str(met.message)
    assert met.details["mender"] == "self"
    assert met.details["others_hours"] == 24
    add_member(group=PriorityWindow.objects.get().group, user=desk.they.alice, by=None, now=desk.now)
    assert desk.book(start=start, end=start + HOUR).start == start


def test_outside_the_window_and_shortly_before_it_everybody_books(desk: Desk) -> None:
    afternoon = at(desk, 3, 13)
    assert desk.book(start=afternoon, end=afternoon + HOUR).start == afternoon
    start = at(desk, 3, 9)
    late = start - 24 * HOUR
    asked = wish(
        user=desk.they.alice,
        instrument=desk.they.sem,
        start=start,
        end=start + HOUR,
        fund=desk.fund,
        now=late,
    )
    assert judge_admission(asked).is_allowed
    earlier = wish(
        user=desk.they.alice,
        instrument=desk.they.sem,
        start=start,
        end=start + HOUR,
        fund=desk.fund,
        now=late - timedelta(minutes=1),
    )
    assert [one.code for one in judge_admission(earlier).refusals] == ["bookings.owner_first"]


def test_a_booking_that_only_touches_the_window_meets_it(desk: Desk) -> None:
    start = at(desk, 3, 7)
    desk.book(start=start, end=start + HOUR)
    with refused(WrongState, "bookings.owner_first"):
        desk.book(start=at(desk, 4, 7), end=at(desk, 4, 8) + timedelta(minutes=5))


def test_never_means_never(desk: Desk) -> None:
    window = PriorityWindow.objects.get()
    reserve_hours(
        instrument=desk.they.sem,
        group=window.group,
        hours=[Hours("1234567", 8 * 60, 12 * 60, 0)],
        source=SOURCE,
        now=desk.now,
    )
    start = at(desk, 1, 9)
    with override("en"), refused(WrongState, "bookings.owner_first") as met:
        desk.book(start=start, end=start + HOUR)
    assert "before" not in str(met.message)


def test_no_clause_replaces_the_certificate(desk: Desk) -> None:
    """The owner's people too need the host's certificate."""
    add_member(group=PriorityWindow.objects.get().group, user=desk.they.bob, by=None, now=desk.now)
    start = at(desk, 3, 9)
    with refused(WrongState, "bookings.no_certificate"):
        desk.book(user=desk.they.bob, by=desk.they.bob, start=start, end=start + HOUR)


def test_the_same_hours_again_change_nothing_and_ended_ones_are_everybodys(desk: Desk) -> None:
    window = PriorityWindow.objects.get()
    again = reserve_hours(
        instrument=desk.they.sem,
        group=window.group,
        hours=[Hours("1234567", 8 * 60, 12 * 60, 24)],
        source=SOURCE,
        now=desk.now,
    )
    assert again == [window]
    assert free_hours(source=SOURCE, now=desk.now) == 1
    assert free_hours(source=SOURCE, now=desk.now) == 0
    assert facts_told("bookings.terms_changed")[-1]["instrument"] == desk.they.sem.ulid
    start = at(desk, 3, 9)
    assert desk.book(start=start, end=start + HOUR).start == start


def test_an_instrument_that_is_not_hosted_any_more_has_no_owner_first(desk: Desk) -> None:
    Instrument.objects.filter(pk=desk.they.sem.pk).update(hosting="own")
    desk.they.sem.refresh_from_db()
    start = at(desk, 3, 9)
    assert desk.book(start=start, end=start + HOUR).start == start


def test_the_timetable_shows_whom_the_hours_are_kept_for(desk: Desk) -> None:
    start, end = at(desk, 2, 0), at(desk, 3, 0)
    rows = rows_of(Instrument.objects.filter(pk=desk.they.sem.pk), desk.they.alice, desk.now)
    with override("en"):
        found = told(rows, desk.they.alice, start, end)["kept"]
        lines = timetable(rows, desk.they.alice, start, end, desk.now).lines
    (kept,) = found
    assert kept["title"] == "Kept for Teng Group"
    assert kept["others_hours"] == 24
    assert len(kept["periods"]) == 1
    assert [(one.start, one.end) for one in lines[0].kept] == [(at(desk, 2, 8), at(desk, 2, 12))]


def test_the_finder_proposes_no_time_that_is_kept_for_somebody_else(desk: Desk) -> None:
    start, end = at(desk, 3, 8), at(desk, 3, 14)
    wanted = Wanted(60, start, end, Choice(text=desk.they.sem.asset_no))
    (hit,) = find(wanted, desk.they.alice, desk.now).hits
    assert hit.start == at(desk, 3, 12)
    (hit,) = find(wanted, desk.they.teng, desk.now).hits
    assert hit.start == start


def test_a_window_counts_on_its_weekdays_only(desk: Desk) -> None:
    window = PriorityWindow.objects.get()
    day = at(desk, 1, 0)
    window.weekdays = str(school_time(day).isoweekday())
    assert len(stretches(window, day, day + 7 * DAY)) == 1
    assert stretches(window, day + DAY, day + 2 * DAY) == []
